"""How far apart two pictures are, in content and in style.

Floor 3: takes features (n, h, w, channels) from a backbone, gives scalars with gradients. It owns the statistics that
stand for style (the Gram matrix and its relatives), the content and total-variation losses, and the table of
normalizations by which published implementations differ, with the exact converter of weights between them.

Symbols follow Gatys, Ecker, Bethge (CVPR 2016): N channels, M = h * w positions, F the features, G their Gram matrix,
A the style's. Here G is always divided by M, so that pictures of two sizes can be compared.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from nst_utils.base.errors import SettingError
from nst_utils.base.tensorflow import tf

Tensor = Any  # tf.Tensor, without importing TensorFlow for the name


# Style statistics -----------------------------------------------------------------------------------------------


def gram_matrix(features: Tensor) -> Tensor:
    """Gram matrix of a layer: how often each pair of channels fires at the same place.

    Parameters
    ----------
    features : tensor (n, h, w, N)

    Returns
    -------
    tensor (n, N, N)
        ``G_ij = sum_k F_ik F_jk / M``, symmetric, positive semidefinite, unchanged by shuffling positions.

    References
    ----------
    Gatys, Ecker, Bethge, "Image Style Transfer Using Convolutional Neural Networks", CVPR 2016 (there without 1/M).

    Examples
    --------
    >>> features = tf.constant([[[[1.0, 2.0], [3.0, 0.0]]]])  # one picture, 1 x 2 positions, 2 channels
    >>> gram_matrix(features).numpy().tolist()
    [[[5.0, 1.0], [1.0, 2.0]]]
    """
    return _mean_products(_columns(features))


ZERO_SHARE = 4.0  # of colors and changes beside the 27 numbers of a neighborhood, in `layer_zero`


def layer_zero(picture: Tensor, stride: int = 1) -> Tensor:
    """The picture itself as one more layer: 39 numbers of each inner pixel, (n, h - 2, w - 2, 39), or of every second.

    Its 3 x 3 RGB neighborhood (27), the products of its colors measured from gray (6), and how strongly each color
    changes across and down (6). Mean and covariance of the neighborhood alone can be met by a few glaring pixels in a
    dull picture; with the products they hold the palette up to its fourth moments, with the changes how much of the
    picture is smooth.

    Examples
    --------
    >>> layer_zero(tf.fill([1, 3, 3, 3], 0.5)).numpy().ravel().tolist() == 27 * [0.5] + 12 * [0.0]
    True
    """
    kernel = np.zeros((3, 3, 3, 33))
    kernel[..., :27] = np.eye(27).reshape(3, 3, 3, 27)
    for color in range(3):
        kernel[1, :, color, 27 + color] = kernel[:, 1, color, 30 + color] = (-1, 0, 1)
    pick, middle = tf.constant(kernel, picture.dtype), slice(12, 15)

    def look(picture):
        """A convolution that copies and subtracts, and with its own gradient: half the time of sliced pixels."""
        seen = tf.nn.conv2d(picture, pick, strides=stride, padding="VALID")
        color, changes = seen[..., middle] - 0.5, seen[..., 27:]
        next_color = tf.roll(color, 1, -1)

        def gradient(upstream):
            squares, mixed, slopes = (ZERO_SHARE * upstream[..., k : k + n] for k, n in ((27, 3), (30, 3), (33, 6)))
            of_color = 2 * color * squares + next_color * mixed + tf.roll(color * mixed, -1, -1)
            parts = [
                upstream[..., :12],
                upstream[..., middle] + of_color,
                upstream[..., 15:27],
                slopes * tf.sign(changes),
            ]
            return tf.nn.conv2d_transpose(
                tf.concat(parts, -1), pick, tf.shape(picture), strides=stride, padding="VALID"
            )

        others = tf.concat([color * color, color * next_color, tf.abs(changes)], -1)
        return tf.concat([seen[..., :27], ZERO_SHARE * others], -1), gradient

    return tf.custom_gradient(look)(picture)


def softmax_smooth(features: Tensor) -> Tensor:
    """Softmax over all channels and positions, times their number (mean 1): flattens the peaks of residual networks.

    References
    ----------
    Wang, Li, Vasconcelos, "Rethinking and Improving the Robustness of Image Style Transfer" (SWAG), CVPR 2021.
    """
    shape = tf.shape(features)
    flat = tf.reshape(features, [shape[0], -1])
    count = tf.cast(tf.shape(flat)[1], flat.dtype)
    return tf.reshape(tf.nn.softmax(flat) * count, shape)


def _as_is(features: Tensor) -> Tensor:
    return features


@dataclass(frozen=True)
class Statistic:
    """What of a layer's features stands for its style.

    ``describe(features)`` gives a tuple of tensors; ``distance(own, target, seed)`` a scalar that is 0 where they are
    equal; ``energy(target)`` the distance of the target to nothing, which makes layers comparable. ``smooth`` is
    applied to features first, those of the content loss included.
    """

    describe: Callable[[Tensor], tuple]
    distance: Callable[[tuple, tuple, Tensor], Tensor]
    energy: Callable[[tuple], Tensor]
    smooth: Callable[[Tensor], Tensor] = _as_is
    is_gram: bool = False


def _columns(features: Tensor) -> Tensor:
    """Features (n, h, w, N) as positions x channels, (n, M, N)."""
    shape = tf.shape(features)
    return tf.reshape(features, [shape[0], shape[1] * shape[2], features.shape[-1]])


def _mean_products(columns: Tensor) -> Tensor:
    """``columns^T columns / M`` of (n, M, N): (n, N, N).

    Both factors are the same, so one product gives the gradient where TensorFlow's own rule takes two.
    """

    def products(columns):
        def gradient(upstream):
            return _product(columns, _twice_symmetric(upstream) / _positions(columns))

        return _product(columns, columns, transpose_a=True) / _positions(columns), gradient

    return tf.custom_gradient(products)(columns)


def _product(a: Tensor, b: Tensor, **options) -> Tensor:
    """A product of batches of matrices; for a batch of one the plain product is faster."""
    return tf.matmul(a[0], b[0], **options)[None] if a.shape[0] == 1 else tf.matmul(a, b, **options)


def _twice_symmetric(upstream: Tensor) -> Tensor:
    return upstream + tf.linalg.matrix_transpose(upstream)


def _positions(columns: Tensor) -> Tensor:
    return tf.cast(tf.shape(columns)[1], columns.dtype)


def _sum_squares(values: Tensor) -> Tensor:
    return tf.reduce_sum(tf.square(values))


def _squared_distance(own: tuple, target: tuple, seed: Tensor) -> Tensor:
    return tf.add_n([_sum_squares(a - b) for a, b in zip(own, target, strict=True)])


def _squared_length(target: tuple) -> Tensor:
    return tf.add_n([_sum_squares(a) for a in target])


def _mean_and_deviation(features: Tensor) -> tuple:
    mean, variance = tf.nn.moments(_columns(features), axes=[1])
    return mean, tf.sqrt(variance + 1e-6)  # the root has no gradient at 0


def _mean_and_covariance(features: Tensor) -> tuple:
    """Mean (n, N) and covariance (n, N, N); a move of the mean leaves the covariance, so one product is enough."""

    def moments(columns):
        mean = tf.reduce_mean(columns, axis=1, keepdims=True)
        centered = columns - mean

        def gradient(of_mean, of_covariance):
            wanted = _product(centered, _twice_symmetric(of_covariance)) + of_mean[:, None, :]
            return wanted / _positions(columns)

        return (mean[:, 0], _product(centered, centered, transpose_a=True) / _positions(columns)), gradient

    return tf.custom_gradient(moments)(_columns(features))


def _gaussian_transport(own: tuple, target: tuple, seed: Tensor) -> Tensor:
    """Squared W2 between Gaussians: |m - m'|^2 + tr(C + C' - 2 (C'^1/2 C C'^1/2)^1/2)."""
    (mean, covariance), (other_mean, other_covariance) = own, target
    values, vectors = tf.linalg.eigh(other_covariance)
    root = tf.matmul(vectors * tf.sqrt(tf.maximum(values, 0.0))[:, None, :], vectors, transpose_b=True)
    product = tf.matmul(root, tf.matmul(covariance, root))
    floor = (
        1e-7 * tf.reduce_mean(tf.linalg.trace(other_covariance)) + 1e-12
    )  # the root has no gradient at 0: flat styles
    product = (product + tf.linalg.matrix_transpose(product)) / 2  # symmetric up to rounding: make it exactly so
    shared = tf.sqrt(tf.maximum(tf.linalg.eigvalsh(product), 0.0) + floor**2)
    transport = tf.linalg.trace(covariance) + tf.linalg.trace(other_covariance) - 2 * tf.reduce_sum(shared, axis=-1)
    return _sum_squares(mean - other_mean) + tf.reduce_sum(transport)


def _gaussian_energy(target: tuple) -> Tensor:
    mean, covariance = target
    return _sum_squares(mean) + tf.reduce_sum(tf.linalg.trace(covariance))


def _sorted(columns: Tensor) -> Tensor:
    """Each channel's values in rising order; ``tf.sort`` works along the last axis only at full speed."""
    return tf.sort(tf.transpose(columns, [0, 2, 1]))


