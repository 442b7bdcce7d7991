"""A night of wind: strokes along eddies, haloed stars, a moon, hills, a village and a cypress."""

import numpy as np

from tools.drawing.canvas import (
    blur,
    grid,
    lines,
    noise,
    over,
    polygon,
    ramp,
    smooth_path,
    smoothstep,
    streaks,
    strokes,
)

NIGHT = [
    (0.0, "#050a2c"),
    (0.2, "#0f2270"),
    (0.4, "#2050b4"),
    (0.55, "#4a90cc"),
    (0.68, "#96cbd2"),
    (0.8, "#ece8bc"),
    (0.92, "#f8d85e"),
    (1.05, "#fff4b8"),
]
STARS = [  # x, y, radius of the halo, all in heights
    (0.34, 0.11, 0.085),
    (0.45, 0.31, 0.055),
    (0.50, 0.555, 0.105),
    (0.985, 0.35, 0.065),
    (0.86, 0.09, 0.07),
    (0.05, 0.36, 0.06),
    (0.62, 0.03, 0.05),
    (0.06, 0.08, 0.05),
    (1.21, 0.545, 0.045),
]
MOON = (1.09, 0.15, 0.155)
EDDIES = [  # x, y, radius, strength (its sign is the sense of turning)
    (0.67, 0.32, 0.165, 2.4),
    (0.84, 0.52, 0.09, -2.2),
    (0.22, 0.27, 0.10, 1.5),
    (1.17, 0.42, 0.07, 1.4),
]


def swirls() -> np.ndarray:
    """Draw the picture, (512, 640, 3)."""
    rng = np.random.default_rng(1889)
    height, width = 512, 640
    y, x = grid(height, width)
    angle, arms = _wind(y, x)
    value = 0.37 + 0.15 * streaks(noise(height, width, 9, rng), angle, 45) + 0.34 * arms
    horizon = smoothstep(0.42, 0.66, y + 0.06 * np.sin(5 * x))
    value += horizon * (0.16 + 0.17 * np.sin(52 * (y + 0.05 * np.sin(5 * x))))
    value += 0.10 * rng.standard_normal((height, width))
    sky = ramp(value, NIGHT)
    for star in [*STARS, MOON]:
        sky = _halo(sky, y, x, *star, moon=star is MOON, rng=rng)
    ground = sky * (0.4 + 0.55 * smoothstep(0.55, 0.8, sky[..., 0]))[..., None]
    picture = strokes(ground, sky, angle, rng, count=4200, length=40, width=9, jitter=0.04)
    picture = strokes(picture, sky, angle, rng, count=4600, length=36, width=5.5, jitter=0.05, relief=0.17)
    picture = _land(picture, y, x, rng)
    return np.clip(_cypress(picture, y, x, rng), 0, 1)


def _wind(y, x):
    """The direction of the strokes, and how bright the spiral arms of the eddies are."""
    down = 0.35 * np.cos(4.2 * x + 0.6) + 0.25 * np.cos(9 * x - 3 * y)
    right = np.ones_like(x)
    arms = np.zeros_like(x)
    for cx, cy, radius, strength in EDDIES:
        dy, dx = y - cy, x - cx
        far, sense = np.hypot(dy, dx) / radius, np.sign(strength)
        force = abs(strength) * 1.6 * np.exp(-((far / 1.25) ** 2)) / radius
        right += force * (-sense * dy - 0.25 * dx)
        down += force * (sense * dx - 0.25 * dy)
        turn = sense * np.arctan2(dy, dx) - 3.2 * np.log(far + 0.12)
        arms += np.exp(-((far / 1.2) ** 4)) * np.cos(2 * turn) * (0.45 + 0.6 * far)
    for cx, cy, radius in [*STARS, MOON]:
        dy, dx = y - cy, x - cx
        far = np.hypot(dy, dx) + 1e-6
        near = np.exp(-((far / radius / 1.15) ** 6))
        right, down = right * (1 - near) - dy / far * near, down * (1 - near) + dx / far * near
    return np.arctan2(down, right), arms


