"""A comb against the light: cells full of honey, empty or under wax, and honey that runs over it."""

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

from tools.drawing.canvas import blur, glow, grid, noise, over, ramp, smooth_path, smoothstep

HONEY = [
    (0.0, "#240a02"),
    (0.18, "#5a2004"),
    (0.36, "#a84a05"),
    (0.54, "#dd7f0c"),
    (0.72, "#f8ae23"),
    (0.87, "#ffd968"),
    (1.0, "#fff6cf"),
]
WAX = [(0, "#3f1604"), (0.25, "#94500c"), (0.5, "#d88f26"), (0.72, "#f5ca6c"), (1.0, "#fffae0")]
PITCH = 0.150  # from the middle of a cell to the next, in heights


def honeycomb() -> np.ndarray:
    """Draw the picture, (512, 640, 3)."""
    rng = np.random.default_rng(6)
    height, width = 512, 640
    y, x = grid(height, width)
    light = np.exp(-(((x - 0.50) / 0.52) ** 2) - ((y - 0.34) / 0.46) ** 2)
    picture = _comb(y, x, light, rng)
    picture = glow(picture, "#ffb43a", 0.26 * light**2)
    picture = _threads(picture, y, x, light, rng)
    return np.clip(glow(picture, blur(np.clip(picture - 0.75, 0, 1) * 2, 6), np.full(y.shape, 0.45)), 0, 1)


def _comb(y, x, light, rng):
    lean = 0.82 + 0.34 * x + 0.16 * (0.5 - y)  # the comb leans back, so that its cells shrink to the upper right
    bend = 0.004 * noise(*y.shape, 3, rng)
    px, py = (x - 0.55) * lean + bend, (y - 0.5) * lean - bend
    seeds = _hexagons(rng)
    wall, cell, (toward_x, toward_y) = _walls(px, py, seeds)
    kind = _kinds(seeds, rng)[cell]
    dx, dy = (px - seeds[cell, 0]) / PITCH, (py - seeds[cell, 1]) / PITCH
    out, lit = np.hypot(dx, dy), (dx + dy) * 0.7  # light enters at the upper left and gathers at the lower right
    fine = noise(*y.shape, 60, rng)

    fill = rng.normal(0, 0.09, len(seeds))[cell]
    swirl = 0.05 * noise(*y.shape, 8, rng) + 0.03 * np.sin(40 * (dx * dy) + 9 * fill)
    inside = ramp(0.16 + 0.40 * light + 0.46 * lit + 0.28 * out + fill + swirl, HONEY)
    inside = over(inside, "#200802", 0.85 * smoothstep(0.20, 0.09, wall) * smoothstep(0.32, -0.25, lit))
    inside = glow(inside, "#ffe08c", 0.85 * smoothstep(0.17, 0.10, wall) * smoothstep(0.05, 0.32, lit))
    shift = rng.normal(0, 0.03, (len(seeds), 2))[cell]
    for ax, ay, size, strength in [(-0.19, -0.20, 0.085, 1.0), (-0.03, -0.29, 0.04, 0.8), (0.19, 0.2, 0.12, 0.4)]:
        spot = np.hypot(dx - ax - shift[..., 0] + 0.5 * (dy - ay), dy - ay - shift[..., 1]) / size
        inside = glow(inside, "#fff8dc", strength * (0.35 + 0.65 * light) * (1 - smoothstep(0.5, 1.15, spot)))
    for _ in range(3):  # bubbles
        at = rng.uniform(-0.26, 0.26, (len(seeds), 2))[cell]
        size = rng.choice([0.0, 0.0, 0.022, 0.035], len(seeds))[cell]
        ring = np.hypot(dx - at[..., 0], dy - at[..., 1]) / np.maximum(size, 1e-6)
        inside = over(inside, "#fff0b0", 0.7 * np.exp(-(((ring - 0.8) / 0.3) ** 2)) * (size > 0))

    facet = np.floor((np.arctan2(dy, dx) / (2 * np.pi) + 0.55) * 3) % 3
    empty = ramp(0.04 + 0.08 * facet + 0.20 * light + 0.30 * lit + 0.03 * fine, HONEY)
    empty = over(empty, "#120501", 0.9 * smoothstep(0.26, 0.06, wall) * smoothstep(0.3, -0.3, lit))
    dome = 0.50 - 0.70 * lit + 0.05 * fine + 0.22 * light - 0.5 * out**2
    capped = ramp(dome, [(0, "#5f2c0a"), (0.35, "#b8742a"), (0.6, "#e4b468"), (0.85, "#f8e0a8"), (1.0, "#fffaf0")])
    for what, paint in [(1, empty), (2, capped)]:
        inside = over(inside, paint, (kind == what).astype(float))

    ridge = np.sqrt(np.clip(1 - (wall / 0.075) ** 2, 0, 1))
    facing = (toward_x + toward_y) * 0.7 * np.sqrt(1 - ridge**2)
    wax = ramp(0.30 + 0.36 * light - 0.40 * facing + 0.04 * fine + 0.14 * ridge**3, WAX)
    return over(inside, wax, smoothstep(0.082, 0.068, wall))


