"""Lesson 05: how much content, how much style, and which settings are worth a look."""

import numpy as np

from nst_utils.exercises.exercise import Exercise, Variant
from nst_utils.exercises.readers import number

LESSON = "05_content_or_style"


# pareto_front -----------------------------------------------------------------------------------------------------


def pareto_front(points):
    """The indices of the points that no other point dominates, in rising order.

    ``points`` is an array (n, 2): two losses for each of n settings, both better when smaller. A point dominates
    another if it is at least as good in both and better in one. Equal points do not dominate each other.

    >>> pareto_front(np.array([[1, 5], [2, 2], [3, 3], [4, 1]]))  # [3, 3] is dominated by [2, 2]
    [0, 1, 3]
    """
    dominated = [any(np.all(other <= point) and np.any(other < point) for other in points) for point in points]
    return [index for index, is_dominated in enumerate(dominated) if not is_dominated]


def _front(dominates):
    """The front under another idea of what dominates."""

    def front(points):
        return [k for k, point in enumerate(points) if not any(dominates(other, point) for other in points)]

    return front


def _staircase(points):
    front, lowest = [], np.inf
    for k in np.argsort(points[:, 0], kind="stable"):
        if points[k, 1] < lowest:
            front, lowest = [*front, int(k)], points[k, 1]
    return sorted(front)


def _first_of_equals(points):
    front, seen = [], set()
    for k in pareto_front(points):
        if tuple(points[k]) not in seen:
            seen.add(tuple(points[k]))
            front.append(k)
    return front


def _points(*pairs) -> tuple[np.ndarray]:
    return (np.array(pairs, np.float32),)


PARETO = Exercise(
    pareto_front,
    cases=(
        _points((1, 2), (2, 1)),
        _points((1, 1), (2, 2)),
        _points((1, 3), (1, 2), (2, 2)),
        _points((2, 2), (1, 4), (2, 2), (3, 3)),
        _points((4, 1), (3, 3), (2, 2), (1, 5)),
        _points((5, 1), (1, 5), (4, 4), (2, 3), (3, 2), (5, 5), (2, 4), (1, 6)),
        _points((0.5, 0.25), (0.25, 0.5), (0.375, 0.375), (0.625, 0.25), (0.25, 0.75)),
        _points((1.25, 0), (0, 1.25), (1.5, 0.5), (0.5, 1), (1, 0.5), (1.125, 0.25)),
        _points((2, 3)),
        _points((0.001953125, 512), (0.00390625, 256), (1024, 0.0078125), (1, 1), (2, 1), (1, 1024)),
        _points((-2, 1), (-1, -1), (0, -2), (1, 1)),
    ),
    variants=(
        Variant(
            "maximized",
            lambda points: pareto_front(-points),
            "These are the points at the far end: smaller is better in both numbers.",
        ),
        Variant(
            "first number only",
            lambda points: np.flatnonzero(points[:, 0] == points[:, 0].min()),
            "Only the first number counts there. A point may be worse in it and still be the best in the other.",
        ),
        Variant(
            "best sum",
            lambda points: np.flatnonzero(points.sum(1) == points.sum(1).min()),
            "The two numbers were added. That fixes one exchange rate between them; a front leaves it open.",
        ),
        Variant(
            "strictly better in both",
            _front(lambda other, point: np.all(other < point)),
            "A tie is kept: a point with one number equal and the other worse is dominated, too.",
        ),
        Variant(
            "better in the first",
            _front(lambda other, point: other[0] < point[0] and other[1] <= point[1]),
            "Better in one means in either: a point that is equal in the first number and worse in the second is "
            "dominated, too.",
        ),
        Variant(
            "better in the second",
            _front(lambda other, point: other[0] <= point[0] and other[1] < point[1]),
            "Better in one means in either: a point that is worse in the first number and equal in the second is "
            "dominated, too.",
        ),
        Variant(
            "whole numbers",
            lambda points: pareto_front(points.astype(int)),
            "The losses were made whole numbers, and those that differ behind the point became alike.",
        ),
        Variant(
            "rounded",
            lambda points: pareto_front(np.round(points)),
            "The losses were rounded; small differences count as well.",
        ),
        Variant(
            "nearest to the origin",
            lambda points: np.argmin(np.sum(np.square(points), axis=1), keepdims=True),
            "That is the point nearest to zero in both. A front has several, one for each exchange rate.",
        ),
        Variant(
            "best of each number",
            lambda points: np.unique(np.argmin(points, axis=0)),
            "These are the best in the first number and the best in the second. What lies between them may be on the "
            "front, too.",
        ),
        Variant(
            "staircase",
            _staircase,
            "Sorted by the first number, and kept whatever is lower than all before: of points that agree in the first "
            "number an order of chance decides, and equal ones are lost. Compare each point with all others.",
        ),
        Variant(
            "better in one",
            _front(lambda other, point: np.any(other < point)),
            "A point is dropped as soon as another is better in one number; the other must not be worse in the other.",
        ),
        Variant(
            "dominated by itself",
            _front(lambda other, point: np.all(other <= point)),
            "Every point is at least as good as itself, so all are dropped: ask for better in one as well.",
        ),
        Variant(
            "the dominated",
            lambda points: [k for k in range(len(points)) if k not in pareto_front(points)],
            "These are the dominated ones: return the others.",
        ),
        Variant(
            "along the front",
            lambda points: sorted(pareto_front(points), key=lambda k: tuple(points[k])),
            "The indices are right, their order follows the points. Sort the indices themselves.",
        ),
        Variant(
            "points", lambda points: points[pareto_front(points)], "These are points; asked for are their indices."
        ),
        Variant(
            "mask",
            lambda points: np.isin(np.arange(len(points)), pareto_front(points)),
            "True and False for each point; np.flatnonzero makes indices of that.",
        ),
        Variant(
            "counted from 1",
            lambda points: [k + 1 for k in pareto_front(points)],
            "Counted from 1; an index counts from 0.",
        ),
        Variant(
            "equal points dropped",
            _first_of_equals,
            "Of two equal points one was dropped. Neither is better, so both stay.",
        ),
        Variant(
            "equals drop each other",
            lambda points: [
                k
                for k, point in enumerate(points)
                if not any(np.all(other <= point) for j, other in enumerate(points) if j != k)
            ],
            "Equal points have thrown each other out. To dominate, a point must be better in one number.",
        ),
    ),
    hints=(
        "Draw the points. One is dominated when another lies to its lower left, level with it or straight below "
        "included.",
        "For two points, write a condition with two parts: nowhere worse, somewhere better. A point stays if no other "
        "meets it.",
        "np.all and np.any turn a comparison of two points into one truth value. A loop over points within a loop over "
        "points is quick enough, and gives the indices in order.",
    ),
    checked=("ties in one number", "equal points", "points in any order", "indices from 0, sorted"),
)


