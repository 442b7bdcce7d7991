"""`harbor`: fishing boats at a quay in morning light.

A scene in meters: a row of old houses stands on a quay that runs from the right toward the distance, boats with masts
and rigging lie before it, and the water mirrors what the same rays find a second time.
"""

import numpy as np
from scipy import ndimage

from tools.drawing.canvas import color, lines, noise, over, ramp, smooth_path, smoothstep
from tools.drawing.contents import raymarch as rm
from tools.drawing.contents.raymarch import ball, block, limb

HEIGHT, WIDTH, OVERSAMPLE = 480, 640, 2
EYE, TARGET, LENS = (0.0, 3.4, 0.0), (0.6, 4.1, -20.0), 1.0
SUN = rm.unit(rm.vector(-0.62, 0.42, 0.46))
FAR = 130.0

# the houses, in a frame along the quay: u along it, w toward the water, from u = 0 near the viewer
CORNER, COURSE = (19.0, 0.0, -16.0), 34.0  # degrees
QUAY = 1.15  # height of the pavement
_CHANCE = np.random.default_rng(31)
WIDTHS = _CHANCE.uniform(4.6, 7.4, 16)
EDGES = np.concatenate([[-14.0], -14 + np.cumsum(WIDTHS)]).astype(np.float32)
MIDDLES = ((EDGES[:-1] + EDGES[1:]) / 2).astype(np.float32)
HALVES = (np.diff(EDGES) / 2).astype(np.float32)
STOREYS = _CHANCE.choice([2, 3, 3, 4], 16)
WALLS = (QUAY + 3.4 + 2.9 * (STOREYS - 1) + _CHANCE.uniform(-0.3, 0.5, 16)).astype(np.float32)
GABLED = np.array([1, 0, 1, 0, 1, 0, 1, 0, 0, 1, 0, 1, 0, 1, 0, 1]).astype(bool)
PLASTER = [
    *("#d9b27c", "#c4684a", "#e6d6b4", "#7f9aa6", "#d89a4e", "#e9dfc8", "#b4574a", "#c9c08e"),
    *("#e0b58e", "#8fa58e", "#d7c6a0", "#c97b55", "#ece2cf", "#9aa8b0", "#d8a060", "#b86a52"),
]
SHUTTERS = ["#3f6a5c", "#e8dcc0", "#4a6f8c", "#f0e6d0", "#5a4a3c", "#7a3b34", "#ece0c4", "#3c5a70"]

# the boats: place, heading in degrees, length, hull, deck house
BOATS = [
    ((-4.3, 0.0, -15.5), 24, 7.6, "#1f4f7a", True),
    ((5.4, 0.0, -20.5), 146, 6.4, "#a63a2c", True),
    ((-12.5, 0.0, -29.0), 8, 9.0, "#e9e4d6", False),
    ((1.5, 0.0, -33.0), 128, 8.6, "#2f6b57", True),
    ((-6.5, 0.0, -45.0), 135, 9.0, "#b98a3a", False),
    ((8.2, 0.0, -11.2), 150, 3.0, "#d8d0bb", False),
]
HULL, DECK, TIMBER, SAIL, CABIN, LAND, HOUSE, ROOF, BEACON = range(9)


def _along(p):
    """Points in the frame of the quay: u, y, w."""
    q = rm.turned(p - rm.vector(*CORNER), COURSE)
    return np.stack([-q[2], q[1], -q[0]])


def _houses(q):
    """Distances to walls and to roofs with chimneys; points out over the water get a bound."""
    wall = np.maximum(q[2] - np.float32(0.4), 0.5)
    roof = wall.copy()
    near = q[2] < 1.5
    if near.any():
        wall[near], roof[near] = _row_of_houses(q[:, near])
    return wall, roof


def _house_at(u):
    """The number of the house at each place along the quay."""
    return np.clip(np.searchsorted(EDGES, u) - 1, 0, len(MIDDLES) - 1)


