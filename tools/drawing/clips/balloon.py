"""`balloon`: a hot-air balloon before mountains at sunrise, seen by a camera that sways and zooms.

Five sheets, painted once and without end: each color is a function of a point of its sheet. Where the sheets are in a
frame, `nst_utils.film.drawn` says; here they get their colors.
"""

from collections.abc import Iterator

import numpy as np
from scipy import ndimage

from nst_utils.film.drawn import (
    BALLOON_AT,
    FRAMES,
    PINES,
    RADIUS,
    SHEETS,
    SIDES,
    basket,
    envelope,
    hills,
    meadow,
    mountains,
    on_sheet,
    pines,
)
from tools.drawing.canvas import color, noise, over, ramp, smoothstep

FINER = 3  # drawn at three times the size
GRAIN = 256  # samples of a texture a height
SUN = (0.46, 0.47)  # (y, x)


def balloon() -> Iterator[np.ndarray]:
    """The frames, one after the other."""
    rng = np.random.default_rng(5)
    paints = [paint(rng) for paint in (_sky, _mountains, _hills, _balloon, _meadow)]
    height, width = (side * FINER for side in SIDES)
    rows, columns = np.mgrid[0:height, 0:width]
    y, x = (rows + 0.5) / height, (columns + 0.5) / height
    for frame in range(FRAMES):
        picture = np.zeros((height, width, 3))
        for sheet, paint in zip(SHEETS, paints, strict=True):
            there, across = on_sheet(sheet, frame, y, x)
            inside = sheet.inside(across, there)
            picture[inside] = paint(across[inside], there[inside])
        yield np.clip(picture.reshape(SIDES[0], FINER, SIDES[1], FINER, 3).mean(axis=(1, 3)), 0, 1)


def _texture(rng, cells: float, octaves: int = 5):
    """Noise as a function of points of a sheet."""
    field = noise(2 * GRAIN, 3 * GRAIN, 2 * cells, rng, octaves)

    def at(x, y):
        return ndimage.map_coordinates(field, [(y + 0.5) * GRAIN, (x + 0.5) * GRAIN], order=1, mode="mirror")

    return at


def _sky(rng):
    """Blue above, gold about the sun, with long clouds lit from below."""
    cloud = _texture(rng, 3)

    def paint(x, y):
        away = np.hypot((x - SUN[1]) * 0.6, y - SUN[0])
        sky = ramp(y + 0.12 * (1 - np.exp(-((away / 0.3) ** 2))) - 0.12, _SKY)
        glow = np.exp(-((away / 0.17) ** 2))[..., None]
        sky = 1 - (1 - sky) * (1 - color("#ffcf6e") * 0.8 * glow)
        sky = over(sky, "#fff3c4", smoothstep(0.052, 0.046, np.hypot(x - SUN[1], y - SUN[0])))
        thick = cloud(0.55 * x, 2.6 * y) - 0.25 * (0.2 - y) / 0.2
        lit = np.clip(0.5 + 0.9 * (thick - cloud(0.55 * x, 2.6 * y + 0.06)), 0, 1)
        tint = ramp(lit, [(0, "#8a6f9e"), (0.5, "#f2977f"), (1, "#ffe3a8")])
        return over(sky, tint, 0.85 * smoothstep(0.25, 1.1, thick))

    return paint


_SKY = [(0, "#2f6fb5"), (0.18, "#5f9fd0"), (0.32, "#a9c9d8"), (0.42, "#f6d9a4"), (0.55, "#f7b27a"), (0.7, "#e88f73")]


def _mountains(rng):
    """Rock in violet shade and rose light, snow above, haze below."""
    rough, fine = _texture(rng, 5), _texture(rng, 14)

    def paint(x, y):
        up = 0.66 - y
        below = y - mountains(x)
        folds = rough(x + 0.5 * y, 1.2 * y) + 0.6 * fine(x - 0.4 * y, 1.3 * y)
        bent = x + 0.12 * folds * below + 0.25 * below  # ribs of rock run down and to the left
        slope = (mountains(bent + 0.03) - mountains(bent - 0.03)) / 0.06
        drift = rough(x + 0.014 + 0.5 * y, 1.2 * y + 0.01) + 0.6 * fine(x + 0.014 - 0.4 * y, 1.3 * y + 0.01)
        light = np.clip(0.48 + 0.3 * np.clip(slope, -1, 1) * np.exp(-below / 0.3) + 0.55 * (folds - drift), 0, 1)
        rock = ramp(light, [(0, "#3d3a6b"), (0.45, "#77619a"), (0.75, "#d98b86"), (1, "#ffc08e")])
        snow = ramp(light, [(0, "#7f8cc4"), (0.4, "#c3c6e6"), (0.8, "#ffe6d2"), (1, "#fff6e6")])
        has_snow = smoothstep(-0.1, 0.25, up - 0.16 - 0.8 * below + 0.06 * folds)
        return over(over(rock, snow, has_snow), "#f4b48c", 0.75 * smoothstep(0.16, -0.02, up))

    return paint