def _quantiles(values: Tensor, count: Tensor) -> Tensor:
    """Sorted values (n, N, M) interpolated to ``count`` of them."""
    last = tf.cast(tf.shape(values)[-1] - 1, values.dtype)
    at = tf.linspace(tf.zeros([], values.dtype), last, count)
    low = tf.cast(tf.floor(at), tf.int32)
    high = tf.minimum(low + 1, tf.shape(values)[-1] - 1)
    share = at - tf.cast(low, values.dtype)
    return tf.gather(values, low, axis=-1) * (1 - share) + tf.gather(values, high, axis=-1) * share


def _transport_in_1d(own: Tensor, target: Tensor) -> Tensor:
    """Mean squared difference of matched quantiles, summed over the rows."""
    own, target = _sorted(own), _sorted(target)
    count = tf.shape(own)[-1]
    difference = own - _quantiles(target, count)
    return _sum_squares(difference) / tf.cast(count, difference.dtype)


def _histogram_distance(own: tuple, target: tuple, seed: Tensor) -> Tensor:
    return _transport_in_1d(own[0], target[0])


def _sliced_distance(own: tuple, target: tuple, seed: Tensor) -> Tensor:
    """As many random directions as channels, new ones for each seed (Heitz et al. 2021)."""
    channels = own[0].shape[-1]
    directions = tf.random.stateless_normal([channels, channels], seed, dtype=own[0].dtype)
    directions = tf.math.l2_normalize(directions, axis=0)
    return _transport_in_1d(tf.matmul(own[0], directions), tf.matmul(target[0], directions))


