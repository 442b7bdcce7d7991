"""`cartoon`: a fox cub on a hill meets a butterfly, in late light.

The cub is a body of distance functions under a warm sun with a rim from behind; ink lines are found where the bodies
end and are drawn thicker on the side away from the light. Sky, hills and grass are painted.
"""

import numpy as np
from scipy import ndimage

from tools.drawing.canvas import (
    blur,
    color,
    glow,
    grid,
    lines,
    noise,
    over,
    polygon,
    ramp,
    smooth_path,
    smoothstep,
    strokes,
)
from tools.drawing.contents import raymarch as rm
from tools.drawing.contents.raymarch import carved, ellipsoid, joined, limb

HEIGHT, WIDTH, OVERSAMPLE = 480, 640, 2
EYE, TARGET, LENS = (0.0, 1.45, 9.5), (-0.55, 1.22, 0.0), 2.75
SUN = rm.unit(rm.vector(-0.62, 0.72, 0.50))
BEHIND = rm.unit(rm.vector(0.75, 0.35, -0.65))
TURN, TILT, NOD = -22, -7, -6  # degrees of the head: toward the butterfly, sideways, up
NECK = rm.vector(0.0, 1.22, 0.05)
FUR, CREAM, DARK = rm.vector(0.78, 0.235, 0.035), rm.vector(0.90, 0.76, 0.56), rm.vector(0.085, 0.035, 0.025)
HEAD, EARS, EYES, NOSE, BODY, TAIL, SCARF, HILL = range(8)


def _in_head(p):
    return rm.turned(rm.turned(rm.turned(p - NECK, TURN), TILT, 2), NOD, 0)


def _mirrored(p):
    return np.stack([np.abs(p[0]), p[1], p[2]])


def _head(h):
    """Skull, cheek tufts and muzzle; the origin is the neck."""
    m = _mirrored(h)
    head = ellipsoid(h, (0, 0.42, 0.05), (0.60, 0.50, 0.50))
    for high, long in ((0.30, 0.80), (0.18, 0.74), (0.42, 0.74)):
        head = joined(head, limb(m, (0.38, high + 0.02, 0.12), (long, high - 0.08, 0.02), 0.20, 0.015), 0.08)
    head = joined(head, limb(h, (0, 0.80, 0.20), (-0.06, 1.02, 0.10), 0.10, 0.01), 0.08)
    muzzle = limb(h, (0, 0.25, 0.38), (0, 0.19, 0.76), 0.25, 0.12)
    return carved(joined(head, muzzle, 0.14), _smile(m), 0.03)


def _smile(m):
    """The open mouth: a bore that curves up to the cheeks."""
    opening = np.abs(m[1] - 0.125 - 1.5 * m[0] ** 2) - (0.062 - 0.26 * m[0])
    return np.maximum(np.maximum(opening, m[0] - 0.22), 0.42 - m[2]) * np.float32(0.6)


def _ears(h):
    """Flat cones, hollow in front."""
    flat = _mirrored(h) * rm.vector(1, 1, 1.7)
    return carved(limb(flat, (0.36, 0.72, 0.0), (0.60, 1.34, -0.12), 0.235, 0.02), _inner_ear(flat), 0.03) * np.float32(
        0.62
    )


def _inner_ear(flat):
    return limb(flat, (0.385, 0.76, 0.24), (0.59, 1.22, 0.06), 0.165, 0.02)


def _eyes(h):
    return ellipsoid(_mirrored(h), (0.24, 0.50, 0.46), (0.135, 0.175, 0.10))


def _body(p):
    m = _mirrored(p)
    body = limb(p, (0, 1.05, 0.02), (0, 0.46, -0.12), 0.30, 0.47)
    body = joined(body, ellipsoid(m, (0.40, 0.34, 0.0), (0.26, 0.35, 0.42)), 0.10)
    body = joined(body, limb(m, (0.17, 0.85, 0.22), (0.20, 0.10, 0.42), 0.15, 0.115), 0.08)
    body = joined(body, ellipsoid(m, (0.20, 0.09, 0.50), (0.145, 0.10, 0.20)), 0.05)
    body = joined(body, ellipsoid(m, (0.50, 0.08, 0.36), (0.14, 0.095, 0.24)), 0.05)
    return joined(body, limb(p, (0, 1.02, 0.22), (0, 0.66, 0.34), 0.22, 0.05), 0.10)


