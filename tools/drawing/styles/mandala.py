"""A painted wheel: wreaths of petals in gouache with gold and ink lines of several weights, on a night-blue ground."""

import numpy as np

from tools.drawing.canvas import color, grid, noise, ramp, smoothstep

GOLD = [(0, "#5a3208"), (0.35, "#b07a1e"), (0.6, "#e8bb4a"), (0.85, "#fbe69a"), (1, "#fffbe0")]
INK = "#0a0618"
SIZE, SCALE = 640, 2


def mandala() -> np.ndarray:
    """Draw the picture, (640, 640, 3)."""
    rng = np.random.default_rng(12)
    y, x = grid(SIZE * SCALE, SIZE * SCALE)
    y, x = y - 0.5 + 0.0016 * noise(*y.shape, 9, rng, 2), x - 0.5 + 0.0016 * noise(*y.shape, 9, rng, 2)
    pigment = 0.6 * noise(*y.shape, 7, rng) + 0.4 * noise(*y.shape, 70, rng, 3)
    night = [(0, "#120828"), (0.35, "#2a1450"), (0.6, "#14305c"), (0.8, "#0f5468")]
    canvas = ramp(0.80 - np.hypot(y, x) + 0.12 * pigment, night)
    _rosette(canvas, y, x, pigment)
    half = SIZE * SCALE // 2
    for rows in (slice(0, half), slice(half, None)):
        for columns in (slice(0, half), slice(half, None)):
            at = rows, columns
            _corner(canvas[at], abs(y[at]) - 0.5, abs(x[at]) - 0.5, pigment[at])
    canvas *= 1 + 0.03 * noise(*y.shape, 200, rng, 2)[..., None]
    return np.clip(canvas.reshape(SIZE, SCALE, SIZE, SCALE, 3).mean((1, 3)), 0, 1)


def _rosette(canvas, y, x, pigment):
    wheel = _Wheel(canvas, y, x, pigment)
    for at, count in [(0.505, 120), (0.53, 60), (0.56, 96), (0.60, 60), (0.64, 72)]:
        wheel.beads(at, count, 0.0032 if count > 80 else 0.0055, "#e8bb4a" if count > 80 else "#5fc0c8")
    wheel.scallops(0.478, 60, 0.016)
    wheel.disc(0.474, "#1a0f38")
    wheel.lattice(0.395, 0.474, 96)
    wheel.wreath(0.30, 0.470, 24, 0.5, "lotus", ["#0a2a5a", "#2a80c8", "#c0f0f4"], veins=True)
    wheel.wreath(0.28, 0.450, 24, 0, "lotus", ["#4a0a2c", "#d02a4a", "#ffb07a"], veins=True)
    wheel.wreath(0.28, 0.400, 24, 0, "lotus", ["#04303c", "#1a9c90", "#d0f8c8"])
    wheel.ring(0.327, 0.007)
    wheel.disc(0.322, "#0a1c38")
    wheel.lattice(0.255, 0.322, 72)
    wheel.wreath(0.14, 0.318, 12, 0.5, "round", ["#1a0a4a", "#6a48c8", "#d8c8ff"], veins=True)
    wheel.wreath(0.14, 0.268, 12, 0.5, "round", ["#06363c", "#169a86", "#c8f4b8"])
    wheel.wreath(0.12, 0.300, 12, 0, "lotus", ["#4a1208", "#e0601a", "#ffdc68"], veins=True)
    wheel.wreath(0.12, 0.238, 12, 0, "lotus", ["#6a0a2a", "#d8304a", "#ffc09a"])
    wheel.beads(0.309, 24, 0.0068, "#fff0b8", phase=0.5)
    wheel.ring(0.178, 0.006)
    wheel.beads(0.1655, 72, 0.0042, "#fbe69a")
    wheel.disc(0.159, "#1c0c3a")
    wheel.wreath(0.07, 0.157, 16, 0, "lotus", ["#2a1060", "#8a4ac8", "#f4c8f8"], veins=True)
    wheel.wreath(0.05, 0.132, 16, 0.5, "lotus", ["#062a5a", "#1f88c8", "#b8f4f0"])
    wheel.ring(0.088, 0.004)
    wheel.disc(0.086, "#5a0a28")
    wheel.beads(0.077, 16, 0.0045, "#fff8d8", phase=0.5)
    wheel.wreath(0.02, 0.083, 8, 0, "lotus", ["#7a1420", "#f0583a", "#ffe0a8"], veins=True)
    wheel.wreath(0.0, 0.046, 8, 0.5, "round", ["#7a4a08", "#f0b020", "#fff4b0"])
    wheel.disc(0.014, "#2a0f4a")
    wheel.beads(0.0, 1, 0.007, "#fff8d8")


def _corner(canvas, y, x, pigment):
    wheel = _Wheel(canvas, y, x, pigment)
    wheel.scallops(0.196, 40, 0.011)
    wheel.disc(0.193, "#2a0f3a")
    wheel.wreath(0.05, 0.190, 20, 0, "lotus", ["#3a0c38", "#b8305a", "#ffa88a"], veins=True)
    wheel.wreath(0.05, 0.165, 20, 0.5, "round", ["#083248", "#1a8a92", "#b8ecd0"], veins=True)
    wheel.ring(0.116, 0.004)
    wheel.disc(0.113, "#10204a")
    wheel.beads(0.104, 40, 0.004, "#fbe69a")
    wheel.wreath(0.0, 0.098, 12, 0, "lotus", ["#6a2208", "#e8862a", "#ffe48a"], veins=True)
    wheel.wreath(0.0, 0.062, 12, 0.5, "round", ["#5a0a38", "#d83a6a", "#ffd0c0"])
    wheel.disc(0.022, "#2a1450")
    wheel.beads(0.0, 1, 0.012, "#fff8d8")