def _mean_energy(target: tuple) -> Tensor:
    return _sum_squares(target[0]) / tf.cast(tf.shape(target[0])[1], target[0].dtype)


STATISTICS: dict[str, Statistic] = {
    # Gatys, Ecker, Bethge 2016
    "gram": Statistic(lambda f: (gram_matrix(f),), _squared_distance, _squared_length, is_gram=True),
    # Wang, Li, Vasconcelos 2021
    "softmax_gram": Statistic(
        lambda f: (gram_matrix(f),), _squared_distance, _squared_length, smooth=softmax_smooth, is_gram=True
    ),
    # Li, Wang, Liu, Hou, "Demystifying Neural Style Transfer", IJCAI 2017
    "mean_variance": Statistic(_mean_and_deviation, _squared_distance, _squared_length),
    # the 2-Wasserstein distance between Gaussians (Dowson, Landau 1982), as in crowsonkb/style-transfer-pytorch
    "covariance": Statistic(_mean_and_covariance, _gaussian_transport, _gaussian_energy),
    # Risser, Wilmot, Barnes, "Stable and Controllable Neural Texture Synthesis ... Histogram Losses", 2017
    "histogram": Statistic(lambda f: (_columns(f),), _histogram_distance, _mean_energy),
    # Heitz, Vanhoey, Chambon, Belcour, "A Sliced Wasserstein Loss for Neural Texture Synthesis", CVPR 2021
    "sliced_wasserstein": Statistic(lambda f: (_columns(f),), _sliced_distance, _mean_energy),
}