def _hexagons(rng):
    rows, columns = np.mgrid[-9:10, -9:10]
    seeds = np.stack([(columns + rows % 2 / 2) * PITCH, rows * PITCH * 0.866], axis=-1).reshape(-1, 2)
    return seeds + rng.normal(0, 0.030 * PITCH, seeds.shape)


def _walls(px, py, seeds):
    """Distance to the nearest wall (in pitches, corners rounded), the cell, and the direction to that wall."""
    points = np.stack([px, py], axis=-1)
    _, near = cKDTree(seeds).query(points, k=7)
    own = seeds[near[..., 0]]
    soft, wx, wy = 0, 0, 0
    for k in range(1, 7):
        other = seeds[near[..., k]]
        across = other - own
        gap = np.linalg.norm(across, axis=-1)
        distance = (((own + other) / 2 - points) * across).sum(-1) / gap / PITCH
        weight = np.exp(-30 * distance)
        soft, wx, wy = soft + weight, wx + weight * across[..., 0] / gap, wy + weight * across[..., 1] / gap
    return -np.log(soft) / 30, near[..., 0], (wx / soft, wy / soft)


def _kinds(seeds, rng):
    """0 honey, 1 empty, 2 capped: in patches, as bees do."""
    value = np.sin(4.6 * seeds[:, 0] + 0.9) + np.sin(5.3 * seeds[:, 1] - 3.4 * seeds[:, 0] - 0.4)
    value += rng.normal(0, 0.35, len(seeds))
    return np.where(value > 1.2, 2, np.where(value < -1.2, 1, 0))


def _threads(picture, y, x, light, rng):
    """Honey that runs down over the comb: thick, clear, and a lens for what lies behind it."""
    wave = 0.25 * noise(*y.shape, 10, rng, 3)
    for path, halves in [
        ([(1.125, -0.06), (1.12, 0.14), (1.135, 0.30), (1.125, 0.37)], [0.060, 0.024, 0.018, 0.026]),
        ([(0.915, -0.06), (0.925, 0.10), (0.94, 0.20)], [0.060, 0.022, 0.028]),
        ([(1.02, -0.06), (1.005, 0.15), (1.03, 0.34), (0.995, 0.52), (1.0, 0.63)], [0.085, 0.036, 0.030, 0.024, 0.040]),
    ]:
        middle, depths = np.array(smooth_path(path, 80)), [py for _, py in path]
        half = np.interp(y, depths, halves)
        end = depths[-1]
        half = half * np.sqrt(np.clip(1 - np.clip((y - end) / halves[-1], 0, 1) ** 2, 1e-6, 1))
        t = (x - np.interp(y, middle[:, 1], middle[:, 0])) / half  # -1 at the left rim, 1 at the right
        inside = smoothstep(1.03, 0.93, np.abs(t)) * (y < end + halves[-1])
        rise = np.sqrt(np.clip(1 - t**2, 0, 1))
        shadow = smoothstep(1.5, 0.6, np.abs(t - 0.35)) * (y < end + halves[-1])
        picture = over(picture, "#240a02", 0.55 * blur(shadow, 3) * (1 - inside))
        rows, columns = np.mgrid[0 : y.shape[0], 0 : y.shape[1]]
        bent = [rows + 6 * wave, columns - 1.4 * t * half * y.shape[0]]
        seen = np.stack(
            [ndimage.map_coordinates(picture[..., k], bent, order=1, mode="nearest") for k in range(3)], axis=-1
        )
        body = ramp(0.22 + 0.20 * light + 0.26 * t + 0.22 * rise + 0.05 * wave, HONEY)
        honey = 0.35 * seen * body * 1.6 + 0.65 * body
        honey = glow(honey, "#ffd86a", 0.75 * np.exp(-(((t - 0.62) / 0.16) ** 2)))
        gloss = np.exp(-(((t + 0.42 + 0.05 * wave) / 0.11) ** 2)) * smoothstep(-0.9, 0.3, np.sin(17 * y + 5 * x) + wave)
        honey = glow(honey, "#fffbe8", 0.95 * gloss)
        honey = over(honey, "#4a1803", 0.8 * smoothstep(0.80, 1.0, np.abs(t)))
        picture = over(picture, honey, inside)
    return picture
