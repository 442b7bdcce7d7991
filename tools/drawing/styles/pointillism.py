"""A Sunday by the water: everything is dots of divided color that mix in the eye."""

import numpy as np
from PIL import Image, ImageDraw

from tools.drawing.canvas import color, glow, grid, noise, over, polygon, ramp, smooth_path, smoothstep


def pointillism() -> np.ndarray:
    """A Sunday by the water: everything is dots of divided color that mix in the eye."""
    rng = np.random.default_rng(1884)
    height, width = 480, 640
    scene = _riverside(height, width, rng)
    ground = np.ones((height, width, 3)) * color("#e9d8b4")
    picture = over(ground, scene, np.full((height, width), 0.55))
    for count, radius, stray in [(6500, 5.4, 0.5), (11000, 3.9, 0.8), (5500, 2.8, 0.95)]:
        picture = _dots(picture, scene, count, radius, stray, rng)
    return np.clip(picture, 0, 1)


YIQ = np.array([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])


def _dots(picture, scene, count, radius, stray, rng):
    """Round dabs; each one's hue strays to a neighbor on the color circle, one in six to the far side."""
    height, width = scene.shape[:2]
    scale = 3
    sheet = Image.fromarray(np.uint8(picture * 255)).resize((width * scale, height * scale))
    pen = ImageDraw.Draw(sheet)
    y, x = rng.random(count) * height, rng.random(count) * width
    yiq = scene[y.astype(int), x.astype(int)] @ YIQ.T
    turn = rng.choice([-0.75, -0.35, 0, 0.35, 0.75], count) * stray + rng.normal(0, 0.12, count)
    turn = np.where(rng.random(count) < 0.11 * stray, turn + np.pi, turn)
    spin = (yiq[:, 1] + 1j * yiq[:, 2]) * np.exp(1j * turn)
    spin *= 1.25 + 0.055 / (np.abs(spin) + 0.02)
    lightness = yiq[:, 0] + rng.normal(0, 0.055, count)
    paint = np.stack([lightness, spin.real, spin.imag], axis=1) @ np.linalg.inv(YIQ).T
    paint = np.uint8(np.clip(paint, 0, 1) * 255)
    size = radius * rng.uniform(0.75, 1.2, (count, 2))
    for k in range(count):
        cx, cy, rx, ry = x[k] * scale, y[k] * scale, size[k, 0] * scale, size[k, 1] * scale
        pen.ellipse([cx - rx, cy - ry, cx + rx, cy + ry], fill=tuple(int(v) for v in paint[k]))
    return np.asarray(sheet.resize((width, height), Image.Resampling.BOX), dtype=float) / 255