def _tail(p):
    spine = smooth_path([(0.25, 0.25), (0.85, 0.16), (1.28, 0.52), (1.22, 1.06), (0.98, 1.46), (0.99, 1.80)], 9)
    thick = [0.10, 0.17, 0.25, 0.31, 0.34, 0.33, 0.27, 0.16, 0.01]
    tail = np.full(p.shape[1], 9.0, dtype=np.float32)
    for k in range(8):
        a, b = (*spine[k], -0.45 + 0.03 * k), (*spine[k + 1], -0.45 + 0.03 * (k + 1))
        tail = joined(tail, limb(p, a, b, thick[k], thick[k + 1]), 0.05)
    return tail


def _scarf(p):
    """A knitted ring around the neck and two ends in the wind."""
    q = rm.turned(p - NECK, -10, 2)
    ring = np.hypot(np.hypot(q[0], q[2] - 0.02) - 0.33, q[1] * 0.75) - np.float32(0.125)
    ring = ring + 0.012 * np.sin(np.arctan2(q[0], q[2]) * 9 + q[1] * 14)
    wave = 0.09 * np.sin(p[0] * 6.5)
    spread = 1.25 - 0.35 * (p[0] - 0.3)
    flag = np.stack([p[0], (p[1] - 1.02 + wave - 0.30 * (p[0] - 0.3)) * spread, p[2] + 0.25 * np.sin(p[0] * 3)])
    end = rm.block(flag, (0.78, 0.0, 0.0), (0.50, 0.15, 0.035), 0.03)
    tuft = limb(p, (0.16, 1.14, 0.38), (0.24, 0.72, 0.56), 0.10, 0.13)
    return joined(ring, np.minimum(end * np.float32(0.75), tuft), 0.05)


def _hill(p):
    """The top of the hill, falling off to all sides."""
    return (p[1] - 0.03 + 0.035 * (p[0] - 0.2) ** 2 + 0.035 * (p[2] - 0.2) ** 2) * np.float32(0.9)


def _parts(p):
    h = _in_head(p)
    nose = ellipsoid(h, (0, 0.250, 0.87), (0.09, 0.07, 0.065))
    return np.stack([_head(h), _ears(h), _eyes(h), nose, _body(p), _tail(p), _scarf(p), _hill(p)])


def _scene(p):
    return _parts(p).min(axis=0)


def cartoon() -> np.ndarray:
    """A fox cub with a scarf on a hill looks at a butterfly."""
    rng = np.random.default_rng(11)
    height, width = HEIGHT * OVERSAMPLE, WIDTH * OVERSAMPLE
    origin, rays = rm.camera(height, width, EYE, TARGET, LENS)
    t = rm.look(_scene, origin, rays, height, width, far=14.0, near=6.0)
    seen = np.isfinite(t)
    p = origin + rays[:, seen] * t[seen]
    kind = np.full(height * width, -1)
    kind[seen] = rm.nearest(_parts, p)
    light = np.zeros((3, height * width), dtype=np.float32)
    light[:, seen], shadow = _shade(p, kind[seen], rays[:, seen])
    fox = rm.finished(light, HEIGHT, WIDTH, OVERSAMPLE)
    cub = ((kind >= 0) & (kind != HILL)).reshape(height, width)
    ground = np.ones(height * width, dtype=np.float32)
    ground[seen] = shadow
    hill = (kind == HILL).reshape(height, width)
    picture = _grass(_landscape(rng), _down(hill), _down(ground.reshape(height, width)), rng)
    ink = _ink(kind.reshape(height, width), t.reshape(height, width), rng)
    picture = over(picture, fox, _down(cub))
    picture = over(picture, "#2b1714", _down(ink))
    return np.clip(_butterfly(_foreground(picture, rng)), 0, 1)


def _down(mask):
    return mask.reshape(HEIGHT, OVERSAMPLE, WIDTH, OVERSAMPLE).mean(axis=(1, 3))


def _shade(p, kind, rays):
    """Light to the viewer, linear (3, n), and the shadow that falls on each point."""
    normal = rm.normals(_scene, p)
    shadow = 0.18 + 0.82 * rm.lit(_scene, p + normal * np.float32(0.015), SUN, 4.0, 7.0)
    opened = 0.3 + 0.7 * rm.openness(_scene, p, normal, 0.4)
    facing = rm.dot(normal, SUN)
    sun = smoothstep(-0.05, 0.35, facing) * (0.55 + 0.45 * np.clip(facing, 0, 1)) * shadow
    rim = smoothstep(0.25, 0.7, rm.dot(normal, BEHIND)) * opened
    edge = (1 - np.clip(-rm.dot(normal, rays), 0, 1)) ** 3
    paint, gloss = _paint(p, kind)
    light = (
        sun * rm.vector(1.75, 1.42, 0.98)
        + opened * (0.65 + 0.35 * normal[1]) * rm.vector(0.42, 0.46, 0.62)
        + opened * np.clip(-normal[1], 0, 1) * rm.vector(0.25, 0.28, 0.08)
        + (rim * (0.4 + 0.6 * edge)) * rm.vector(1.5, 0.95, 0.45)
    )
    half = rm.unit(SUN - rays)
    shine = gloss * np.clip(rm.dot(normal, half), 0, 1) ** 60 * shadow
    return paint * light + shine, shadow * (0.5 + 0.5 * opened)


