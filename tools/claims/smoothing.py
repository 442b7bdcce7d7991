"""How the claim on smoothing residual networks is decided: S1."""

import itertools

from nst_utils.study.claims import Verdict
from tools.claims.comparisons import compared, only, spelled
from tools.claims.findings import following


def s1(tables) -> Verdict:
    rows = tables("smoothing")
    findings = []
    kinds = list(dict.fromkeys(rows["weights"]))
    for network, kind, rival in itertools.product(("resnet50", "vgg19"), kinds, ("plain", "reweighted")):
        inside = only(rows, backbone=network, weights=kind)
        trained = "random" if "random" in kind else "trained"
        where = {"network": spelled(network), "weights": trained, "rival": f"softmax less {rival}"}
        findings.append(
            compared(inside, "softmax", rival, "edge_correlation", "style_gap_closed", 1, where, over="variant")
        )
    return following(
        "S1",
        "Softmax smoothing lets ResNet50 take on more style, on random weights as well",
        "Wang, Li, Vasconcelos, CVPR 2021 (SWAG); of interest to A1",
        "6 pairs at 96 px, three content weights, three seeds: features as they are, under a softmax over all channels "
        "and positions (in content and style), or with the deep style layers weighted a thousandth, as in the public "
        "code of that paper. Style is read off where both keep the same edges.",
        findings,
        "With random weights the activations of a residual network grow from stage to stage, into the thousands at its "
        "end, since its sums only add. A softmax of such numbers is all in one place, and hardly anything of a style "
        "is left in it.",
    )
