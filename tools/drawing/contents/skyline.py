"""`skyline`: a big city over water at dusk.

Painted flat, from far to near: sky and clouds lit from below, three depths of towers that the air turns to rose, a
suspension bridge, then the water, which mirrors all of it in ripples that grow toward the viewer.
"""

import numpy as np
from scipy import ndimage

from tools.drawing.canvas import blur, color, glow, grid, lines, noise, over, polygon, ramp, smoothstep

HEIGHT, WIDTH = 480, 640
SCALE = 2  # drawn at twice the size
SHORE = 0.70  # the waterline, in heights
SUN = (0.36, 0.67)  # where the sun went down
INK = "#2a2440"

# x of the middle, width, height above the shore, nearness, crown
LANDMARKS = [
    (0.13, 0.075, 0.25, 0.72, "flat"),
    (0.25, 0.060, 0.33, 0.70, "slant"),
    (0.62, 0.070, 0.36, 0.70, "steps"),
    (0.50, 0.085, 0.28, 0.80, "flat"),
    (0.73, 0.088, 0.50, 0.78, "spire"),
    (0.86, 0.075, 0.31, 0.84, "slant"),
    (0.97, 0.070, 0.40, 0.76, "dome"),
    (1.09, 0.085, 0.27, 0.85, "steps"),
    (1.21, 0.070, 0.34, 0.78, "flat"),
]


def skyline() -> np.ndarray:
    """Towers with lit windows at dusk, mirrored in the water."""
    rng = np.random.default_rng(8)
    picture = _sky(rng)
    picture = _towers(picture, rng, count=60, low=0.08, high=0.27, width=(0.02, 0.045), near=0.22, lights=0.10)
    picture = _towers(picture, rng, count=34, low=0.12, high=0.36, width=(0.03, 0.06), near=0.52, lights=0.2)
    for tower in LANDMARKS:
        picture = _tower(picture, rng, *tower, lights=0.30)
    picture = _towers(picture, rng, count=24, low=0.04, high=0.13, width=(0.035, 0.075), near=0.95, lights=0.38)
    picture = _bridge(picture)
    picture = _ferry(_quay(picture, rng))
    picture = _water(picture, rng)
    return np.clip(picture.reshape(HEIGHT, SCALE, WIDTH, SCALE, 3).mean(axis=(1, 3)), 0, 1)


def _size():
    return HEIGHT * SCALE, WIDTH * SCALE


def _sky(rng):
    """From night blue to the ember of the horizon, with three banks of clouds lit from below."""
    y, x = grid(*_size())
    away = np.hypot((x - SUN[0]) * 0.55, y - SUN[1])
    blue, rose, ember = (
        [(0, "#1d2f5c"), (0.3, "#3d5a92")],
        [(0.55, "#9080a4"), (0.75, "#e39a84")],
        [(0.9, "#f9b872"), (1, "#fdd69a")],
    )
    sky = ramp(y / SHORE, blue + rose + ember)
    sky = glow(sky, "#ffb45e", 0.95 * np.exp(-((away / 0.24) ** 2)))
    sky = glow(sky, "#ff9a50", 0.35 * np.exp(-((away / 0.5) ** 2)))
    for base, thickness, level in ((0.06, 0.14, -1.15), (0.25, 0.10, -1.0), (0.41, 0.055, -0.9)):
        sky = _clouds(sky, y, x, base, thickness, level, rng)
    return sky


