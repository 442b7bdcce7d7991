"""Chance, and what is more than chance: shares of a variance, permutation tests, predictions of what was not seen.

Takes numbers, and tables as `sweep` makes them or plain rows; gives numbers. Only NumPy and SciPy compute here, so that
every machine reads the same off the same table.
"""

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from nst_utils.base.errors import SettingError
from nst_utils.base.threads import one_blas_thread
from nst_utils.study.tables import rows_of

EXACT = 20_000  # permutations; up to so many are all tried


def means_by(rows: Iterable[Mapping], measure: str, *columns: str) -> dict:
    """The mean of a measure for each value of a column, or each combination of several.

    Examples
    --------
    >>> means_by([{"style": "swirls", "gap": 0.5}, {"style": "swirls", "gap": 0.75}], "gap", "style")
    {'swirls': 0.625}
    """
    groups: dict = {}
    for row in rows_of(rows):
        place = tuple(row[column] for column in columns)
        groups.setdefault(place if len(columns) > 1 else place[0], []).append(row[measure])
    return {place: float(np.mean(values)) for place, values in groups.items()}


@one_blas_thread()
def variance_shares(rows: Iterable[Mapping], measure: str) -> dict[str, float]:
    """How much of a measure's variance the content, the style, their pairing and the seed each account for.

    "content" is what the content adds to a model of the style alone, "style" what the style adds to the content alone,
    "pairing" what the means of the pairs hold beyond the sum of both, "seed" what is left within the pairs; as shares
    of the variance over all rows. For a full grid they add up to 1. "p" tests the pairing against the seed.

    References
    ----------
    Fisher, "Statistical Methods for Research Workers", 1925: the analysis of variance with two factors.

    Examples
    --------
    >>> rows = [{"content": c, "style": s, "kept": c + 2 * s} for c in (0, 1) for s in (0, 1) for seed in range(2)]
    >>> {name: round(share, 3) for name, share in variance_shares(rows, "kept").items() if name != "p"}
    {'content': 0.2, 'style': 0.8, 'pairing': 0.0, 'seed': 0.0}
    """
    from scipy.stats import f

    rows = rows_of(rows)
    values = np.array([row[measure] for row in rows], float)
    indicators = {
        kind: np.array([[row[kind] == value for value in dict.fromkeys(other[kind] for other in rows)] for row in rows])
        for kind in ("content", "style")
    }
    pairs = [(row["content"], row["style"]) for row in rows]
    means = means_by(
        [{"pair": pair, "value": value} for pair, value in zip(pairs, values, strict=True)], "value", "pair"
    )

    def left(*kinds: str) -> float:
        columns = np.concatenate([np.ones((len(rows), 1)), *(indicators[kind] for kind in kinds)], axis=1)
        fitted = columns @ np.linalg.lstsq(columns, values, rcond=None)[0]
        return float(np.sum((values - fitted) ** 2))

    total = float(np.sum((values - values.mean()) ** 2))
    both = left("content", "style")
    within = float(np.sum((values - [means[pair] for pair in pairs]) ** 2))
    contents, styles = (indicators[kind].shape[1] for kind in ("content", "style"))
    freedom = len(means) - contents - styles + 1, len(rows) - len(means)
    if both - within < 1e-12 * total or min(freedom) < 1:
        p = 1.0
    else:
        p = float(f.sf((both - within) / freedom[0] / max(within / freedom[1], 1e-300), *freedom))
    shares = {
        "content": left("style") - both,
        "style": left("content") - both,
        "pairing": both - within,
        "seed": within,
    }
    return {**{name: max(0.0, share) / total for name, share in shares.items()}, "p": p}


def permutation_test(
    values: Sequence[float], chosen: Sequence[bool], *, draws: int = 9999, seed: int = 0
) -> tuple[float, float]:
    """Whether the chosen ones of some independent values differ from the others: their difference and its p-value.

    If it does not matter who is chosen, any other choice of as many could have been made as well. The p-value is the
    share of all such choices (of ``draws`` random ones, where there are very many) whose means differ at least as much,
    in whatever direction.

    Parameters
    ----------
    values : numbers, one for each independent unit
    chosen : which of them form the group
    draws, seed : for more than `EXACT` possible choices

    Returns
    -------
    difference, p
        Mean of the chosen less mean of the others, and its two-sided p-value.

    References
    ----------
    Fisher, "The Design of Experiments", 1935; Phipson, Smyth, "Permutation P-values Should Never Be Zero",
    Statistical Applications in Genetics and Molecular Biology 9, 2010, for counting the observed choice itself.

    Examples
    --------
    The three largest of six are the most extreme choice, together with the three smallest: 2 of 20.

    >>> permutation_test([1, 2, 3, 4, 5, 6], [False, False, False, True, True, True])
    (3.0, 0.1)
    """
    from scipy import stats

    values, chosen = np.asarray(values, float), np.asarray(chosen, bool)
    count, size = len(values), int(chosen.sum())
    if not 0 < size < count:
        raise SettingError(f"{size} of {count} values are chosen; a comparison needs some on both sides.")
    scaled = (values - values.min()) / (np.ptp(values) or 1)
    test = stats.permutation_test(
        (scaled[chosen], scaled[~chosen]),
        _apart,
        vectorized=True,
        n_resamples=np.inf if math.comb(count, size) <= EXACT else draws,
        batch=1000,
        alternative="greater",
        random_state=np.random.default_rng(seed),
    )
    return float(values[chosen].mean() - values[~chosen].mean()), float(test.pvalue)


