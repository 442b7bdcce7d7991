"""An original network as the judge of a painting it took no part in.

`network` measures through any function from pictures to features; here the function is that of an original, so that
paintings of different networks and programs can be compared by one and the same judge.
"""

from collections.abc import Iterable

import numpy as np

from nst_utils.base.threads import one_blas_thread
from nst_utils.metrics.network import Look, features_of_one, style_shares
from nst_utils.metrics.parts import resized

JUDGED_STYLE = tuple(f"block{block}_conv1" for block in range(1, 6))
JUDGED_CONTENT = "block4_conv2"


def judge(result: np.ndarray, content: np.ndarray, style: np.ndarray, network: str = "vgg16") -> dict[str, float]:
    """What an original network says of a painting: how near the style it is, and how much of the content is left.

    Parameters
    ----------
    result, content, style : ndarray, float32, (h, w, 3), [0, 1]
        The content is resized to the shape of the result, the style to its longer side.
    network : ``"vgg16"`` or ``"vgg19"``
        With original weights and the original's pooling. Take one that the painting did not come from. Where its
        weights are not there, the error says how to get them.

    Returns
    -------
    dict of str to float
        "judged_style", `log_style_distance` over the first layers of the five blocks: the smaller, the nearer; and
        "judged_content", `content_kept` in block4_conv2: at most 1.

    References
    ----------
    The layers are those of Gatys, Ecker, Bethge, "Image Style Transfer Using Convolutional Neural Networks", CVPR 2016.
    """
    from nst_utils.networks.loading import load_backbone

    look = load_backbone(network, "imagenet", pooling="max").features([*JUDGED_STYLE, JUDGED_CONTENT])
    height, width = style.shape[:2]
    scale = max(result.shape[:2]) / max(height, width)
    style = resized(style, (max(1, round(height * scale)), max(1, round(width * scale))))
    return {
        "judged_style": log_style_distance(result, style, look, JUDGED_STYLE),
        "judged_content": content_kept(result, content, look, JUDGED_CONTENT),
    }


@one_blas_thread()
def log_style_distance(
    picture: np.ndarray, style: np.ndarray, look: Look, style_layers: Iterable[str] | None = None
) -> float:
    """How far the Gram matrices of a picture are from those of a style, each layer on a scale of factors.

    ``log(sum (G - A)^2 / sum A^2)``, the mean over layers: half the distance counts alike wherever it is reached, so
    that no layer outweighs the others and means over pictures are not those of a few.

    Parameters
    ----------
    picture, style : ndarray, float32, (h, w, 3), [0, 1]
        Of any shapes.
    look : function from a batch (n, h, w, 3) to feature maps by layer
    style_layers : names of layers
        All of ``look``'s where none are named.

    Returns
    -------
    float
        0: the distance of a picture in which no layer sees anything; one less: nearer by a factor of e; minus infinity:
        equal Gram matrices.

    Examples
    --------
    A picture twice as bright has four times the Gram matrices:

    >>> picture = np.random.default_rng(0).random((8, 12, 3), np.float32) / 2
    >>> distance = log_style_distance(2 * picture, picture, lambda pictures: {"colors": pictures})
    >>> round(float(np.exp(distance)), 3)
    9.0
    """
    shares = style_shares(features_of_one(picture, look), features_of_one(style, look), style_layers)
    with np.errstate(divide="ignore"):
        return float(np.mean(np.log(shares)))


def content_kept(picture: np.ndarray, content: np.ndarray, look: Look, layer: str) -> float:
    """How much of what a layer sees in the content it still sees in the picture: the correlation of its maps.

    The mean of each channel is taken off first: how often a filter fires anywhere belongs to the style.

    Parameters
    ----------
    picture, content : ndarray, float32, (h, w, 3), [0, 1]
        ``content`` is resized to the shape of ``picture``.
    look : function from a batch (n, h, w, 3) to feature maps by layer
    layer : one of them

    Returns
    -------
    float
        1: all of it, as in the content itself; 0: nothing; NaN where the layer sees the same everywhere.

    Examples
    --------
    >>> picture = np.random.default_rng(0).random((8, 12, 3), np.float32)
    >>> round(content_kept(picture / 2 + 0.1, picture, lambda pictures: {"colors": pictures}, "colors"), 4)
    1.0
    """
    content = resized(content, picture.shape[:2])
    one, other = (features_of_one(shown, look)[layer].astype(np.float64) for shown in (picture, content))
    one, other = (maps - maps.mean(axis=(0, 1)) for maps in (one, other))
    spread = np.sqrt(np.sum(one**2) * np.sum(other**2))
    return float(np.sum(one * other) / spread) if spread else float("nan")