def _clouds(sky, y, x, base, thickness, level, rng):
    """A bank of long clouds around a height: dark above, their undersides glowing where they face the sun."""
    size = 900
    field = noise(size, size, 6, rng, 7)
    flat = 1.6 + 4.5 * y / SHORE  # clouds look longer toward the horizon

    def at(dy):
        v = (y + dy) * flat * 210 + 40 * x + base * 3000
        return ndimage.map_coordinates(field, [v, x * 240 + 40 * np.sin(y * 9)], order=1, mode="mirror")

    thick = at(0) - np.abs(y - base - 0.05 * np.sin(x * 3)) / thickness
    under = np.clip(0.45 + 0.62 * (at(0) - at(0.016)), 0, 1)
    warmth = np.exp(-(((x - SUN[0]) / 0.8) ** 2) - ((y - SUN[1]) / 0.6) ** 2)
    dark = ramp(y / SHORE, [(0, "#2a3a66"), (0.5, "#62587f"), (0.85, "#a8727a"), (1, "#d89a7e")])
    bright = ramp(y / SHORE, [(0, "#c58d9c"), (0.35, "#f79a7c"), (0.7, "#ffb768"), (1, "#ffdd9a")])
    lit = np.clip(under * (0.30 + 1.0 * warmth), 0, 1)[..., None]
    return over(sky, dark * (1 - lit) + bright * lit, 0.92 * smoothstep(level, level + 0.7, thick))


def _towers(picture, rng, count, low, high, width, near, lights):
    """A row of anonymous towers; the far ones first."""
    for k in range(count):
        x = (k + rng.uniform(0.1, 0.9)) / count * 1.40 - 0.03
        swell = 0.62 + 0.38 * np.exp(-(((x - 0.85) / 0.40) ** 2))
        tall = rng.uniform(low, high) * swell
        crown = rng.choice(["flat", "flat", "flat", "steps", "slant", "tank"])
        picture = _tower(picture, rng, x, rng.uniform(*width), tall, near + rng.uniform(-0.06, 0.06), crown, lights)
    return picture


def _tower(picture, rng, x, width, tall, near, crown, lights):
    """One tower: two faces, floors, lit windows, and the air before it."""
    height, breadth = _size()
    y0, y1 = int((SHORE - tall - 0.14) * height), int((SHORE + 0.004) * height)
    x0, x1 = int(max((x - width * 0.7) * height, 0)), int(min((x + width * 0.7) * height, breadth))
    if x1 - x0 < 3:
        return picture
    row, column = np.mgrid[y0:y1, x0:x1]
    up, u = SHORE - (row + 0.5) / height, ((column + 0.5) / height - x) / width
    face = _faces(rng, u, up / (tall + 0.05), toward_sun=np.clip(1 - abs(x - SUN[0]) * 0.6, 0.3, 1))
    size = 0.55 + 0.5 * near
    face = _windows(
        face, rng, up / (0.0085 * size), u * width / (0.0066 * size), lights, (up > 0.004) & (up < tall - 0.008)
    )
    air = ramp(np.clip(up, 0, 0.5), [(0, "#f0a987"), (0.12, "#cf948f"), (0.35, "#8f84a5"), (0.5, "#6478a5")])
    haze = np.clip((1 - near) * 0.95 + 0.12 * np.exp(-up / 0.05), 0, 0.92)
    picture = picture.copy()
    picture[y0:y1, x0:x1] = over(picture[y0:y1, x0:x1], over(face, air, haze), _outline(u, up, width, tall, crown))
    return picture


def _faces(rng, u, up, toward_sun):
    """The colors of the two sides, the western one in the afterglow, some with piers."""
    west = u < rng.uniform(-0.1, 0.3)
    base = color(rng.choice(["#2c3352", "#3a3350", "#30405a", "#473a4e", "#29405c"]))
    piers = 1 - 0.22 * (np.abs((u * rng.integers(3, 7)) % 1 - 0.5) < 0.12) * (rng.random() < 0.6)
    sunset = np.where(west, 0.40, 0.02) * (0.30 + 0.70 * up) * toward_sun
    return base * (np.where(west, 1.4, 0.66) * piers)[..., None] + sunset[..., None] * np.array([1.0, 0.62, 0.42])


def _windows(face, rng, floor, bay, lights, inside):
    """Rows of panes; some are lit, more of them on some floors, most of them warm."""
    pane = smoothstep(0.16, 0.3, floor % 1) * smoothstep(0.92, 0.8, floor % 1)
    if rng.integers(0, 3) != 1:  # the others have ribbons of glass
        pane = pane * smoothstep(0.1, 0.25, bay % 1) * smoothstep(0.95, 0.8, bay % 1)
    at = np.floor(floor).astype(int) % 200, np.floor(bay).astype(int) % 120
    chance = ndimage.uniform_filter(rng.random((200, 120)), (1, 2)) * 1.15 + 0.45 * rng.random((200, 1)) - 0.25
    lit = (chance < lights * rng.uniform(0.35, 1.6))[at] & inside
    warmth = rng.random((200, 120))[at]
    lamp = np.where((warmth < 0.78)[..., None], color("#ffd68a"), color("#cfe6ff"))
    return face * (1 - 0.28 * pane[..., None]) + lamp * (lit * pane * (0.43 + 0.52 * warmth))[..., None]