def _riverside(height, width, rng):
    """The smooth picture below the dots: a bay with sails, poplars, a lawn in sun and shade, people."""
    y, x = grid(height, width)
    soft = noise(height, width, 5, rng)
    sky = ramp(y / 0.42 + 0.05 * soft, [(0, "#6fa3dc"), (0.45, "#a9c9ea"), (0.72, "#f6d3b4"), (1.0, "#fbc978")])
    cloud = smoothstep(0.5, 1.6, noise(height, width, 4, rng) + 1.2 * np.exp(-(((y - 0.16) / 0.09) ** 2)))
    sky = over(sky, "#ffe9dc", 0.6 * cloud)
    scene = glow(sky, "#ffdd90", 0.9 * np.exp(-((np.hypot(x - 0.86, y - 0.30) / 0.16) ** 2)))
    far = (
        0.40
        - 0.045 * np.exp(-(((x - 0.35) / 0.3) ** 2))
        - 0.03 * np.exp(-(((x - 1.2) / 0.2) ** 2))
        + 0.006 * np.sin(20 * x)
    )
    scene = over(
        scene, ramp((y - far) / 0.08 + 0.1 * soft, [(0, "#8fa2d0"), (1, "#6d86b0")]), smoothstep(-0.004, 0.004, y - far)
    )
    crowns = [
        (cx, rng.uniform(0.04, 0.13), rng.uniform(0.014, 0.030))
        for cx in (0.43, 0.455, 0.48, 0.56, 0.685, 0.71, 0.80, 0.98, 1.0, 1.14, 1.165, 1.19, 1.215, 1.30, 1.33)
    ]
    for cx, tall, broad in crowns:
        crown = 1 - smoothstep(0.85, 1.1, np.hypot((x - cx) / broad, (y - 0.43 + tall * 0.75) / tall))
        scene = over(
            scene,
            ramp((x - cx) / broad / 2 + 0.5 + 0.1 * soft, [(0, "#3f6f7a"), (0.5, "#6f9a5a"), (1, "#d9c060")]),
            crown,
        )
    water = smoothstep(0.434, 0.438, y)
    mirror = np.clip((0.436 - (y - 0.436) * 1.25) * height, 0, height - 1).astype(int)
    ripple = (8 * np.sin(90 * y + 5 * np.sin(6 * x)) * (y - 0.42)).astype(int)
    columns = np.clip(np.arange(width)[None, :] + ripple, 0, width - 1)
    reflection = scene[mirror, columns] * np.array([0.66, 0.84, 0.98])
    glitter = smoothstep(0.6, 1.4, noise(height, width, 10, rng) + np.sin(150 * y + 3 * np.sin(9 * x)) * 0.8)
    reflection = over(reflection, "#fff2c8", glitter * 0.7 * np.exp(-(((x - 0.86) / 0.12) ** 2)))
    reflection = over(
        reflection, "#3a6cb4", 0.6 * smoothstep(0.2, 1.2, np.sin(120 * y + 4 * np.sin(5 * x)) + 0.4 * soft)
    )
    scene = over(scene, reflection, water)
    for cx, base, tall in [(0.62, 0.475, 0.15), (0.73, 0.455, 0.085), (1.08, 0.50, 0.20), (0.50, 0.447, 0.06)]:
        scene = over(
            scene,
            "#fff6e6",
            polygon(height, width, [(cx, base - tall), (cx, base - 0.012), (cx + tall * 0.42, base - 0.012)]),
        )
        scene = over(
            scene,
            "#f2c79a",
            polygon(
                height,
                width,
                [(cx - 0.006, base - tall * 0.9), (cx - 0.006, base - 0.012), (cx - tall * 0.25, base - 0.012)],
            ),
        )
        hull = [
            (cx - tall * 0.3, base - 0.01),
            (cx + tall * 0.45, base - 0.01),
            (cx + tall * 0.33, base + 0.008),
            (cx - tall * 0.2, base + 0.008),
        ]
        scene = over(scene, "#8a3b3a", polygon(height, width, hull))
        shade = [(cx - tall * 0.2, base + 0.01), (cx + tall * 0.4, base + 0.01), (cx + 0.01, base + tall * 0.7)]
        scene = over(scene, "#fff0dc", 0.55 * polygon(height, width, shade))
    return _lawn(scene, y, x, soft, rng)


