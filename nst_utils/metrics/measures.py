"""What a picture measures: how much style a result has taken on, and how much content it has kept.

Floor 1: plain functions of pictures (float32, (h, w, 3), [0, 1]), without TensorFlow. A network would judge its own
work, so the first measures look at patches, colors, edges and neighboring pixels only. Those of the section "Through
the eyes of a network" take the network as an argument: a plain function ``look`` from a batch of pictures to named
feature maps, as `Backbone.features` makes it. So they need no floor above, work with any framework, and are tested on
features small enough to check by hand; which network judges which is the caller's choice (`sweep` makes it). All are
applied to finished pictures (in lessons, sweeps and the benchmark), never inside the optimization.

A distance is 0 for equal pictures. Where a measure is not defined (no edges to correlate, no gap to close) it is NaN.
Two pictures that are compared pixel by pixel are first brought to the shape of the first.
"""

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from nst_utils.base.errors import PictureError
from nst_utils.base.threads import one_blas_thread

Look = Callable[[np.ndarray], Mapping[str, np.ndarray]]  # pictures (n, h, w, 3) to maps (n, h', w', channels) by layer

PATCH_LONGER_SIDE = 256
PATCH_LEVELS = 4
PATCH_SIDE = 7

# More of each is more precise and slower. With these the style gap closed varies by .003 (standard deviation over
# seeds) and the palette distance by less than 1 %, and `measure` takes a third of a second at 384 px on one slow core.
_PATCHES = 4096
_PATCH_BASES = 2  # of 147 directions each, as a patch has 147 numbers
_COLORS = 1 << 16
_COLOR_DIRECTIONS = 64
_QUANTILES = 1024

_LUMINANCE = np.array([0.2125, 0.7154, 0.0721], np.float32)  # ITU-R BT.709, as in scikit-image
_BINOMIAL = np.array([1, 4, 6, 4, 1], np.float32) / 16  # the pyramid's filter (Burt and Adelson)
_SSIM_WINDOW = 11
_RINGS = 12
_DIRECTIONS = 12
_ROUNDING = 1e-6  # distributions nearer than this differ by float32 rounding only


@one_blas_thread()
def measure(result: np.ndarray, content: np.ndarray, style: np.ndarray, seed: int = 0) -> dict[str, float]:
    """All measures of a result, under the names of their functions.

    Parameters
    ----------
    result, content, style : ndarray, float32, (h, w, 3), [0, 1]
        Of any shapes.
    seed : int
        Chooses the random directions and samples of the first two measures.

    Returns
    -------
    dict of str to float
        `style_gap_closed` from content to style, `palette_distance` to the style, `edge_correlation` and
        `structural_similarity` with the content; `high_frequency_energy` and `total_variation` of the result itself.

    Examples
    --------
    A result that is the content has kept all of it and taken nothing:

    >>> rng = np.random.default_rng(0)
    >>> content, style = rng.random((32, 48, 3), np.float32), rng.random((32, 32, 3), np.float32) / 2
    >>> for name, value in measure(content, content, style).items():
    ...     print(f"{name:22} {value:.2f}")
    style_gap_closed       0.00
    palette_distance       0.25
    edge_correlation       1.00
    structural_similarity  1.00
    high_frequency_energy  1.00
    total_variation        0.66
    """
    content_as_result = _resized(content, result.shape[:2])
    return {
        "style_gap_closed": style_gap_closed(result, content, style, seed),
        "palette_distance": palette_distance(result, style, seed),
        "edge_correlation": edge_correlation(result, content_as_result),
        "structural_similarity": structural_similarity(result, content_as_result),
        "high_frequency_energy": high_frequency_energy(result),
        "total_variation": total_variation(result),
    }


# Style -----------------------------------------------------------------------------------------------------------


