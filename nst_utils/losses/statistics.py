"""What of a layer stands for its style: the Gram matrix and its relatives, each written once.

Takes features (n, h, w, N) of a layer, gives what describes them, and how far two descriptions are apart, for each of
the n pictures. Where not all positions are there at once, as in tiles and strips of a large picture, the same statistic
is put together from sums over the parts. A new statistic is one function or two and an entry in `STATISTICS`.

Symbols follow Gatys, Ecker, Bethge (CVPR 2016): N channels, M = h * w positions, F the features, G their Gram matrix,
A the style's. Here G is always divided by M, so that pictures of two sizes can be compared.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nst_utils.base.tensorflow import tf
from nst_utils.base.values import chosen
from nst_utils.losses.products import columns_of, mean_and_covariance, mean_products

Tensor = Any  # tf.Tensor, without importing TensorFlow for the name

TINY = 1e-12  # keeps nothing out of the denominator


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
    return mean_products(columns_of(features))


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

    Parameters
    ----------
    describe : features (n, h, w, N) to a tuple of tensors (n, ...)
    distance : (current, target, seed) to (n,), 0 where the two are equal; a target may be of one picture for all n
    energy : target to (n,), the distance of the target to nothing, which makes layers comparable
    smooth : applied to features first, those of the content loss included
    sums : smoothed features (n, h, w, N), and how much each position counts as (1, h, w, 1) or None, to a tuple of sums
        over the positions; None where a statistic is none of sums, as a sort is not
    from_means : these sums, divided by what the positions count in all, to what ``describe`` gives
    in_parts : whether the sums of a picture are those of its parts; a softmax needs all positions at once
    is_gram : whether it is made of Gram matrices, for which the published normalizations are defined
    """

    describe: Callable[[Tensor], tuple]
    distance: Callable[[tuple, tuple, Tensor], Tensor]
    energy: Callable[[tuple], Tensor]
    smooth: Callable[[Tensor], Tensor] = _as_is
    sums: Callable[..., tuple] | None = None
    from_means: Callable[..., tuple] | None = None
    in_parts: bool = False
    is_gram: bool = False

    def means(self, features: Tensor, counts: Tensor | None = None) -> tuple:
        """The sums over the positions of features, divided by what they count in all; see `from_means`."""
        smoothed = self.smooth(features)
        total = positions_of(features) if counts is None else tf.reduce_sum(counts) + TINY
        return tuple(part / total for part in self.sums(smoothed, counts))

    def within(self, features: Tensor, counts: Tensor) -> tuple:
        """What ``describe`` gives, of positions that count as in ``counts`` (1, h, w, 1): a region of the picture."""
        return self.from_means(*self.means(features, counts))


def sum_of_each(values: Tensor) -> Tensor:
    """The sum over all but the first axis, (n,); for a batch of one the plain sum is faster."""
    if values.shape[0] == 1:
        return tf.reduce_sum(values)[None]
    return tf.reduce_sum(values, axis=list(range(1, values.shape.rank)))


def squares_of_each(values: Tensor) -> Tensor:
    """The sum of the squares over all but the first axis, (n,)."""
    return sum_of_each(tf.square(values))


# Gram matrices ----------------------------------------------------------------------------------------------------


def _gram(features: Tensor) -> tuple:
    return (gram_matrix(features),)


def _squared_distance(current: tuple, target: tuple, seed: Tensor) -> Tensor:
    return tf.add_n([squares_of_each(a - b) for a, b in zip(current, target, strict=True)])


def _squared_length(target: tuple) -> Tensor:
    return tf.add_n([squares_of_each(a) for a in target])


def positions_of(features: Tensor) -> Tensor:
    """The number of positions of features (n, h, w, N), as float32."""
    return tf.cast(tf.shape(features)[1] * tf.shape(features)[2], tf.float32)


def _summed_products(features: Tensor, counts: Tensor | None = None) -> Tensor:
    count = positions_of(features)  # 0 where a thin tile has no room for a neighborhood
    products = gram_matrix(features if counts is None else features * tf.sqrt(counts)) * count
    return tf.where(count > 0, products, tf.zeros_like(products))


def _products_alone(features: Tensor, counts: Tensor | None = None) -> tuple:
    return (_summed_products(features, counts),)


def _as_they_are(*means: Tensor) -> tuple:
    return means


# Moments ----------------------------------------------------------------------------------------------------------


def _summed(features: Tensor, counts: Tensor | None = None) -> Tensor:
    return tf.reduce_sum(features if counts is None else features * counts, axis=[1, 2])


def _mean_and_deviation(features: Tensor) -> tuple:
    mean, variance = tf.nn.moments(columns_of(features), axes=[1])
    return mean, tf.sqrt(variance + 1e-6)  # the root has no gradient at 0


def _mean_and_deviation_of(mean: Tensor, squares: Tensor) -> tuple:
    return mean, tf.sqrt(tf.maximum(squares - tf.square(mean), 0.0) + 1e-6)


def _mean_and_covariance(features: Tensor) -> tuple:
    return mean_and_covariance(columns_of(features))


def _mean_and_covariance_of(mean: Tensor, products: Tensor) -> tuple:
    return mean, products - mean[:, :, None] * mean[:, None, :]


