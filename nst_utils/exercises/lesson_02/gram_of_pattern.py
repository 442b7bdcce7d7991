"""Lesson 02, gram_of_pattern: a Gram matrix by hand."""

import numpy as np

from nst_utils.exercises.exercise import Exercise, Variant

# One picture of 3 x 4 positions. Channel 0 fires with 2 on light columns, channel 1 with 1 right of an edge.
STRIPES = np.tile(np.array([[2, 0], [0, 1], [2, 1], [0, 1]], np.float32), (1, 3, 1, 1))


def gram_of_pattern():
    """The 2 x 2 Gram matrix of these stripes, by hand: a list of two rows of two numbers.

    The picture has 3 rows and 4 columns: light, dark, light, dark. Channel 0 fires with 2 on light columns and with 0
    on dark ones. Channel 1 looks for edges: it fires with 1 on the second, third and fourth column, with 0 on the
    first.

        channel 0   2 0 2 0      channel 1   0 1 1 1
                    2 0 2 0                  0 1 1 1
                    2 0 2 0                  0 1 1 1

    Divide by the number of positions. A worked example: with channel 0 alone on only the first two columns (M = 6), the
    matrix has one number, 3 * 2 * 2 / 6 = 2.
    """
    rows = STRIPES.reshape(-1, 2)
    return (rows.T @ rows / len(rows)).tolist()


def _by_hand(changed) -> object:
    return lambda: changed(np.array(gram_of_pattern()))


PATTERN = Exercise(
    gram_of_pattern,
    wanted="two rows of two numbers",
    variants=(
        Variant(
            "not divided", _by_hand(lambda g: 12 * g), "These are the sums. Divide them by the number of positions."
        ),
        Variant(
            "divided by the columns",
            _by_hand(lambda g: 3 * g),
            "Divided by 4, the columns. Positions are rows times columns.",
        ),
        Variant(
            "divided by 6",
            _by_hand(lambda g: 2 * g),
            "Divided by 6, the M of the worked example. This picture has more positions.",
        ),
        Variant(
            "one row",
            _by_hand(lambda g: 4 * g),
            "Divided by 3, the rows, or summed over a single row: all positions count, above and below.",
        ),
        Variant(
            "not squared",
            _by_hand(lambda g: g - [[1, 0], [0, 0]]),
            "The first number is the mean of channel 0. A channel meets itself: its values are squared.",
        ),
        Variant(
            "nothing together",
            _by_hand(lambda g: g * np.eye(2)),
            "The channels do meet: find the column where both fire.",
        ),
        Variant(
            "exchanged",
            _by_hand(lambda g: g[::-1, ::-1]),
            "The two channels are exchanged: row and column 0 belong to channel 0.",
        ),
        Variant(
            "half a matrix",
            _by_hand(np.triu),
            "Below the diagonal stands what stands above it: i meets j as often as j meets i.",
        ),
        Variant(
            "only firing counted", _by_hand(lambda g: g / [[4, 2], [2, 1]]), "A light column fires with 2, not with 1."
        ),
    ),
    hints=(
        "Three numbers are enough: channel 0 with itself, channel 1 with itself, and the two with each other.",
        "For each pair, multiply the two grids place by place and add up all 12 products.",
        "One row of the picture gives 2*2 + 2*2 for channel 0 with itself; there are three such rows and 12 "
        "positions. The other two numbers go the same way.",
    ),
    checked=(
        "both diagonal numbers",
        "the number off the diagonal, and that it stands on both sides",
        "divided by M = 12",
    ),
)
