"""`portrait`: a woman with a blue headscarf, lit from a window on the left.

The head is a body of distance functions in its own frame (x to her left, y up, z to where she looks; a unit is ten
centimeters, the eyes are at y = 0), turned three quarters to the viewer. Skin, lips, brows and eyes are painted by
place in that frame, the light is one window, the sky of the room, a rim from behind and the red that skin lets through.
"""

import numpy as np
from scipy import ndimage

from tools.drawing.canvas import blur, noise, over, smoothstep, strokes
from tools.drawing.contents import raymarch as rm
from tools.drawing.contents.raymarch import ball, carved, ellipsoid, joined, limb

HEIGHT, WIDTH, OVERSAMPLE = 640, 480, 2
EYE_AT, EYE_RADIUS = (0.305, 0.0, 0.60), 0.143
EYE, TARGET, LENS = (0.0, 0.05, 11.0), (0.06, -0.40, 0.0), 2.8
TURN, TILT, NOD = -32, 5, 3  # degrees: toward the window, toward the shoulder, down
WINDOW = rm.unit(rm.vector(-0.80, 0.50, 0.48))
RIM_LIGHT = rm.unit(rm.vector(0.85, 0.25, -0.55))
SKIN, HAIR, SCARF, COLLAR, CLOTH = range(5)


def _in_head(p):
    """Points in the frame of the head."""
    return rm.turned(rm.turned(rm.turned(p, TURN), TILT, 2), NOD, 0)


def _mirrored(h):
    """The head's points with both halves laid on the side x > 0."""
    return np.stack([np.sqrt(h[0] ** 2 + np.float32(0.0009)), h[1], h[2]])


def _skull(m):
    """Cranium, face, cheekbones, jaw and chin."""
    body = joined(
        ellipsoid(m, (0, 0.32, -0.12), (0.72, 0.82, 0.92)), ellipsoid(m, (0, -0.18, 0.22), (0.585, 0.86, 0.60)), 0.25
    )
    body = joined(body, ellipsoid(m, (0.40, -0.24, 0.50), (0.18, 0.16, 0.17)), 0.22)
    body = joined(body, limb(m, (0.43, -0.50, 0.05), (0.11, -0.90, 0.57), 0.09, 0.10), 0.24)
    body = joined(body, ellipsoid(m, (0, -0.925, 0.61), (0.15, 0.12, 0.15)), 0.16)
    body = joined(body, limb(m, (0.06, 0.19, 0.74), (0.42, 0.22, 0.56), 0.07, 0.05), 0.14)
    return joined(body, ellipsoid(m, (0, -0.62, 0.60), (0.27, 0.24, 0.20)), 0.18)


def _eyes(m, body):
    """Sockets, eyeballs and lids."""
    body = carved(body, ellipsoid(m, (0.30, 0.025, 0.84), (0.175, 0.10, 0.15)), 0.13)
    body = joined(body, ball(m, EYE_AT, 0.156), 0.06)
    return np.minimum(carved(body, _opening(m), 0.012), ball(m, EYE_AT, EYE_RADIUS))


def _opening(m):
    """The almond between the lids, a bore along z."""
    x = (m[0] - np.float32(0.307)) / np.float32(0.150)
    arch = np.clip(1 - x * x, -0.5, 1)
    upper, lower = 0.014 * x + 0.064 * arch, 0.014 * x - 0.042 * arch
    return np.maximum(np.maximum(m[1] - upper, lower - m[1]) * 0.8, 0.60 - m[2]).astype(np.float32)


def _nose(m, body):
    """Bridge, tip, wings and nostrils."""
    nose = limb(m, (0, 0.12, 0.745), (0, -0.29, 0.94), 0.055, 0.072)
    nose = joined(nose, limb(m, (0.03, 0.0, 0.72), (0.075, -0.31, 0.81), 0.05, 0.075), 0.08)
    nose = joined(nose, ball(m, (0, -0.318, 0.962), 0.084), 0.07)
    nose = joined(nose, ellipsoid(m, (0.092, -0.350, 0.86), (0.062, 0.056, 0.080)), 0.05)
    body = joined(body, nose, 0.09)
    return carved(body, ellipsoid(m, (0.052, -0.405, 0.90), (0.024, 0.016, 0.036)), 0.02)