@one_blas_thread()
def style_gap_closed(result: np.ndarray, content: np.ndarray, style: np.ndarray, seed: int = 0) -> float:
    """How much of the way from content to style a result has gone, judged by its patches.

    ``1 - d(result, style) / d(content, style)``, the mean over the levels of `patch_distance`. Levels in which content
    and style do not differ have no gap and are left out; without any gap the value is NaN.

    Parameters
    ----------
    result, content, style : ndarray, float32, (h, w, 3), [0, 1]
        Of any shapes. A picture below 256 px lacks fine detail and scores lower: compare results of one size.
    seed : int
        Chooses the directions and the sample of patches.

    Returns
    -------
    float
        At most 1. 0: the content itself; 1: the style itself; negative: farther from the style than the content is.
        The mirror image of the style, which has its patches turned around, gives .84 (mean over seven paintings and
        five photographs, .70 to .91): little more can be expected of any method.

    References
    ----------
    The distance is that of Karras, Aila, Laine, Lehtinen, "Progressive Growing of GANs for Improved Quality, Stability,
    and Variation", ICLR 2018. Putting it in relation to the content makes pairs of pictures comparable.

    Examples
    --------
    >>> content, style = np.zeros((32, 48, 3), np.float32), np.ones((40, 40, 3), np.float32)
    >>> style_gap_closed(content, content, style), style_gap_closed(style, content, style)
    (0.0, 1.0)
    >>> round(style_gap_closed(content + np.float32(0.75), content, style), 3)
    0.75
    """
    result, content, style = (_patch_quantiles(picture, seed) for picture in (result, content, style))
    gap = _wasserstein(content, style)
    left = _wasserstein(result, style)
    exists = gap > _ROUNDING
    return float(np.mean(1 - left[exists] / gap[exists])) if exists.any() else float("nan")


@one_blas_thread()
def patch_distance(a: np.ndarray, b: np.ndarray, seed: int = 0) -> np.ndarray:
    """Sliced Wasserstein distance between the patches of two pictures, level by level.

    Each picture is brought to 256 px on its longer side (up or down, keeping its proportions) and split into a
    Laplacian pyramid of four levels: details at 256, 128 and 64 px, and what remains at 32 px. In each level the 7x7
    RGB patches, 147 numbers each, are projected on random directions, and the distance is the mean of the
    one-dimensional Wasserstein distances

    ``W1 = integral over q in (0, 1) of |quantile_q(a . u) - quantile_q(b . u)|``

    over the directions ``u``. Up to 4096 patches a level are drawn without replacement. Unlike Karras 2018 the patches
    are not normalized to mean 0 and deviation 1 in each channel: that would discard color and contrast, which are part
    of a style (and the mirror image of a style would close .73 of the gap, or less, instead of .84).

    Parameters
    ----------
    a, b : ndarray, float32, (h, w, 3), [0, 1]
    seed : int
        Chooses the directions and the sample of patches.

    Returns
    -------
    ndarray, float64, (4,)
        From the finest level to the coarsest, each at least 0. Symmetric; 0 for equal pictures.

    References
    ----------
    Karras et al. 2018, as in `style_gap_closed`. Burt, Adelson, "The Laplacian Pyramid as a Compact Image Code", IEEE
    Transactions on Communications 31, 1983. Rabin, Peyré, Delon, Bernot, "Wasserstein Barycenter and Its Application to
    Texture Mixing", SSVM 2011.

    Examples
    --------
    Two flat pictures differ in the last level only:

    >>> black, white = np.zeros((32, 48, 3), np.float32), np.ones((32, 48, 3), np.float32)
    >>> (patch_distance(black, white) > 1e-6).tolist()
    [False, False, False, True]
    """
    return _wasserstein(_patch_quantiles(a, seed), _patch_quantiles(b, seed))


@one_blas_thread()
def palette_distance(a: np.ndarray, b: np.ndarray, seed: int = 0) -> float:
    """How far apart the colors of two pictures are, wherever they stand.

    The sliced Wasserstein distance (W1, as in `patch_distance`) between the pixels as points in RGB, over 64
    directions spread evenly. Of a picture with more than 65,536 pixels a sample of that many is used, which adds less
    than .001.

    Parameters
    ----------
    a, b : ndarray, float32, (h, w, 3), [0, 1]
        Of any shapes; neither is resized, since that would mix their colors.
    seed : int
        Chooses the directions and the sample of pixels.

    Returns
    -------
    float
        From 0 (the same colors in the same shares) to about .87 (black and white). A color that moves by ``x`` in RGB
        counts ``x / 2``. A photograph and a painting have .05 to .4.

    References
    ----------
    Rabin, Peyré, Delon, Bernot, "Wasserstein Barycenter and Its Application to Texture Mixing", SSVM 2011.

    Examples
    --------
    >>> black, white = np.zeros((4, 4, 3), np.float32), np.ones((9, 2, 3), np.float32)
    >>> round(palette_distance(black, white), 1), palette_distance(white, white)
    (0.9, 0.0)
    """
    return float(_wasserstein(_color_quantiles(a, seed), _color_quantiles(b, seed)))


# Content ---------------------------------------------------------------------------------------------------------


