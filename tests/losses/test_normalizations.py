"""The named normalizations against the formulas of their sources, and the converter of weights between them."""

import itertools

import numpy as np
import pytest

from nst_utils.base.errors import SettingError
from nst_utils.base.tensorflow import tf
from nst_utils.losses.normalizations import NORMALIZATIONS, Layer, convert_weight
from nst_utils.losses.smoothness import total_variation
from nst_utils.losses.statistics import content_distance, gram_matrix, style_distance

EVERY_NORMALIZATION = pytest.mark.parametrize("name", NORMALIZATIONS)
TWO_SIZES = pytest.mark.parametrize("size", [(12, 16), (20, 14)])


def network(picture):
    """Three convolutions of 4, 6 and 6 filters, half the size at each, with fixed weights; features from both ends."""
    drawn = np.random.default_rng(11)
    features, found = picture, []
    for channels in (4, 6, 6):
        kernel = tf.constant(drawn.normal(0, 0.5, (3, 3, features.shape[-1], channels)))
        features = tf.nn.relu(tf.nn.conv2d(features, kernel, 1, "SAME"))
        found.append(features)
        features = tf.nn.avg_pool2d(features, 2, 2, "SAME")
    return found


def pictures(size):
    """Painting, content and style of one size, as the published implementations have them."""
    return [tf.constant(np.random.default_rng(k).random((1, *size, 3))) for k in range(3)]


def flat(features):
    """F of the paper: channels x positions."""
    return tf.transpose(tf.reshape(features, [-1, features.shape[-1]]))


# Each source's own formula for one of `layers` layers, term by term as it is written there.


def gatys_style(features, style, picture, layers):
    f, a = flat(features), flat(style)
    n, m = f.shape
    return tf.reduce_sum((f @ tf.transpose(f) - a @ tf.transpose(a)) ** 2) / (4 * n**2 * m**2) / layers


def tutorial_style(features, style, picture, layers):
    def gram(x):
        return tf.linalg.einsum("bijc,bijd->bcd", x, x) / (x.shape[1] * x.shape[2])

    return tf.reduce_mean((gram(features) - gram(style)) ** 2) / layers


def torch_style(features, style, picture, layers):
    f, a = flat(features), flat(style)
    elements = f.shape[0] * f.shape[1]
    return tf.reduce_mean((f @ tf.transpose(f) / elements - a @ tf.transpose(a) / elements) ** 2)


def keras_io_style(features, style, picture, layers):
    f, a = flat(features), flat(style)
    channels, size = 3, picture.shape[1] * picture.shape[2]
    return tf.reduce_sum((a @ tf.transpose(a) - f @ tf.transpose(f)) ** 2) / (4.0 * channels**2 * size**2) / layers


def deeplearning_ai_style(features, style, picture, layers):
    f, a = flat(features), flat(style)
    n_c, n_h, n_w = features.shape[3], features.shape[1], features.shape[2]
    return tf.reduce_sum((a @ tf.transpose(a) - f @ tf.transpose(f)) ** 2) / (4 * n_c**2 * (n_h * n_w) ** 2) / layers


def energy_style(features, style, picture, layers):
    f, a = flat(features), flat(style)
    difference = tf.reduce_sum((f @ tf.transpose(f) - a @ tf.transpose(a)) ** 2)
    return difference / tf.reduce_sum((a @ tf.transpose(a)) ** 2) / layers


SOURCE_STYLE = {
    "gatys": gatys_style,
    "tutorial": tutorial_style,
    "torch": torch_style,
    "keras-io": keras_io_style,
    "deeplearning.ai": deeplearning_ai_style,
    "energy": energy_style,
}
SOURCE_CONTENT = {
    "gatys": lambda f, p, layers: tf.reduce_sum((f - p) ** 2) / 2,
    "tutorial": lambda f, p, layers: tf.reduce_mean((f - p) ** 2) / layers,
    "torch": lambda f, p, layers: tf.reduce_mean((f - p) ** 2),
    "keras-io": lambda f, p, layers: tf.reduce_sum(tf.square(f - p)),
    "deeplearning.ai": lambda f, p, layers: tf.reduce_sum((f - p) ** 2) / (4 * p.shape[1] * p.shape[2] * p.shape[3]),
    "energy": lambda f, p, layers: tf.reduce_sum((f - p) ** 2) / tf.reduce_sum(p**2) / layers,
}


def described(features, target, picture, layers, term):
    """The `Layer` of a target's features."""
    energy = tf.reduce_sum(gram_matrix(target) ** 2) if term == "style" else tf.reduce_sum(target**2)
    _, height, width, channels = features.shape
    return Layer(channels, height * width, picture.shape[1] * picture.shape[2], layers, float(energy))


def ours(name, term, features, target, picture, layers):
    """One layer's loss by this package, each layer with a share of 1 / layers."""
    distance = style_distance if term == "style" else content_distance
    factor = getattr(NORMALIZATIONS[name], term)(described(features, target, picture, layers, term))
    return factor * distance(features, target) / layers


def test_every_normalization_has_a_source_formula_here():
    assert set(SOURCE_STYLE) == set(SOURCE_CONTENT) == set(NORMALIZATIONS)


