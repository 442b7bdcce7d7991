"""Lesson 02, shuffled: positions in random order, which a Gram matrix does not notice."""

import numpy as np

from nst_utils.exercises.exercise import Exercise, Misfit, Variant, numbers

_ORDERS = 200  # that are looked at together: a place that no other ever reaches is chance once in 10^5 times
_FEW = 12  # positions; with fewer a right order may by chance look like a wrong one


def _all_different(*shape: int, unit: float = 1.0) -> np.ndarray:
    return unit * np.arange(np.prod(shape), dtype=np.float32).reshape(shape)


def shuffled(features, seed):
    """The same features with their positions in random order: each place's N numbers stay together.

    ``features`` is an array (n, h, w, N), ``seed`` a whole number. Return an array of the same shape. Equal seeds give
    equal orders, different seeds different ones; no position leaves its picture. Leave ``features`` itself as it is.

    >>> features = np.array([[[[1, 2], [3, 4], [5, 6]]]])  # one picture, 1 x 3 positions, 2 channels
    >>> sorted(shuffled(features, seed=0)[0, 0].tolist())  # in order again, they are the same
    [[1, 2], [3, 4], [5, 6]]
    """
    n, h, w, channels = features.shape
    order = np.random.default_rng(seed).permutation(h * w)
    return features.reshape(n, h * w, channels)[:, order].reshape(n, h, w, channels)


def _in_order(vectors: np.ndarray, length: int) -> list:
    """Rows of that length, sorted."""
    return sorted(vectors.reshape(-1, length).tolist())


def _row_by_row(picture: np.ndarray) -> list:
    """What stands in each row, whatever the order of the rows and in them."""
    return sorted(_in_order(row, picture.shape[-1]) for row in picture)


def _shuffling(answer, function, features, seed) -> np.ndarray:
    """Any random order is right, so the laws are checked one by one."""
    found, original = numbers(answer), numbers(features)
    n, _, w, channels = original.shape
    if found.shape != original.shape:
        raise Misfit("shape", f"The answer has shape {found.shape}; expected is {original.shape}.")
    vectors = [[_in_order(picture, channels) for picture in batch] for batch in (found, original)]
    if vectors[0] != vectors[1]:
        _explain_lost_vectors(found, original)
    if found[0, ..., 0].size < _FEW:
        return np.zeros(())
    if np.array_equal(found, original):
        raise Misfit("nothing moved", "Every position is where it was.")
    if all(_in_order(found[k], w * channels) == _in_order(original[k], w * channels) for k in range(n)):
        raise Misfit("whole rows", "Whole rows of the picture have moved; inside a row all is as it was.")
    if all(
        _in_order(found[k, row], channels) == _in_order(original[k, row], channels)
        for k, row in np.ndindex(original.shape[:2])
    ):
        raise Misfit("inside rows", "No position has left its row.")
    if n > 1 and all(_row_by_row(found[k]) == _row_by_row(original[k]) for k in range(n)):  # fewer may meet by chance
        raise Misfit("rows together", "What stood in one row still stands in one row.")
    if not np.array_equal(numbers(function(features, seed)), found):
        raise Misfit("unsteady", "Two calls with the same seed give two orders.")
    if n == 1:
        _explain_poor_orders(_orders(function, features))
    if np.array_equal(numbers(function(features, seed + 1)), found):
        raise Misfit("seed", "Two seeds give the same order.")
    return np.zeros(())


def _orders(function, features) -> np.ndarray:
    """For many seeds, the place from which each position of the only picture has come."""
    places = {value: place for place, value in enumerate(features[0, ..., 0].ravel().tolist())}
    answers = (numbers(function(features.copy(), seed)) for seed in range(_ORDERS))
    return np.array([[places.get(value, 0) for value in answer[0, ..., 0].ravel().tolist()] for answer in answers])