def _row_of_houses(q):
    """The house at each point's place in the row, and its two neighbors: walls, and roofs with chimneys."""
    u, y, w = q
    here = _house_at(u)
    wall = np.full(u.shape, 1e3, dtype=np.float32)
    roof = wall.copy()
    deep = np.abs(w + 4)
    slope = np.float32(0.64)  # the cosine of a roof's pitch: heights above it become distances
    for k in (here, np.maximum(here - 1, 0), np.minimum(here + 1, len(MIDDLES) - 1)):
        du, height = np.abs(u - MIDDLES[k]), y - WALLS[k]
        above = height - np.where(GABLED[k], 1.25 * (HALVES[k] - du), 0.80 * (4.0 - deep)).astype(np.float32)
        shell = np.maximum(np.maximum(du - HALVES[k] + 0.02, deep - 4.0), above * slope)
        tiles = np.maximum(np.maximum(du - HALVES[k] - 0.12, deep - 4.35), np.abs(above - 0.12) * slope - 0.13)
        chimney = np.stack([u - MIDDLES[k] + HALVES[k] * 0.55, height - 2.6, w + 3.6])
        wall = np.minimum(wall, shell)
        roof = np.minimum(roof, np.minimum(tiles, block(chimney, (0, 0, 0), (0.42, 1.5, 0.42))))
    return wall, roof


def _quay(q):
    """The quay with its curb, bollards and lamp posts."""
    u, y, w = q
    quay = np.maximum(np.maximum(y - QUAY, w - 4.6), np.maximum(u - 86, -w - 40))
    curb = block(np.stack([u, y - QUAY - 0.06, w - 4.35]), (0, 0, 0), (86, 0.1, 0.28), 0.04)
    quay = np.minimum(quay, curb)
    v = np.stack([(u + 3.5) % 7 - 3.5, y, w])
    post = limb(v, (0, QUAY, 3.9), (0, QUAY + 0.45, 3.9), 0.16, 0.2)
    lamp = np.stack([(u + 4) % 14 - 7, y, w])
    post = np.minimum(post, limb(lamp, (0, QUAY, 3.1), (0, QUAY + 3.6, 3.1), 0.07, 0.05))
    post = np.minimum(post, block(lamp, (0, QUAY + 3.8, 3.1), (0.17, 0.28, 0.17), 0.05))
    return quay, np.maximum(post, u - 86)


def _aboard(p, boat):
    """Points in the frame of a boat eight units long: x toward the bow, zero amidships on the water."""
    place, heading, length = boat[:3]
    return rm.turned(p - rm.vector(*place), heading) / np.float32(length / 8)


def _sheer(u):
    """The height of the deck's edge along the boat, u from -1 at the stern to 1 at the bow."""
    return 0.95 + 0.55 * np.clip(u, 0, 1) ** 2 + 0.22 * np.clip(-u, 0, 1) ** 2


def _boat(p, boat):
    """Distances to hull, deck, timber with rigging, furled sail and deck house of a boat."""
    q = _aboard(p, boat)
    hull, deck = _hull(q)
    cabin = block(q, (-1.9, 1.35, 0), (0.85, 0.72, 0.72), 0.06)
    cabin = np.minimum(cabin, block(q, (-1.85, 2.10, 0), (1.02, 0.06, 0.85), 0.04))
    lumps = 0.04 * np.sin(q[0] * 5.5) + 0.025 * np.sin(q[0] * 11 + q[1] * 9)
    sail = (limb(q, (0.45, 2.42, 0.0), (-3.0, 2.72, 0.0), 0.21, 0.13) + lumps) * np.float32(0.8)
    has_cabin = boat[4]
    return np.stack([hull, deck, _rigging(q), sail, cabin if has_cabin else cabin + 1e3]) * np.float32(boat[2] / 8)


def _hull(q):
    """The shell with its rail, and the deck inside; the sections are narrowed toward keel and bow."""
    x, y, z = q
    u = np.clip(x / 4, -1.02, 1.02)
    sheer, keel = _sheer(u), -0.55 + 0.75 * np.clip(u, 0, 1) ** 4
    plan = np.clip(np.where(u > 0, 1 - np.abs(u) ** 2.3, 1 - 0.42 * u * u), 0, 1)
    half = 1.35 * plan * np.clip((y - keel) / (sheer - keel), 0, 1.05) ** 0.55
    ends = np.abs(x) - 4.0
    shell = np.maximum(np.maximum(np.abs(z) - half, keel - y), np.maximum(y - sheer, ends))
    hollow = np.maximum(np.abs(z) - half + 0.10, sheer - 0.30 - y)
    rail = np.maximum(np.maximum(np.abs(np.abs(z) - half) - 0.07, np.abs(y - sheer) - 0.05), ends)
    hull = np.minimum(np.maximum(shell, -hollow), rail)
    return hull * np.float32(0.55), np.maximum(shell, y - sheer + 0.27) * np.float32(0.55)


