"""Lesson 06, activation_entropy: how evenly activity is spread over a layer."""

import numpy as np

from nst_utils.exercises.exercise import Exercise, Variant


def _counts(*shape: int) -> np.ndarray:
    """Whole numbers from 0 to 6 without order, some of them 0, as after a ReLU; the same each time."""
    return np.random.default_rng(1).integers(0, 7, shape).astype(np.float32)


# one picture weak, one strong, with a silent channel, and one that fires at a single place
_FAR_APART = _counts(3, 5, 2, 4) * np.array([1 / 64, 0, 1 / 4, 1], np.float32)
_FAR_APART[1] *= 256
_FAR_APART[2] = 0
_FAR_APART[2, 3, 1, 0] = 0.5


def activation_entropy(features):
    """How evenly the activity of each picture is spread over its channels and positions: 0 for one peak, 1 for even.

    ``features`` is an array (n, h, w, N) of activations after a ReLU, none below 0 and in each picture some above 0.
    Divide the activations of a picture by their sum, so that they are shares p of 1; H = -sum p log p over all of them,
    where a share of 0 adds nothing; divide H by log(h w N), the entropy of equal shares. Return the n numbers.

    >>> features = np.array([[[[2.0, 2.0], [0.0, 0.0]]]])  # half of four activations alike, the others silent
    >>> np.round(activation_entropy(features), 6).tolist()
    [0.5]
    """
    n = len(features)
    flat = np.reshape(features, (n, -1)).astype(np.float64)
    shares = flat / flat.sum(axis=1, keepdims=True)
    logarithms = np.log(np.where(shares > 0, shares, 1))
    return -(shares * logarithms).sum(axis=1) / np.log(flat.shape[1])


def _flat(features) -> np.ndarray:
    return np.reshape(features, (len(features), -1)).astype(np.float64)


def _times_logarithm(shares) -> np.ndarray:
    return shares * np.log(np.where(shares > 0, shares, 1))


def _entropy(shares) -> np.ndarray:
    """Of the numbers in each row, taken for shares, and as a share of the most."""
    return -_times_logarithm(shares).sum(axis=1) / np.log(shares.shape[1])


def _nats(features):
    return activation_entropy(features) * np.log(_flat(features).shape[1])


def _by_most_of(count):
    """Divided by the greatest entropy of another number of places."""

    def relative(features):
        with np.errstate(all="ignore"):
            return _nats(features) / np.log(count(features))

    return relative


def _activations_as_shares(features):
    return _entropy(_flat(features))


def _of_softmax(features):
    flat = np.exp(_flat(features) - np.max(features, axis=(1, 2, 3))[:, None])
    return activation_entropy((flat / flat.sum(axis=1, keepdims=True)).reshape(np.shape(features)))


def _zero_times_logarithm(features):
    flat = _flat(features)
    shares = flat / flat.sum(axis=1, keepdims=True)
    with np.errstate(all="ignore"):
        return -(shares * np.log(shares)).sum(axis=1) / np.log(flat.shape[1])


def _with_a_little(little):
    def entropy(features):
        flat = _flat(features)
        shares = flat / flat.sum(axis=1, keepdims=True)
        return -(shares * np.log(shares + little)).sum(axis=1) / np.log(flat.shape[1])

    return entropy


def _sum_of_the_batch(features):
    flat = _flat(features)
    return _entropy(flat / flat.sum())


def _by_maximum(features):
    flat = _flat(features)
    return _entropy(flat / flat.max(axis=1, keepdims=True))


def _over_channels(features):
    values = np.asarray(features, np.float64)
    with np.errstate(all="ignore"):
        shares = values / values.sum(axis=-1, keepdims=True)
        return -_times_logarithm(shares).sum(axis=-1).mean(axis=(1, 2)) / np.log(values.shape[-1])