def _explain_poor_orders(orders: np.ndarray) -> None:
    """Whether, over all seeds, some orders are missing that chance would have brought."""
    count = orders.shape[1]
    places = np.arange(count)
    if np.all(orders == orders[0]):
        raise Misfit("seed", "All seeds give the same order.")
    steps = (np.roll(orders, -1, axis=1) - orders) % count
    if np.all(steps == 1) or np.all(steps == count - 1):
        raise Misfit("in a ring", "Over many seeds, each position is followed by the same one as before.")
    if np.all(np.sum(orders != places, axis=1) <= count // 2):
        raise Misfit("few moved", "Over many seeds, most positions always stay where they were.")
    if np.any(np.all(orders == places, axis=0)):
        raise Misfit("one stays", "Over many seeds, there is a position that never moves.")
    different = len(np.unique(orders, axis=0))
    if different <= len(orders) // 2:
        raise Misfit("few orders", "Many seeds give few orders: some of them share one.")
    if len(set(zip(np.tile(places, len(orders)), orders.ravel().tolist(), strict=True))) < count**2:
        raise Misfit("out of reach", "Over many seeds, there are places that a position never reaches.")
    if different < len(orders):
        raise Misfit("some orders", "Over many seeds, some of them share one order.")


def _explain_lost_vectors(found: np.ndarray, original: np.ndarray) -> None:
    channels = original.shape[-1]
    if _in_order(found, 1) != _in_order(original, 1):
        raise Misfit("values", "Some numbers of the input are missing in the answer.")
    if _in_order(found, channels) == _in_order(original, channels):
        raise Misfit("pictures", "Positions have moved from one picture of the batch to another.")
    if all(_in_order(found[..., c], 1) == _in_order(original[..., c], 1) for c in range(channels)):
        raise Misfit("channels apart", "The numbers of a place are no longer together.")
    if all(
        sorted(a) == sorted(b) for a, b in zip(found.reshape(-1, channels), original.reshape(-1, channels), strict=True)
    ):
        raise Misfit(
            "channels", f"The {channels} numbers of a place have changed their order; the places have not moved."
        )
    raise Misfit("everything", "The numbers of pictures, places and channels are all mixed.")


def _row_order(features, seed):
    return np.random.default_rng(seed).permutation(features, axis=1)


def _rows_then_columns(features, seed):
    rng = np.random.default_rng(seed + 3)  # a seed that leaves neither as it is
    return rng.permutation(rng.permutation(features, axis=1), axis=2)


def _each_channel_alone(features, seed):
    n, h, w, channels = features.shape
    rows = features.reshape(n, h * w, channels)
    return np.random.default_rng(seed).permuted(rows, axis=1).reshape(features.shape)


def _reordered(order_of):
    """As the reference, with another order of the positions."""

    def moved(features, seed):
        n, h, w, channels = features.shape
        order = order_of(np.random.default_rng(seed), h * w, seed)
        return features.reshape(n, h * w, channels)[:, order].reshape(features.shape)

    return moved


def _two_exchanged(rng, count, seed):
    order = np.arange(count)
    one, other = rng.choice(count, 2, replace=False)
    order[[one, other]] = other, one
    return order


def _halves_apart(rng, count, seed):
    return np.concatenate([rng.permutation(count // 2), count // 2 + rng.permutation(count - count // 2)])


def _channel_order(features, seed):
    """One new order of the channels for all places; one that is not the old."""
    return np.roll(features, 1 + seed % 2, axis=3)


def _as_float16(features, seed):
    with np.errstate(over="ignore"):
        return shuffled(features, seed).astype(np.float16)


def _in_place(features, seed):
    for picture in features:
        np.random.default_rng(seed).shuffle(picture.reshape(-1, picture.shape[-1]))
    return features


SHUFFLED = Exercise(
    shuffled,
    read=_shuffling,
    wanted="the same positions in random order, each with its own numbers",
    # Not smaller: among 12 positions a right answer moves none, or keeps the rows, once in 10^7 seeds
    cases=(
        (_all_different(1, 3, 4, 5), 0),
        (_all_different(2, 4, 5, 3), 1),
        (_all_different(3, 5, 3, 1, unit=2.0**14), 2),
    ),
    variants=(
        Variant(
            "whole rows",
            _row_order,
            "permutation(x, axis=1) moves rows of the picture. Flatten h and w to one axis of positions first.",
        ),
        Variant(
            "inside rows",
            lambda features, seed: np.random.default_rng(seed).permutation(features, axis=2),
            "Only columns are exchanged. All h * w positions are to be mixed: make one axis of h and w.",
        ),
        Variant(
            "rows, then columns",
            _rows_then_columns,
            "Rows and columns were mixed one after the other, so neighbors stay in line. Make one axis of h and w.",
        ),
        Variant(
            "each channel alone",
            _each_channel_alone,
            "Each channel got an order of its own. One order for all: then what fires together stays together.",
        ),
        Variant(
            "channels exchanged",
            lambda features, seed: np.random.default_rng(seed).permuted(features, axis=3),
            "The last axis was shuffled. That one holds the channels; positions are the two before it.",
        ),
        Variant(
            "channels reordered",
            _channel_order,
            "The channels got another order, the same at each place. It is the places that are to change theirs.",
        ),
        Variant(
            "channels permuted",
            lambda features, seed: features[..., np.random.default_rng(seed).permutation(features.shape[-1])],
            "The order was drawn for the channels, and is the same at each place. It is the places that are to change "
            "theirs: index the axis of positions.",
        ),
        Variant(
            "turned in a ring",
            _reordered(lambda rng, count, seed: np.roll(np.arange(count), seed + 1)),
            "np.roll pushes all positions on by the same number: neighbors stay neighbors. Draw a random order.",
        ),
        Variant(
            "two exchanged",
            _reordered(_two_exchanged),
            "Only a pair of positions is exchanged, all others stay. Draw an order of all h * w.",
        ),
        Variant(
            "the last one stays",
            _reordered(lambda rng, count, seed: np.append(rng.permutation(count - 1), count - 1)),
            "One position always stays: the order was drawn for one fewer than h * w.",
        ),
        Variant(
            "halves apart",
            _reordered(_halves_apart),
            "The picture was shuffled in parts, and no position leaves its own. Draw one order for all h * w.",
        ),
        Variant(
            "two orders only",
            lambda features, seed: shuffled(features, seed % 2),
            "The seed was cut down before it was used, so that many seeds share an order: use it as it is.",
        ),
        Variant(
            "half precision",
            _as_float16,
            "As float16 large numbers are lost. Leave the kind of numbers as it is.",
        ),
        Variant(
            "everything mixed",
            lambda features, seed: np.random.default_rng(seed).permuted(features, axis=None),
            "A flat shuffle mixes channels with positions. Reshape to (n, h * w, N), not to one long row.",
        ),
        Variant(
            "nothing moved",
            lambda features, seed: features.copy(),
            "permutation(x) mixes the first axis, the pictures, and a single one has nowhere to go. Or the shuffled "
            "copy was thrown away.",
        ),
        Variant(
            "seed ignored",
            lambda features, seed: shuffled(features, 0),
            "The argument seed is not used: give it to np.random.default_rng.",
        ),
        Variant(
            "no seed",
            lambda features, seed: shuffled(features, None),
            "A generator without a seed starts somewhere else each time; np.random.default_rng takes one.",
        ),
        Variant(
            "in place",
            _in_place,
            "shuffle works in place, so the caller's features are gone. permutation returns a new array.",
        ),
        Variant(
            "noise",
            lambda features, seed: np.zeros_like(features),
            "Move the numbers that are there; make no new ones.",
        ),
    ),
    hints=(
        "What the Gram matrix sums over are positions, each with its N numbers. A sum does not care about order. So "
        "what may be moved, and what has to stay together?",
        "Make one axis of h and w: (n, h * w, N). Draw one random order of h * w numbers from a generator with the "
        "seed.",
        "An array can be indexed with an order along its second axis. After that, one reshape brings h and w back.",
    ),
    checked=(
        "the numbers of each place stay together",
        "positions move across rows and columns, and stay in their picture: the Gram matrix is the same",
        "equal seeds, equal orders; other seeds, other orders",
        "the input is left as it was",
    ),
)