def _rigging(q):
    """Mast, boom, bowsprit, stays and shrouds."""
    mast, boom = (0.7, 8.6, 0.0), (-3.3, 2.55, 0.0)
    timber = limb(q, (0.7, 0.5, 0), mast, 0.10, 0.055)
    timber = np.minimum(timber, limb(q, (0.65, 2.2, 0), boom, 0.075, 0.06))
    timber = np.minimum(timber, limb(q, (3.8, 1.45, 0), (5.2, 1.85, 0), 0.085, 0.05))
    stays = [(5.1, 1.83, 0), (3.7, 1.5, 0), (-3.9, 1.2, 0), boom]
    shrouds = [(0.4, 1.0, 1.2), (0.4, 1.0, -1.2), (-0.3, 1.0, 1.22), (-0.3, 1.0, -1.22)]
    for end in stays + shrouds:
        timber = np.minimum(timber, limb(q, mast, end, 0.020))
    return timber


def _mole(p):
    """A mole at the harbor mouth, and the lighthouse on it."""
    mole = block(p, (-72.0, 0.0, -82.0), (32.0, 1.5, 3.0), 0.3)
    tower = limb(p, (-44.0, 1.0, -82.0), (-44.0, 9.5, -82.0), 1.7, 1.1)
    tower = np.minimum(tower, block(p, (-44.0, 10.9, -82.0), (1.7, 0.15, 1.7)))
    return mole, np.minimum(tower, limb(p, (-44.0, 11.0, -82.0), (-44.0, 13.6, -82.0), 1.05, 0.2))


def _bounded_boat(p, k):
    """The boat's parts near it, the distance to a ball around it elsewhere."""
    place, _, length, _, _ = BOATS[k]
    away = ball(p, (place[0], length * 0.42, place[2]), length * 0.80)
    parts = np.broadcast_to(away + np.float32(0.3), (5, p.shape[1])).copy()
    near = away < 0.3
    if near.any():
        parts[:, near] = _boat(p[:, near], BOATS[k])
    return parts


def _parts(p):
    """Distances (9, n): five parts of the boats, then land, walls, roofs and the lighthouse."""
    boats = np.minimum.reduce([_bounded_boat(p, k) for k in range(len(BOATS))])
    q = _along(p)
    wall, roof = _houses(q)
    quay, posts = _quay(q)
    mole, beacon = _mole(p)
    boats[TIMBER] = np.minimum(boats[TIMBER], posts)
    return np.concatenate([boats, np.stack([np.minimum(quay, mole), wall, roof, beacon])])


def _scene(p):
    return _parts(p).min(axis=0)


def harbor() -> np.ndarray:
    """Fishing boats at a quay before old houses, in morning light."""
    rng = np.random.default_rng(4)
    texture = noise(900, 900, 40, rng, 5).astype(np.float32)
    ripples = noise(1024, 1024, 60, rng, 2).astype(np.float32)
    clouds = noise(1024, 1024, 5, rng, 7).astype(np.float32)
    origin, rays = rm.camera(HEIGHT * OVERSAMPLE, WIDTH * OVERSAMPLE, EYE, TARGET, LENS)
    t = rm.look(_scene, origin, rays, HEIGHT * OVERSAMPLE, WIDTH * OVERSAMPLE, far=FAR, near=5.0)
    with np.errstate(divide="ignore"):
        to_water = np.where(rays[1] < -1e-4, -origin[1] / rays[1], np.inf).astype(np.float32)
    light = _seen(origin, rays, t, texture, clouds)
    wet = to_water < t
    light[:, wet] = _water(origin + rays[:, wet] * to_water[wet], rays[:, wet], to_water[wet], ripples, texture, clouds)
    return _gulls(rm.finished(light, HEIGHT, WIDTH, OVERSAMPLE))


