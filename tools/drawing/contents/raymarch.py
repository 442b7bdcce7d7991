"""A small ray marcher: rays, distance functions of simple bodies, soft shadows and occlusion.

Points are float32 arrays (3, n) with rows x (right), y (up), z (toward the viewer). A scene is a function from points
to signed distances (n,), negative inside; the marcher walks each ray by the distance to the nearest surface.
"""

from collections.abc import Callable

import numpy as np

Scene = Callable[[np.ndarray], np.ndarray]
TILE = 1 << 15  # rays marched together: few enough to stay in the processor's cache


def vector(*values: float) -> np.ndarray:
    """A column (3, 1) that broadcasts over points."""
    return np.array(values, dtype=np.float32)[:, None]


def unit(v: np.ndarray) -> np.ndarray:
    """``v`` (3, n) at length 1."""
    return v / np.sqrt(np.maximum((v * v).sum(axis=0), 1e-12))


def dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The scalar products (n,) of two rows of vectors (3, n)."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def turned(p: np.ndarray, degrees: float, axis: int = 1) -> np.ndarray:
    """Points in the frame of a body that is turned by ``degrees`` around an axis (0 x, 1 y, 2 z) of its own."""
    c, s = np.float32(np.cos(np.radians(degrees))), np.float32(np.sin(np.radians(degrees)))
    x, y, z = p
    if axis == 0:
        return np.stack([x, c * y + s * z, c * z - s * y])
    if axis == 1:
        return np.stack([c * x - s * z, y, s * x + c * z])
    return np.stack([c * x + s * y, c * y - s * x, z])


def camera(height: int, width: int, eye, target, lens: float) -> tuple[np.ndarray, np.ndarray]:
    """Eye (3, 1) and unit directions (3, h * w); ``lens`` is the focal length in picture heights."""
    eye, target = vector(*eye), vector(*target)
    forward = unit(target - eye)
    right = unit(np.cross(forward[:, 0], [0, 1, 0]).astype(np.float32)[:, None])
    up = np.cross(right[:, 0], forward[:, 0])[:, None]
    row, column = np.mgrid[0:height, 0:width].reshape(2, -1).astype(np.float32)
    across, above = (column + 0.5 - width / 2) / height, (height / 2 - row - 0.5) / height
    return eye, unit(forward * np.float32(lens) + right * across + up * above).astype(np.float32)


def project(points, height: int, width: int, eye, target, lens: float) -> np.ndarray:
    """Where points (k, 3) fall in the picture: (k, 2) of x and y in units of its height."""
    eye, target = vector(*eye), vector(*target)
    forward = unit(target - eye)
    right = unit(np.cross(forward[:, 0], [0, 1, 0]).astype(np.float32)[:, None])
    up = np.cross(right[:, 0], forward[:, 0])[:, None]
    seen = np.asarray(points, dtype=np.float32).T - eye
    depth = dot(forward, seen)
    return np.stack([width / height / 2 + lens * dot(right, seen) / depth, 0.5 - lens * dot(up, seen) / depth], axis=1)


def march(scene: Scene, origin, direction, far: float, near: float = 0.01, steps: int = 110, detail: float = 4e-4):
    """How far each ray goes (n,); infinite where it meets nothing before ``far``."""
    count = direction.shape[1]
    origin = np.broadcast_to(origin, direction.shape)
    travelled = np.broadcast_to(np.float32(near), count).astype(np.float32)
    for start in range(0, count, TILE):
        active = np.arange(start, min(start + TILE, count))
        for _ in range(steps):
            t = travelled[active]
            gap = scene(origin[:, active] + direction[:, active] * t)
            travelled[active] = t + gap
            active = active[(gap > detail * t) & (t < far)]
            if not active.size:
                break
    return np.where(travelled < far, travelled, np.inf).astype(np.float32)