def _paint(p, kind):
    """Colors (3, n) and gloss (n,)."""
    h = _in_head(p)
    flat = _mirrored(h) * rm.vector(1, 1, 1.7)
    soft = 0.03 * np.sin(p[0] * 40 + 5 * np.sin(p[1] * 9)) * np.sin(p[1] * 33)  # where one fur meets another
    chest = smoothstep(0.0, 0.06, 0.25 - np.abs(p[0]) * 0.8 + soft) * smoothstep(0.15, 0.22, p[2])
    sock = smoothstep(0.30, 0.24, p[1] + soft) * smoothstep(0.12, 0.2, p[2])
    body = _mix(_mix(FUR, CREAM, chest * smoothstep(0.35, 0.5, p[1])), DARK, sock)
    tail = _mix(FUR, CREAM, smoothstep(1.28, 1.36, p[1] + 2 * soft + 0.1 * np.sin(p[0] * 25)))
    ear = _mix(
        _mix(FUR, DARK, smoothstep(1.02, 1.14, h[1])),
        rm.vector(0.62, 0.26, 0.20),
        smoothstep(0.03, 0, _inner_ear(flat)),
    )
    stripes = smoothstep(-0.2, 0.2, np.sin(np.where(p[0] > 0.42, p[0] * 24, 1.0 + np.arctan2(p[0], p[2]) * 7)))
    wool = _mix(rm.vector(0.02, 0.26, 0.30), rm.vector(0.85, 0.72, 0.40), (1 - stripes) * 0.85)
    paint = np.broadcast_to(FUR, p.shape)
    for part, here in ((HEAD, _face(h, soft)), (EARS, ear), (EYES, _eye(h)), (BODY, body), (TAIL, tail), (SCARF, wool)):
        paint = np.where(kind == part, here, paint)
    paint = np.where(kind == NOSE, rm.vector(0.03, 0.015, 0.015), paint)
    return paint, np.select([kind == EYES, kind == NOSE], [0.5, 0.9], 0.0).astype(np.float32)


def _face(h, soft):
    """The cream mask around muzzle and cheeks, the blush, the mouth with its tongue."""
    m = _mirrored(h)
    border = 0.38 - h[1] - np.where(m[0] < 0.3, 0.5 * m[0], 0.15) + 0.22 * smoothstep(0.25, 0.7, m[0]) + soft
    face = _mix(FUR, CREAM, smoothstep(-0.02, 0.05, border) * smoothstep(0.0, 0.12, h[2] + 0.05))
    cheek = np.exp(-(((m[0] - 0.43) / 0.12) ** 2) - ((h[1] - 0.28) / 0.08) ** 2) * (h[2] > 0.2)
    face = _mix(face, rm.vector(0.95, 0.28, 0.18), 0.55 * cheek)
    inside = np.where(h[1] < 0.108 + 1.5 * m[0] ** 2, rm.vector(0.80, 0.22, 0.20), rm.vector(0.20, 0.02, 0.02))
    return np.where((_smile(m) < 0.02) & (h[2] > 0.36), inside, face)


def _eye(h):
    """White, amber iris, pupil and two lights; both eyes look at the butterfly."""
    side = np.where(h[0] > 0, 0.24, -0.24)
    u, v = h[0] - side + 0.025, h[1] - 0.515
    away = np.hypot(u, v * 0.85)
    eye = np.broadcast_to(rm.vector(0.9, 0.9, 0.88), h.shape) * (1 - 0.35 * smoothstep(0.06, 0.15, v))
    iris = _mix(rm.vector(0.55, 0.26, 0.03), rm.vector(0.10, 0.04, 0.01), smoothstep(-0.05, 0.08, v))
    eye = _mix(eye, iris, smoothstep(0.104, 0.094, away))
    eye = _mix(eye, rm.vector(0.012, 0.008, 0.01), smoothstep(0.064, 0.054, away))
    eye = _mix(eye, rm.vector(1.6, 1.6, 1.5), smoothstep(0.036, 0.028, np.hypot(u + 0.035, v - 0.05)))
    return _mix(eye, rm.vector(0.9, 0.8, 0.6), 0.8 * smoothstep(0.02, 0.013, np.hypot(u - 0.04, v + 0.045)))