def _gulls(picture):
    """Gulls over the masts, their far wings shaded."""
    flock = [(0.50, 0.13, 0.030), (0.61, 0.19, 0.020), (0.17, 0.21, 0.022), (0.70, 0.08, 0.016), (0.36, 0.09, 0.014)]
    for x, y, size in flock:
        near = smooth_path([(x - size, y - 0.25 * size), (x - 0.5 * size, y - 0.45 * size), (x, y)], 20)
        far = smooth_path([(x, y), (x + 0.45 * size, y - 0.6 * size), (x + size, y - 0.55 * size)], 20)
        under = [(px, py + 0.07 * size) for px, py in far]
        picture = over(picture, "#fbf4e6", lines(HEIGHT, WIDTH, [near, far], 0.16 * size))
        picture = over(picture, "#8d8a8c", 0.8 * lines(HEIGHT, WIDTH, [under], 0.06 * size))
    return picture


def _seen(origin, rays, t, texture, clouds):
    """Light along rays that end at ``t`` or in the sky, linear (3, n)."""
    light = _sky(rays, clouds)
    hit = np.isfinite(t)
    origin = np.broadcast_to(origin, rays.shape)
    p = origin[:, hit] + rays[:, hit] * t[hit]
    air = 1 - np.exp(-np.maximum(t[hit] - 14, 0) * 0.0070)
    light[:, hit] = _shade(p, rays[:, hit], texture) * (1 - air) + rm.vector(0.80, 0.74, 0.68) * air
    return light


def _water(p, rays, t, ripples, texture, clouds):
    """A rippled mirror over green depth."""

    def slope(shift, scale, stretch):
        at = [p[2] * scale * stretch + shift, p[0] * scale + shift]
        return ndimage.map_coordinates(ripples, at, order=1, mode="mirror")

    calm = np.float32(1) / (1 + 0.012 * t)
    normal = rm.unit(np.stack([
        (0.022 * slope(3, 9, 2.6) + 0.014 * slope(500, 30, 1.8)) * calm,
        np.ones_like(t),
        (0.042 * slope(77, 9, 3.0) + 0.026 * slope(300, 30, 2.0)) * calm,
    ]).astype(np.float32))  # fmt: skip
    facing = np.clip(-rm.dot(rays, normal), 0.02, 1)
    away = rays + 2 * normal * facing
    away[1] = np.maximum(np.abs(away[1]), 0.01)
    away = rm.unit(away)
    found = rm.march(_scene, p, away, far=FAR, near=0.05, steps=80, detail=1e-3)
    mirror = _seen(p, away, found, texture, clouds)
    share = 0.06 + 0.94 * (1 - facing) ** 3.2
    depth = rm.vector(0.022, 0.085, 0.085)
    return mirror * share * rm.vector(0.92, 0.97, 0.97) + depth * (1 - share)


def _shade(p, rays, texture):
    """Sun, sky and bounced light on surfaces, linear (3, n)."""
    kind = rm.nearest(_parts, p)
    normal = rm.normals(_scene, p, 0.01)
    shadow = rm.lit(_scene, p + normal * np.float32(0.05), SUN, 30.0, 24.0)
    opened = rm.openness(_scene, p, normal, 1.6, 4)
    sun = np.clip(rm.dot(normal, SUN), 0, 1) * shadow
    paint = _paint(p, kind, normal, texture)
    light = (
        sun * rm.vector(2.5, 1.95, 1.30)
        + opened * (0.62 + 0.38 * normal[1]) * rm.vector(0.36, 0.45, 0.62)
        + opened * np.clip(0.5 - 0.5 * normal[1], 0, 1) * rm.vector(0.22, 0.17, 0.11)
    )
    return paint * light


def _linear(name):
    """A named color as linear light (3, 1)."""
    return (color(name) ** 2.2).astype(np.float32)[:, None]


def _palette(names):
    """Named colors as linear light (k, 3)."""
    return np.concatenate([_linear(name) for name in names], axis=1).T