def _mouth(m, body):
    """Two lips along a curve around the teeth, the groove above them, the dent below."""
    body = carved(body, limb(m, (0, -0.45, 0.86), (0, -0.56, 0.85), 0.020), 0.05)
    body = carved(body, ellipsoid(m, (0, -0.795, 0.85), (0.15, 0.03, 0.03)), 0.08)
    upper = joined(
        limb(m, (0.215, -0.637, 0.715), (0.05, -0.598, 0.815), 0.012, 0.034), ball(m, (0, -0.612, 0.82), 0.03), 0.03
    )
    lower = limb(m, (0.205, -0.642, 0.715), (0.0, -0.688, 0.81), 0.012, 0.052)
    body = joined(joined(body, upper, 0.035), lower, 0.035)
    return carved(body, _lip_line(m), 0.015)


def _lip_line(m):
    """The line where the lips meet."""
    return limb(m, (0.225, -0.633, 0.735), (0, -0.642, 0.865), 0.006, 0.010)


def _neck(p):
    """Neck with the muscle from ear to collarbone, in the frame of the body."""
    neck = limb(p, (-0.02, -0.55, -0.22), (0.02, -1.9, -0.42), 0.345, 0.41)
    neck = joined(neck, limb(p, (0.34, -0.50, -0.12), (-0.06, -1.62, 0.02), 0.07, 0.06), 0.14)
    neck = joined(neck, limb(p, (0.06, -1.64, 0.02), (0.62, -1.60, -0.16), 0.05), 0.16)
    neck = joined(neck, limb(p, (-0.10, -1.64, 0.02), (-0.62, -1.60, -0.16), 0.05), 0.16)
    return joined(neck, ellipsoid(p, (0, -2.35, -0.30), (1.0, 0.95, 0.42)), 0.3)


def _skin(p):
    h = _in_head(p)
    m = _mirrored(h)
    head = _mouth(m, _nose(m, _eyes(m, _skull(m))))
    return joined(head, _neck(p), 0.10)


def _hair(p):
    """Dark hair combed back over the temples and the ears."""
    m = _mirrored(_in_head(p))
    hair = limb(m, (0.535, 0.30, 0.36), (0.635, 0.08, 0.10), 0.09, 0.12)
    hair = joined(hair, limb(m, (0.635, 0.08, 0.10), (0.46, -0.50, -0.40), 0.13, 0.17), 0.10)
    return hair + 0.006 * np.sin(_strand(m) * 45)


def _strand(m):
    """A coordinate across the strands of hair, which run back and down."""
    return 0.75 * m[1] + 0.55 * m[2] + 0.06 * np.sin(6 * m[2])


def _scarf(p):
    """A scarf wound around the head, with folds, a knot at the back and an end that falls on the shoulder."""
    h = _in_head(p)
    wound = ellipsoid(h, (0, 0.38, -0.17), (0.86, 0.88, 1.03)) + _folds(h)
    edge = 0.32 + 0.56 * (h[2] - 0.62)
    wound = np.maximum(wound, (edge - h[1]) * np.float32(0.8))
    knot = ellipsoid(h, (0.05, -0.10, -1.12), (0.26, 0.2, 0.2))
    fall = limb(p, (0.60, -0.25, -0.95), (0.92, -2.1, -0.62), 0.16, 0.36)
    fall = fall + 0.030 * np.sin(p[0] * 19 + 1.2 * np.sin(p[1] * 2.1)) + 0.01 * np.sin(p[0] * 33 + p[1] * 5)
    return joined(joined(wound, knot, 0.1), fall, 0.1) * np.float32(0.75)