def _halo(sky, y, x, cx, cy, radius, *, moon, rng):
    far = np.hypot(y - cy, x - cx) / radius * (1 + 0.05 * noise(*y.shape, 14, rng, 2))
    light = [(0.0, "#fbbd2e"), (0.25, "#fff0a0"), (0.45, "#f4cf4a"), (0.7, "#cfe3b4"), (1.0, "#6fb0cf")]
    sky = over(sky, ramp(far + 0.09 * np.sin(far * 16), light), 0.95 * (1 - smoothstep(0.55, 1.12, far)))
    if not moon:
        return over(sky, "#ee8a1c", 1 - smoothstep(0.16, 0.28, far))
    crescent = (far < 0.5) & (np.hypot(y - cy + 0.018, x - cx - 0.036) / radius > 0.36)
    return over(sky, "#ef8f1a", blur(crescent.astype(float), 1.2))


def _land(picture, y, x, rng):
    """Two ranges of hills, the village, and the olive trees before it."""
    height = y.shape[0]
    ridges = [
        (0.70 - 0.11 * np.exp(-(((x - 1.22) / 0.2) ** 2)) + 0.02 * np.sin(7 * x), "#16286a", "#5f9ccc", 26),
        (
            0.79 - 0.08 * np.exp(-(((x - 0.74) / 0.2) ** 2)) - 0.05 * x + 0.015 * np.sin(11 * x + 1),
            "#0c1a50",
            "#3f74b8",
            22,
        ),
    ]
    for ridge, dark, light, length in ridges:
        inside = smoothstep(-0.004, 0.004, y - ridge)
        rise = np.arctan(np.gradient(ridge, axis=1) * height)
        level = y - ridge + 0.02 * np.sin(17 * x) + 0.012 * np.sin(37 * x + 2)
        down, right = np.gradient(level)
        angle = np.arctan2(-right, down)
        value = 0.42 + 0.33 * np.sin(110 * level) + 0.16 * rng.standard_normal(y.shape)
        picture = over(picture, dark, inside)
        paint = ramp(value, [(0, dark), (0.75, light), (1.05, "#cfe0b4")])
        picture = strokes(picture, paint, angle, rng, count=1500, length=length, width=4.5, jitter=0.03, where=inside)
        edge = np.exp(-(((y - ridge - 0.004) / 0.004) ** 2))
        ink = ramp(0 * x, [(0, "#060b26")])
        picture = strokes(picture, ink, rise, rng, count=150, length=30, width=3.5, jitter=0.02, where=edge)
    return _olives(_village(picture, y, rng), y, x, rng)


def _olives(picture, y, x, rng):
    """Round crowns in rows, each brushed around its own middle and lit from the moon's side."""
    rows = [
        (0.90, 0.030, "#071c30", "#6fa8a8"),
        (0.945, 0.040, "#06182a", "#5f9a70"),
        (1.0, 0.05, "#050f1e", "#4a7f74"),
    ]
    for row, radius, dark, light in rows:
        for cx in np.arange(0.42, 1.26, radius * 1.35):
            if row < 0.91 and 0.55 < cx < 1.12:
                continue  # the houses stand here
            cx, cy = cx + rng.normal(0, 0.008), row + rng.normal(0, 0.006)
            dy, dx = y - cy, x - cx
            far = np.hypot(dy * 1.15, dx) / radius
            inside = 1 - smoothstep(0.9, 1.02, far)
            value = 0.35 + (0.25 * dx - 0.4 * dy) / radius + 0.15 * np.sin(9 * far)
            value += 0.14 * rng.standard_normal(y.shape)
            paint = ramp(value, [(0, dark), (0.6, light), (1.0, "#d8e0a0")])
            picture = over(picture, dark, inside)
            around = np.arctan2(dx, -dy)
            picture = strokes(picture, paint, around, rng, count=45, length=16, width=4, jitter=0.03, where=inside)
    return picture