def _apart(first: np.ndarray, second: np.ndarray, axis: int) -> np.ndarray:
    """How far the means of two groups are apart, in whatever direction; rounded, so that equal ones are equal."""
    return np.abs(first.mean(axis=axis) - second.mean(axis=axis)).round(9)


@one_blas_thread()
def cross_validated(
    outcome: Sequence[float], predictors: np.ndarray, contents: Sequence, styles: Sequence
) -> tuple[np.ndarray, np.ndarray]:
    """Outcomes predicted for each pair from pairs that share neither its content nor its style.

    A linear model with an intercept, fitted for each pair anew to the pairs of other contents and other styles: the
    prediction is for two pictures that the model has never met.

    Parameters
    ----------
    outcome : (n,), one for each pair
    predictors : (n, k)
    contents, styles : what each pair is made of

    Returns
    -------
    predicted, baseline : (n,) each
        The model's predictions, and the mean of the pairs that it was fitted to.
    """
    outcome, predictors = np.asarray(outcome, float), np.asarray(predictors, float).reshape(len(outcome), -1)
    contents, styles = ([str(name) for name in names] for names in (contents, styles))
    scale = np.maximum(predictors.std(axis=0), 1e-12)
    columns = np.concatenate([np.ones((len(outcome), 1)), (predictors - predictors.mean(axis=0)) / scale], axis=1)
    others = np.array(
        [
            [c != content and s != style for c, s in zip(contents, styles, strict=True)]
            for content, style in zip(contents, styles, strict=True)
        ],
        float,
    )
    if others.sum(axis=1).min() <= columns.shape[1]:
        raise SettingError(
            f"{int(others.sum(axis=1).min())} pairs share neither content nor style with one of them, too few for "
            f"{predictors.shape[1]} predictors; give more contents and styles."
        )
    products = np.einsum("fn,ni,nj->fij", others, columns, columns, optimize=True)
    products += 1e-9 * np.eye(columns.shape[1])  # for predictors that do not vary
    solved = np.linalg.solve(products, (others @ (columns * outcome[:, None]))[..., None])[..., 0]
    return np.sum(columns * solved, axis=1), others @ outcome / others.sum(axis=1)


@one_blas_thread()
def predictability(
    outcome: Sequence[float],
    predictors: np.ndarray,
    contents: Sequence,
    styles: Sequence,
    *,
    draws: int = 499,
    seed: int = 0,
) -> tuple[float, float]:
    """How much of an outcome can be predicted for pictures that were never met, and whether that may be chance.

    ``Q2 = 1 - sum (outcome - predicted)^2 / sum (outcome - baseline)^2`` with the predictions of `cross_validated`: at
    most 1; 0 or less where the mean of the others would have done as well.

    Parameters
    ----------
    outcome, predictors, contents, styles : as for `cross_validated`
    draws, seed : of the permutation test

    Returns
    -------
    q2, p
        ``p`` is the share of permutations with at least that Q2. A permutation exchanges whole contents and whole
        styles of the outcomes, so that what pairs of one content have in common stays together; pairs of which the
        exchanged outcome does not exist are left out.

    References
    ----------
    Stone, "Cross-Validatory Choice and Assessment of Statistical Predictions", Journal of the Royal Statistical Society
    B 36, 1974; Mantel, "The Detection of Disease Clustering and a Generalized Regression Approach", Cancer Research 27,
    1967, for permuting whole objects of a matrix.
    """
    outcome, predictors = np.asarray(outcome, float), np.asarray(predictors, float).reshape(len(outcome), -1)
    rows, columns = (list(dict.fromkeys(names)) for names in (contents, styles))
    place = np.array([[rows.index(c), columns.index(s)] for c, s in zip(contents, styles, strict=True)])
    grid = np.full((len(rows), len(columns)), np.nan)
    grid[place[:, 0], place[:, 1]] = outcome

    def power(values: np.ndarray) -> float:
        known = ~np.isnan(values)
        kept = values[known]
        predicted, baseline = cross_validated(kept, predictors[known], place[known, 0], place[known, 1])
        return 1 - float(np.sum((kept - predicted) ** 2) / np.sum((kept - baseline) ** 2))

    observed = power(outcome)
    rng = np.random.default_rng(seed)
    as_good = 0
    for _ in range(draws):
        exchanged = grid[rng.permutation(len(rows))][:, rng.permutation(len(columns))]
        as_good += power(exchanged[place[:, 0], place[:, 1]]) >= observed
    return observed, (as_good + 1) / (draws + 1)