@EVERY_NORMALIZATION
@TWO_SIZES
def test_style_loss_is_the_formula_of_its_source(name, size):
    painting, _, style = pictures(size)
    for features, target in zip(network(painting), network(style), strict=True):
        expected = float(SOURCE_STYLE[name](features, target, painting, 3))
        assert float(ours(name, "style", features, target, painting, 3)) == pytest.approx(expected, rel=1e-9)
        assert expected > 0


@EVERY_NORMALIZATION
@TWO_SIZES
@pytest.mark.parametrize("layers", [1, 3])
def test_content_loss_is_the_formula_of_its_source(name, size, layers):
    painting, content, _ = pictures(size)
    for features, target in zip(network(painting)[-layers:], network(content)[-layers:], strict=True):
        expected = float(SOURCE_CONTENT[name](features, target, layers))
        assert float(ours(name, "content", features, target, painting, layers)) == pytest.approx(expected, rel=1e-9)
        assert expected > 0


@pytest.mark.parametrize(("source", "target"), list(itertools.permutations(NORMALIZATIONS, 2)))
@TWO_SIZES
def test_converted_weights_give_equal_gradients(source, target, size):
    """By the sources' formulas on a whole network: nothing of the normalization table takes part but the converter."""
    painting, content, style = pictures(size)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(painting)
        losses = dict.fromkeys((source, target), 0.0)
        styled = zip(network(painting), network(style), (0.7, 2.0, 30.0), strict=True)
        for features, wanted, weight in styled:
            layer = described(features, wanted, painting, 3, "style")
            converted = convert_weight(weight, source, target, layer)
            losses[source] += weight * SOURCE_STYLE[source](features, wanted, painting, 3)
            losses[target] += converted * SOURCE_STYLE[target](features, wanted, painting, 3)
        features, wanted = network(painting)[1], network(content)[1]
        converted = convert_weight(0.3, source, target, described(features, wanted, painting, 1, "content"), "content")
        losses[source] += 0.3 * SOURCE_CONTENT[source](features, wanted, 1)
        losses[target] += converted * SOURCE_CONTENT[target](features, wanted, 1)
    gradients = [tape.gradient(loss, painting).numpy() for loss in losses.values()]
    assert np.abs(gradients[0]).max() > 0
    np.testing.assert_allclose(gradients[0], gradients[1], rtol=1e-8, atol=1e-10 * np.abs(gradients[0]).max())


@pytest.mark.parametrize("term", ["style", "content"])
def test_converting_there_and_back_gives_the_weight_again(term):
    layer = Layer(channels=128, positions=300, pixels=1200, layers=5, energy=7.5)
    for source, target in itertools.permutations(NORMALIZATIONS, 2):
        there = convert_weight(2.5, source, target, layer, term)
        assert convert_weight(there, target, source, layer, term) == pytest.approx(2.5)


@pytest.mark.parametrize(
    ("name", "shares"),
    [
        ("gatys", [1, 1, 1, 1, 1]),
        ("deeplearning.ai", [1, 1, 1, 1, 1]),
        ("tutorial", [1, 1, 1, 1, 1]),
        ("torch", [1, 1 / 4, 1 / 16, 1 / 64, 1 / 64]),
        ("keras-io", [1, 1 / 4, 1 / 16, 1 / 64, 1 / 1024]),
    ],
)
def test_a_convention_implies_its_weights_of_the_five_vgg_layers(name, shares):
    """Relative to E of the paper on conv1_1 .. conv5_1: why a style weight never carries from one code to another."""
    pixels = 512 * 512
    implied = [
        convert_weight(1.0, name, "gatys", Layer(channels, pixels // 4**block, pixels, 5, 1.0))
        for block, channels in enumerate((64, 128, 256, 512, 512))
    ]
    np.testing.assert_allclose(np.array(implied) / implied[0], shares)


def test_the_tutorials_style_loss_is_four_times_e():
    assert convert_weight(1.0, "tutorial", "gatys", Layer(64, 1000, 4000, 5, 1.0)) == 4


def test_total_variation_of_the_tutorial_is_the_sum_that_tensorflow_has():
    picture = tf.constant(np.random.default_rng(0).random((1, 7, 9, 3)))
    summed = float(tf.image.total_variation(picture)[0])
    assert NORMALIZATIONS["tutorial"].tv(7 * 9) * float(total_variation(picture)) == pytest.approx(summed, rel=1e-9)


@EVERY_NORMALIZATION
def test_a_painting_of_the_targets_own_features_has_no_loss(name):
    painting = pictures((12, 16))[0]
    for features in network(painting):
        for term in ("style", "content"):
            assert float(ours(name, term, features, features, painting, 3)) == 0


def test_an_unknown_normalization_or_term_is_refused_with_the_choices():
    layer = Layer(4, 10, 10, 1, 1.0)
    with pytest.raises(SettingError, match=r"'gatis'.*gatys, tutorial, torch"):
        convert_weight(1.0, "gatis", "energy", layer)
    with pytest.raises(SettingError, match=r"'tv'.*'style' or 'content'"):
        convert_weight(1.0, "gatys", "energy", layer, "tv")