def _paint(p, kind, normal, texture):
    """Colors (3, n)."""
    grain = ndimage.map_coordinates(texture, [p[1] * 30, (p[0] - p[2]) * 14], order=1, mode="mirror")
    q = _along(p)
    paint = np.broadcast_to(rm.vector(0.3, 0.3, 0.3), p.shape).copy()
    for part, painter in ((LAND, _stone_paint), (HOUSE, _wall_paint), (ROOF, _tile_paint)):
        here = kind == part
        if here.any():
            paint[:, here] = painter(q[:, here], normal[:, here], grain[here])
    for part, paint_here in ((TIMBER, (0.20, 0.10, 0.045)), (SAIL, (0.72, 0.62, 0.46)), (DECK, (0.42, 0.27, 0.14))):
        paint = np.where(kind == part, rm.vector(*paint_here), paint)
    red = (np.abs(p[1] - 5.2) < 1.3) | (p[1] > 10.4)
    paint = np.where(kind == BEACON, np.where(red, rm.vector(0.50, 0.07, 0.05), rm.vector(0.78, 0.74, 0.68)), paint)
    nearest = np.argmin([ball(p, (place[0], 1, place[2]), 0.8 * length) for place, _, length, _, _ in BOATS], axis=0)
    for k, boat in enumerate(BOATS):
        b, hull = _aboard(p, boat), _linear(boat[3])
        paint = np.where((kind == HULL) & (nearest == k), _hull_paint(b, hull), paint)
        paint = np.where((kind == CABIN) & (nearest == k), _cabin_paint(b, hull, normal), paint)
    return paint * (1 + 0.10 * grain)


def _hull_paint(b, hull):
    """Planks in the boat's color between a pale rail, a white waterline and a red bottom."""
    side = hull * (1 - 0.35 * smoothstep(0.86, 0.95, (b[1] * 7) % 1))
    side = np.where(b[1] < 0.16, rm.vector(0.22, 0.045, 0.03), side)
    side = np.where(np.abs(b[1] - 0.2) < 0.05, rm.vector(0.75, 0.70, 0.6), side)
    return np.where(b[1] > _sheer(np.clip(b[0] / 4, -1, 1)) - 0.14, rm.vector(0.70, 0.62, 0.48), side)


def _cabin_paint(b, hull, normal):
    """A pale deck house with a band of windows; its roof has the color of the hull."""
    window = (np.abs(b[1] - 1.62) < 0.22) & (((b[0] + 2.65) % 0.5 > 0.1) | (np.abs(normal[1]) > 0.5))
    walls = np.where(window, rm.vector(0.05, 0.08, 0.10), rm.vector(0.74, 0.68, 0.56))
    return np.where(b[1] > 2.02, hull * 0.8 + 0.1, walls)


def _stone_paint(q, normal, grain):
    """Quay stones: courses on the wall, weed near the water, pale pavement."""
    u, y, w = q
    course = np.floor(y * 2.6)
    stone = u * 0.8 + course * 0.5
    joint = np.minimum(smoothstep(0.0, 0.12, (y * 2.6) % 1), smoothstep(0.0, 0.06, stone % 1))
    tone = (0.5 + 0.5 * joint) * (1 + 0.2 * np.sin(np.floor(stone) * 12.9 + course * 7))
    weed = smoothstep(0.55, 0.1, y + 0.08 * grain)
    wall = rm.vector(0.34, 0.28, 0.21) * tone * (1 - weed) + rm.vector(0.05, 0.075, 0.03) * weed
    slabs = 1 + 0.08 * np.sin(np.floor(u * 1.4) * 5 + np.floor(w * 1.4) * 9)
    return np.where(normal[1] > 0.6, rm.vector(0.50, 0.43, 0.34) * slabs, wall)


def _tile_paint(q, normal, grain):
    """Rows of tiles, red or slate."""
    u, y, _ = q
    base = np.array([[0.40, 0.13, 0.065], [0.30, 0.10, 0.06], [0.16, 0.14, 0.15], [0.45, 0.18, 0.09]], dtype=np.float32)
    rows = 0.70 + 0.3 * smoothstep(0.0, 0.35, (y * 3.6) % 1)
    tile = 1 + 0.16 * np.sin(np.floor(u * 4) * 7.7 + np.floor(y * 3.6) * 5.1) + 0.1 * grain
    return base[(_house_at(u) * 7) % 4].T * rows * tile