def style_distance(features: Tensor, style_features: Tensor, statistic: str = "gram", seed=(0, 0)) -> Tensor:
    """Distance of two layers' statistics, before any normalization; for the Gram matrix ``sum (G - A)^2``.

    Examples
    --------
    >>> ones, threes = tf.ones([1, 2, 2, 1]), 3 * tf.ones([1, 4, 5, 1])
    >>> float(style_distance(ones, threes))
    64.0
    """
    chosen = chosen_statistic(statistic)
    own, target = (chosen.describe(chosen.smooth(f)) for f in (features, style_features))
    return chosen.distance(own, target, tf.constant(seed))


def content_distance(features: Tensor, content_features: Tensor) -> Tensor:
    """``sum (F - P)^2``, before any normalization."""
    return _sum_squares(features - content_features)


def total_variation(picture: Tensor) -> Tensor:
    """Mean absolute difference of neighboring pixels, down plus across: 0 for a flat picture.

    ``sum(|x[i+1, j] - x[i, j]| + |x[i, j+1] - x[i, j]|) / (3 h w)``, the anisotropic total variation of Rudin, Osher,
    Fatemi (1992) for each value of the picture.

    Examples
    --------
    >>> float(total_variation(tf.constant([[[0.0] * 3, [1.0] * 3]])))
    0.5
    """

    def variation(picture):
        """On rows of 3 w values, and with its own gradient: a third of the time of sliced pixels."""
        shape = tf.shape(picture)
        rows = tf.reshape(picture, [-1, shape[-3], shape[-2] * shape[-1]])
        step = shape[-1]
        down, across = rows[:, 1:] - rows[:, :-1], rows[:, :, step:] - rows[:, :, :-step]
        count = tf.cast(tf.size(picture), picture.dtype)

        def gradient(upstream):
            below, right = tf.sign(down), tf.sign(across)
            slope = tf.pad(below, [[0, 0], [1, 0], [0, 0]]) - tf.pad(below, [[0, 0], [0, 1], [0, 0]])
            before, after = tf.stack([step, 0]), tf.stack([0, step])
            slope += tf.pad(right, [[0, 0], [0, 0], before]) - tf.pad(right, [[0, 0], [0, 0], after])
            return tf.reshape(slope * (upstream / count), shape)

        return (tf.reduce_sum(tf.abs(down)) + tf.reduce_sum(tf.abs(across))) / count, gradient

    return tf.custom_gradient(variation)(picture)


def chosen_statistic(name: str) -> Statistic:
    """The statistic of that name, or an error that lists them."""
    return chosen("statistic", name, STATISTICS)


# Normalizations -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Layer:
    """What a normalization needs to know of one layer.

    ``channels`` N, ``positions`` M, ``pixels`` of the picture, ``layers`` the number of layers in that loss, and
    ``energy`` the target's own (``sum A^2`` for style, ``sum P^2`` for content).
    """

    channels: Any
    positions: Any
    pixels: Any
    layers: int
    energy: Any