def _hills(rng):
    """Woods in autumn: round crowns, each in a color of its own."""
    spots, patches, fine = _texture(rng, 34, 2), _texture(rng, 6), _texture(rng, 60, 1)

    def paint(x, y):
        deep = y - hills(x)
        crowns = spots(x, 1.3 * y)
        light = np.clip(0.5 + 0.55 * (spots(x + 0.006, 1.3 * y + 0.008) - crowns) + 0.1 * fine(x, y), 0, 1)
        hue = patches(x, y) + 0.5 * crowns
        wood = ramp(hue, [(-1.6, "#2f6b54"), (-0.5, "#5f8f3f"), (0.3, "#d9a53a"), (1.0, "#d9622f"), (2.0, "#a33a3a")])
        lit = wood * (0.45 + 0.85 * light)[..., None]
        return over(lit, "#f0b07a", 0.35 * smoothstep(0.05, -0.02, deep))

    return paint


def _balloon(rng):
    """Twelve gores in four colors, round in the morning light, and a basket."""
    colors = np.array([color(name) for name in ("#d8342c", "#f7c948", "#f6efdc", "#1f8a8c")])

    def paint(x, y):
        across, down = (x - BALLOON_AT[1]) / RADIUS, (y - BALLOON_AT[0]) / RADIUS
        half = np.where(down < 0.45, np.sqrt(np.clip(1 - down**2, 1e-4, 1)), 0.893 - 0.76 * (down - 0.45))
        angle = np.arcsin(np.clip(across / half, -1, 1))
        gore = np.floor((angle + np.pi / 2) / np.pi * 8).astype(int)
        cloth = colors[gore % 4]
        band = np.abs(down - 0.12) < 0.13
        cloth = np.where(band[..., None], colors[(gore + 2) % 4], cloth)
        seam = np.abs(((angle + np.pi / 2) / np.pi * 8) % 1 - 0.5) > 0.46
        round_light = np.clip(0.62 - 0.42 * np.sin(angle) * 0.9 - 0.28 * down, 0.22, 1.12)
        cloth = cloth * (round_light * np.where(seam, 0.82, 1))[..., None]
        shine = np.exp(-(((across + 0.38) / 0.2) ** 2) - ((down + 0.42) / 0.28) ** 2)
        cloth = 1 - (1 - np.clip(cloth, 0, 1)) * (1 - 0.35 * shine[..., None])
        weave = 0.75 + 0.25 * np.sin(60 * across) * np.sin(50 * down)
        wicker = color("#a8703a") * (weave * np.clip(0.85 - 1.5 * across, 0.4, 1.2))[..., None]
        wicker = np.where((down < 1.68)[..., None], color("#6d4020"), wicker)
        rest = np.where(basket(x, y)[..., None], wicker, color("#4a3527"))
        return np.where(envelope(x, y)[..., None], cloth, rest)

    return paint


def _meadow(rng):
    """Grass with flowers in the sun, and pines with their needles against it."""
    blades, patches, needles = _texture(rng, 70, 2), _texture(rng, 7), _texture(rng, 45, 2)
    flowers = _flowers(rng)

    def paint(x, y):
        deep = y - meadow(x)
        tone = 0.5 + 0.16 * patches(x, 2 * y) + 0.14 * blades(2 * x, 0.5 * y) - 1.2 * deep
        grass = ramp(tone, [(0, "#1f4a2c"), (0.3, "#3f7a34"), (0.6, "#86b043"), (0.9, "#d8d964")])
        grass = flowers(grass, x, y)
        light = 0.5 + 0.3 * needles(x, 2 * y) + _side(x, y)
        pine = ramp(light, [(0, "#0f2a2c"), (0.5, "#1f5540"), (0.9, "#5f9446"), (1.3, "#c9c25a")])
        return np.where((pines(x, y) & (deep < 0.02))[..., None], pine, grass)

    return paint


def _side(x, y):
    """Pines are lit from the sun's side, and each tier is darker where the one above hangs over it."""
    light = np.zeros_like(x)
    for place, height, width in PINES:
        up = (meadow(np.float64(place)) + 0.03 - y) / height
        near = np.abs(x - place) < 0.6 * width
        lit = -0.6 * np.sign(place - SUN[1]) * (x - place) / (0.5 * width) + 0.35 * (0.5 - (up * 7.0) % 1)
        light = np.where(near, lit, light)
    return light


def _flowers(rng):
    """Dots of four colors strewn over the grass, larger in front."""
    count = 420
    x, deep = rng.uniform(-0.4, 2.1, count), rng.uniform(0.015, 0.34, count)
    tints = np.array([color(name) for name in ("#f4f0ff", "#e8434f", "#ffd447", "#a06ad0")])[rng.integers(0, 4, count)]

    def strewn(grass, across, down):
        for place, depth, tint in zip(x, deep, tints, strict=True):
            size = 0.0035 + 0.02 * depth
            middle = meadow(np.float64(place)) + depth
            near = np.flatnonzero((np.abs(across - place) < size) & (np.abs(down - middle) < size))
            inside = near[np.hypot(across[near] - place, (down[near] - middle) * 1.25) < size]
            grass[inside] = tint * (0.9 - 4 * (down[inside] - middle) / (10 * size))[..., None]
        return grass

    return strewn