def _folds(h):
    """The relief of the wound cloth: bands that climb around the head."""
    around = np.arctan2(h[0], h[2] + 0.2)
    band = h[1] - 0.40 * h[2]
    fold = np.abs(np.sin(band * 7.5 + 0.9 * np.sin(around * 1.3) + 0.5))
    return np.float32(0.055) * (1 - fold) - 0.012 * np.sin(band * 34 + 3 * around + 2 * np.sin(around * 3))


def _collar(p):
    """A white linen shirt gathered below the collarbones."""
    around = np.arctan2(p[0], p[2] + 0.35)
    gathers = (
        0.006 * np.sin(around * 15 + 0.8 * np.sin(around * 3) + 4 * p[1]) * np.clip(1.2 + (p[1] + 1.7) * 0.8, 0.2, 1)
    )
    hem = p[1] + 1.60 - 0.16 * p[0] ** 2 + 0.10 * p[2]
    shirt = np.maximum(_neck(p) - 0.045 + gathers, hem)
    return joined(shirt, np.hypot(_neck(p) - 0.04, hem) - 0.035, 0.03) * np.float32(0.8)


def _cloth(p):
    """Shoulders under a heavy mantle."""
    m = _mirrored(p)
    body = limb(m, (0.30, -1.72, -0.40), (1.30, -2.18, -0.48), 0.36, 0.44)
    body = joined(body, ellipsoid(p, (0, -2.9, -0.28), (1.55, 1.25, 0.72)), 0.35)
    neckline = limb(p, (0.02, -0.9, 0.0), (-0.06, -2.12, 0.40), 0.56, 0.26)
    calm = np.clip(neckline / 0.3, 0.05, 1)
    sweep = p[1] * 3.4 + 2.6 * m[0] + 0.9 * np.sin(p[0] * 1.7 + 0.5) + 0.35 * np.sin(p[0] * 5.1 + p[1] * 4)
    body = body + 0.075 * calm * np.abs(np.sin(sweep * 1.25)) ** 0.8
    body = body + 0.022 * calm * np.abs(np.sin(sweep * 3.1 + 1.2 * np.sin(p[0] * 3.3 - p[1])))
    body = joined(body, _neck(p) - 0.10, 0.15)
    return carved(body, neckline, 0.06) * np.float32(0.75)


def _parts(p):
    return np.stack([body(p) for body in (_skin, _hair, _scarf, _collar, _cloth)])


def _scene(p):
    return _parts(p).min(axis=0)


def portrait() -> np.ndarray:
    """The head and shoulders of a woman with a blue headscarf in window light."""
    rng = np.random.default_rng(5)
    height, width = HEIGHT * OVERSAMPLE, WIDTH * OVERSAMPLE
    light = _background(rng, height, width)
    origin, rays = rm.camera(height, width, EYE, TARGET, LENS)
    t = rm.look(_scene, origin, rays, height, width, far=16.0, near=8.0)
    seen = np.isfinite(t)
    light[:, seen] = _shade(origin + rays[:, seen] * t[seen], rays[:, seen])
    return _brushed(rm.finished(light, HEIGHT, WIDTH, OVERSAMPLE), rng)


def _brushed(picture, rng):
    """Brush strokes along the forms, broad on the wall and the cloth, none on eyes and mouth."""
    smooth = blur(picture.mean(axis=2), 3)
    down, right = np.gradient(smooth)
    angle = np.arctan2(blur(right, 2), -blur(down, 2)) + 0.15 * noise(HEIGHT, WIDTH, 9, rng, 3)
    edges = blur(np.hypot(*np.gradient(blur(picture.mean(axis=2), 0.8))), 1.5)
    calm = 1 - smoothstep(0.012, 0.035, ndimage.maximum_filter(edges, 7))
    painted = strokes(
        picture, picture, angle, rng, count=5000, length=26, width=7, jitter=0.012, relief=0.018, where=calm**2
    )
    painted = strokes(
        painted, picture, angle, rng, count=9000, length=12, width=3, jitter=0.010, relief=0.014, where=calm
    )
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH] / HEIGHT
    face = np.exp(-((((x - 0.30) / 0.15) ** 2 + ((y - 0.49) / 0.17) ** 2) ** 2))
    return over(painted, picture, np.maximum(0.15 + 0.75 * face, 1 - calm))


