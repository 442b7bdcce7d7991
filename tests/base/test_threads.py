"""A measure is the same number to the last bit, whatever the number of threads that BLAS has.

Workers of Dask have one thread, a laptop has several; a table made here or there must be the same table.
"""

import inspect
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from nst_utils import metrics, picture
from nst_utils.base.threads import one_blas_thread
from nst_utils.study import chance

MEASURES = [name for name in metrics.__all__ if inspect.isroutine(getattr(metrics, name)) and name != "judge"]
THREE = [picture(name, 64) for name in ("harbor", "swirls", "portrait")]


def looked_at(pictures: np.ndarray) -> dict[str, np.ndarray]:
    """A network of one layer: 16 mixed colors of each pixel."""
    return {"mixed": np.maximum(pictures @ np.random.default_rng(0).normal(size=(3, 16)).astype(np.float32), 0)}


def measured(name: str):
    """A measure of three pictures, as plain numbers."""
    function, pictures = getattr(metrics, name), iter(THREE)
    others = {
        "look": looked_at,
        "content_layers": ["mixed"],
        "style_layers": ["mixed"],
        "features": np.abs(THREE[0] - 0.5),
        "layer": "mixed",
    }
    given = inspect.signature(function).parameters.values()
    value = function(*(others[p.name] if p.name in others else next(pictures) for p in given if p.default is p.empty))
    return value.tolist() if isinstance(value, np.ndarray) else value


def statistics() -> dict:
    """What `chance` says of the same table of numbers."""
    names = [(c, s) for c in range(9) for s in range(9)]
    values, predictors = np.random.default_rng(0).normal(size=81), np.random.default_rng(1).normal(size=(81, 4))
    contents, styles = zip(*names, strict=True)
    rows = [
        {"content": c, "style": s, "gap": float(v) + again / 7}
        for (c, s), v in zip(names, values, strict=True)
        for again in range(2)
    ]
    return {
        "variance_shares": chance.variance_shares(rows, "gap"),
        "cross_validated": np.stack(chance.cross_validated(values, predictors, contents, styles)).tolist(),
        "predictability": chance.predictability(values, predictors, contents, styles, draws=9),
    }


@pytest.mark.parametrize("name", MEASURES)
def test_a_measure_has_the_same_bits_with_one_thread_and_with_two(name):
    with threadpool_limits(1, user_api="blas"):
        alone = measured(name)
    with threadpool_limits(2, user_api="blas"):
        assert measured(name) == alone


def test_every_measure_is_found():
    assert {"measure", "style_gap_closed", "edge_correlation", "spectrum_slope", "peakedness"} <= set(MEASURES)


def test_statistics_have_the_same_bits_with_one_thread_and_with_two():
    with threadpool_limits(1, user_api="blas"):
        alone = statistics()
    with threadpool_limits(2, user_api="blas"):
        assert statistics() == alone


def test_a_process_that_is_started_with_one_thread_measures_the_same():
    program = """
import json, sys
sys.path.insert(0, sys.argv[1])
from test_threads import MEASURES, measured, statistics
print(json.dumps([{name: measured(name) for name in MEASURES}, statistics()]))
"""
    one = {f"{library}_NUM_THREADS": "1" for library in ("OPENBLAS", "OMP", "MKL")}
    run = subprocess.run(
        [sys.executable, "-c", program, str(Path(__file__).parent)],
        env={**os.environ, **one},
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    here = json.dumps([{name: measured(name) for name in MEASURES}, statistics()])
    assert run.stdout.strip() == here


def blas_threads() -> set[int]:
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


def test_the_last_of_several_blocks_gives_the_threads_back():
    """Two measures at once, in two threads of Python: the first to end must not disturb the other."""
    entered, leave = threading.Event(), threading.Event()

    def longer():
        with one_blas_thread():
            entered.set()
            leave.wait()

    with threadpool_limits(2, user_api="blas"):
        other = threading.Thread(target=longer, daemon=True)
        with one_blas_thread():
            other.start()
            entered.wait()
            both = blas_threads()
        one = blas_threads()
        leave.set()
        other.join()
        assert (both, one, blas_threads()) == ({1}, {1}, {2})


def test_a_thread_of_python_that_is_not_the_first_limits_blas_too():
    seen = []

    @one_blas_thread()
    def look():
        seen.append(blas_threads())

    with threadpool_limits(2, user_api="blas"):
        other = threading.Thread(target=look, daemon=True)
        other.start()
        other.join()
        assert (seen, blas_threads()) == ([{1}], {2})