ENTROPY = Exercise(
    activation_entropy,
    cases=(
        (np.array([[[[2, 1], [1, 4]]]], np.float32),),
        (np.array([[[[2, 2], [0, 0]]]], np.float32),),
        (np.array([[[[3], [0], [0]], [[0], [0], [0]]]], np.float32),),
        (_counts(1, 2, 3, 2),),
        (_counts(3, 3, 4, 5),),
        (_FAR_APART,),
        (_counts(1, 32, 64, 4),),
    ),
    variants=(
        Variant(
            "not a share of the most",
            _nats,
            "That is the entropy itself, which grows with the layer. Divide it by the greatest it can be there.",
        ),
        Variant(
            "in bits",
            lambda features: _nats(features) / np.log(2),
            "That is the entropy in bits. Divided by its greatest value, taken with the same logarithm, the unit goes.",
        ),
        Variant(
            "bits over nats",
            lambda features: activation_entropy(features) / np.log(2),
            "Two kinds of logarithms: the sum was taken with np.log2, the greatest entropy with np.log. Take one.",
        ),
        Variant(
            "nats over bits",
            lambda features: activation_entropy(features) * np.log(2),
            "Two kinds of logarithms: the sum was taken with np.log, the greatest entropy with np.log2. Take one.",
        ),
        Variant(
            "a little inside of the logarithm",
            _with_a_little(1e-6),
            "A small number was added inside of the logarithm. In a large layer all shares are small, and it moves "
            "each of them: leave silent places out instead.",
        ),
        Variant(
            "more than a little inside of the logarithm",
            _with_a_little(3e-5),
            "The number that was added inside of the logarithm is as large as the shares of a layer. Leave silent "
            "places out instead.",
        ),
        Variant(
            "a little to each activation",
            lambda features: activation_entropy(features + np.float32(1e-3)),
            "A small number was added to the activations, so that silent places fire a little. Leave them at 0, and "
            "out of the sum.",
        ),
        Variant(
            "by the square root",
            _by_most_of(lambda features: np.sqrt(features[0].size)),
            "Divided by the logarithm of a root: all h w N places count, each once.",
        ),
        Variant(
            "by the batch's places",
            _by_most_of(lambda features: np.size(features)),
            "The greatest entropy counts the places of the whole batch; a picture has h w N.",
        ),
        Variant(
            "activations as shares",
            _activations_as_shares,
            "The activations themselves are taken for shares. Divide them by their sum first, so that they add up to "
            "1.",
        ),
        Variant(
            "by the maximum",
            _by_maximum,
            "Divided by the largest activation: then they do not add up to 1. Divide by the sum.",
        ),
        Variant(
            "softmax",
            _of_softmax,
            "A softmax was used to make shares of the activations. It exaggerates peaks; here a plain division does.",
        ),
        Variant(
            "0 times infinity",
            _zero_times_logarithm,
            "A silent place has the share 0, and the logarithm of 0 is not finite. Leave silent places out of the sum.",
        ),
        Variant(
            "sign forgotten",
            lambda features: -activation_entropy(features),
            "The logarithm of a share is below 0; the minus sign in front of the sum is missing.",
        ),
        Variant(
            "channels only",
            _by_most_of(lambda features: features.shape[-1]),
            "The greatest entropy counts channels only: there are h w N places, not N.",
        ),
        Variant(
            "positions only",
            _by_most_of(lambda features: features.shape[1] * features.shape[2]),
            "The greatest entropy counts positions only: there are h w N places, not h w.",
        ),
        Variant(
            "firing places only",
            _by_most_of(lambda features: np.sum(features > 0, axis=(1, 2, 3))),
            "The greatest entropy counts the places that fire. The silent ones belong to it: they could have fired.",
        ),
        Variant(
            "position by position",
            _over_channels,
            "Shares were made at each position, among its channels. Take the sum over the whole layer of a picture.",
        ),
        Variant(
            "sum of the batch",
            _sum_of_the_batch,
            "Divided by the sum of the whole batch. Each picture has a sum of its own.",
        ),
        Variant(
            "batch thrown together",
            lambda features: activation_entropy(features[None])[0],
            "All pictures of the batch became one, with one number. Keep the first axis when you flatten.",
        ),
        Variant(
            "one number",
            lambda features: activation_entropy(features).mean(),
            "One number for the whole batch: return one for each picture.",
        ),
        Variant(
            "how uneven",
            lambda features: 1 - activation_entropy(features),
            "That is 1 minus it: even layers are to have 1, a single peak 0.",
        ),
    ),
    hints=(
        "Think of activity as a cake that is cut up: first make pieces that add up to 1. Which sum do you divide by, "
        "if each picture of the batch has a cake of its own?",
        "Each piece p adds -p log p; a piece of size 0 adds nothing, but its logarithm has to be kept out. With K "
        "equal pieces of 1/K the sum is log K: what is K here?",
        "Flatten h, w and N to one axis. np.where can put a 1 in the place of each 0 before the logarithm is taken, "
        "for log 1 is 0.",
    ),
    checked=(
        "shares of each picture's own sum",
        "silent places add nothing; a single peak gives 0",
        "1 stands for h w N equal shares",
        "three pictures in a batch stay apart",
    ),
)