@dataclass(frozen=True)
class Normalization:
    """The factors by which an implementation multiplies the distances of this module.

    ``style(layer)`` multiplies ``sum (G/M - A/M)^2``, ``content(layer)`` multiplies ``sum (F - P)^2``, ``tv(pixels)``
    multiplies `total_variation`. Layers enter as a mean (weight 1/L each); where a source sums, its factor holds L.
    ``weights`` are the source's own for content, style and total variation.
    """

    style: Callable[[Layer], Any]
    content: Callable[[Layer], Any]
    tv: Callable[[Any], Any]
    weights: tuple[float, float, float]
    source: str


def _once(pixels):
    return 1.0


def _summed(pixels):
    """`total_variation` is a mean over 3 values a pixel."""
    return 3 * pixels


def _summed_over_bytes(pixels):
    return 255 * _summed(pixels)


def _mean_content(layer: Layer):
    return 1 / (layer.channels * layer.positions)


def _summed_grams_over_n4(layer: Layer):
    return layer.layers / layer.channels**4


NORMALIZATIONS: dict[str, Normalization] = {
    "gatys": Normalization(
        lambda layer: 1 / (4 * layer.channels**2),
        lambda layer: 0.5 * layer.layers,
        _once,
        (1e-3, 1.0, 0.0),
        "Gatys, Ecker, Bethge, CVPR 2016: E = S / (4 N^2 M^2), half the squared sum for content",
    ),
    "tutorial": Normalization(
        lambda layer: 1 / layer.channels**2,
        _mean_content,
        _summed,
        (1e4, 1e-2, 30.0),
        "TensorFlow tutorial 'Neural style transfer': mean squared difference of G/M, TV summed",
    ),
    "torch": Normalization(
        _summed_grams_over_n4,
        lambda layer: layer.layers * _mean_content(layer),
        _summed_over_bytes,
        (5.0, 100.0, 1e-3),
        "neural-style (Torch): G / (N M), mean squared difference, layers summed, TV summed over values of 0 to 255",
    ),
    "keras-io": Normalization(
        lambda layer: layer.positions**2 / (36 * layer.pixels**2),
        lambda layer: 1.0 * layer.layers,
        _summed_over_bytes,
        (2.5e-8, 1e-6, 1e-6),
        "keras.io example 'Neural style transfer': S / (36 (height width of the picture)^2), raw sum for content; its "
        "TV takes squares to the power of 1.25, here absolute differences",
    ),
    "deeplearning.ai": Normalization(
        lambda layer: 1 / (4 * layer.channels**2),
        lambda layer: layer.layers / (4 * layer.channels * layer.positions),
        _once,
        (10.0, 40.0, 0.0),
        "deeplearning.ai course: E with lambda = 1/L, sum / (4 N M) for content",
    ),
    "energy": Normalization(
        lambda layer: 1 / layer.energy,
        lambda layer: 1 / layer.energy,
        _once,
        (0.45, 1.0, 1.0),
        "divided by the target's own energy: 1 is the distance of an all-zero layer",
    ),
}


def chosen_normalization(name: str) -> Normalization:
    """The normalization of that name, or an error that lists them."""
    return chosen("normalization", name, NORMALIZATIONS)


def convert_weight(weight: float, source: str, target: str, layer: Layer, term: str = "style") -> float:
    """The weight that gives one layer the same gradient under another normalization.

    Parameters
    ----------
    weight : the weight of this layer under ``source``
    source, target : names in `NORMALIZATIONS`
    layer : the layer's sizes and its target's energy
    term : "style" or "content"

    Examples
    --------
    >>> first = Layer(channels=64, positions=65536, pixels=65536, layers=5, energy=1.0)
    >>> convert_weight(1.0, "gatys", "tutorial", first)
    0.25
    """
    if term not in ("style", "content"):
        raise SettingError(f"term is {term!r}; it is 'style' or 'content'.")
    factors = [getattr(chosen_normalization(name), term)(layer) for name in (source, target)]
    return weight * factors[0] / factors[1]


def chosen(kind: str, name: str, table: dict):
    """The entry of that name, or an error that lists the names."""
    if name not in table:
        raise SettingError(f"{kind} is {name!r}; choose one of {', '.join(table)}.")
    return table[name]
