"""`canyon`: a great canyon in evening light, from the rim.

A river and its side canyons are cut into a plateau (the lower envelope of cones along the drainage lines), the slopes
are stepped into hard and soft strata, and rays find the height field, its shadows and the haze before it.
Lengths are kilometers; x runs right, y away from the viewer, heights up.
"""

import numpy as np
from scipy import ndimage

from tools.drawing.canvas import noise, ramp, smoothstep

HEIGHT, WIDTH, OVERSAMPLE = 480, 640, 2
CELLS, BREADTH, DEPTH = 1300, 16.0, 16.0  # the terrain's grid and its size
RIM = 1.62
EYE, TILT, LENS = (9.15, 0.3, 2.02), -0.13, 0.86  # where the viewer stands, the pitch, the focal length in heights
SUN = np.array([-0.80, 0.22, 0.42]) / np.linalg.norm([-0.80, 0.22, 0.42])

# linear height -> eroded height: steep where the rock is hard, flat where it is soft
LEDGES = [
    *((0, 0.0), (0.16, 0.20), (0.24, 0.23), (0.30, 0.42), (0.52, 0.52), (0.58, 0.80), (0.74, 0.86), (0.78, 0.98)),
    *((0.88, 1.02), (0.92, 1.13), (1.06, 1.20), (1.12, 1.45), (1.26, 1.49), (1.32, 1.60), (1.6, 1.64), (3.0, 1.80)),
]
STRATA = [
    *((0.0, "#5b4340"), (0.2, "#6e4c42"), (0.23, "#b08a5f"), (0.42, "#a87b52"), (0.43, "#8f8a63"), (0.52, "#9b8a60")),
    *((0.53, "#a5603a"), (0.80, "#c07a48"), (0.81, "#96552f"), (0.98, "#c68a58"), (1.02, "#8f5634"), (1.13, "#b9714a")),
    *((1.19, "#9a5636"), (1.21, "#e6cda2"), (1.45, "#e2bd8b"), (1.46, "#b98f66"), (1.50, "#d9b78a"), (1.60, "#c9a274")),
    *((1.64, "#7d7a4c"), (1.9, "#6f7446")),
]


def _drainage(rng) -> list[tuple[np.ndarray, np.ndarray]]:
    """The river and its side canyons as polylines: points (k, 2) and the height of the floor at each."""
    y = np.linspace(-1, DEPTH + 1, 60)
    x = 8.6 + 1.5 * np.sin(y * 0.62 + 0.4) * smoothstep(0, 5, y + 1) + 0.5 * np.sin(y * 1.7)
    river = np.stack([x, y], axis=1)
    network = [(river, np.full(len(y), 0.02))]
    for at in range(2, len(y) - 2, 4):
        for side in (-1, 1):
            start = at + rng.integers(0, 4)
            branch = _branch(
                river[min(start, len(y) - 1)], 0.03, side * rng.uniform(0.9, 1.5), rng.uniform(2.4, 5.2), rng
            )
            network.append(branch)
            points, floors = branch
            for k in range(3, len(points) - 2, 3):
                turn = rng.choice([-1, 1]) * rng.uniform(0.7, 1.3)
                heading = np.arctan2(*(points[k + 1] - points[k])) + turn
                network.append(_branch(points[k], floors[k], heading, rng.uniform(0.5, 1.3), rng))
    return network


def _branch(start, floor, heading, length, rng):
    """A side canyon that climbs from ``floor`` to the rim along a wavering line."""
    count = max(6, int(length * 5))
    headings = heading + np.cumsum(rng.normal(0, 0.2, count))
    steps = np.stack([np.sin(headings), np.cos(headings)], axis=1) * length / count
    points = start + np.concatenate([[[0, 0]], np.cumsum(steps, axis=0)])
    return points, floor + (RIM * 0.95 - floor) * np.linspace(0, 1, count + 1) ** 1.3


def _terrain(rng) -> np.ndarray:
    """Heights (CELLS, CELLS) over y and x."""
    y, x = np.mgrid[0:CELLS, 0:CELLS].astype(np.float32) / CELLS * DEPTH
    wx = x + 0.22 * noise(CELLS, CELLS, 10, rng, 7).astype(np.float32)
    wy = y + 0.22 * noise(CELLS, CELLS, 10, rng, 7).astype(np.float32)
    height = np.full(x.shape, 9.0, dtype=np.float32)
    for points, floors in _drainage(rng):
        _cut(height, wx, wy, points, floors)
    height += 0.07 * noise(CELLS, CELLS, 28, rng, 6) * smoothstep(0, 0.3, height)
    height = np.minimum(height, RIM + 0.05 * noise(CELLS, CELLS, 4, rng, 6) + 0.02 * (height - RIM))
    stepped = np.interp(height, *zip(*LEDGES, strict=True))
    return (stepped + 0.010 * noise(CELLS, CELLS, 110, rng, 4)).astype(np.float32)


