"""A wave about to break over a far mountain, printed from blocks: paper, three blues, ocher, and a keyline."""

from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw

from tools.drawing.canvas import color, grid, noise, over, ramp, smooth_path

PRUSSIAN, INDIGO, TEAL, PALE, FOAM, PAPER = "#0f2547", "#1f4f86", "#6da3b0", "#b9cfc6", "#f4ecd6", "#e6d6b0"
SAMPLES = 240  # points along each drawn curve


def woodcut() -> np.ndarray:
    """Draw the picture, (448, 640, 3)."""
    rng = np.random.default_rng(1831)
    block = _Block(448, 640)
    _mountain(block)
    _right_swell(block, rng)
    _boat(block, 1.10, 0.765, 0.30, -0.24)
    _great_wave(block, rng)
    _boat(block, 0.80, 0.900, 0.34, 0.10)
    _near_wave(block, rng)
    block.spray(rng, 300, (0.84, 0.40), (0.15, 0.17))
    block.spray(rng, 110, (0.30, 0.56), (0.16, 0.12))
    return _printed(block.canvas(), rng)


def _mountain(block):
    block.shape([(0.84, 0.80), (0.95, 0.66), (1.005, 0.585), (1.04, 0.58), (1.10, 0.645), (1.27, 0.80)], "#41617f")
    snow = [(0.945, 0.665), (1.005, 0.585), (1.04, 0.58), (1.105, 0.652), (1.075, 0.645), (1.06, 0.675), (1.035, 0.64),
            (1.015, 0.68), (0.99, 0.645), (0.972, 0.675)]  # fmt: skip
    block.shape(snow, FOAM, 0.003)


def _right_swell(block, rng):
    block.shape([(0.60, 0.80), (1.50, 0.78), (1.50, 1.1), (0.60, 1.1)], INDIGO, 0)
    outer = _curve([(1.52, 0.34), (1.38, 0.52), (1.24, 0.67), (1.08, 0.765), (0.90, 0.795), (0.70, 0.80)])
    inner = _curve([(1.52, 1.02), (1.38, 1.0), (1.24, 0.98), (1.08, 0.96), (0.90, 0.95), (0.70, 0.95)])
    block.striped(outer, inner, [FOAM, TEAL, PRUSSIAN, INDIGO, PALE, INDIGO, PRUSSIAN, TEAL, INDIGO, PRUSSIAN])
    block.ink(outer, 0.004, 0.008)
    for k in range(14, 96, 11):
        block.claw(outer[k], 3.5 + rng.normal(0, 0.1), 0.075 - 0.0003 * k, rng, hand=-1)


def _great_wave(block, rng):
    back = _curve(
        [(-0.05, 0.40), (0.08, 0.29), (0.22, 0.155), (0.38, 0.075), (0.54, 0.055), (0.68, 0.10), (0.77, 0.20)]
    )
    face = _curve(
        [
            (1.20, 0.90),
            (1.02, 0.88),
            (0.84, 0.835),
            (0.66, 0.725),
            (0.57, 0.58),
            (0.545, 0.44),
            (0.58, 0.32),
            (0.655, 0.24),
            (0.77, 0.20),
        ]
    )
    low = _curve([(-0.05, 0.98), (0.10, 0.80), (0.20, 0.60), (0.29, 0.42), (0.41, 0.285), (0.56, 0.215), (0.77, 0.20)])
    block.shape([*back, *face[::-1], (-0.05, 1.1)], INDIGO, 0)
    bands = [PRUSSIAN, INDIGO, PRUSSIAN, PALE, PRUSSIAN, INDIGO, TEAL, PRUSSIAN, FOAM, PRUSSIAN, INDIGO, PRUSSIAN, TEAL]
    block.striped(face, low, [*bands, PRUSSIAN, INDIGO, PALE, PRUSSIAN, INDIGO])
    block.shape([*back, *low[::-1]], FOAM)
    ribs = [
        (0.12, 60, 150),
        (0.22, 30, 160),
        (0.34, 70, 150),
        (0.46, 10, 150),
        (0.60, 50, 165),
        (0.74, 20, 150),
        (0.87, 60, 150),
    ]
    for share, start, stop in ribs:
        rib = [tuple(p) for p in (np.array(back) * (1 - share) + np.array(low) * share)[start:stop]]
        block.ink(rib, 0.0, 0.013, PALE)
        block.ink([(px + 0.006, py + 0.008) for px, py in rib], 0.0, 0.0045, TEAL)
    for share, start in ((0.40, 30), (0.68, 16)):
        for k in range(start, 130, 15):
            root = tuple(np.array(back[k]) * (1 - share) + np.array(low[k]) * share)
            block.claw(root, 1.0 + rng.normal(0, 0.15), 0.085 * rng.uniform(0.8, 1.15), rng, keyline=TEAL)
    block.ink(back, 0.004, 0.009)
    block.ink(face, 0.003, 0.008)
    for row, paint, size in ((0.035, TEAL, 0.125), (0.0, FOAM, 0.105)):  # shaded foam behind, white foam before it
        for k in range(6, 205, 13):
            away = np.interp(k, [0, 100, 200], [0.75, 1.0, 1.35]) + rng.normal(0, 0.12)
            x, y = low[k]
            block.claw(
                (x + row * np.cos(away), y + row * np.sin(away)), away, size * rng.uniform(0.8, 1.15), rng, paint=paint
            )
    curl = [
        (0.545, 0.085),
        (0.60, 0.07),
        (0.70, 0.10),
        (0.765, 0.16),
        (0.765, 0.215),
        (0.70, 0.215),
        (0.60, 0.225),
        (0.545, 0.235),
    ]
    for paint, size, start in ((TEAL, 0.20, 9), (FOAM, 0.17, 0)):
        lip = _curve([(0.60, 0.225), (0.68, 0.215), (0.75, 0.205), (0.77, 0.165), (0.735, 0.12), (0.68, 0.088)])
        for k in range(start, 240, 18):
            away = np.interp(k, [0, 80, 130, 239], [1.7, 1.35, 0.65, 0.05]) + rng.normal(0, 0.08)
            block.claw(
                lip[k],
                away,
                size * rng.uniform(0.85, 1.1) * np.interp(k, [0, 110, 239], [0.75, 1, 0.6]),
                rng,
                paint=paint,
            )
    block.shape(_curve(curl), FOAM, 0)
    block.ink(back[60:208], 0.006, 0.009)
    for share in (0.3, 0.55, 0.8):
        block.ink(
            _curve(
                [
                    (0.46, 0.105 + 0.15 * share),
                    (0.60, 0.085 + 0.12 * share),
                    (0.69, 0.12 + 0.09 * share),
                    (0.75, 0.165 + 0.045 * share),
                ]
            ),
            0,
            0.006,
            TEAL,
        )