def _outline(u, up, width, tall, crown):
    """The mask of a tower: its body and its crown."""
    soft = 0.0012

    def inside(distance):
        return smoothstep(soft, -soft, distance)

    def body(half, top, middle=0.0):
        return inside(up - top) * inside((np.abs(u - middle) - half) * width)

    if crown == "steps":
        parts = [body(0.5, tall * 0.86), body(0.38, tall * 0.94), body(0.24, tall), body(0.035, tall + 0.035)]
    elif crown == "slant":
        parts = [body(0.5, tall) * inside(up - tall + (u + 0.5) * width * 0.9)]
    elif crown == "spire":
        cone = inside((np.abs(u) - 0.2 * (1 - (up - tall * 0.86) / 0.065)) * width) * (up > tall * 0.85)
        parts = [
            body(0.5, tall * 0.72),
            body(0.40, tall * 0.82),
            body(0.29, tall * 0.88),
            cone,
            body(0.022, tall + 0.075),
        ]
    elif crown == "dome":
        dome = inside(np.hypot(u * width, up - tall * 0.9) - 0.42 * width)
        parts = [body(0.5, tall * 0.9), dome, body(0.03, tall + 0.03)]
    elif crown == "tank":
        parts = [body(0.5, tall), body(0.16, tall + 0.014)]
    else:
        parts = [body(0.5, tall), body(0.3, tall + 0.008), body(0.02, tall + 0.04, middle=0.2)]
    return np.maximum.reduce(parts)


def _bridge(picture):
    """A suspension bridge that comes in from the left, one of its towers in view."""
    height, width = _size()
    deck, far, tower, shore = SHORE - 0.045, -0.10, 0.335, 0.53
    top = deck - 0.155

    def cable(x):
        span = top + 0.135 * (1 - (2 * (x - far) / (tower - far) - 1) ** 2)
        back = top + (deck - top) * (np.clip(x - tower, 0, 1) / (shore - tower)) ** 0.8
        return np.where(x < tower, span, back)

    along = np.linspace(-0.1, shore, 90)
    cables = [list(zip(along, cable(along), strict=True))]
    hangers = [[(x, float(cable(x))), (x, deck)] for x in np.arange(0.0, shore - 0.02, 0.0165)]
    roadway = [(-0.1, deck), (0.56, deck + 0.012), (0.56, deck + 0.024), (-0.1, deck + 0.012)]
    legs = [[(tower + 0.7 * lean, top - 0.01), (tower + lean, SHORE)] for lean in (-0.011, 0.011)]
    bars = [[(tower - 0.011, y), (tower + 0.011, y)] for y in (top, top + 0.05, top + 0.1)]
    picture = over(picture, INK, 0.6 * lines(height, width, hangers, 0.0012, 2))
    picture = over(picture, INK, lines(height, width, cables, 0.0036, 2))
    picture = over(picture, INK, polygon(height, width, roadway, 2))
    picture = over(picture, INK, lines(height, width, legs, 0.009, 2))
    picture = over(picture, INK, lines(height, width, bars, 0.005, 2))
    return _lamps(picture, [(x, deck - 0.004, 1.0) for x in np.arange(0.008, 0.55, 0.033)], 0.0012)


def _lamps(picture, lamps, size):
    """Points of light (x, y, brightness)."""
    height, width = _size()
    spots = np.zeros((height, width))
    for x, y, power in lamps:
        column = int(x * height)
        if 0 <= column < width:
            spots[int(y * height), column] = power
    spots = blur(spots, size * height)
    return glow(picture, "#ffd890", np.clip(spots / spots.max(), 0, 1))


