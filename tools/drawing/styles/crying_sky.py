"""A sunset that cries out: waving bands of fire over a cold fjord, a dark bank and a footbridge with two walkers."""

import numpy as np

from tools.drawing.canvas import (
    blur,
    color,
    grid,
    noise,
    over,
    polygon,
    ramp,
    smooth_path,
    smoothstep,
    streaks,
    strokes,
)

FIRE = """
#a8432a #e9863a #f2b24a #e8421a #c22a12 #ee8a2e #f6c04d #f4dc90 #f0a03c #d83a16 #b8240f #8fa98a #e98a2e
#d12f12 #e8461a #ffd25e #f7e2a0 #e9571d #c92a10 #f08a2a #b8c09a #e0481a #a81c0d #f5a32c #fbe08a #f3c258
"""
WATER = """
#f9dd86 #efb04c #e8c77a #8fa894 #e39a44 #cf7a34 #4f8698
#d9b070 #1f4f7c #12305c #4f8c9c #14284e #2c6a78 #0c1a38
"""
FURROWS = """
#0a1830 #2a6a70 #10243f #7f9a62 #c08e40 #1f4650 #a8622c #e0a850 #2c5f58 #12293c #b0803c #406f50 #1c2f3c
"""
PLANKS = "#1d1a24 #4a2a24 #8f4a28 #c07a3e #8a8f80 #d8a868 #b8643a #efd39a"


def crying_sky() -> np.ndarray:
    """Draw the picture, (640, 520, 3)."""
    rng = np.random.default_rng(1893)
    height, width = 640, 520
    y, x = grid(height, width)
    paint, angle = _sky(y, x, rng)
    shore = 0.40 + 0.012 * np.sin(7 * x + 0.4)
    for part in (_fjord(y, x, shore, rng), _mountains(y, x, shore, rng), _bank(y, x, rng), _footbridge(y, x, rng)):
        part_paint, part_angle, inside = part
        paint, angle = over(paint, part_paint, inside), np.where(inside > 0.5, part_angle, angle)
    board = color("#b48c5e") * (1 + 0.05 * noise(height, width, 60, rng)[..., None])
    picture = over(board, paint, np.full(y.shape, 0.65))
    picture = strokes(picture, paint, angle, rng, count=1700, length=100, width=9, jitter=0.02, relief=0.06)
    picture = strokes(picture, paint, angle, rng, count=2000, length=80, width=4.5, jitter=0.04, relief=0.10)
    picture = strokes(picture, paint, angle, rng, count=3500, length=60, width=2.2, jitter=0.05, relief=0.12)
    picture = _rail_and_walkers(picture, y, x, rng)
    chalk = streaks(noise(height, width, 170, rng, 2), angle, 9)
    return np.clip(over(picture, over(picture, board, np.full(y.shape, 0.6)), smoothstep(1.1, 2.4, chalk)), 0, 1)


def _contours(level):
    """The direction of the lines along which ``level`` (h, w) stays the same."""
    down, right = np.gradient(level)
    return np.arctan2(-right, down)


def _evenly(colors, low, high):
    """Stops for a ramp: the colors at equal steps from ``low`` to ``high``."""
    names = colors.split()
    return list(zip(np.linspace(low, high, len(names)), names, strict=True))


def _sky(y, x, rng):
    wave = y + 0.030 * np.sin(7.5 * x + 6 * y) + 0.016 * np.sin(14 * x - 16 * y + 1) * (1 - y)
    wave += 0.006 * noise(*y.shape, 4, rng, 2)
    angle = _contours(wave)
    value = wave / 0.42 + 0.03 * streaks(noise(*y.shape, 30, rng), angle, 60) + 0.018 * rng.standard_normal(y.shape)
    return ramp(value, _evenly(FIRE, -0.03, 1)), angle


def _fjord(y, x, shore, rng):
    """Water that mirrors the fire above, winding toward the viewer and growing cold."""
    down = np.clip(y - shore, 0, 1)
    lake = np.hypot((x - 0.30 - 0.05 * np.sin(14 * y)) * 0.34, (y - 0.485) * 1.35) - 0.018 * np.sin(9 * x + 20 * y)
    angle = _contours(lake)
    value = lake / 0.19 + 0.06 * streaks(noise(*y.shape, 26, rng), angle, 50) + 0.03 * rng.standard_normal(y.shape)
    paint = ramp(value + 0.25 * down, _evenly(WATER, 0, 1.35))
    return paint, angle, smoothstep(-0.003, 0.003, y - shore)


def _mountains(y, x, shore, rng):
    crest = (
        shore
        - 0.004
        - 0.05 * smoothstep(0.30, 0.62, x)
        + 0.012 * np.sin(12 * x)
        - 0.018 * np.exp(-(((x - 0.12) / 0.08) ** 2))
    )
    foot = shore + 0.012 + 0.10 * smoothstep(0.50, 0.78, x)
    inside = smoothstep(-0.003, 0.003, y - crest) * smoothstep(-0.003, 0.003, foot - y)
    level = (y - crest) / (foot - crest + 0.01)
    value = 0.4 + 0.35 * np.sin(9 * level + 5 * x) + 0.12 * rng.standard_normal(y.shape)
    return (
        ramp(value, [(0, "#0a1430"), (0.4, "#1a3560"), (0.7, "#2f6470"), (1, "#7fa890")]),
        _contours(y - crest * 0.8),
        inside,
    )