def _near_wave(block, rng):
    crest = _curve(
        [
            (-0.05, 0.84),
            (0.08, 0.78),
            (0.20, 0.70),
            (0.29, 0.645),
            (0.37, 0.69),
            (0.48, 0.80),
            (0.64, 0.895),
            (0.86, 0.945),
            (1.2, 0.95),
            (1.48, 0.90),
        ]
    )
    base = [(px, 1.08) for px, _ in crest]
    block.striped(crest, base, [FOAM, FOAM, TEAL, PRUSSIAN, INDIGO, PRUSSIAN, PALE, INDIGO, PRUSSIAN])
    block.ink(crest, 0.004, 0.009)
    for row, paint in ((0.075, TEAL), (0.045, FOAM)):
        for k in range(4, 150, 10):
            away = np.interp(k, [0, 70, 150], [2.2, 1.6, 0.9]) + rng.normal(0, 0.15)
            block.claw((crest[k][0], crest[k][1] + row), away, rng.uniform(0.075, 0.10), rng, paint=paint)


def _boat(block, x, y, length, tilt):
    """A long skiff with rowers bent over."""

    def at(along, across):
        return (x + along * length, y + along * tilt * length + across * length)

    hull = smooth_path([at(-0.6, -0.17), at(-0.3, 0.0), at(0.0, 0.06), at(0.3, 0.02), at(0.62, -0.15)], 60)
    deck = smooth_path([at(0.62, -0.15), at(0.3, -0.06), at(0.0, -0.03), at(-0.3, -0.07), at(-0.6, -0.17)], 60)
    block.shape([*hull, *deck], "#cf9d52", 0.006)
    block.ink([at(k, 0.01 - 0.1 * k * k) for k in np.linspace(-0.45, 0.45, 20)], 0.001, 0.005, "#7a5a34")
    for k in np.linspace(-0.30, 0.27, 8):
        block.tapered([at(k - 0.02, -0.05), at(k + 0.02, -0.075)], [0.022, 0.018], PRUSSIAN)
        block.tapered([at(k + 0.026, -0.090), at(k + 0.027, -0.091)], [0.014, 0.014], "#e0c08c")


def _curve(points):
    return smooth_path(points, SAMPLES)