def _background(rng, height, width):
    """A dark warm wall, lighter behind the shadow side."""
    y, x = np.mgrid[0:height, 0:width] / height
    tone = 0.05 + 0.12 * np.exp(-(((x - 0.68) / 0.28) ** 2) - ((y - 0.45) / 0.45) ** 2)
    tone = tone * (1 + 0.12 * noise(height, width, 5, rng, 6))
    return (np.array([0.95, 0.80, 0.58])[:, None] * tone.ravel()).astype(np.float32)


def _shade(p, rays):
    """Light that reaches the viewer from points (3, n), linear."""
    kind = rm.nearest(_parts, p)
    normal = rm.normals(_scene, p)
    key = rm.lit(_scene, p + normal * np.float32(0.012), WINDOW, 4.0, 7.0)
    opened = rm.openness(_scene, p, normal, 0.35)
    color, gloss = _paint(p, kind)
    facing = rm.dot(normal, WINDOW)
    skin = kind == SKIN
    wrap = np.where(skin, 0.22, 0.08)
    direct = np.clip((facing + wrap) / (1 + wrap), 0, 1) ** 1.15 * key
    terminator = np.where(skin, np.exp(-((facing / 0.28) ** 2)) * (0.35 + 0.65 * key), 0)
    rim = np.clip(rm.dot(normal, RIM_LIGHT), 0, 1) ** 1.5 * opened
    sky = opened * (0.6 + 0.4 * normal[1]) * (0.75 - 0.25 * normal[0])
    light = (
        direct * rm.vector(2.9, 2.5, 1.95)
        + sky * rm.vector(0.20, 0.21, 0.25)
        + rim * rm.vector(0.30, 0.22, 0.14)
        + (0.4 + 0.6 * opened) * 0.085 * rm.vector(1, 0.62, 0.40)
        + terminator * rm.vector(0.16, 0.035, 0.01)
    )
    half = rm.unit(WINDOW - rays)
    shine = np.clip(rm.dot(normal, half), 0, 1)
    shine = gloss * (0.16 * shine**18 + 0.5 * gloss * shine**160) * key
    fade = 1 - 0.55 * np.clip((-1.5 - p[1]) / 1.2, 0, 1)
    return (color * light) * fade + shine * rm.vector(1.0, 0.95, 0.85)


def _paint(p, kind):
    """Color (3, n) and gloss (n,) of the surface."""
    color, gloss = _skin_paint(_in_head(p))
    h = _in_head(p)
    weave = 1 + 0.09 * np.sin(p[1] * 31 + 4 * np.sin(p[0] * 7)) * np.sin(p[0] * 37 + 4 * np.sin(p[1] * 5))
    band = np.sin((h[1] - 0.40 * h[2]) * 15 + 1.8 * np.sin(np.arctan2(h[0], h[2] + 0.2) * 1.3) + 2.2)
    scarf = _mix(
        rm.vector(0.035, 0.12, 0.33), rm.vector(0.62, 0.50, 0.28), np.clip((band - 0.90) / 0.05, 0, 1) * (h[1] > 0.05)
    )
    strands = 1 + 0.5 * np.sin(_strand(h) * 90 + 3 * np.sin(h[2] * 9))
    color = np.where(kind == HAIR, rm.vector(0.060, 0.030, 0.017) * strands, color)
    color = np.where(kind == SCARF, scarf * weave, color)
    color = np.where(kind == COLLAR, rm.vector(0.74, 0.68, 0.58) * weave, color)
    color = np.where(kind == CLOTH, rm.vector(0.23, 0.045, 0.030) * weave, color)
    return color, np.select([kind == SKIN, kind == HAIR], [gloss, 0.45], 0.15).astype(np.float32)