def _lawn(scene, y, x, soft, rng):
    height, width = y.shape
    bank = 0.66 - 0.10 * smoothstep(0.5, 0.0, x) + 0.16 * smoothstep(0.55, 1.35, x) + 0.008 * np.sin(25 * x)
    on_bank = smoothstep(-0.005, 0.005, y - bank)
    grass = ramp((y - bank) / 0.42 + 0.12 * soft, [(0, "#e6df72"), (0.35, "#b9c94e"), (0.7, "#7fae45"), (1, "#4f8a3c")])
    shade = smoothstep(0.3, 0.9, 0.9 * np.sin(13 * (y - 0.18 * x) + 1.4) + 0.5 * noise(height, width, 6, rng))
    shade = np.maximum(shade * smoothstep(0.9, 0.2, x), smoothstep(0.86, 0.94, y + 0.02 * soft))
    scene = over(
        scene,
        over(grass, ramp(0.5 + 0.2 * soft, [(0, "#2c3f7a"), (0.5, "#2f6a58"), (1, "#3f7f4a")]), 0.85 * shade),
        on_bank,
    )
    people = [
        (0.44, 0.80, 0.17, "#3a2f6a", "#d0503a"),
        (0.55, 0.815, 0.16, "#23233f", None),
        (0.80, 0.77, 0.10, "#e9e0d0", "#e8a0a0"),
        (0.33, 0.70, 0.085, "#8a2f3a", None),
        (1.05, 0.90, 0.19, "#c8452f", "#f6e4b8"),
    ]
    for cx, foot, tall, dress, parasol in people:
        shadow = np.hypot((x - cx + tall * 0.45) / (tall * 0.55), (y - foot) / (tall * 0.07))
        scene = over(scene, "#2b3a78", 0.75 * (1 - smoothstep(0.7, 1.1, shadow)))
        body = smooth_path(
            [
                (cx - tall * 0.17, foot),
                (cx - tall * 0.13, foot - tall * 0.35),
                (cx - tall * 0.05, foot - tall * 0.55),
                (cx - tall * 0.075, foot - tall * 0.78),
                (cx + tall * 0.075, foot - tall * 0.78),
                (cx + tall * 0.06, foot - tall * 0.55),
                (cx + tall * 0.10, foot - tall * 0.3),
                (cx + tall * 0.13, foot),
            ],
            60,
        )
        scene = over(scene, dress, polygon(height, width, body))
        scene = over(
            scene,
            "#f7c79a",
            0.6
            * polygon(
                height,
                width,
                [(px + tall * 0.03, py) for px, py in body if px > cx + tall * 0.03] + [(cx + tall * 0.06, foot)],
            ),
        )
        scene = over(
            scene, "#5a3328", 1 - smoothstep(0.8, 1.1, np.hypot(x - cx, y - foot + tall * 0.86) / (tall * 0.075))
        )
        if parasol:
            top = foot - tall * 0.98
            dome = (1 - smoothstep(0.92, 1.05, np.hypot((x - cx) / (tall * 0.34), (y - top) / (tall * 0.22)))) * (
                y < top + 0.004
            )
            scene = over(scene, parasol, dome)
            scene = over(scene, "#fff3d0", 0.6 * dome * smoothstep(0, tall * 0.3, x - cx))
    return _big_tree(scene, y, x, rng)


def _big_tree(scene, y, x, rng):
    height, width = y.shape
    trunk = smooth_path(
        [(0.09, 0.93), (0.125, 0.75), (0.13, 0.5), (0.10, 0.2), (0.17, 0.2), (0.19, 0.5), (0.195, 0.75), (0.25, 0.93)],
        120,
    )
    scene = over(
        scene,
        ramp((x - 0.10) / 0.11, [(0, "#2c2a55"), (0.5, "#5a3d4a"), (0.8, "#b0703f"), (1, "#f0b060")]),
        polygon(height, width, trunk),
    )
    rough = noise(height, width, 8, rng)
    lumps = [
        (0.05, 0.08, 0.22),
        (0.27, 0.05, 0.20),
        (0.15, 0.22, 0.17),
        (0.40, 0.13, 0.13),
        (0.0, 0.27, 0.12),
        (0.31, 0.22, 0.09),
    ]
    for cx, cy, r in lumps:
        far = np.hypot(x - cx, (y - cy) * 1.15) / r + 0.10 * rough
        leaf = ramp(
            0.45 + 0.35 * ((x - cx) * 0.8 + (cy - y) * 0.5) / r + 0.16 * rough,
            [(0, "#1f2f5c"), (0.3, "#1f5a4a"), (0.55, "#4f8a3f"), (0.8, "#b5bf48"), (1, "#f3dc70")],
        )
        scene = over(scene, leaf, 1 - smoothstep(0.82, 1.02, far))
    return scene