class _Wheel:
    """A canvas seen in polar coordinates around one center; wreaths, rings and beads are painted into it in turn."""

    def __init__(self, canvas, y, x, pigment):
        self.canvas, self.pigment = canvas, pigment
        self.radius, self.bearing = np.hypot(y, x), np.arctan2(y, x) / (2 * np.pi)
        self.edge = 0.6 / (SIZE * SCALE)  # half the width of a soft edge, in heights
        self.gold = ramp(0.5 + 0.22 * pigment + 0.25 * np.sin(14 * (x + y)), GOLD)

    def _annulus(self, low, high):
        """Where the distance from the center is between the two: all is computed on these pixels only."""
        return np.nonzero((self.radius > low) & (self.radius < high))

    def _lay(self, at, paint, mask):
        paint = color(paint) if isinstance(paint, str) else paint
        self.canvas[at] += (paint - self.canvas[at]) * mask[..., None]

    def _fill(self, at, paint, distance):
        self._lay(at, paint, smoothstep(-self.edge, self.edge, distance))

    def _line(self, at, paint, distance, weight, inside=1.0):
        self._lay(at, paint, (1 - smoothstep(weight - self.edge, weight + self.edge, np.abs(distance))) * inside)

    def wreath(self, low, high, count, phase, shape, colors, *, veins=False):
        """Petals from radius ``low`` to ``high``: shadow, shaded body, veins, an inner line, ink and gold around."""
        size = high - low
        at = self._annulus(low, high + 0.02)
        radius, pigment, gold = self.radius[at], self.pigment[at], self.gold[at]
        u = np.abs((self.bearing[at] * count + phase) % 1 - 0.5)
        t = (radius - low) / size
        s = np.clip(t, 0, 1)
        half = _half_width(shape, s)
        arc = 2 * np.pi * radius / count
        down = np.gradient(_half_width(shape, np.linspace(0, 1, 201)), 1 / 200)[np.int64(s * 200)]
        distance = np.minimum((half - u) * arc / np.hypot(1, down * arc / size), high - radius)
        body = smoothstep(-self.edge, self.edge, distance)
        self._lay(at, "#05030f", 0.6 * np.exp(-((np.minimum(distance, 0) / (0.05 * size)) ** 2)) * (1 - body))
        tone = 1.05 * s - 0.24 + 0.09 * pigment + 0.26 * smoothstep(0.0, 0.12 * size, distance)
        dark, middle, light = colors
        self._fill(at, ramp(tone, [(0, dark), (0.5, middle), (1.0, light)]), distance)
        if veins:
            inner = smoothstep(0.05 * size, 0.09 * size, distance) * smoothstep(0.2, 0.45, s)
            across = np.abs((s * 10 + 2.4 * u / np.maximum(half, 0.05)) % 1 - 0.5) * size / 10
            self._line(at, color(dark) * 0.7, across, 0.0007, 0.7 * inner)
            self._line(at, gold, u * arc, 0.0012, smoothstep(0.2, 0.3, s) * (1 - smoothstep(0.82, 0.86, s)))
        self._line(at, light, distance - 0.09 * size, 0.0008, 0.85)
        self._line(at, INK, distance, 0.0036)
        self._line(at, gold, distance - 0.0004, 0.0018)

    def ring(self, at_radius, weight):
        """A band of gold with ink on both sides and a fine line in its middle."""
        at = self._annulus(at_radius - 2 * weight, at_radius + 2 * weight)
        off = self.radius[at] - at_radius
        for paint, width in ((INK, 1.5 * weight), (self.gold[at], weight), ("#3a1a08", 0.0007)):
            self._line(at, paint, off, width)

    def disc(self, limit, paint):
        """A flat ground up to the radius, with the grain of the pigment."""
        at = self._annulus(-1, limit + 0.01)
        self._fill(at, color(paint) * (1 + 0.15 * self.pigment[at][..., None]), limit - self.radius[at])

    def beads(self, at_radius, count, size, paint, phase=0.0):
        """A string of round beads, each with a light."""
        at = self._annulus(at_radius - 2 * size, at_radius + 2 * size)
        around = ((self.bearing[at] * count + phase) % 1 - 0.5) * 2 * np.pi * at_radius / count
        far = np.hypot(around, self.radius[at] - at_radius)
        self._fill(at, color(INK), size * 1.35 - far)
        self._fill(at, ramp(1 - far / size * 0.9, [(0, "#a8641a"), (0.6, paint), (1, "#ffffff")]), size - far)

    def scallops(self, at_radius, count, size):
        """A hem of half circles."""
        self.beads(at_radius, count, size, "#e8bb4a")
        self.beads(at_radius, count, size * 0.62, "#d83a5a")
        self.ring(at_radius - 0.004, 0.005)

    def lattice(self, low, high, count):
        """Crossed gold threads with turquoise knots."""
        at = self._annulus(low, high)
        t = (self.radius[at] - low) / (high - low)
        for sign in (-1, 1):
            across = ((self.bearing[at] * count + sign * t * 1.5) % 1 - 0.5) * 2 * np.pi * self.radius[at] / count
            self._line(at, self.gold[at], across, 0.0010, 0.8)
        self.beads((low + high) / 2, count, 0.0028, "#7ff0e0")


def _half_width(shape, s):
    """Half the width of a petal, in petals, at the share ``s`` of its length."""
    if shape == "lotus":
        return 0.62 * np.sin(np.pi * s**0.8) ** 0.75 * (1 - s**5)
    return 0.52 * np.sqrt(1 - np.clip((s - 0.45) / 0.55, 0, 1) ** 2.6) * smoothstep(-0.2, 0.5, s)