def _skin_paint(h):
    """Skin, blush, lips, brows and eyes by place in the frame of the head."""
    m = _mirrored(h)
    x, y, z = m
    color = np.broadcast_to(rm.vector(0.66, 0.40, 0.27), h.shape).copy()
    blush = np.exp(-(((x - 0.38) / 0.2) ** 2) - ((y + 0.28) / 0.17) ** 2) + 0.6 * np.exp(
        -((x / 0.12) ** 2) - ((y + 0.36) / 0.1) ** 2
    )
    color = color * (1 - blush * rm.vector(0.02, 0.26, 0.24))
    color = _mix(color, rm.vector(0.48, 0.14, 0.11), _lips(x, y, z) * 0.85)
    color = _mix(color, rm.vector(0.13, 0.02, 0.015), np.clip(1 - (_lip_line(m) - 0.004) / 0.018, 0, 1) * 0.85)
    lid = np.exp(-(((x - 0.31) / 0.16) ** 2) - ((y - 0.075) / 0.05) ** 2) * (z > 0.5)
    color = color * (1 - lid * rm.vector(0.18, 0.28, 0.25))
    brow_line = 0.205 + 0.10 * (x - 0.14) - 0.42 * np.clip(x - 0.33, 0, 1) ** 1.2
    brow = np.exp(-(((y - brow_line) / 0.026) ** 2)) * _between(x, 0.10, 0.47, 0.06) * (z > 0.3)
    color = _mix(color, rm.vector(0.09, 0.05, 0.03), brow * 0.92)
    return _eye_paint(m, h, color)


def _lips(x, y, z):
    upper_edge = -0.572 - 0.05 * np.clip(x - 0.04, 0, 1) / 0.19 - 0.012 * np.exp(-((x / 0.03) ** 2))
    lower_edge = -0.735 + 0.09 * np.clip(x / 0.225, 0, 1) ** 2
    inside = np.clip((upper_edge - y) / 0.015 + 0.5, 0, 1) * np.clip((y - lower_edge) / 0.02 + 0.5, 0, 1)
    return inside * np.clip((0.225 - x) / 0.02, 0, 1) * (z > 0.5)


def _eye_paint(m, h, color):
    """White, iris, pupil, lashes; she looks at the viewer, so the irises sit toward her left."""
    on_ball = np.abs(ball(m, EYE_AT, EYE_RADIUS)) < 0.004
    side = np.sign(h[0])
    gaze_x, gaze_y = 0.305 * side + 0.040, 0.012
    away = np.hypot(h[0] - gaze_x, h[1] - gaze_y)
    eye = np.broadcast_to(rm.vector(0.60, 0.56, 0.52), h.shape)
    iris = rm.vector(0.10, 0.052, 0.022) * (1 + 0.9 * np.clip((away - 0.02) / 0.04, 0, 1))
    eye = _mix(eye, iris, np.clip((0.070 - away) / 0.008, 0, 1))
    eye = _mix(eye, rm.vector(0.01, 0.01, 0.01), np.clip((0.032 - away) / 0.006, 0, 1))
    shade = np.clip((m[1] - 0.01) / 0.06, 0, 1)
    eye = eye * (1 - 0.55 * shade)
    spark = np.hypot(h[0] - gaze_x + 0.022, h[1] - gaze_y - 0.022)
    eye = eye + np.clip((0.013 - spark) / 0.005, 0, 1) * 1.6
    lash = np.exp(-((_opening(m) / 0.011) ** 2)) * (m[1] > 0.0) * (m[2] > 0.5) * (~on_ball)
    color = _mix(color, rm.vector(0.03, 0.018, 0.012), lash * 0.9)
    return np.where(on_ball, eye, color), np.where(on_ball, 0.1, 0.5 + 0.2 * _lips(*m))


def _mix(a, b, amount):
    return a * (1 - amount) + b * amount


def _between(x, low, high, soft):
    return np.clip((x - low) / soft, 0, 1) * np.clip((high - x) / soft, 0, 1)