def _mix(a, b, amount):
    return a * (1 - amount) + b * amount


def _ink(kind, depth, rng):
    """Lines where one body ends before another: thick at the bottom right of a form, thin toward the light."""
    depth = np.where(np.isfinite(depth), depth, 14.0)
    cub = (kind >= 0) & (kind != HILL)
    kind = np.where(cub, kind, -1)
    jump = (ndimage.maximum_filter(depth, 3) - depth) > 0.12
    border = (ndimage.maximum_filter(kind, 3) != kind) | (ndimage.minimum_filter(kind, 3) != kind)
    edges = (border | jump) & ndimage.binary_dilation(cub, iterations=1)
    away, (row, column) = ndimage.distance_transform_edt(~edges, return_indices=True)
    slope = blur(cub.astype(float), 6)
    shade = -7 * np.gradient(slope, axis=0) - 9 * np.gradient(slope, axis=1)
    width = 1.0 + 1.5 * np.clip(0.5 + shade[row, column], 0, 1) + 0.35 * noise(*kind.shape, 14, rng, 2)[row, column]
    return np.clip(width * OVERSAMPLE / 2 - away + 0.5, 0, 1)


def _landscape(rng):
    """Sky with a low sun, piled clouds, and hills that turn blue with distance."""
    y, x = grid(HEIGHT, WIDTH)
    picture = ramp(y + 0.05 * x, [(0, "#3f8fb8"), (0.25, "#7fc0c8"), (0.48, "#f6e3b4"), (0.62, "#ffd195")])
    for cloud in ((0.22, 0.36, 0.17, 22), (1.08, 0.30, 0.22, 26), (0.62, 0.50, 0.10, 14), (0.0, 0.52, 0.12, 12)):
        picture = _cloud(picture, *cloud, rng)
    ranges = ((0.60, "#8fb5b8", "#c9d6bd", 3), (0.66, "#5f9a8c", "#9cc29a", 4), (0.74, "#3f7f58", "#8db56a", 3))
    for base, low, high, cells in ranges:
        crest = base + 0.05 * noise(8, WIDTH, cells / 80, rng, 4)[4][None, :]
        land = over(np.broadcast_to(color(high), picture.shape), low, smoothstep(0, 0.14, y - crest))
        land = land * (1 + 0.035 * noise(HEIGHT, WIDTH, 16, rng, 4))[..., None]
        picture = over(picture, land, smoothstep(-0.002, 0.002, y - crest))
        picture = _trees(picture, crest[0], low, 0.010 + 0.05 * (base - 0.6), rng)
    return glow(picture, "#ffdca0", 0.55 * np.exp(-((x - 0.1) ** 2 + (y - 0.12) ** 2) / 0.16))


def _trees(picture, crest, tint, size, rng):
    """Groves of round trees along a crest and down its slope, each lit from the upper left."""
    y, x = grid(HEIGHT, WIDTH)
    for _ in range(34):
        tx = rng.choice([0.12, 0.46, 0.95, 1.25]) + rng.normal(0, 0.10)
        ty = np.interp(tx, x[0], crest) + abs(rng.normal(0, 0.02)) - size * 0.3
        radius = size * rng.uniform(0.6, 1.3)
        away = np.hypot(x - tx, (y - ty) * 0.85) / radius
        tone = np.clip(0.5 - ((x - tx) * 0.7 + (y - ty)) / radius * 0.55, 0, 1)[..., None]
        leaf = color(tint) * (0.62 + 0.5 * tone) + np.array([0.16, 0.14, 0.0]) * tone
        cast = np.hypot(x - tx - radius * 0.5, (y - ty - radius * 0.9) * 2.6) / radius
        ragged = 0.10 * np.sin(np.arctan2(y - ty, x - tx) * 7 + tx * 90)
        picture = over(picture, color(tint) * 0.55, 0.4 * smoothstep(1.2, 0.7, cast))
        picture = over(picture, leaf, smoothstep(1.03, 0.88, away + ragged))
    return picture