def _cut(height, wx, wy, points, floors, slope: float = 1.15, margin: float = 2.4):
    """Lower the terrain to a valley along a polyline: its floor plus the slope times the distance."""
    cell = CELLS / DEPTH
    for a, b, low, high in zip(points[:-1], points[1:], floors[:-1], floors[1:], strict=True):
        x0, y0 = np.clip((np.minimum(a, b) - margin) * cell, 0, CELLS).astype(int)
        x1, y1 = np.clip((np.maximum(a, b) + margin) * cell, 0, CELLS).astype(int)
        if x0 >= x1 or y0 >= y1:
            continue
        window = np.s_[y0:y1, x0:x1]
        dx, dy = wx[window] - np.float32(a[0]), wy[window] - np.float32(a[1])
        axis = (b - a).astype(np.float32)
        along = np.clip((dx * axis[0] + dy * axis[1]) / (axis @ axis + 1e-9), 0, 1)
        away = np.sqrt((dx - along * axis[0]) ** 2 + (dy - along * axis[1]) ** 2)
        np.minimum(
            height[window],
            np.float32(low) + np.float32(high - low) * along + slope * np.maximum(away - 0.05, 0),
            out=height[window],
        )


def _height_at(terrain, x, y):
    return ndimage.map_coordinates(terrain, [y * (CELLS / DEPTH), x * (CELLS / BREADTH)], order=1, mode="nearest")


def _hits(terrain, dx, dy, dz):
    """How far the rays (n,) travel until they are under the terrain; infinite for the sky."""

    def under(rays, t):
        ground = _height_at(terrain, EYE[0] + dx[rays] * t, EYE[1] + dy[rays] * t)
        return EYE[2] + dz[rays] * t < ground

    far = np.full(dx.shape, np.inf, dtype=np.float32)
    near = far.copy()
    active, t = np.arange(dx.size), np.float32(0.12)
    while t < 19 and active.size:
        before, t = t, np.float32(t * 1.0022 + 0.004)
        below = under(active, t)
        near[active[below]], far[active[below]] = before, t
        lost = (EYE[2] + dz[active] * t > 2.2) & (dz[active] > 0)  # above all land and still climbing
        active = active[~below & ~lost]
    hit = np.flatnonzero(np.isfinite(far))
    for _ in range(7):  # halve the last step
        middle = (near[hit] + far[hit]) / 2
        below = under(hit, middle)
        near[hit], far[hit] = np.where(below, near[hit], middle), np.where(below, middle, far[hit])
    return far


def _sunlight(terrain, x, y, z):
    """How much sun each point sees, from a walk toward the sun over the height field."""
    seen = np.ones(x.size, dtype=np.float32)
    active = np.arange(x.size)
    for k in range(1, 120):
        t = 0.012 * k + 0.0004 * k * k
        clearance = z[active] + SUN[2] * t - _height_at(terrain, x[active] + SUN[0] * t, y[active] + SUN[1] * t)
        seen[active] = np.minimum(seen[active], np.clip(0.5 + clearance * 14 / (0.25 + t), 0, 1))
        active = active[(seen[active] > 0.01) & (z[active] + SUN[2] * t < 1.9)]
    return seen


def _rock(terrain, x, y, z, slopes, rng) -> np.ndarray:
    """The color of the ground, linear (n, 3): strata by height, streaks on cliffs, scrub on flat ground."""
    patch = _height_at(noise(CELLS, CELLS, 60, rng, 5).astype(np.float32), x, y)
    streak = ndimage.map_coordinates(noise(900, 900, 150, rng, 3), [y * 420, x * 420], order=1, mode="mirror")
    broad = _height_at(noise(CELLS, CELLS, 6, rng, 4).astype(np.float32), x, y)
    level = z + 0.008 * patch + 0.015 * broad
    beds = np.interp(level, np.linspace(-0.1, 2.1, 400), ndimage.gaussian_filter(rng.standard_normal(400), 0.6))
    paint = ramp(level, STRATA) ** 2.2
    cliff = smoothstep(0.8, 2.0, slopes)
    paint = paint * (1 + (0.25 * beds * (0.35 + 0.65 * cliff) + 0.16 * streak * cliff + 0.06 * patch)[:, None])
    scrub = smoothstep(0.2, 1.2, patch + 0.6 * streak) * (1 - smoothstep(0.25, 0.9, slopes)) * smoothstep(0.1, 0.5, z)
    return paint * (1 - 0.6 * scrub[:, None]) + np.array([0.10, 0.12, 0.05]) * 0.6 * scrub[:, None]