# meets_target -----------------------------------------------------------------------------------------------------


def meets_target(weights, measured, target):
    """The style weight at which a measure reaches its target, read from a curve of a few measured points.

    ``weights`` are style weights in rising order, ``measured`` what was measured at each, also rising; both are arrays
    of one length. Between two neighboring points the curve is a straight line when drawn over the logarithm of the
    weight. ``target`` lies between the smallest and the largest measured value. Return a number.

    >>> round(float(meets_target(np.array([1.0, 100.0]), np.array([0.0, 1.0]), 0.5)), 6)
    10.0
    """
    return np.exp(np.interp(target, measured, np.log(weights)))


def _over_logarithms(of_weights, back, of_measures):
    """A straight line over other functions of the weight and of the measure."""

    def weight(weights, measured, target):
        with np.errstate(all="ignore"):
            return back(np.interp(of_measures(target), of_measures(measured), of_weights(weights)))

    return weight


def _curve(weights, measured, target) -> tuple:
    return np.array(weights, np.float32), np.array(measured, np.float32), target


TARGET = Exercise(
    meets_target,
    cases=(
        _curve([1, 16], [0, 2], 1.0),
        _curve([1, 16], [0, 4], 3.0),
        _curve([1, 4, 64], [1, 2, 4], 2.0),
        _curve([2, 8, 128], [1, 2, 6], 3.0),
        _curve([1, 2, 32, 64], [0, 4, 6, 16], 5.0),
        _curve([1, 2, 32, 64], [0, 4, 6, 16], 16.0),
        _curve([0.0625, 0.25, 1], [0.25, 0.5, 0.75], 0.375),
        _curve([0.0078125, 0.25, 2], [0, 0.5, 0.625], 0.25),
        _curve([0.5, 8, 4096], [0.125, 0.25, 1], 0.625),
        _curve([0.0001220703125, 1024], [-1, 3], 0.0),
        _curve([0.5, 2, 8], [1, 3, 4], 1.0),
        _curve([0.75, 1.125, 5], [0.5, 1.5, 2], 1.0),
        _curve([0.75, 1.125, 5], [0.5, 1.5, 2], 1.625),
    ),
    read=number,
    variants=(
        Variant(
            "straight in the weight",
            lambda weights, measured, target: np.interp(target, measured, weights),
            "Between two points it is a straight line over the weight itself. Weights span powers of ten: take "
            "logarithms.",
        ),
        Variant(
            "logarithm returned",
            lambda weights, measured, target: np.interp(target, measured, np.log(weights)),
            "That is the logarithm of the weight: turn it back into a weight.",
        ),
        Variant(
            "wrong base",
            lambda weights, measured, target: np.exp(np.interp(target, measured, np.log10(weights))),
            "Logarithm to base 10, back with base e: both ways need one base.",
        ),
        Variant(
            "wrong base back",
            lambda weights, measured, target: 10 ** np.interp(target, measured, np.log(weights)),
            "np.log has base e, 10 ** has base 10: go back with the base you came with.",
        ),
        Variant(
            "logarithm of the measure",
            _over_logarithms(lambda weights: weights, lambda weights: weights, np.log1p),
            "The logarithm was taken of the measure; it belongs to the weight.",
        ),
        Variant(
            "logarithms of both",
            _over_logarithms(np.log, np.exp, np.log),
            "Logarithms were taken of the measure, too. It stays as it is; a measure may be 0.",
        ),
        Variant(
            "logarithm of the measure alone",
            _over_logarithms(lambda weights: weights, lambda weights: weights, np.log),
            "The logarithm belongs to the weight, not to the measure, which may be 0.",
        ),
        Variant(
            "sign of the logarithm lost",
            _over_logarithms(lambda weights: np.abs(np.log(weights)), np.exp, lambda measured: measured),
            "The logarithm of a weight below 1 is negative, and its sign was lost.",
        ),
        Variant(
            "log of 1 more",
            _over_logarithms(np.log1p, np.expm1, lambda measured: measured),
            "The logarithm of 1 + weight: nearly a straight line below 1. Take the logarithm of the weight itself.",
        ),
        Variant(
            "rounded",
            lambda weights, measured, target: round(float(meets_target(weights, measured, target))),
            "The weight was rounded to a whole number. Most style weights are far from whole, and many below 1.",
        ),
        Variant(
            "roots",
            _over_logarithms(np.sqrt, np.square, lambda measured: measured),
            "A straight line over the root of the weight; asked for is one over its logarithm.",
        ),
        Variant(
            "exchanged",
            lambda weights, measured, target: np.exp(np.interp(target, np.log(weights), measured)),
            "The axes are exchanged: the measure is known, the weight is asked for.",
        ),
        Variant(
            "nearest point",
            lambda weights, measured, target: weights[np.argmin(np.abs(measured - target))],
            "That is the nearest of the measured weights; the target lies between two of them.",
        ),
        Variant(
            "first that reaches it",
            lambda weights, measured, target: weights[np.argmax(measured >= target)],
            "That is the first measured weight that is large enough; a smaller one already meets the target.",
        ),
        Variant(
            "last that does not",
            lambda weights, measured, target: weights[np.flatnonzero(measured <= target)[-1]],
            "That is the last measured weight below the target; go on towards the next one.",
        ),
        Variant(
            "ends only",
            lambda weights, measured, target: np.exp(np.interp(target, measured[[0, -1]], np.log(weights[[0, -1]]))),
            "One line from the first point to the last; the points between bend the curve.",
        ),
        Variant(
            "best fit",
            lambda weights, measured, target: np.exp(np.polyval(np.polyfit(measured, np.log(weights), 1), target)),
            "One line was fitted to all points; it need not pass through any. Go from point to point.",
        ),
        Variant(
            "index",
            lambda weights, measured, target: np.interp(target, measured, np.arange(len(weights))),
            "That is a place in the list; asked for is the weight there.",
        ),
    ),
    hints=(
        "Mark the target on the vertical axis of the curve, go across to the line, then down. Which two measured "
        "points do you pass between?",
        "Halfway between weights 1 and 100 lies 10 on this axis, not 50: a straight line over the logarithm.",
        "np.interp(x, xs, ys) draws straight lines through points; xs has to rise. Here the known one is the measure. "
        "Interpolate the logarithm, and undo it at the end.",
    ),
    checked=(
        "targets between two points and on one",
        "curves of two, three and four points",
        "straight over the logarithm",
    ),
)

EXERCISES = (PARETO, TARGET)