class _Block:
    """A sheet that takes flat shapes and lines of varying width; points and widths are in heights."""

    def __init__(self, height, width, scale=3):
        self.height, self.width, self.scale = height, width, scale
        y, _ = grid(height * scale, width * scale)
        fading = [
            (0, "#cdb88a"),
            (0.10, "#e2d2a8"),
            (0.38, "#ecdcb6"),
            (0.54, "#d0bb94"),
            (0.68, "#837f76"),
            (0.8, "#46505a"),
        ]
        self.sheet = Image.fromarray(np.uint8(ramp(y, fading) * 255))
        self.pen = ImageDraw.Draw(self.sheet)

    def _pixels(self, points):
        return [tuple(p) for p in np.asarray(points) * self.height * self.scale]

    def shape(self, points, paint, keyline=0.005):
        """A flat area with a keyline around it."""
        self.pen.polygon(self._pixels(points), fill=paint)
        if keyline:
            self.ink([*points, points[0]], keyline, keyline)

    def ink(self, path, thin, thick, paint=PRUSSIAN):
        """A line that swells from ``thin`` to ``thick`` in its middle and back."""
        self.tapered(path, thin + (thick - thin) * np.sin(np.linspace(0, np.pi, len(path))), paint)

    def tapered(self, path, widths, paint):
        """A line with a width at each point."""
        points, radii = np.array(self._pixels(path)), np.asarray(widths) * self.height * self.scale / 2
        for (a, b), (r, s) in zip(pairwise(points), pairwise(radii), strict=True):
            normal = np.array([a[1] - b[1], b[0] - a[0]]) / max(np.hypot(*(b - a)), 1e-9)
            corners = a + normal * r, b + normal * s, b - normal * s, a - normal * r
            self.pen.polygon([tuple(p) for p in corners], fill=paint)
            self.pen.ellipse([*(a - r), *(a + r)], fill=paint)

    def striped(self, first, second, paints):
        """Flat bands between two curves that swell and shrink on their way, with a keyline on each."""
        a, b = np.array(first), np.array(second)
        cuts = np.linspace(0, 1, len(paints) + 1)
        s = np.linspace(0, 1, len(a))[:, None]
        curves = []
        for number, cut in enumerate(cuts):
            bend = 0.36 / len(paints) * np.sin(3 * np.pi * s + 1.9 * number) if 0 < cut < 1 else 0 * s
            curves.append(a + (b - a) * (cut + bend))
        for paint, low, high in zip(paints, curves[:-1], curves[1:], strict=True):
            self.shape([tuple(p) for p in [*low, *high[::-1]]], paint, 0)
        for curve in curves[1:-1]:
            self.ink([tuple(p) for p in curve], 0.001, 0.004)

    def claw(self, root, away, size, rng, *, hand=1, paint=FOAM, keyline=PRUSSIAN):
        """A hand of foam: hooked, pointed fingers, all outlined before they are filled, so that they grow together."""
        fingers = list(_fingers(root, away, size, rng, hand))
        for more, ink in ((0.0075, keyline), (0, paint)):
            for path, widths in fingers:
                self.tapered(path, np.asarray(widths) + more, ink)
        if paint == FOAM:
            for path, widths in fingers[:4]:
                self.tapered(path[3:11], np.asarray(widths[3:11]) * 0.22, PALE)

    def spray(self, rng, count, center, spread):
        """Flecks of foam in the air."""
        for x, y in rng.normal(center, spread, (count, 2)):
            self.tapered(
                [(x, y), (x + 1e-4, y)], [rng.choice([0.004, 0.006, 0.009, 0.012], p=[0.4, 0.3, 0.2, 0.1])] * 2, FOAM
            )

    def canvas(self):
        return np.asarray(self.sheet.resize((self.width, self.height), Image.Resampling.BOX), dtype=float) / 255


def _fingers(root, away, size, rng, hand):
    """(path, widths) of the arm's fingers and of the hook at each one's end."""
    for spread, reach in ((-0.75, 0.75), (-0.28, 1.0), (0.18, 1.05), (0.65, 0.8)):
        angle, length = away + spread + rng.normal(0, 0.08), size * reach * rng.uniform(0.85, 1.15)
        curl = hand * rng.uniform(1.8, 2.6)
        path, (px, py) = [], root
        for step in range(18):
            path.append((px, py))
            angle += curl / 18 * (-0.5 + 3.0 * (step / 18) ** 1.5)
            px, py = px + np.cos(angle) * length / 18, py + np.sin(angle) * length / 18
        yield path, np.append(np.linspace(0.26, 0.13, 12), np.linspace(0.12, 0.012, 6)) * size
        for at, turn in ((9, -0.9), (12, 0.8)):
            heading = np.arctan2(path[at + 1][1] - path[at][1], path[at + 1][0] - path[at][0]) + turn
            hook, (qx, qy) = [], path[at]
            for _ in range(8):
                hook.append((qx, qy))
                heading += hand * 0.16
                qx, qy = qx + np.cos(heading) * length * 0.042, qy + np.sin(heading) * length * 0.042
            yield hook, np.linspace(0.13, 0.010, 8) * size


def _printed(picture, rng):
    """What paper and block leave on flat color: the grain of the plank, thinning ink, paper fibers."""
    height, width = picture.shape[:2]
    y, x = grid(height, width)
    plank = noise(height, width, 2, rng, 2)
    grain = np.sin(190 * (y + 0.03 * np.sin(2.5 * x + 1) + 0.02 * plank)) + np.sin(90 * (y + 0.025 * plank))
    worn = np.repeat(noise(height, width // 8, 60, rng, 2), 8, axis=1)  # stretched along the plank
    ink = 1 - picture @ np.array([0.3, 0.6, 0.1])
    picture = over(picture, color(PAPER), np.clip(ink * (0.05 + 0.035 * grain + 0.045 * worn), 0, 0.4))
    fibers = rng.standard_normal((height, width))
    return np.clip(picture * (1 + 0.02 * fibers[..., None]), 0, 1)