def look(scene: Scene, origin, rays, height: int, width: int, far: float, near: float, block: int = 8, **march_options):
    """`march` for a whole picture: rays through the middles of blocks first go as far as their block's cone is free."""
    pick = (np.arange(block // 2, height, block)[:, None] * width + np.arange(block // 2, width, block)).ravel()
    lead = rays[:, pick]
    spread = np.sqrt(((rays[:, 1] - rays[:, 0]) ** 2).sum()) * block * 1.1  # wider than half a block's diagonal
    start = march(scene, origin, lead, far, near, detail=float(spread))
    start = np.minimum(start, far).reshape(len(range(block // 2, height, block)), -1)
    start = np.repeat(np.repeat(start, block, axis=0), block, axis=1)[:height, :width].ravel()
    return march(scene, origin, rays, far, start * np.float32(1 - spread), **march_options)


def normals(scene: Scene, p: np.ndarray, reach: float = 2e-3) -> np.ndarray:
    """Unit normals (3, n) from four distances around each point (a tetrahedron)."""
    total = np.zeros_like(p)
    for corner in ((1, -1, -1), (-1, -1, 1), (-1, 1, -1), (1, 1, 1)):
        total += vector(*corner) * in_tiles(scene, p + reach * vector(*corner))
    return unit(total)


def nearest(parts: Callable[[np.ndarray], np.ndarray], p: np.ndarray) -> np.ndarray:
    """Which of the bodies (k, n) each point lies on."""
    return np.concatenate([parts(p[:, at : at + TILE]).argmin(axis=0) for at in range(0, p.shape[1], TILE)])


def in_tiles(scene: Scene, p: np.ndarray) -> np.ndarray:
    """Distances at many points, a tile at a time."""
    return np.concatenate([scene(p[:, at : at + TILE]) for at in range(0, p.shape[1], TILE)] or [p[0]])


def lit(scene: Scene, p: np.ndarray, light: np.ndarray, far: float, hardness: float, steps: int = 40) -> np.ndarray:
    """How much of the light each point sees, 0 to 1: rays that pass close to a body lose part (a penumbra)."""
    count = p.shape[1]
    seen = np.ones(count, dtype=np.float32)
    light = np.broadcast_to(light, p.shape)
    for start in range(0, count, TILE):
        active = np.arange(start, min(start + TILE, count))
        t = np.full(active.size, 0.01 * far, dtype=np.float32)
        for _ in range(steps):
            gap = scene(p[:, active] + light[:, active] * t)
            seen[active] = np.minimum(seen[active], np.clip(hardness * gap / t, 0, 1))
            t = t + np.clip(gap, 0.006 * far, 0.12 * far)
            going = (seen[active] > 0.01) & (t < far)
            active, t = active[going], t[going]
            if not active.size:
                break
    return seen * seen * (3 - 2 * seen)


def openness(scene: Scene, p: np.ndarray, normal: np.ndarray, reach: float, samples: int = 5) -> np.ndarray:
    """How open the surroundings are, 0 to 1 (ambient occlusion from a few probes along the normal)."""
    closed = np.zeros(p.shape[1], dtype=np.float32)
    for k in range(1, samples + 1):
        probe = reach * k / samples
        closed += np.maximum(probe - in_tiles(scene, p + normal * np.float32(probe)), 0) * 0.8**k
    return np.clip(1 - 1.6 * closed / reach, 0, 1)


def ball(p, center, radius):
    """A sphere."""
    q = p - vector(*center)
    return np.sqrt(dot(q, q)) - np.float32(radius)


def ellipsoid(p, center, radii):
    """An ellipsoid (a bound that is exact on the surface)."""
    q = (p - vector(*center)) / vector(*radii)
    slope = q / vector(*radii)
    length = np.sqrt(dot(q, q))
    return length * (length - 1) / np.sqrt(np.maximum(dot(slope, slope), 1e-9))


def limb(p, start, end, thick, thin=None):
    """A capsule that tapers from ``thick`` at its start to ``thin`` at its end."""
    axis = vector(*end) - vector(*start)
    q = p - vector(*start)
    along = np.clip(dot(q, axis) / dot(axis, axis), 0, 1)
    q = q - axis * along
    return np.sqrt(dot(q, q)) - np.float32(thick) - np.float32((thick if thin is None else thin) - thick) * along


def block(p, center, half, rounding: float = 0.0):
    """A box with half sizes ``half`` and rounded edges."""
    q = np.abs(p - vector(*center)) - vector(*half) + np.float32(rounding)
    outside = np.maximum(q, 0)
    return np.sqrt(dot(outside, outside)) + np.minimum(q.max(axis=0), 0) - np.float32(rounding)


def joined(a, b, soft: float):
    """The union of two bodies, their seam filled over ``soft``."""
    fill = np.maximum(np.float32(soft) - np.abs(a - b), 0)
    return np.minimum(a, b) - fill * fill / np.float32(4 * soft)


def carved(a, b, soft: float):
    """Body ``a`` without ``b``, the edge rounded over ``soft``."""
    return -joined(-a, b, soft)


def finished(light: np.ndarray, height: int, width: int, oversample: int) -> np.ndarray:
    """Linear light (3, n) of an oversampled picture as an sRGB canvas (height, width, 3), highlights rolled off."""
    light = np.clip(light, 0, None)
    light = light * (1 + light / 9) / (1 + light * 0.45)
    picture = light.T.reshape(height, oversample, width, oversample, 3).mean(axis=(1, 3))
    return np.clip(picture, 0, 1) ** (1 / 2.2)