def _gaussian_transport(current: tuple, target: tuple, seed: Tensor) -> Tensor:
    """Squared W2 between Gaussians: |m - m'|^2 + tr(C + C' - 2 (C'^1/2 C C'^1/2)^1/2)."""
    (mean, covariance), (other_mean, other_covariance) = current, target
    values, vectors = tf.linalg.eigh(other_covariance)
    root = tf.matmul(vectors * tf.sqrt(tf.maximum(values, 0.0))[:, None, :], vectors, transpose_b=True)
    product = tf.matmul(root, tf.matmul(covariance, root))
    # the root has no gradient at 0: flat styles
    floor = 1e-7 * tf.linalg.trace(other_covariance)[:, None] + 1e-12
    product = (product + tf.linalg.matrix_transpose(product)) / 2  # symmetric up to rounding: make it exactly so
    shared = tf.sqrt(tf.maximum(tf.linalg.eigvalsh(product), 0.0) + floor**2)
    transport = tf.linalg.trace(covariance) + tf.linalg.trace(other_covariance) - 2 * tf.reduce_sum(shared, axis=-1)
    return squares_of_each(mean - other_mean) + transport


def _gaussian_energy(target: tuple) -> Tensor:
    mean, covariance = target
    return squares_of_each(mean) + tf.linalg.trace(covariance)


# Histograms -------------------------------------------------------------------------------------------------------


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


def _transport_in_1d(current: Tensor, target: Tensor) -> Tensor:
    """Mean squared difference of matched quantiles, summed over the rows of each picture."""
    current, target = _sorted(current), _sorted(target)
    count = tf.shape(current)[-1]
    difference = current - _quantiles(target, count)
    return squares_of_each(difference) / tf.cast(count, difference.dtype)


def _histogram_distance(current: tuple, target: tuple, seed: Tensor) -> Tensor:
    return _transport_in_1d(current[0], target[0])


def _sliced_distance(current: tuple, target: tuple, seed: Tensor) -> Tensor:
    """As many random directions as channels, new ones for each seed (Heitz et al. 2021)."""
    channels = current[0].shape[-1]
    directions = tf.random.stateless_normal([channels, channels], seed, dtype=current[0].dtype)
    directions = tf.math.l2_normalize(directions, axis=0)
    return _transport_in_1d(tf.matmul(current[0], directions), tf.matmul(target[0], directions))


def _mean_energy(target: tuple) -> Tensor:
    return squares_of_each(target[0]) / tf.cast(tf.shape(target[0])[1], target[0].dtype)


STATISTICS: dict[str, Statistic] = {
    # Gatys, Ecker, Bethge 2016
    "gram": Statistic(
        _gram,
        _squared_distance,
        _squared_length,
        sums=_products_alone,
        from_means=_as_they_are,
        in_parts=True,
        is_gram=True,
    ),
    # Wang, Li, Vasconcelos 2021
    "softmax_gram": Statistic(
        _gram,
        _squared_distance,
        _squared_length,
        smooth=softmax_smooth,
        sums=_products_alone,
        from_means=_as_they_are,
        is_gram=True,
    ),
    # Li, Wang, Liu, Hou, "Demystifying Neural Style Transfer", IJCAI 2017
    "mean_variance": Statistic(
        _mean_and_deviation,
        _squared_distance,
        _squared_length,
        sums=lambda features, counts=None: (_summed(features, counts), _summed(tf.square(features), counts)),
        from_means=_mean_and_deviation_of,
        in_parts=True,
    ),
    # the 2-Wasserstein distance between Gaussians (Dowson, Landau 1982), as in crowsonkb/style-transfer-pytorch
    "covariance": Statistic(
        _mean_and_covariance,
        _gaussian_transport,
        _gaussian_energy,
        sums=lambda features, counts=None: (_summed(features, counts), _summed_products(features, counts)),
        from_means=_mean_and_covariance_of,
        in_parts=True,
    ),
    # Risser, Wilmot, Barnes, "Stable and Controllable Neural Texture Synthesis ... Histogram Losses", 2017
    "histogram": Statistic(lambda features: (columns_of(features),), _histogram_distance, _mean_energy),
    # Heitz, Vanhoey, Chambon, Belcour, "A Sliced Wasserstein Loss for Neural Texture Synthesis", CVPR 2021
    "sliced_wasserstein": Statistic(lambda features: (columns_of(features),), _sliced_distance, _mean_energy),
}


def chosen_statistic(name: str) -> Statistic:
    """The statistic of that name, or an error that lists them."""
    return chosen("statistic", name, STATISTICS)


def style_distance(features: Tensor, style_features: Tensor, statistic: str = "gram", seed=(0, 0)) -> Tensor:
    """Distance of two layers' statistics before any normalization; for the Gram matrix ``sum (G - A)^2``.

    Examples
    --------
    >>> ones, threes = tf.ones([1, 2, 2, 1]), 3 * tf.ones([1, 4, 5, 1])
    >>> float(style_distance(ones, threes))
    64.0
    """
    chosen = chosen_statistic(statistic)
    current, target = (chosen.describe(chosen.smooth(f)) for f in (features, style_features))
    return tf.reduce_sum(chosen.distance(current, target, tf.constant(seed)))


def content_distance(features: Tensor, content_features: Tensor) -> Tensor:
    """``sum (F - P)^2``, before any normalization."""
    return tf.reduce_sum(squares_of_each(features - content_features))
