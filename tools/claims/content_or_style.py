"""How the claims on content against style, and on how a painting gets there, are decided: B1 and R1."""

import itertools

from nst_utils.study.claims import Verdict
from nst_utils.study.tables import rows_of
from tools.claims.comparisons import BLOCKS, block, change, only, paired, run_of, spelled
from tools.claims.findings import following


def b1(tables) -> Verdict:
    findings = []
    rows = tables("architecture")
    for network, (variant, size, layers) in itertools.product(("vgg16", "vgg19", "resnet50"), BLOCKS):
        inside = only(rows, variant=variant, size=size, backbone=network, status="done")
        for measure, claimed in {"edge_correlation": 1, "style_gap_closed": -1}.items():
            name = f"{spelled(measure)}, heaviest less lightest content"
            where = {"network": spelled(network), **block(size, layers)}
            findings.append(change(inside, "content_weight", measure, name, claimed, where))
    return following(
        "B1",
        "More content weight keeps structure and loses style, and the reverse",
        "study 1",
        "The same pairs and seeds with the lightest and the heaviest of three content weights, "
        "the difference of each pair.",
        findings,
    )


def r1(tables) -> Verdict:
    rows = tables("refinement")
    steps = sorted(set(rows["step"]))
    first, early, middle, last = steps[0], 50, 100, steps[-1]
    at = {step: {run_of(row): row for row in rows_of(only(rows, step=step))} for step in steps}

    def done(measure: str, step: int) -> dict:
        """Which share of its whole way a measure has gone by a step."""
        return {
            run: (at[first][run][measure] - at[step][run][measure]) / (at[first][run][measure] - at[last][run][measure])
            for run in at[first]
        }

    def values(measure: str, step: int) -> dict:
        return {run: row[measure] for run, row in at[step].items()}

    findings = [
        paired(
            done("loss_total", early),
            done("way_left", early),
            f"share of the loss's fall by step {early}, less the share of the picture's way",
            1,
            {},
        )
    ]
    for measure, claimed in {"high_frequency_energy": -1, "style_gap_closed": 1, "edge_correlation": 1}.items():
        name = f"{spelled(measure)}, step {last} less step {middle}"
        findings.append(paired(values(measure, last), values(measure, middle), name, claimed, {}))
    return following(
        "R1",
        "The loss falls fast, but the picture still refines for many iterations",
        "study 3",
        f"VGG19 at 160 px, {last} steps in one scale, 6 pairs, three seeds. The picture's way is its mean "
        f"absolute distance to what it is after {last} steps.",
        findings,
        "Adam's step shrinks as the run goes on, so part of the refinement is the noise of its steps settling.",
    )