def _wall_paint(q, normal, grain):
    """Plaster, cornices, windows with frames and shutters, awnings over the shops."""
    u, y, w = q
    k = _house_at(u)
    front = np.abs(w) < 0.3
    storey = (y - QUAY - 0.5) / 2.9
    damp = 1 - 0.25 * smoothstep(0.8, 0.0, y - QUAY + 0.1 * grain)
    paint = _palette(PLASTER)[k].T * (1 + 0.06 * grain) * damp
    paint = _with_windows(paint, k, u, y, storey, front & (storey > 0) & (y < WALLS[k] - 0.2))
    cornice = ((np.abs(y - WALLS[k] + 0.12) < 0.14) | (np.abs(storey - 1.0) < 0.035)) & front
    paint = np.where(cornice, paint * 0.4 + rm.vector(0.40, 0.37, 0.32), paint)
    shop = front & (k % 3 == 1) & (np.abs(u - MIDDLES[k]) < HALVES[k] - 0.4)
    stripes = np.where((u * 2.2) % 1 < 0.5, rm.vector(0.75, 0.70, 0.60), rm.vector(0.55, 0.09, 0.06))
    return np.where(shop & (np.abs(y - QUAY - 2.75) < 0.42), stripes, paint)


def _with_windows(paint, k, u, y, storey, inside):
    """One window a bay and storey: pale frame, panes that differ in what they mirror, the shadow of the reveal."""
    level = np.floor(storey)
    bays = np.floor(HALVES[k] * 2 / 1.75)
    bay = (u - EDGES[k]) / (2 * HALVES[k]) * bays
    du, dv = (bay % 1 - 0.5) * 2 * HALVES[k] / bays, (storey % 1 - 0.5) * 2.9
    out, over_sill = np.abs(du), np.abs(dv)
    wide, tall = 0.42, np.where(level == 0, 0.95, 0.72)
    pane = (out < wide) & (over_sill < tall) & (out > 0.03) & (np.abs(dv - 0.22) > 0.03) & inside
    reveal = ((du + wide < 0.16) | (tall - dv < 0.18)) & pane
    shutter = (np.abs(out - wide - 0.26) < 0.16) & (over_sill < tall + 0.04) & inside & (level > 0) & (k % 3 != 1)
    mirrored = (0.5 + 0.5 * np.sin(np.floor(bay) * 12.9 + level * 78 + k * 37)) * (dv + tall)
    frame = (out < wide + 0.09) & (over_sill < tall + 0.09) & inside
    paint = np.where(frame, rm.vector(0.72, 0.68, 0.58), paint)
    paint = np.where(pane, rm.vector(0.06, 0.09, 0.13) + mirrored * rm.vector(0.10, 0.14, 0.18), paint)
    paint = np.where(reveal, rm.vector(0.02, 0.022, 0.03), paint)
    return np.where(shutter, _palette(SHUTTERS)[k % 8].T * (0.75 + 0.25 * np.sin(y * 45)), paint)


def _sky(rays, clouds):
    """Morning sky, linear (3, n): hills over the sea, a bank of cumulus lit from the left, high veils."""
    up = np.clip(rays[1] / np.hypot(rays[0], rays[2]), 0.0, 3)
    side = np.arctan2(rays[0], -rays[2]).astype(np.float32)
    sky = ramp(up, [(0, "#f8dfb8"), (0.10, "#efdfc4"), (0.28, "#a9cbdc"), (0.8, "#5590c4")]).T ** 2.2

    def at(v, u, shift=0):
        return ndimage.map_coordinates(clouds, [v + 200, u + 400 + shift], order=1, mode="mirror")

    veil = smoothstep(0.1, 1.6, at(90 / (up + 0.2), 300 * side / (up + 0.35))) * smoothstep(0.2, 0.45, up) * 0.55
    sky = sky * (1 - veil) + rm.vector(0.92, 0.90, 0.88) * veil
    puff = at(up * 520, side * 420)
    pile = puff - 9 * np.abs(up - 0.24) + 0.9 - 0.8 * np.clip(side, -1, 1)
    cover = smoothstep(0.0, 0.45, pile) * 0.95
    shade = np.clip(0.62 + 0.30 * (puff - at(up * 520 + 10, side * 420 - 14)) + 1.6 * (up - 0.2), 0.30, 1.15)
    tone = shade * rm.vector(1.0, 0.90, 0.78) + (1 - np.minimum(shade, 1)) * rm.vector(0.16, 0.22, 0.32)
    sky = sky * (1 - cover) + tone * cover
    crest = 0.028 + 0.014 * at(np.full_like(up, 40), side * 260)
    hills = smoothstep(0.002, -0.002, up - crest)
    return (sky * (1 - hills) + rm.vector(0.42, 0.47, 0.52) * hills).astype(np.float32)
