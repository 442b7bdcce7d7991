"""Lesson 09, blend_target: one Gram matrix that stands for several styles."""

import numpy as np

from nst_utils.exercises.exercise import Exercise, Variant


def blend_target(grams, shares):
    """The Gram matrix of a wall on which several styles hang, each on its share of the wall.

    ``grams`` is an array (s, N, N): the Gram matrices of s styles in one layer, each a mean over positions. ``shares``
    is a list of s numbers, 0 or more, in any unit: [3, 1] means three quarters and one quarter. Return an array (N, N):
    what the mean over all positions of the wall is. Do not normalize it; the loss will divide by its energy later.

    >>> grams = np.array([[[4, 0], [0, 0]], [[0, 0], [0, 8]]])
    >>> np.asarray(blend_target(grams, [3, 1])).tolist()
    [[3.0, 0.0], [0.0, 2.0]]
    """
    shares = np.asarray(shares) / np.sum(shares)
    return np.tensordot(shares, grams, axes=1)


def _energies(grams):
    """The sum of the squares of each."""
    return np.sum(grams**2, axis=(1, 2))


def _weighted(grams, weights):
    """Each matrix times its weight, summed."""
    return np.einsum("s,sij->ij", np.asarray(weights, np.float64), grams)


def _of_shares(shares):
    return np.asarray(shares, np.float64) / np.sum(shares)


def _what_two_losses_ask(grams, shares):
    """Where the sum of the styles' losses, each divided by the energy of its own target, is the smallest."""
    weights = np.asarray(shares) / _energies(grams)
    return _weighted(grams, weights / np.sum(weights))


def _as_strong_as_the_styles(grams, shares):
    """Brought to the mean energy of the styles."""
    mixed = blend_target(grams, shares)
    return mixed * np.sqrt(np.sum(_of_shares(shares) * _energies(grams)) / np.sum(mixed**2))


def _along_the_last_axis(grams, shares):
    return np.sum(grams * np.asarray(shares), axis=0) / np.sum(shares)


def _case(shares, *grams) -> tuple:
    return np.array(grams, np.float32), shares