def _quay(picture, rng):
    """The dark line of the shore, with trees and lamps."""
    y, x = grid(*_size())
    trees = np.abs(np.sin(x[0] * 95 + 3 * np.sin(x[0] * 23))) * (0.5 + 0.5 * np.sin(x[0] * 9 + 1) ** 2)
    crest = SHORE - 0.008 - 0.012 * trees[None, :]
    picture = over(picture, "#1b1b30", smoothstep(-0.001, 0.001, y - crest))
    places = np.arange(0.01, 1.34, 0.027) + rng.normal(0, 0.004, 50)
    return _lamps(picture, [(px, SHORE - 0.008, rng.uniform(0.5, 1)) for px in places], 0.0014)


def _ferry(picture):
    """A ferry on its way across, with three lit decks."""
    height, width = _size()

    def part(points, paint):
        return over(picture, paint, polygon(height, width, [(0.80 + x, SHORE + 0.002 - y) for x, y in points], 2))

    picture = part([(-0.115, 0.026), (0.125, 0.030), (0.100, 0), (-0.098, 0)], "#20263f")
    for half, low, high in ((0.100, 0.026, 0.042), (0.082, 0.042, 0.056), (0.035, 0.056, 0.068)):
        picture = part([(-half, low), (-half, high), (half, high), (half, low)], "#5a4a62")
        y = SHORE + 0.002 - (low + high) / 2
        windows = [[(x, y), (x + 0.0055, y)] for x in np.arange(0.806 - half, 0.792 + half, 0.0105)]
        picture = glow(picture, "#ffdf9a", lines(height, width, windows, 0.0062, 2))
    picture = part([(-0.030, 0.066), (-0.026, 0.092), (-0.008, 0.092), (-0.006, 0.066)], "#8a3a3c")
    return part([(0.049, 0.056), (0.049, 0.115), (0.051, 0.115), (0.051, 0.056)], INK)


def _water(picture, rng):
    """The mirror image, broken by ripples that grow toward the viewer, darker and bluer than what it mirrors."""
    height, width = _size()
    y, x = grid(height, width)
    shore = int(SHORE * height)
    x, down = x[shore:], y[shore:] - SHORE
    below = down / (1 - SHORE)
    slope = _ripples(rng, x, below)
    bounce = down * (1 + 0.38 * slope * (0.25 + below)) + 0.014 * slope * (0.3 + 2 * below)
    row = (SHORE - 1.12 * np.clip(bounce, 0, SHORE / 1.13)) * height
    column = (x + 0.006 * slope * (0.4 + below)) * height
    soft = blur(picture, 1.5)
    mirror = [ndimage.map_coordinates(soft[..., k], [row, column], order=1, mode="nearest") for k in range(3)]
    water = np.stack(mirror, axis=-1) * ramp(below, [(0, "#e8c0a8"), (0.4, "#9aa0c0"), (1, "#4d6390")]) ** 0.8 + 0.03
    water = glow(water, "#c9b0c8", 0.16 * np.clip(slope - 0.9, 0, 1.5) * (0.3 + below))
    water = water * (1 - 0.20 * np.clip(-slope - 0.3, 0, 1.5) * (0.3 + below))[..., None]
    path = np.exp(-(((x - SUN[0]) / (0.05 + 0.10 * below)) ** 2)) * smoothstep(0.2, 1.3, slope + 0.5 * (1 - below))
    picture = picture.copy()
    picture[shore:] = glow(water, "#ffb870", 0.55 * path)
    return picture


def _ripples(rng, x, below):
    """The slope of the water: fine and broad ripples seen in perspective, mean about 0."""
    size = 1000
    depth = 1 / (below + 0.045)
    slope = np.zeros_like(x)
    for strength, cells, octaves, along, across in ((0.65, 30, 5, 60, 38), (0.5, 9, 4, 95, 30)):
        at = [depth * along, (x - 0.66) * depth * across + size / 2]
        slope += strength * ndimage.map_coordinates(noise(size, size, cells, rng, octaves), at, order=1, mode="mirror")
    return slope