@one_blas_thread()
def edge_correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Whether two pictures have their edges in the same places.

    The Pearson correlation of ``sqrt(gx^2 + gy^2)`` over all pixels, where ``gx`` and ``gy`` are the Sobel derivatives
    of the luminance. Nothing is smoothed beyond Sobel's own 1 2 1.

    Parameters
    ----------
    a, b : ndarray, float32, (h, w, 3), [0, 1]
        ``b`` is resized to the shape of ``a``.

    Returns
    -------
    float
        -1 to 1; 1 for equal pictures, near 0 for unrelated ones, NaN if one has no edges. Symmetric for equal shapes.
        Neither contrast, brightness nor inversion of a picture changes it.

    References
    ----------
    Sobel, Feldman, "A 3x3 Isotropic Gradient Operator for Image Processing", 1968.

    Examples
    --------
    >>> picture = np.random.default_rng(0).random((32, 48, 3), np.float32)
    >>> round(edge_correlation(picture, 1 - picture / 2), 3)
    1.0
    """
    edges = [_edges(picture) for picture in (a, _resized(b, a.shape[:2]))]
    if any(np.ptp(strength) < _ROUNDING for strength in edges):
        return float("nan")
    return float(np.corrcoef(*(strength.ravel() for strength in edges))[0, 1])


@one_blas_thread()
def structural_similarity(a: np.ndarray, b: np.ndarray) -> float:
    """The structural similarity index (SSIM) of two pictures' luminance.

    ``(2 ma mb + c1) (2 cab + c2) / ((ma^2 + mb^2 + c1) (va + vb + c2))`` from the means, variances and covariance in a
    Gaussian window (sigma 1.5, 11 px), ``c1 = .01^2``, ``c2 = .03^2``, averaged over the picture, as in the paper.

    Parameters
    ----------
    a, b : ndarray, float32, (h, w, 3), [0, 1]
        ``b`` is resized to the shape of ``a``, at least 11 px a side.

    Returns
    -------
    float
        -1 to 1; 1 for equal pictures only. Symmetric for equal shapes.

    References
    ----------
    Wang, Bovik, Sheikh, Simoncelli, "Image Quality Assessment: From Error Visibility to Structural Similarity", IEEE
    Transactions on Image Processing 13, 2004.

    Examples
    --------
    >>> black, white = np.zeros((16, 16, 3), np.float32), np.ones((16, 16, 3), np.float32)
    >>> round(structural_similarity(black, white), 4), structural_similarity(white, white)
    (0.0001, 1.0)
    """
    from skimage.metrics import structural_similarity as ssim

    height, width = a.shape[:2]
    if min(height, width) < _SSIM_WINDOW:
        raise PictureError(
            f"Structural similarity looks through a window of {_SSIM_WINDOW} px, but the picture has {width}x{height}. "
            "Use a larger one."
        )
    a, b = _luminance(a), _luminance(_resized(b, (height, width)))
    return float(ssim(a, b, data_range=1.0, gaussian_weights=True, sigma=1.5, use_sample_covariance=False))


# Texture ---------------------------------------------------------------------------------------------------------


@one_blas_thread()
def high_frequency_energy(picture: np.ndarray) -> float:
    """How much noise or finest detail a picture has: the root mean square of the Laplacian of its luminance.

    The kernel is 0 1 0, 1 -4 1, 0 1 0; the picture is mirrored at its border. It depends on the size of the picture.

    Parameters
    ----------
    picture : ndarray, float32, (h, w, 3), [0, 1]

    Returns
    -------
    float
        0 (flat) to 4 (a checkerboard of black and white pixels). At 384 px photographs have about .1, paintings .1 to
        .3. Proportional to contrast.

    References
    ----------
    A measure of focus: Pech-Pacheco, Cristóbal, Chamorro-Martínez, Fernández-Valdivia, "Diatom Autofocusing in
    Brightfield Microscopy", ICPR 2000 (there the variance).

    Examples
    --------
    One white pixel in 10x10 answers with -4 and four times 1:

    >>> picture = np.zeros((10, 10, 3), np.float32)
    >>> picture[5, 5] = 1
    >>> round(high_frequency_energy(picture), 4) == round(((16 + 4 * 1) / 100) ** 0.5, 4)
    True
    """
    from scipy.ndimage import laplace

    return float(np.sqrt(np.mean(np.square(laplace(_luminance(picture))), dtype=np.float64)))


def total_variation(picture: np.ndarray) -> float:
    """Mean absolute difference of neighboring pixels, down plus across.

    ``sum(|x[i+1, j] - x[i, j]| + |x[i, j+1] - x[i, j]|) / (3 h w)``: the same number as `losses.total_variation`, which
    is its differentiable form. Where `high_frequency_energy` is dominated by the strongest pixels, this counts all
    alike, and a soft edge as much as a sharp one.

    Parameters
    ----------
    picture : ndarray, float32, (h, w, 3), [0, 1]

    Returns
    -------
    float
        0 (flat) to 2 (a checkerboard of black and white pixels). Proportional to contrast.

    References
    ----------
    Rudin, Osher, Fatemi, "Nonlinear Total Variation Based Noise Removal Algorithms", Physica D 60, 1992.

    Examples
    --------
    >>> total_variation(np.array([[[0.0] * 3, [1.0] * 3]], np.float32))
    0.5
    """
    return float(sum(np.abs(np.diff(picture, axis=axis)).sum(dtype=np.float64) for axis in (0, 1)) / picture.size)


@one_blas_thread()
def orientation_coherence(picture: np.ndarray, sigma: float = 2.0) -> float:
    """How far the strokes of a picture run in parallel: its structure tensor's coherence, weighted by its strength.

    ``sum sqrt((Jxx - Jyy)^2 + 4 Jxy^2) / sum (Jxx + Jyy)`` over all pixels, where ``J`` are the products of the
    luminance's Sobel derivatives, averaged by a Gaussian.

    Parameters
    ----------
    picture : ndarray, float32, (h, w, 3), [0, 1]
    sigma : float
        Of the Gaussian, in pixels: over what distance strokes are asked to agree.

    Returns
    -------
    float
        0 (every direction alike, as in grain) to 1 (one direction at each place, as in long strokes); NaN for a flat
        picture. Neither contrast, brightness nor a quarter turn changes it.

    References
    ----------
    Bigün, Granlund, "Optimal Orientation Detection of Linear Symmetry", ICCV 1987; Weickert, "Coherence-Enhancing
    Diffusion Filtering", International Journal of Computer Vision 31, 1999. That paint laid on with a brush follows
    one direction at each place is what painterly filters build on: Kyprianidis, Kang, "Image and Video Abstraction by
    Coherence-Enhancing Filtering", Eurographics 2011.

    Examples
    --------
    >>> stripes = np.tile(np.float32([0, 0, 1, 1])[None, :, None], (32, 8, 3))
    >>> round(orientation_coherence(stripes), 3)
    1.0
    """
    from scipy.ndimage import gaussian_filter

    down, across = _slopes(picture)
    xx, yy, xy = (gaussian_filter(product, sigma) for product in (across * across, down * down, across * down))
    strength = float(np.sum(xx + yy, dtype=np.float64))
    if strength < _ROUNDING:
        return float("nan")
    return float(np.sum(np.hypot(xx - yy, 2 * xy), dtype=np.float64) / strength)


@one_blas_thread()
def fine_share(picture: np.ndarray) -> float:
    """How much of a picture's detail is of the finest scale: grain counts, broad strokes do not.

    The share of the finest level in the energy of all detail levels of its Laplacian pyramid (as in `patch_distance`,
    of the luminance, at the size that the picture has).

    Parameters
    ----------
    picture : ndarray, float32, (h, w, 3), [0, 1]

    Returns
    -------
    float
        0 to 1; NaN for a flat picture. White noise has about .93. Neither contrast nor brightness changes it; it
        depends on the size of the picture.

    References
    ----------
    Burt, Adelson 1983, as in `patch_distance`.

    Examples
    --------
    >>> noise = np.random.default_rng(0).random((64, 64, 3), np.float32)
    >>> bool(fine_share(noise) > 2 * fine_share(_smoothed(noise)))
    True
    """
    *details, _ = _laplacian_pyramid(_luminance(picture)[..., None])
    energies = [float(np.mean(np.square(level), dtype=np.float64)) for level in details]
    return energies[0] / sum(energies) if sum(energies) > _ROUNDING**2 else float("nan")


@one_blas_thread()
def spectrum_slope(picture: np.ndarray) -> float:
    """How fast a picture's energy falls from coarse to fine: the slope of its power spectrum in logarithms.

    The luminance less its mean under a Hann window, its squared Fourier transform averaged over rings of equal
    frequency, and a straight line through log power against log frequency, from 2 cycles a picture to half of the
    highest frequency; each of twelve rings counts as much as it holds frequencies.

    Parameters
    ----------
    picture : ndarray, float32, (h, w, 3), [0, 1]

    Returns
    -------
    float
        About 0 for white noise; photographs of nature have about -2; NaN for a flat picture.

    References
    ----------
    Field, "Relations between the Statistics of Natural Images and the Response Properties of Cortical Cells", Journal
    of the Optical Society of America A 4, 1987. Torralba, Oliva, "Statistics of Natural Image Categories", Network 14,
    2003, for the slope as what tells kinds of pictures apart.

    Examples
    --------
    >>> noise = np.random.default_rng(0).random((64, 64, 3), np.float32)
    >>> bool(abs(spectrum_slope(noise)) < 0.3)
    True
    """
    lights = _luminance(picture).astype(np.float64)
    window = np.outer(*(np.hanning(side + 2)[1:-1] for side in lights.shape))
    power = np.abs(np.fft.fft2((lights - lights.mean()) * window)) ** 2
    if power.max() < _ROUNDING**2:
        return float("nan")
    frequency = np.hypot(np.fft.fftfreq(lights.shape[0])[:, None], np.fft.fftfreq(lights.shape[1])[None, :])
    edges = np.geomspace(2 / min(lights.shape), 0.25, _RINGS + 1)
    ring = np.digitize(frequency, edges)
    counts = np.bincount(ring.ravel(), minlength=_RINGS + 2)[1:-1]
    means = np.bincount(ring.ravel(), power.ravel(), _RINGS + 2)[1:-1] / np.maximum(counts, 1)
    middles, known = np.sqrt(edges[1:] * edges[:-1]), means > 0
    weights = np.sqrt(counts[known])  # the coarsest rings have few frequencies, and a logarithm of few is uncertain
    return float(np.polyfit(np.log(middles[known]), np.log(means[known]), 1, w=weights)[0])


@one_blas_thread()
def orientation_distance(a: np.ndarray, b: np.ndarray) -> float:
    """How differently the edges of two pictures are turned: half the summed difference of their histograms.

    A histogram of the direction of the luminance's Sobel gradient in twelve bins over half a turn, each pixel weighted
    by the gradient's strength and shared between the two nearest bins, as shares of 1.

    Parameters
    ----------
    a, b : ndarray, float32, (h, w, 3), [0, 1]
        Of any shapes.

    Returns
    -------
    float
        0 (the same shares) to 1 (no direction in common); NaN if one has no edges. Symmetric. Contrast, brightness and
        inversion do not change it.

    References
    ----------
    Histograms of oriented gradients: Dalal, Triggs, CVPR 2005; here one for the whole picture.

    Examples
    --------
    >>> upright = np.tile(np.float32([0, 0, 1, 1])[None, :, None], (32, 8, 3))
    >>> orientation_distance(upright, upright), orientation_distance(upright, upright.transpose(1, 0, 2))
    (0.0, 1.0)
    """
    shares = [_orientation_shares(picture) for picture in (a, b)]
    return float(np.abs(shares[0] - shares[1]).sum() / 2)


# Through the eyes of a network -----------------------------------------------------------------------------------


@one_blas_thread()
def measure_held_out(
    result: np.ndarray,
    content: np.ndarray,
    style: np.ndarray,
    look: Look,
    content_layers: Iterable[str],
    style_layers: Iterable[str],
) -> dict[str, float]:
    """What a network that took no part in the painting says of it.

    Parameters
    ----------
    result, content, style : ndarray, float32, (h, w, 3), [0, 1]
        The content is resized to the shape of the result.
    look : function from a batch (n, h, w, 3) to feature maps by layer
        As of `Backbone.features`, for all layers named below.
    content_layers, style_layers : names of layers
        Where content and style are compared; a layer may be in both.

    Returns
    -------
    dict of str to float
        `held_out_style_distance` to the style and `held_out_content_distance` to the content, as `style_distance` and
        `content_distance` define them, and `held_out_gap_closed`, the share of the way from content to style:
        ``1 - d(result, style) / d(content, style)`` with `style_distance` as ``d``. It is at most 1; 0: the content
        itself; 1: the style itself; negative: farther from the style than the content is.

    References
    ----------
    A network that did not paint as the judge: as in the "E statistics" of Yeh, Tang, Bhattad, Zou, Forsyth, "Improving
    Style Transfer with Calibrated Metrics", WACV 2020, which compare feature statistics of result and style.

    Examples
    --------
    >>> def look(pictures):
    ...     return {"colors": pictures, "lights": pictures.mean(axis=-1, keepdims=True)}
    >>> rng = np.random.default_rng(0)
    >>> content, style = rng.random((8, 12, 3), np.float32), rng.random((9, 9, 3), np.float32) / 2
    >>> told = measure_held_out(content, content, style, look, content_layers=["lights"], style_layers=["colors"])
    >>> told["held_out_content_distance"], told["held_out_gap_closed"]
    (0.0, 0.0)
    """
    content_layers, style_layers = list(content_layers), list(style_layers)
    seen, content_seen, style_seen = (
        _seen(picture, look) for picture in (result, _resized(content, result.shape[:2]), style)
    )
    left, gap = (_style_distance(maps, style_seen, style_layers) for maps in (seen, content_seen))
    return {
        "held_out_style_distance": left,
        "held_out_content_distance": _content_distance(seen, content_seen, content_layers),
        "held_out_gap_closed": 1 - left / gap if gap else float("nan"),
    }


@one_blas_thread()
def style_distance(picture: np.ndarray, style: np.ndarray, look: Look) -> float:
    """How far the Gram matrices of a picture are from those of a style, in units of the style's own.

    ``sum (G - A)^2 / sum A^2``, the mean over all layers of ``look``: ``G`` are the picture's Gram matrices and ``A``
    the style's, each divided by its number of positions. It is what the normalization "energy" of `losses` minimizes,
    here without gradients.

    Parameters
    ----------
    picture, style : ndarray, float32, (h, w, 3), [0, 1]
        Of any shapes.
    look : function from a batch (n, h, w, 3) to feature maps by layer

    Returns
    -------
    float
        At least 0. 0: equal Gram matrices, as of equal pictures; 1: the distance of a picture in which no layer sees
        anything; without an upper end. NaN where a layer sees nothing in the style. Not symmetric: the other way round
        the unit is the other picture's, so for one layer ``d(a, b) sum B^2 = d(b, a) sum A^2``.

    References
    ----------
    Gatys, Ecker, Bethge, "Image Style Transfer Using Convolutional Neural Networks", CVPR 2016, for the Gram matrices.

    Examples
    --------
    A picture twice as bright has four times the Gram matrices:

    >>> picture = np.random.default_rng(0).random((8, 12, 3), np.float32) / 2
    >>> round(style_distance(2 * picture, picture, lambda pictures: {"colors": pictures}), 4)
    9.0
    """
    return _style_distance(_seen(picture, look), _seen(style, look))


@one_blas_thread()
def content_distance(picture: np.ndarray, content: np.ndarray, look: Look) -> float:
    """How far the feature maps of a picture are from those of a content, in units of the content's own.

    ``sum (F - P)^2 / sum P^2``, the mean over all layers of ``look``: ``F`` are the picture's feature maps and ``P``
    the content's.

    Parameters
    ----------
    picture, content : ndarray, float32, (h, w, 3), [0, 1]
        ``content`` is resized to the shape of ``picture``.
    look : function from a batch (n, h, w, 3) to feature maps by layer

    Returns
    -------
    float
        At least 0. 0: equal maps, as of equal pictures; 1: the distance of a picture in which no layer sees anything;
        without an upper end. NaN where a layer sees nothing in the content. As with `style_distance` the unit is that
        of the second picture.

    References
    ----------
    Gatys, Ecker, Bethge, CVPR 2016, as in `style_distance`; there half the sum, without a unit.

    Examples
    --------
    >>> picture = np.random.default_rng(0).random((8, 12, 3), np.float32)
    >>> round(content_distance(0.9 * picture, picture, lambda pictures: {"colors": pictures}), 4)
    0.01
    """
    content = _resized(content, picture.shape[:2])
    return _content_distance(_seen(picture, look), _seen(content, look))


def measure_activations(picture: np.ndarray, look: Look) -> list[dict]:
    """How evenly the layers of a network answer to a picture: one row a layer, in the order of ``look``.

    Parameters
    ----------
    picture : ndarray, float32, (h, w, 3), [0, 1]
    look : function from a batch (n, h, w, 3) to feature maps by layer

    Returns
    -------
    list of dict
        "layer", and `activation_entropy` and `peakedness` of its maps.

    Examples
    --------
    >>> picture = np.full((8, 12, 3), 0.5, np.float32)
    >>> measure_activations(picture, lambda pictures: {"colors": pictures})
    [{'layer': 'colors', 'activation_entropy': 1.0, 'peakedness': 1.0}]
    """
    return [
        {"layer": name, "activation_entropy": activation_entropy(maps), "peakedness": peakedness(maps)}
        for name, maps in _seen(picture, look).items()
    ]


def activation_entropy(features: np.ndarray) -> float:
    """How evenly a layer's activity is spread over its channels and positions: its entropy as a share of the greatest.

    ``H = -sum p log p / log(N M)`` with ``p = |F| / sum |F|`` over all N channels and M positions.

    Parameters
    ----------
    features : ndarray of any shape
        The maps of one layer for one picture.

    Returns
    -------
    float
        0 (all activity in one value) to 1 (the same everywhere); NaN where nothing fires. Neither a factor nor another
        order changes it. Raising all values to a growing power makes the peaks stand out and lowers it.

    References
    ----------
    Shannon, "A Mathematical Theory of Communication", 1948, for H. Wang, Li, Vasconcelos, "Rethinking and Improving the
    Robustness of Image Style Transfer" (SWAG), CVPR 2021, for the claim that residual connections lower it with depth
    and that this spoils style transfer. Taking ``|F|`` for the shares admits layers before a ReLU.

    Examples
    --------
    Half of the values alike and the others silent have an entropy of log 8 of log 16:

    >>> round(activation_entropy(np.repeat([0.0, 3.0], 8)), 4)
    0.75
    """
    strength = np.abs(np.asarray(features, np.float64)).ravel()
    total = strength.sum()
    if total == 0 or strength.size < 2:
        return float("nan")
    shares = strength[strength > 0] / total
    entropy = np.sum(shares * -np.log(shares)) / np.log(strength.size)
    return float(np.clip(entropy, 0, 1))  # rounding


def peakedness(features: np.ndarray) -> float:
    """How far a layer's strongest activation stands out: ``max |F| / mean |F|``.

    Parameters
    ----------
    features : ndarray of any shape
        The maps of one layer for one picture.

    Returns
    -------
    float
        1 (the same everywhere) to the number of values (all activity in one); NaN where nothing fires. Neither a factor
        nor another order changes it. A larger map has more chances of an outlier: compare at one picture size.

    References
    ----------
    Wang, Li, Vasconcelos, CVPR 2021, as in `activation_entropy`, where the maximum shows how peaky residual networks
    become; dividing by the mean makes layers of different strength comparable.

    Examples
    --------
    >>> peakedness(np.array([1.0, 1.0, 1.0, 5.0]))
    2.5
    """
    strength = np.abs(np.asarray(features, np.float64))
    mean = strength.mean()
    return float(strength.max() / mean) if mean else float("nan")


# Parts -----------------------------------------------------------------------------------------------------------


def _seen(picture: np.ndarray, look: Look) -> dict[str, np.ndarray]:
    """The maps of one picture by layer, (h, w, channels)."""
    return {name: np.asarray(maps)[0] for name, maps in look(picture[None]).items()}


def _style_distance(seen: dict, wanted: dict, layers: Iterable[str] | None = None) -> float:
    return _mean_of_shares(
        [(_gram(seen[name]), _gram(wanted[name])) for name in (wanted if layers is None else layers)]
    )


def _content_distance(seen: dict, wanted: dict, layers: Iterable[str] | None = None) -> float:
    return _mean_of_shares([(seen[name], wanted[name]) for name in (wanted if layers is None else layers)])


def _mean_of_shares(pairs: list[tuple[np.ndarray, np.ndarray]]) -> float:
    """``sum (a - b)^2 / sum b^2``, the mean over the pairs."""
    energies = [np.sum(np.square(b), dtype=np.float64) for _, b in pairs]
    if not all(energies):
        return float("nan")
    return float(
        np.mean([np.sum(np.square(a - b), dtype=np.float64) / e for (a, b), e in zip(pairs, energies, strict=True)])
    )


def _gram(maps: np.ndarray) -> np.ndarray:
    """``F^T F / M`` of (h, w, N): (N, N)."""
    columns = maps.reshape(-1, maps.shape[-1])
    return columns.T @ columns / len(columns)


def _patch_quantiles(picture: np.ndarray, seed: int) -> np.ndarray:
    """Quantiles of the projected patches of every level, (levels, directions, quantiles)."""
    rng = np.random.default_rng(seed)
    directions = np.concatenate(_bases(3 * PATCH_SIDE**2, _PATCH_BASES, rng))
    scale = PATCH_LONGER_SIDE / max(picture.shape[:2])
    fitted = _resized(picture, tuple(max(1, round(side * scale)) for side in picture.shape[:2]))
    return np.stack([_quantiles(_patches(level, rng) @ directions.T) for level in _laplacian_pyramid(fitted)])


def _color_quantiles(picture: np.ndarray, seed: int) -> np.ndarray:
    """Quantiles of the projected colors, (directions, quantiles)."""
    rng = np.random.default_rng(seed)
    directions = _even_directions(_COLOR_DIRECTIONS) @ _bases(3, 1, rng)[0]
    colors = picture.reshape(-1, 3)
    return _quantiles(colors[_sample(len(colors), _COLORS, rng)] @ directions.T)


def _bases(dimension: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """Random orthonormal bases, (count, dimension, dimension): they cover the sphere better than random vectors."""
    return np.linalg.qr(rng.standard_normal((count, dimension, dimension)))[0].astype(np.float32)


def _even_directions(count: int) -> np.ndarray:
    """Unit vectors spread over half a sphere along a Fibonacci spiral, (count, 3); the other half would repeat them."""
    step = np.arange(count) + 0.5
    height, turn = 1 - step / count, np.pi * (1 + 5**0.5) * step
    radius = np.sqrt(1 - height**2)
    return np.stack([radius * np.cos(turn), radius * np.sin(turn), height], axis=1).astype(np.float32)


def _sample(size: int, limit: int, rng: np.random.Generator) -> np.ndarray | slice:
    return slice(None) if size <= limit else rng.choice(size, limit, replace=False, shuffle=False)


def _quantiles(projections: np.ndarray) -> np.ndarray:
    """The same number of quantiles of each column, whatever the number of rows, (columns, quantiles)."""
    ordered = np.sort(np.ascontiguousarray(projections.T), axis=1)
    middles = (np.arange(_QUANTILES) + 0.5) / _QUANTILES
    return ordered[:, (middles * ordered.shape[1]).astype(int)]


def _wasserstein(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Sliced W1: the mean distance of equal quantiles, over all directions."""
    return np.abs(a - b).mean(axis=(-2, -1), dtype=np.float64)


