"""What every drawn picture is made with: grids, noise, color ramps, soft shapes, layers and brush strokes.

A canvas is a float64 array (h, w, 3) of sRGB values in [0, 1]; a mask is (h, w) in [0, 1]. Everything random takes a
NumPy generator, so that a picture is the same on every machine.
"""

import numpy as np
from PIL import Image, ImageColor, ImageDraw
from scipy import ndimage


def grid(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Pixel centers as (y, x), both in units of the height, so that circles stay round."""
    y, x = np.mgrid[0:height, 0:width]
    return (y + 0.5) / height, (x + 0.5) / height


def color(name: str) -> np.ndarray:
    """An sRGB triple in [0, 1] from a hex or CSS color name."""
    return np.array(ImageColor.getrgb(name)[:3]) / 255


def noise(height: int, width: int, cells: float, rng: np.random.Generator, octaves: int = 5) -> np.ndarray:
    """Fractal value noise with mean 0 and deviation 1; ``cells`` is how many of its largest lumps fit the height."""
    total = np.zeros((height, width))
    for octave in range(octaves):
        step = height / (cells * 2**octave)
        if step < 1:
            break
        rows, columns = int(height / step) + 4, int(width / step) + 4
        lattice = rng.standard_normal((rows, columns))
        offset = rng.random(2)
        at = np.meshgrid(
            np.arange(height) / step + 1 + offset[0], np.arange(width) / step + 1 + offset[1], indexing="ij"
        )
        total += ndimage.map_coordinates(lattice, at, order=3, mode="reflect") * 0.5**octave
    return (total - total.mean()) / max(total.std(), 1e-9)


def smoothstep(low: float, high: float, value: np.ndarray) -> np.ndarray:
    """0 below ``low``, 1 above ``high``, and an S between."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def ramp(value: np.ndarray, stops: list[tuple[float, str]]) -> np.ndarray:
    """Colors (h, w, 3) for values (h, w), interpolated between (position, color) stops in linear light."""
    positions = [position for position, _ in stops]
    linear = np.array([color(name) ** 2.2 for _, name in stops])
    return np.stack([np.interp(value, positions, linear[:, k]) for k in range(3)], axis=-1) ** (1 / 2.2)


def over(canvas: np.ndarray, paint: np.ndarray | str, mask: np.ndarray) -> np.ndarray:
    """``paint`` (a color, a triple or a canvas) laid on ``canvas`` where ``mask`` is 1."""
    paint = color(paint) if isinstance(paint, str) else paint
    mask = mask[..., None]
    return canvas * (1 - mask) + paint * mask


def glow(canvas: np.ndarray, light: np.ndarray | str, mask: np.ndarray) -> np.ndarray:
    """``light`` added to ``canvas`` by screening: it brightens and never clips hard."""
    light = color(light) if isinstance(light, str) else light
    return 1 - (1 - canvas) * (1 - light * mask[..., None])


def polygon(height: int, width: int, points: list[tuple[float, float]], oversample: int = 4) -> np.ndarray:
    """The anti-aliased mask of a polygon; points are (x, y) in units of the height."""
    sheet = Image.new("L", (width * oversample, height * oversample))
    ImageDraw.Draw(sheet).polygon([(x * height * oversample, y * height * oversample) for x, y in points], fill=255)
    return np.asarray(sheet.resize((width, height), Image.Resampling.BOX), dtype=float) / 255


def lines(height: int, width: int, paths: list[list[tuple[float, float]]], thickness: float, oversample: int = 4):
    """The anti-aliased mask of polylines; points and thickness in units of the height."""
    sheet = Image.new("L", (width * oversample, height * oversample))
    pen = ImageDraw.Draw(sheet)
    scale = height * oversample
    for path in paths:
        corners = [(x * scale, y * scale) for x, y in path]
        pen.line(corners, fill=255, width=max(1, round(thickness * scale)), joint="curve")
    return np.asarray(sheet.resize((width, height), Image.Resampling.BOX), dtype=float) / 255


def blur(image: np.ndarray, sigma: float) -> np.ndarray:
    """A Gaussian blur of a mask or a canvas; sigma in pixels."""
    return ndimage.gaussian_filter(image, (sigma, sigma, 0) if image.ndim == 3 else sigma, mode="nearest")


def smooth_path(points: list[tuple[float, float]], samples: int = 200) -> list[tuple[float, float]]:
    """A curve through the given points (cubic spline over the chord length)."""
    from scipy.interpolate import CubicSpline

    points = np.asarray(points, dtype=float)
    chord = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    return [tuple(p) for p in CubicSpline(chord, points)(np.linspace(0, chord[-1], samples))]


def streaks(texture: np.ndarray, angle: np.ndarray, reach: int) -> np.ndarray:
    """``texture`` (h, w) smeared along a field of angles, ``reach`` pixels each way (line integral convolution)."""
    height, width = angle.shape
    dy, dx = np.sin(angle), np.cos(angle)
    total = texture.copy()
    for sign in (-1, 1):
        y, x = np.mgrid[0:height, 0:width].astype(float)
        for _ in range(reach):
            row, column = np.clip(y, 0, height - 1).astype(int), np.clip(x, 0, width - 1).astype(int)
            y, x = y + sign * dy[row, column], x + sign * dx[row, column]
            total += texture[row, column]
    return (total - total.mean()) / total.std()


def strokes(
    canvas: np.ndarray,
    colors: np.ndarray,
    angle: np.ndarray,
    rng: np.random.Generator,
    *,
    count: int,
    length: float,
    width: float,
    jitter: float = 0.06,
    relief: float = 0.12,
    where: np.ndarray | None = None,
) -> np.ndarray:
    """Brush strokes that follow a field of angles, each with bristles, in the color found under its middle.

    ``colors`` (h, w, 3) gives the paint, ``angle`` (h, w) the direction in radians, ``length`` and ``width`` are in
    pixels, ``jitter`` is how much a stroke's color strays, ``relief`` how strong the light on its ridge is. A mask
    ``where`` says how likely a stroke is to have its middle at a pixel; without it all are alike.
    """
    height, breadth = angle.shape
    chances = None if where is None else np.cumsum(where.ravel() / where.sum())
    across_field, down_field = np.cos(angle), np.sin(angle)
    scale = 2
    sheet = Image.fromarray(np.uint8(np.clip(canvas, 0, 1) * 255)).resize((breadth * scale, height * scale))
    pen = ImageDraw.Draw(sheet)
    for _ in range(count):
        if chances is None:
            y, x = rng.random() * height, rng.random() * breadth
        else:
            at = min(np.searchsorted(chances, rng.random()), angle.size - 1)
            y, x = at // breadth + rng.random(), at % breadth + rng.random()
        paint = colors[int(y), int(x)] + jitter * rng.standard_normal() + jitter * 0.5 * rng.standard_normal(3)
        path = _follow(across_field, down_field, y, x, length * rng.uniform(0.6, 1.3))
        thick = width * rng.uniform(0.6, 1.3)
        bristles = max(3, int(thick))
        for bristle in range(bristles):
            across = (bristle + 0.5) / bristles - 0.5
            light = relief * (-across * 1.4 + 0.5 * rng.standard_normal())
            ink = tuple(min(max(int((v + light) * 255), 0), 255) for v in paint.tolist())
            start, stop = sorted(rng.integers(0, [len(path) // 5 + 1, len(path)]))
            stop = max(stop, len(path) * 4 // 5)
            pen.line(
                [
                    ((px + across * thick * nx) * scale, (py + across * thick * ny) * scale)
                    for px, py, nx, ny in path[start:stop]
                ],
                fill=ink,
                width=max(1, round(scale * thick / bristles * 1.3)),
            )
    return np.asarray(sheet.resize((breadth, height), Image.Resampling.LANCZOS), dtype=float) / 255


def _follow(across: np.ndarray, down: np.ndarray, y: float, x: float, length: float, step: float = 2.0):
    """Points (x, y, normal x, normal y) along the field (across, down), starting half a length upstream."""
    height, breadth = across.shape

    def walk(sign):
        py, px, points = y, x, []
        for _ in range(max(2, int(length / 2 / step))):
            row, column = min(max(int(py), 0), height - 1), min(max(int(px), 0), breadth - 1)
            dx, dy = across.item(row, column), down.item(row, column)
            points.append((px, py, -dy, dx))
            px, py = px + sign * step * dx, py + sign * step * dy
        return points

    return walk(-1)[::-1] + walk(1)[1:]