def _cloud(picture, cx, cy, size, count, rng):
    """A cumulus of overlapping puffs, each lit from the upper left, with a flat base."""
    y, x = grid(HEIGHT, WIDTH)
    for _ in range(count):
        along = rng.uniform(-1, 1)
        radius = size * rng.uniform(0.18, 0.45) * (1.1 - 0.7 * abs(along))
        px, py = cx + along * size * 1.25, cy - rng.uniform(0, 0.9) * size * (1 - abs(along)) - 0.3 * radius
        away = np.hypot(x - px, (y - py) * 1.05) / radius
        tone = np.clip(0.5 - ((x - px) * 0.6 + (y - py)) / radius * 0.5, 0, 1)
        paint = ramp(tone, [(0, "#cdc3c9"), (0.45, "#f3dfca"), (1, "#fff9e8")])
        mask = smoothstep(1.05, 0.82, away) * smoothstep(cy + 0.05 * size, cy - 0.05 * size, y) * 0.92
        picture = over(picture, paint, mask)
    return picture


def _grass(picture, hill, shadow, rng):
    """The near hill: a lit ground, the cub's shadow and blades that follow the slope."""
    y, _ = grid(HEIGHT, WIDTH)
    ground = ramp(y + 0.03 * noise(HEIGHT, WIDTH, 8, rng, 4), [(0.7, "#a8bf4a"), (0.82, "#6f9f3a"), (1.0, "#2f6a35")])
    dark = 0.42 + 0.58 * blur(shadow, 2)
    picture = over(picture, ground * dark[..., None] ** np.array([1.0, 0.85, 0.7]), hill)
    angle = -np.pi / 2 + 0.35 * noise(HEIGHT, WIDTH, 6, rng, 2)
    blades, where = np.clip(picture * 1.08, 0, 1), blur(hill, 1) * (y > 0.6) + 1e-9
    return strokes(picture, blades, angle, rng, count=5200, length=15, width=2.2, where=where)


def _foreground(picture, rng):
    """Daisies and poppies along the bottom edge, out of the cub's way."""
    y, x = grid(HEIGHT, WIDTH)
    for _ in range(46):
        fx, fy = rng.uniform(0, WIDTH / HEIGHT), rng.uniform(0.86, 0.99)
        if 0.52 < fx < 1.18 and fy < 0.955:
            continue
        size = 0.010 + 0.05 * (fy - 0.84) * rng.uniform(0.6, 1.1)
        angle, away = np.arctan2(y - fy, x - fx), np.hypot(x - fx, (y - fy) * 1.5)
        petals = smoothstep(1.05, 0.9, away / (size * (0.78 + 0.22 * np.cos(angle * 6 + fx * 20))))
        paint = "#fff3dc" if rng.random() < 0.6 else "#e2503a"
        picture = over(picture, "#2f5a2c", 0.5 * smoothstep(1.4, 0.8, np.hypot(x - fx, y - fy - size * 0.5) / size))
        picture = over(picture, paint, petals)
        picture = over(picture, "#e8a52b", smoothstep(0.45, 0.35, away / size))
    return picture


def _butterfly(picture):
    """A blue butterfly before the cub's nose, its wings half folded."""
    cx, cy, lean = 0.235, 0.30, -0.45

    def place(points):
        return [(cx + u * np.cos(lean) - v * np.sin(lean), cy + v * np.cos(lean) + u * np.sin(lean)) for u, v in points]

    y, x = grid(HEIGHT, WIDTH)
    away = np.hypot(x - cx, y - cy)
    upper = [
        (0, 0.004),
        (0.012, -0.034),
        (0.042, -0.070),
        (0.078, -0.076),
        (0.088, -0.050),
        (0.070, -0.020),
        (0.036, 0.002),
    ]
    lower = [(0, 0.004), (0.036, 0.004), (0.062, 0.022), (0.060, 0.050), (0.040, 0.062), (0.020, 0.044)]
    shine = ramp(away, [(0, "#fff0b8"), (0.035, "#74d2ee"), (0.075, "#2f6fd0"), (0.11, "#243f98")])
    for side in (-0.70, 1.0):
        for outline in (lower, upper):
            wing = smooth_path(place([(side * u, v) for u, v in [*outline, outline[0]]]), 80)
            shape = polygon(HEIGHT, WIDTH, wing)
            picture = over(picture, "#1c1c3c", np.clip(blur(shape, 1.2) * 3.5, 0, 1))
            picture = over(picture, shine, np.clip(blur(shape, 1.6) * 3 - 1.7, 0, 1))
    body = [place([(0, -0.030), (0, 0.045)])]
    feelers = [smooth_path(place([(0, -0.028), (0.012 * s, -0.050), (0.024 * s, -0.062)]), 20) for s in (-1, 1)]
    picture = over(picture, "#241a22", lines(HEIGHT, WIDTH, body, 0.011))
    return over(picture, "#241a22", lines(HEIGHT, WIDTH, feelers, 0.003))
