"""Every claim of the studies becomes a measurement: the experiments, their tables, the verdicts and the report.

    python tools/claims

paints and measures every experiment (each run is saved as it ends in out/claims; the same command goes on where it was
stopped), writes one table each into data/claims, beside them the verdicts that follow, and docs/claims.md with its
figures.

    python tools/claims --only architecture smoothing    # some of the experiments, then the report
    python tools/claims --report                         # verdicts and report alone, from the tables as they are
    python tools/claims --trial                          # one picture pair, one seed: does everything work?
    python tools/claims --weights imagenet               # the original networks, into out/claims_imagenet

What is painted stands in experiments.py, how it is measured in measuring.py, how each claim is decided in the module of
its subject (see verdicts.py), from comparisons.py and findings.py, and how the page is written in report.py.
"""

import argparse
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # run as a script, the checkout is not on the path

from tools.claims.measuring import EXPERIMENTS, kept_table
from tools.claims.report import ROOT, SHEETS, save_sheet, write_report
from tools.claims.verdicts import store, verdicts


def main() -> None:
    """Paint, measure, report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=EXPERIMENTS, default=list(EXPERIMENTS))
    parser.add_argument("--report", action="store_true", help="decide and report alone, from the tables as they are")
    parser.add_argument("--trial", action="store_true", help="one pair and one seed of everything; no table, no report")
    parser.add_argument("--weights", choices=("scratch", "imagenet"), default="scratch")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--without-report", action="store_true", help="write the tables alone")
    parser.add_argument("--progress", action="store_true", help="show a progress bar")
    options = parser.parse_args()
    ours = options.weights == "scratch"
    options.into = ROOT / "out" / "_".join(["claims", *["imagenet"] * (not ours), *["trial"] * options.trial])
    tables, pages = (ROOT / "data" / "claims", ROOT / "docs") if ours else (options.into / "tables", options.into)
    if options.processes > 1:  # each with one thread, so that they do not wait for each other
        os.environ |= {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1", "OMP_NUM_THREADS": "1"}
    for name in () if options.report else options.only:
        rows = EXPERIMENTS[name](folder=options.into / name, options=options)
        if options.trial:
            print(f"{name}: {len(rows)} rows, {sorted({row.get('status', 'done') for row in rows})}", flush=True)
            continue
        print(kept_table(name, rows, tables), flush=True)
        if name in SHEETS:
            save_sheet(SHEETS[name], rows, pages / "claims" / f"{name}.jpg")
    if not options.trial and not options.without_report:
        found = verdicts(tables)
        store(found, tables)
        write_report(found, tables, pages, options.weights)


if __name__ == "__main__":
    main()