def _patches(level: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Patches of a level as rows, (n, 147): all of them, or a random sample."""
    missing = [max(0, PATCH_SIDE - side) for side in level.shape[:2]]
    if any(missing):  # the coarse levels of a very long picture
        level = np.pad(level, [(0, missing[0]), (0, missing[1]), (0, 0)], mode="symmetric")
    windows = np.lib.stride_tricks.sliding_window_view(level, (PATCH_SIDE, PATCH_SIDE), axis=(0, 1))
    rows, columns = windows.shape[:2]
    row, column = np.divmod(np.arange(rows * columns)[_sample(rows * columns, _PATCHES, rng)], columns)
    return windows[row, column].reshape(len(row), -1)


def _laplacian_pyramid(picture: np.ndarray) -> list[np.ndarray]:
    """Details from fine to coarse, then what remains (Burt and Adelson 1983)."""
    levels = []
    for _ in range(PATCH_LEVELS - 1):
        half = _smoothed(picture)[::2, ::2]
        spread = np.zeros_like(picture)
        spread[::2, ::2] = 4 * half
        levels.append(picture - _smoothed(spread))
        picture = half
    return [*levels, picture]


def _smoothed(picture: np.ndarray) -> np.ndarray:
    from scipy.ndimage import convolve1d

    return convolve1d(convolve1d(picture, _BINOMIAL, axis=0, mode="mirror"), _BINOMIAL, axis=1, mode="mirror")


def _edges(picture: np.ndarray) -> np.ndarray:
    return np.hypot(*_slopes(picture))


def _slopes(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Sobel derivatives of the luminance, down and across."""
    from scipy.ndimage import sobel

    luminance = _luminance(picture)
    return sobel(luminance, axis=0), sobel(luminance, axis=1)


def _orientation_shares(picture: np.ndarray) -> np.ndarray:
    """How much of the edges' strength lies in each direction, (_DIRECTIONS,), 1 in all."""
    down, across = _slopes(picture)
    strength = np.hypot(down, across)
    if np.ptp(strength) < _ROUNDING:
        return np.full(_DIRECTIONS, np.nan)
    place = np.arctan2(down, across) % np.pi / np.pi * _DIRECTIONS
    first = np.floor(place).astype(int)
    shares = sum(
        np.bincount((first + k).ravel() % _DIRECTIONS, (strength * np.abs(1 - k - place + first)).ravel(), _DIRECTIONS)
        for k in (0, 1)
    )
    return shares / shares.sum()


def _luminance(picture: np.ndarray) -> np.ndarray:
    return picture @ _LUMINANCE


def _resized(picture: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """The picture at (h, w), by an antialiased bicubic filter; itself if it has that shape."""
    if picture.shape[:2] == shape:
        return picture
    from PIL import Image

    height, width = shape
    channels = [
        Image.fromarray(np.ascontiguousarray(picture[..., c])).resize((width, height), Image.Resampling.BICUBIC)
        for c in range(3)
    ]
    return np.clip(np.stack([np.asarray(channel) for channel in channels], axis=-1), 0, 1)
