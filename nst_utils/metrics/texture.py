"""What a picture's texture is like, without another to compare: noise, grain, strokes, spectrum, directions."""

import numpy as np

from nst_utils.base.threads import one_blas_thread
from nst_utils.metrics.parts import ROUNDING, laplacian_pyramid, luminance, slopes

_RINGS = 12
_DIRECTIONS = 12


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

    return float(np.sqrt(np.mean(np.square(laplace(luminance(picture))), dtype=np.float64)))


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

    down, across = slopes(picture)
    xx, yy, xy = (gaussian_filter(product, sigma) for product in (across * across, down * down, across * down))
    strength = float(np.sum(xx + yy, dtype=np.float64))
    if strength < ROUNDING:
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
    >>> from nst_utils.metrics.parts import smoothed
    >>> noise = np.random.default_rng(0).random((64, 64, 3), np.float32)
    >>> bool(fine_share(noise) > 2 * fine_share(smoothed(noise)))
    True
    """
    *details, _ = laplacian_pyramid(luminance(picture)[..., None])
    energies = [float(np.mean(np.square(level), dtype=np.float64)) for level in details]
    return energies[0] / sum(energies) if sum(energies) > ROUNDING**2 else float("nan")


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
    lights = luminance(picture).astype(np.float64)
    window = np.outer(*(np.hanning(side + 2)[1:-1] for side in lights.shape))
    power = np.abs(np.fft.fft2((lights - lights.mean()) * window)) ** 2
    if power.max() < ROUNDING**2:
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


def _orientation_shares(picture: np.ndarray) -> np.ndarray:
    """How much of the edges' strength lies in each direction, (_DIRECTIONS,), 1 in all."""
    down, across = slopes(picture)
    strength = np.hypot(down, across)
    if np.ptp(strength) < ROUNDING:
        return np.full(_DIRECTIONS, np.nan)
    place = np.arctan2(down, across) % np.pi / np.pi * _DIRECTIONS
    first = np.floor(place).astype(int)
    shares = sum(
        np.bincount((first + k).ravel() % _DIRECTIONS, (strength * np.abs(1 - k - place + first)).ravel(), _DIRECTIONS)
        for k in (0, 1)
    )
    return shares / shares.sum()