def _village(picture, y, rng):
    """Houses laid in flat, then dragged over with the brush so that they belong to the same paint."""
    height, width = y.shape
    flat, ink, touched = picture, [], np.zeros(y.shape)

    def block(paint, points):
        nonlocal flat, touched
        mask = polygon(height, width, points)
        flat, touched = over(flat, paint, mask), np.maximum(touched, mask)
        ink.append([*points, points[0]])

    for cx in np.linspace(0.54, 1.12, 12):
        cx += rng.uniform(-0.03, 0.03)
        base, half, tall = 0.91 + rng.uniform(-0.03, 0.02), rng.uniform(0.02, 0.034), rng.uniform(0.03, 0.05)
        ridge, lean = cx - half * rng.uniform(-0.3, 0.5), rng.uniform(0.02, 0.035)
        walls, roofs = (
            ["#5c92bd", "#7fb0c0", "#33609a", "#a8b890", "#4a7f9a"],
            ["#16265c", "#6a3a3a", "#1a4a60", "#8a5a34"],
        )
        block(
            rng.choice(walls),
            [(cx - half, base - tall), (cx + half, base - tall), (cx + half, base), (cx - half, base)],
        )
        block(
            rng.choice(roofs),
            [(cx - half * 1.2, base - tall), (ridge, base - tall - lean), (cx + half * 1.2, base - tall)],
        )
    block("#6fabcc", [(0.788, 0.90), (0.788, 0.83), (0.822, 0.83), (0.822, 0.90)])
    block("#4a86b8", [(0.79, 0.83), (0.806, 0.665), (0.82, 0.83)])
    sway = np.full(y.shape, np.pi / 2) + 0.5 * noise(height, width, 20, rng)
    picture = strokes(
        over(picture, flat, touched), flat, sway, rng, count=900, length=9, width=3.5, jitter=0.05, where=touched
    )
    picture = over(picture, "#060b26", 0.9 * lines(height, width, ink, 0.0045))
    for cx, cy in rng.uniform((0.56, 0.86), (1.1, 0.885), (12, 2)):
        pane = np.array([(-1, -1.3), (1, -1.1), (0.9, 1.2), (-1, 1)]) * 0.006 + (cx, cy)
        picture = over(picture, rng.choice(["#ffd34a", "#ffb02e", "#fff0a0"]), polygon(height, width, pane))
    return picture


def _cypress(picture, y, x, rng):
    height, width = y.shape
    flames = [
        [(0.09, 1.05), (0.13, 0.8), (0.165, 0.56), (0.16, 0.4), (0.205, 0.25), (0.225, 0.02), (0.25, 0.22),
         (0.285, 0.42), (0.29, 0.6), (0.35, 0.8), (0.42, 1.05)],
        [(0.03, 1.05), (0.09, 0.85), (0.115, 0.56), (0.17, 0.75), (0.22, 1.05)],
        [(0.27, 1.05), (0.325, 0.85), (0.345, 0.62), (0.385, 0.80), (0.44, 0.92), (0.48, 1.05)],
    ]  # fmt: skip
    inside = np.max([polygon(height, width, smooth_path(flame, 120)) for flame in flames], axis=0)
    sway = -np.pi / 2 + 0.42 * np.sin(11 * y + 14 * x) + 0.9 * (0.24 - x) * smoothstep(0.2, 0.9, y)
    value = 0.42 + 0.22 * streaks(noise(height, width, 18, rng), sway, 30) + 0.13 * rng.standard_normal(y.shape)
    paint = ramp(value, [(0, "#040d0e"), (0.4, "#10342e"), (0.65, "#35481f"), (0.85, "#7a4a24"), (1.0, "#a89a4a")])
    picture = over(picture, "#050b14", blur(inside, 1.2))
    return strokes(picture, paint, sway, rng, count=2000, length=46, width=5, jitter=0.02, where=inside)