_STRIPES, _SPOTS, _PLAIN = [[4, 1], [1, 2]], [[1, -1], [-1, 8]], [[16, 2], [2, 1]]
_LOUD = [[12, 4, 0], [4, 8, -2], [0, -2, 4]]
_QUIET = [[1, 0, 1], [0, 2, 0], [1, 0, 3]]
_EVEN = [[2, 2, 2], [2, 4, 1], [2, 1, 6]]
BLEND = Exercise(
    blend_target,
    cases=(
        _case([3, 1], [[4, 0], [0, 0]], [[0, 0], [0, 8]]),
        _case([1, 1], _STRIPES, _SPOTS),
        _case([1, 2, 5], _STRIPES, _SPOTS, _PLAIN),
        _case([0.75, 0.25], _LOUD, _QUIET),
        _case([0, 2, 0], _LOUD, _QUIET, _EVEN),
        _case([3], _EVEN),
        _case([0.125, 0.25, 0.0625], _STRIPES, np.multiply(_SPOTS, 1 / 1024), np.multiply(_PLAIN, 512)),
        _case([2, 0, 1, 1], [[0.25]], [[3]], [[0.5]], [[8]]),
        _case([5, 5], [[0, 0, 0], [0, 4, 1], [0, 1, 2]], _LOUD),
    ),
    variants=(
        Variant(
            "not divided by the shares",
            _weighted,
            "The shares were taken as they are. They come in any unit: [3, 1] and [0.75, 0.25] are one wish.",
        ),
        Variant(
            "plain mean",
            lambda grams, shares: np.mean(grams, axis=0),
            "That is the plain mean: the shares take no part.",
        ),
        Variant(
            "plain sum",
            lambda grams, shares: np.sum(grams, axis=0),
            "That is the sum of all styles. A wall of two pictures is not twice as loud as each.",
        ),
        Variant(
            "divided by the number of styles",
            lambda grams, shares: np.mean(grams * np.reshape(shares, (-1, 1, 1)), axis=0),
            "Multiplied by the shares, then divided by the number of styles. Divide by the sum of the shares.",
        ),
        Variant(
            "each by its energy",
            lambda grams, shares: _weighted(grams, _of_shares(shares) / _energies(grams)),
            "Each matrix was divided by its energy before they were mixed. The energy makes losses comparable, and the "
            "loss divides by it later, once: by that of the mixture.",
        ),
        Variant(
            "each to length 1",
            lambda grams, shares: _weighted(grams, _of_shares(shares) / np.sqrt(_energies(grams))),
            "Each matrix was brought to length 1 first. Then a style to which the layer hardly answers is as loud as "
            "the others, which no wall would show.",
        ),
        Variant(
            "what separate losses ask for",
            _what_two_losses_ask,
            "That is where the sum of separate losses is the smallest, each divided by the energy of its own target. "
            "The quieter style pulls more than its share there. Mix first; the loss divides afterwards.",
        ),
        Variant(
            "energies as shares",
            lambda grams, shares: _weighted(grams, _of_shares(np.asarray(shares) * _energies(grams))),
            "The shares were multiplied by the energies, so that the loudest style has nearly all of the wall.",
        ),
        Variant(
            "mixture by its energy",
            lambda grams, shares: blend_target(grams, shares) / np.sum(blend_target(grams, shares) ** 2),
            "The mixture is right, and then it was divided by its energy. That belongs to the loss, not to the target.",
        ),
        Variant(
            "mixture to length 1",
            lambda grams, shares: blend_target(grams, shares) / np.sqrt(np.sum(blend_target(grams, shares) ** 2)),
            "The mixture was brought to length 1. A target says how strongly channels answer: leave it.",
        ),
        Variant(
            "as strong as the styles",
            _as_strong_as_the_styles,
            "The mixture was made as strong as the styles are on average. It is weaker, and that is right: where one "
            "channel answers to one style alone, it is silent on the rest of the wall.",
        ),
        Variant(
            "features mixed",
            lambda grams, shares: np.einsum("s,sij->ij", _of_shares(shares) ** 2, grams),
            "The shares count squared, as if features were mixed and their products taken then. Means of products are "
            "mixed: each share counts once.",
        ),
        Variant(
            "squares that add up to 1",
            lambda grams, shares: _weighted(grams, np.asarray(shares) / np.sqrt(np.sum(np.square(shares)))),
            "The squares of the shares add up to 1 there. Shares of a wall add up to 1 themselves.",
        ),
        Variant(
            "divided by the largest",
            lambda grams, shares: _weighted(grams, np.asarray(shares) / np.max(shares)),
            "Divided by the largest share: all together they are then more than the whole wall.",
        ),
        Variant(
            "softmax",
            lambda grams, shares: _weighted(grams, _of_shares(np.exp(np.asarray(shares, np.float64)))),
            "The shares went through a softmax. A style with a share of 0 would still hang on the wall.",
        ),
        Variant(
            "winner takes all",
            lambda grams, shares: grams[np.argmax(shares)],
            "That is the style with the largest share, alone.",
        ),
        Variant(
            "shares along the channels",
            _along_the_last_axis,
            "The shares were multiplied with the last axis, that of the channels. They belong to the first one.",
        ),
        Variant(
            "geometric mean",
            lambda grams, shares: (
                np.sign(blend_target(grams, shares))
                * np.prod(np.abs(grams) ** np.reshape(_of_shares(shares), (-1, 1, 1)), axis=0)
            ),
            "That is a geometric mean: a channel that is silent in one style would be silent in the mixture.",
        ),
        Variant(
            "divided by 100",
            lambda grams, shares: _weighted(grams, np.asarray(shares) / 100),
            "The shares were taken for percents. They come in any unit: divide by their sum.",
        ),
        Variant(
            "one style too many times",
            lambda grams, shares: grams[0] + (grams[-1] - grams[0]) * shares[-1] / np.sum(shares),
            "Only the first and the last style are mixed. There may be more than two: each has its share.",
        ),
        Variant(
            "rounded",
            lambda grams, shares: np.round(blend_target(grams, shares), 2),
            "The numbers were rounded. A quiet layer has a Gram matrix far below 1.",
        ),
        Variant(
            "whole numbers",
            lambda grams, shares: blend_target(grams, shares).astype(int),
            "Everything behind the point is gone: was the sum kept in an array of whole numbers?",
        ),
        Variant(
            "roots of the shares",
            lambda grams, shares: _weighted(grams, np.sqrt(_of_shares(shares))),
            "Roots of the shares were taken; a mean takes the shares themselves.",
        ),
        Variant(
            "stacked",
            lambda grams, shares: grams * np.reshape(_of_shares(shares), (-1, 1, 1)),
            "Each matrix has its share, but they are not added up yet.",
        ),
        Variant(
            "one number",
            lambda grams, shares: np.average(grams.mean(axis=(1, 2)), weights=shares),
            "One number is left: only the styles are averaged over, not the channels.",
        ),
    ),
    hints=(
        "Think of the wall: 3 square meters of one style, 1 of the other. A Gram matrix is a mean over positions. What "
        "is the mean over all positions of the wall, if you know the mean of each part?",
        "A weighted mean, with shares that add up to 1. No energy and no length comes into it: a style to which the "
        "layer answers loudly is loud on the wall, too.",
        "Bring the shares to a sum of 1 first. Then multiply each matrix by its share and add up: np.tensordot, "
        "np.einsum, np.average or a loop.",
    ),
    checked=("shares in any unit", "one, two and three styles", "a share of 0", "no energy divided away"),
)