def _bank(y, x, rng):
    """The land on the right: green and brown furrows that pour down like the sky turned on its side."""
    edge = (
        0.62 + 0.03 * np.sin(11 * y - 0.6) - 0.24 * smoothstep(0.60, 0.98, y) + 0.30 * smoothstep(0.58, 0.40, y) ** 1.6
    )
    inside = smoothstep(-0.004, 0.004, x - edge) * smoothstep(0.42, 0.43, y)
    level = x - edge + 0.030 * np.sin(11 * y + 9 * x)
    angle = _contours(level)
    value = level / 0.45 + 0.075 * streaks(noise(*y.shape, 24, rng), angle, 60) + 0.04 * rng.standard_normal(y.shape)
    return ramp(value, _evenly(FURROWS, -0.05, 1)), angle, inside


def _footbridge(y, x, rng):
    """Planks that run to a point on the left."""
    bearing = np.arctan2(y - 0.405, x + 0.03)
    inside = smoothstep(-0.004, 0.004, bearing - 0.74) * smoothstep(0.43, 0.435, y)
    value = 0.50 + 0.16 * np.sin(46 * bearing) + 0.10 * noise(*y.shape, 5, rng)
    value += 0.15 * streaks(noise(*y.shape, 40, rng), bearing, 80) + 0.05 * rng.standard_normal(y.shape)
    return ramp(value, _evenly(PLANKS, 0.05, 0.95)), bearing, inside


def _rail_and_walkers(picture, y, x, rng):
    """The rail in three beams toward the vanishing point, posts, and two figures bent by the same wind."""
    height, width = y.shape
    vanish = np.array([-0.03, 0.405])

    def along(start, share):
        return tuple(vanish + (np.array(start) - vanish) * share)

    beams = [((0.82, 0.93), (0.82, 0.985)), ((0.82, 1.13), (0.82, 1.17))]
    mask = np.zeros(y.shape)
    for upper, lower in beams:
        mask = np.maximum(mask, polygon(height, width, [along(upper, 0.05), upper, lower, along(lower, 0.05)]))
    posts = np.zeros(y.shape)
    for share in (0.13, 0.20, 0.32, 0.52, 0.86):
        (px, top), (_, foot), half = along((0.82, 0.94), share), along((0.82, 1.36), share), 0.018 * share + 0.002
        corners = [(px - half, top), (px + half, top), (px + half, foot), (px - half, foot)]
        posts = np.maximum(posts, polygon(height, width, corners))
    bearing = np.arctan2(y - vanish[1], x - vanish[0])
    upright = np.full(y.shape, np.pi / 2)
    for part, angle, dark in ((posts, upright, 0.2), (mask, bearing, 0.0)):
        value = 0.45 - dark + 0.3 * np.sin(170 * bearing) + 0.15 * rng.standard_normal(y.shape)
        wood = ramp(value, [(0, "#20101c"), (0.4, "#6a2a1c"), (0.65, "#c0542a"), (0.85, "#eeb068"), (1, "#7f9a92")])
        picture = over(picture, "#1c1018", blur(part, 2.5) * 0.8)
        picture = over(picture, wood, part)
        picture = strokes(picture, wood, angle, rng, count=500, length=30, width=3, jitter=0.03, where=part**4)
    for cx, foot, tall in ((0.085, 0.565, 0.15), (0.145, 0.585, 0.165)):
        body = [
            (-0.10, 0),
            (-0.15, 0.35),
            (-0.13, 0.66),
            (-0.04, 0.80),
            (0.0, 0.84),
            (0.05, 0.80),
            (0.14, 0.64),
            (0.11, 0.35),
            (0.13, 0),
        ]
        coat = polygon(height, width, smooth_path([(cx + px * tall, foot - py * tall) for px, py in body], 80))
        head = 1 - smoothstep(0.85, 1.15, np.hypot((x - cx) / 0.06, (y - foot + 0.90 * tall) / 0.09) / tall)
        sway = np.pi / 2 + 0.25 * np.sin(24 * y)
        value = 0.3 + 0.3 * np.sin(200 * (x - cx) + 20 * y) + 0.15 * rng.standard_normal(y.shape)
        cloth = ramp(value, [(0, "#070b1c"), (0.6, "#14244a"), (1, "#3f6680")])
        shadow = 1 - smoothstep(0.4, 1.1, np.hypot((x - cx + 0.3 * tall) / 0.45, (y - foot) / 0.05) / tall)
        picture = over(picture, "#0a0c1c", np.maximum(np.maximum(coat, head), 0.7 * shadow))
        picture = strokes(picture, cloth, sway, rng, count=70, length=22, width=3, jitter=0.02, where=coat)
    return picture
