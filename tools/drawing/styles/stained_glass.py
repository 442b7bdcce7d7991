"""A window: a sun, hills and a river with roses, cut into panes that each have their own light, held by lead."""

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

from tools.drawing.canvas import blur, glow, grid, noise, over, ramp, smoothstep

SUN = (0.31, 0.40)  # y, x in heights


def stained_glass() -> np.ndarray:
    """Draw the picture, (640, 512, 3)."""
    rng = np.random.default_rng(1220)
    scale, height, width = 2, 640, 512
    y, x = grid(height * scale, width * scale)
    by_hand = 0.0022 * noise(*y.shape, 8, rng, 2), 0.0022 * noise(*y.shape, 8, rng, 2)
    design = _window(y + by_hand[0], x + by_hand[1], rng)
    pane = np.unique(design.pane + 100_000 * design.part, return_inverse=True)[1].reshape(y.shape)
    thin, thick = _edge_distance(pane), _edge_distance(design.part)
    glass = _glass(design, pane, y, x, rng) * (0.52 + 0.48 * smoothstep(0, 20, thin))[..., None]

    bar = np.minimum(thin / 2.9, thick / 5.4)  # heavier lead around the parts than between their panes
    ridge = np.clip(1 - bar**2, 0, 1) ** 3
    metal = [(0, "#050507"), (0.5, "#2a2a32"), (1, "#9a9aa4")]
    lead = ramp(0.10 + 0.38 * ridge + 0.05 * noise(*y.shape, 60, rng, 3), metal)
    picture = over(glass, lead, smoothstep(1.08, 0.9, bar))
    picture = picture.reshape(height, scale, width, scale, 3).mean((1, 3))
    for beyond, spread, strength in ((0.50, 3, 0.25), (0.55, 22, 0.5)):  # light that spills over the lead
        spilled = blur(np.clip(picture - beyond, 0, 1), spread)
        picture = glow(picture, spilled, np.full((height, width), strength))
    return np.clip(picture, 0, 1)


def _glass(design, pane, y, x, rng):
    """Each pane was cut from another place of a streaky sheet, and the sun stands behind the window."""
    index = np.arange(pane.max() + 1)
    cy, cx = ndimage.mean(y, pane, index), ndimage.mean(x, pane, index)
    size = np.sqrt(np.bincount(pane.ravel())) / y.shape[0]
    shade, turn = rng.random(len(index))[pane], rng.uniform(0, 2 * np.pi, len(index))
    sine, cosine = np.sin(turn)[pane], np.cos(turn)[pane]
    along, across = x * cosine + y * sine, y * cosine - x * sine
    tilt = ((x - cx[pane]) * cosine + (y - cy[pane]) * sine) / size[pane]
    bubbles, cords = noise(*y.shape, 90, rng, 2), noise(*y.shape, 5, rng, 4)
    streak = 0.6 * np.sin(34 * along + 2.2 * cords + 9 * shade) + 0.4 * np.sin(95 * along + 8 * across + 4 * cords)
    from_sun = np.hypot(x - SUN[1], y - SUN[0])
    tone = 0.20 + 0.44 * shade + 0.40 * np.exp(-((from_sun / 0.36) ** 2)) + 0.19 * tilt
    tone += 0.12 * streak + 0.05 * cords + 0.035 * bubbles
    glass = np.zeros((*y.shape, 3))
    for part, hues in design.hues.items():
        here = design.part == part
        glass[here] = ramp(tone[here], list(zip([0, 0.5, 1.0], hues, strict=True)))
    return glass * (1 - 0.15 * smoothstep(0.4, 0.8, from_sun))[..., None]


def _edge_distance(label):
    """Pixels to the nearest place where the label changes."""
    edge = np.zeros(label.shape, dtype=bool)
    edge[1:] |= label[1:] != label[:-1]
    edge[:, 1:] |= label[:, 1:] != label[:, :-1]
    return ndimage.distance_transform_edt(~edge)


def _panes(y, x, spacing, stretch, rng):
    """Voronoi cells of jittered seeds; ``stretch`` is how much wider than tall they are."""
    rows, columns = int(1.2 / spacing) + 2, int(1.2 / spacing / stretch) + 2
    sy, sx = np.mgrid[0:rows, 0:columns].astype(float)
    sx += (sy % 2) / 2
    seeds = np.stack([sy.ravel(), sx.ravel()], axis=-1) + rng.uniform(-0.32, 0.32, (rows * columns, 2)) - 0.5
    return cKDTree(seeds).query(np.stack([y / spacing, x / spacing / stretch], axis=-1))[1]


class _Design:
    """How the window is cut: which part of the picture a pixel shows, which of its panes, and each part's colors."""

    def __init__(self, shape):
        self.part, self.pane, self.hues = np.zeros(shape, dtype=int), np.zeros(shape), {}

    def cut(self, inside, panes, dark, middle, light):
        """One more part over the ones before."""
        part = len(self.hues)
        self.part, self.pane = np.where(inside, part, self.part), np.where(inside, panes, self.pane)
        self.hues[part] = dark, middle, light