def _sky(dx, dy, dz, rng) -> np.ndarray:
    """The evening sky, linear (n, 3): towers of cumulus over the far rim, veils above."""
    up = np.clip(dz / np.hypot(dx, dy), 0, 2)
    side = np.arctan2(dx, dy)
    sky = ramp(up, [(0, "#f6dcb4"), (0.07, "#e6d5c0"), (0.18, "#9dbcd6"), (0.5, "#4c80bd")]) ** 2.2
    size = 900
    field = noise(size, size, 7, rng, 7)

    def at(v, u):
        return ndimage.map_coordinates(field, [v + 100, u + 450], order=1, mode="mirror")

    veil = (
        0.35
        * smoothstep(0.2, 1.5, at(60 / (up + 0.15), 110 * side / (up + 0.3)))[:, None]
        * smoothstep(0.15, 0.3, up)[:, None]
    )
    sky = sky * (1 - veil) + np.array([0.95, 0.86, 0.80]) * veil
    puff = at(up * 620, side * 430)
    pile = puff - 11 * np.abs(up - 0.10 - 0.10 * np.clip(side, -0.6, 0.6)) + 0.75 + 0.9 * side
    cover = smoothstep(0.0, 0.5, pile)[:, None] * 0.95
    shade = np.clip(0.66 + 0.32 * (puff - at(up * 620 + 10, side * 430 - 16)) + 1.2 * (up - 0.15), 0.3, 1.2)[:, None]
    tone = shade * np.array([1.0, 0.86, 0.70]) + (1 - np.minimum(shade, 1)) * np.array([0.20, 0.24, 0.36])
    return sky * (1 - cover) + tone * cover


def canyon() -> np.ndarray:
    """A great canyon with its strata in evening light, seen from the rim."""
    rng = np.random.default_rng(9)
    terrain = _terrain(rng)
    row, column = np.mgrid[0 : HEIGHT * OVERSAMPLE, 0 : WIDTH * OVERSAMPLE].reshape(2, -1).astype(np.float32)
    across, above = (column / OVERSAMPLE - WIDTH / 2) / HEIGHT, 0.5 - row / OVERSAMPLE / HEIGHT
    dx, dy, dz = across, np.full_like(across, LENS), above + np.float32(TILT * LENS)
    length = np.sqrt(dx * dx + dy * dy + dz * dz)
    dx, dy, dz = dx / length, dy / length, dz / length
    picture = _sky(dx, dy, dz, rng)
    distance = _hits(terrain, dx, dy, dz)
    ground = np.isfinite(distance)
    t = distance[ground]
    x, y, z = EYE[0] + dx[ground] * t, EYE[1] + dy[ground] * t, EYE[2] + dz[ground] * t
    picture[ground] = _haze(_lit_ground(terrain, x, y, z, rng), t, z, picture[ground], dx[ground])
    picture = picture.reshape(HEIGHT, OVERSAMPLE, WIDTH, OVERSAMPLE, 3).mean(axis=(1, 3))
    return np.clip(picture, 0, 1) ** (1 / 2.2)


def _lit_ground(terrain, x, y, z, rng):
    """Rock in sun and in the blue light of the sky, linear (n, 3); the river mirrors the sky."""
    cell = DEPTH / CELLS
    gy, gx = np.gradient(terrain, cell)
    gx, gy = _height_at(gx, x, y), _height_at(gy, x, y)
    steep = np.sqrt(1 + gx * gx + gy * gy)
    facing = np.clip((-gx * SUN[0] - gy * SUN[1] + SUN[2]) / steep, 0, 1)
    sun = facing * _sunlight(terrain, x, y, z + 0.006)
    hollow = ndimage.gaussian_filter(terrain, 12) - terrain
    open_sky = np.clip(0.75 - 2.2 * _height_at(hollow, x, y), 0.25, 1.2)
    light = sun[:, None] * np.array([2.6, 1.95, 1.25]) + (open_sky * (0.55 + 0.45 / steep))[:, None] * np.array(
        [0.30, 0.36, 0.47]
    )
    bounce = (open_sky * 0.12)[:, None] * np.array([1.0, 0.55, 0.3])
    rock = _rock(terrain, x, y, z, np.hypot(gx, gy), rng) * (light + bounce)
    river = smoothstep(0.035, 0.015, z)[:, None]
    return rock * (1 - river) + river * (np.array([0.22, 0.36, 0.40]) + 0.25 * sun[:, None])


def _haze(ground, t, z, sky, dx):
    """Air between the viewer and the ground: bluer with distance, thicker in the depths."""
    thick = 1 - np.exp(-t * 0.068 * (1.3 - 0.35 * z))
    air = np.array([0.36, 0.46, 0.62]) + np.clip(-dx, 0, 1)[:, None] * np.array([0.35, 0.22, 0.08])
    return ground * (1 - thick[:, None]) + air * thick[:, None]
