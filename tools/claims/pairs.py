"""How the claims on which pictures suit are decided: C1 and C2."""

from nst_utils.images.gallery import pictures
from nst_utils.study.chance import means_by, permutation_test, predictability, variance_shares
from nst_utils.study.claims import PREDICTORS, Verdict, pair_outcomes
from tools.claims.comparisons import only, spelled
from tools.claims.findings import finding, following

OUTCOMES = ("style_gap_closed", "edge_correlation", "held_out_gap_closed")


def kinds() -> dict[str, str]:
    """Natural, urban or drawn: what each named picture is, by the registry.

    >>> kinds()["harbor"]
    'urban'
    """
    return {record.name: record.kind for record in pictures()}


def c1(tables) -> Verdict:
    rows, kind = only(tables("pairs"), status="done"), kinds()
    findings = []
    for measure, claimed in {
        "edge_correlation": 1,
        "structural_similarity": 1,
        "held_out_content_distance": -1,
    }.items():
        kept = means_by(rows, measure, "content")
        for rival in ("urban", "drawn"):
            chosen = {name: value for name, value in kept.items() if kind[name] in ("natural", rival)}
            difference, p = permutation_test(list(chosen.values()), [kind[name] == "natural" for name in chosen])
            name = f"{spelled(measure)}, natural less the others"
            findings.append(finding(name, claimed, difference, units=len(chosen), where={"rival": rival}, p=p))
    return following(
        "C1",
        "Natural pictures lose less content than urban or animated ones",
        "study 1",
        "Four contents of each kind in all styles but themselves, VGG19 at 128 px, one setting, three seeds. The unit "
        "is the content picture: mean over its styles and seeds, and an exact permutation test over which contents are "
        "called natural.",
        findings,
        "Four pictures of a kind are few: only a large difference can be seen, and another four may differ.",
    )


def c2(tables) -> Verdict:
    rows, predictors = tables("pairs"), tables("predictors")
    findings, listed = [], []
    for measure in OUTCOMES:
        shares = variance_shares(only(rows, status="done"), measure)
        pairs = len(means_by(rows, measure, "content", "style"))
        where = {"half": "pairs differ", "outcome": spelled(measure)}
        findings.append(finding("share of the variance", 1, shares["pairing"], units=pairs, where=where, p=shares["p"]))
        listed.append(
            f"{spelled(measure)}: content {shares['content']:.2f}, style {shares['style']:.2f}, "
            f"pairing {shares['pairing']:.2f}, seed {shares['seed']:.2f}"
        )
    for measure in OUTCOMES:
        power, p = predictability(*pair_outcomes(rows, predictors, measure))
        where = {"half": "there is no logic", "outcome": spelled(measure)}
        p = p if power > 0 else 1.0  # what predicts worse than the mean is no logic, whatever chance would do
        findings.append(finding("Q2 of a prediction", -1, power, units=len(predictors), where=where, p=p))
    return following(
        "C2",
        'Some pairings work better than others, with "no logic"',
        "study 1",
        "Every content in every style, VGG19 at 128 px, one setting, three seeds. That pairs differ is tested by the "
        "variance that neither content nor style alone accounts for, against that of the seeds. The logic would be a "
        f"prediction from what can be measured before painting ({', '.join(map(spelled, PREDICTORS))}), for pairs of "
        "which neither content nor style was seen; its p-value comes from exchanging whole contents and styles.",
        findings,
        f"Shares of the variance: {'; '.join(listed)}. That no predictor is found does not prove that there is none.",
    )