def _window(y, x, rng):
    """From back to front: sky and sun, three hills, the river, roses, a border."""
    design = _Design(y.shape)
    _sun_and_rays(design, y, x, rng)
    for ridge, spacing, *colors in [
        (0.56 - 0.07 * np.sin(5 * x + 0.3), 0.058, "#1a1a6a", "#4a4ab8", "#a890e8"),
        (0.63 + 0.05 * np.sin(6 * x + 2.2), 0.060, "#0a4a5a", "#1f9a94", "#a0ecc8"),
        (0.72 + 0.05 * np.sin(5 * x - 0.9), 0.062, "#1a4a0a", "#5aa81f", "#e0f070"),
    ]:
        design.cut(y > ridge, _panes(y, x, spacing, 1.5, rng), *colors)
    middle = 0.44 + 0.10 * np.sin(9.5 * (y - 0.60)) * smoothstep(0.56, 0.75, y) + 0.25 * np.clip(y - 0.6, 0, 1)
    wet = np.abs(x - middle) < 0.016 + 0.62 * np.clip(y - 0.60, 0, 1) ** 1.35
    wet &= y > 0.63 + 0.05 * np.sin(6 * x + 2.2)
    design.cut(wet, _panes(y, x, 0.034, 3.4, rng), "#0f4aa8", "#3fa0e8", "#e8fbff")
    _roses(design, y, x, rng)
    _border(design, y, x)
    return design


def _sun_and_rays(design, y, x, rng):
    far, turn = np.hypot(y - SUN[0], x - SUN[1]), np.arctan2(y - SUN[0], x - SUN[1]) / (2 * np.pi)
    ray = np.floor((turn * 28) % 28).astype(int)
    steps = np.cumsum(rng.uniform(0.05, 0.12, (28, 12)), axis=1) + 0.21
    panes = ray * 20 + (far[..., None] > steps[ray]).sum(-1)
    warm = ray % 2 == 1
    design.cut(far < 9, panes, "#0a1f6a", "#2f6fd0", "#a8d8f4")
    design.cut(warm & (far < 0.9), panes, "#3a1f8a", "#8a5ad0", "#e0b8f0")
    design.cut(warm & (far < 0.34 + 0.03 * (ray % 4)), panes, "#a8341a", "#f0803a", "#ffd890")
    for limit, count, phase, *colors in [
        (0.205, 28, 0.0, "#b01a10", "#f05a1a", "#ffb04a"),
        (0.150, 14, 0.25, "#d87a08", "#ffb81f", "#fff0a0"),
        (0.092, 7, 0.4, "#e89a10", "#ffdc60", "#fffbe0"),
    ]:
        lobes = limit * (1 + 0.10 * np.abs(np.sin(np.pi * turn * count)))
        design.cut(far < lobes, np.floor((turn * count + phase) % count), *colors)
    design.cut(far < 0.042, 0, "#ffd24a", "#fff0a8", "#ffffff")


def _roses(design, y, x, rng):
    red, pink = ("#6a0418", "#d0142a", "#ff6a5a"), ("#8a0a4a", "#e83a7a", "#ffb0c0")
    gold = ("#a83a04", "#ff8a1a", "#ffe070")
    flowers = [
        (0.80, 0.165, 0.115, red),
        (0.87, 0.675, 0.10, pink),
        (0.905, 0.325, 0.072, gold),
        (0.715, 0.69, 0.062, gold),
        (0.655, 0.09, 0.05, pink),
    ]
    for cy, cx, size, _ in flowers:
        for bearing in 2 * np.pi * (rng.uniform(0, 1, 2) + np.array([0, 0.45])):
            along = (x - cx) * np.cos(bearing) + (y - cy) * np.sin(bearing)
            across = (y - cy) * np.cos(bearing) - (x - cx) * np.sin(bearing)
            t = np.clip(along / (size * 2.0), 0, 1)
            leaf = (np.abs(across) < size * 0.55 * np.sin(np.pi * t)) & (along > 0)
            panes = (across > 0) * 4 + np.floor(t * 2.6 + np.abs(across) / size)
            design.cut(leaf, panes, "#0a3a14", "#1f8a34", "#a0e060")
    for cy, cx, size, colors in flowers:
        far, turn = np.hypot(y - cy, x - cx) / size, np.arctan2(y - cy, x - cx) / (2 * np.pi)
        panes, blossom = np.zeros(y.shape), np.zeros(y.shape, dtype=bool)
        for ring, (limit, count) in enumerate([(1.0, 7), (0.72, 6), (0.48, 4), (0.26, 2), (0.12, 1)]):
            swirl = (turn + 0.37 * ring + 0.18 * far) * count
            inside = far < limit * (0.90 + 0.13 * np.abs(np.sin(np.pi * swirl)) * (count > 1))
            panes, blossom = np.where(inside, ring * 10 + np.floor(swirl % count), panes), blossom | inside
        design.cut(blossom, panes, *colors)


def _border(design, y, x):
    """Small panes around, red, blue and gold in turn."""
    width = x.max()
    upright = np.minimum(x, width - x) < np.minimum(y, 1 - y)
    side = np.where(upright, np.floor(y / 0.0625), 50 + np.floor(x / 0.0667))
    panes = side + 200 * (x > width / 2) + 400 * (y > 0.5)
    rim = np.minimum.reduce([x, width - x, y, 1 - y]) < 0.042
    for turn, colors in enumerate(["#6a0a1a #c81f2a #ff8a6a", "#0a1f7a #2a5ad0 #9ac8ff", "#8a5a08 #f0b020 #fff0a0"]):
        design.cut(rim & (side % 3 == turn), panes, *colors.split())
