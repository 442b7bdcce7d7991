"""What the machine offers: the precision that pays, and the memory that is free.

Floor 5, below the run: asks the processor, the GPU and the operating system, and refuses a run that would not fit.
"""

from collections.abc import Sequence
from numbers import Real
from pathlib import Path

import psutil

from nst_utils.base.errors import MemoryBudgetError, SettingError
from nst_utils.base.tensorflow import tf
from nst_utils.engine.tiles import Tiled
from nst_utils.networks.first_blocks import HALO, POOL, STRIPS

PRECISIONS = ("auto", "float32", "bfloat16", "float16")
BF16_FLAGS = {"avx512_bf16", "amx_bf16"}  # without one of them bf16 is emulated, several times slower than float32
GIGABYTE = 1e9
PICTURES_HELD = 18  # by a step in tiles: two moments, shifts, differences for the total variation, sums of gradients
CONTENT_MAPS_HELD = 3  # the wanted one, that of the painting, their difference


def chosen_precision(precision: str) -> str:
    """``auto`` resolved: bfloat16 where the hardware multiplies in it, float16 on older GPUs, else float32."""
    if precision not in PRECISIONS:
        raise SettingError(f"precision is {precision!r}; choose one of {', '.join(PRECISIONS)}.")
    if precision != "auto":
        return precision
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        capability = tf.config.experimental.get_device_details(gpus[0]).get("compute_capability", (0, 0))
        return "bfloat16" if capability >= (8, 0) else "float16" if capability >= (7, 0) else "float32"
    return "bfloat16" if BF16_FLAGS & processor_flags() else "float32"


def processor_flags(cpuinfo: Path = Path("/proc/cpuinfo")) -> set[str]:
    """The instruction sets Linux lists for the processor; empty on other systems."""
    try:
        lines = cpuinfo.read_text().splitlines()
    except OSError:
        return set()
    return next((set(line.split(":", 1)[1].split()) for line in lines if line.startswith("flags")), set())


def free_memory(cgroup: Path = Path("/sys/fs/cgroup")) -> float:
    """Bytes this process may still take: what the system has available, less where a container is limited."""
    free = psutil.virtual_memory().available
    try:
        limit, used = (int((cgroup / name).read_text()) for name in ("memory.max", "memory.current"))
        kinds = dict(line.split() for line in (cgroup / "memory.stat").read_text().splitlines())
    except (OSError, ValueError):  # no such files, or "max"
        return free
    return min(free, limit - used + int(kinds.get("inactive_file", 0)))  # cached files make room when asked


def needed_memory(objective, height: int, width: int) -> float:
    """Bytes that a step on a picture of this size takes beyond what is loaded."""
    layers, network, pixels = objective.layers(), 0, height * width
    if isinstance(objective, Tiled):  # maps exist a tile at a time; the whole are some pictures, and the content's maps
        whole = (PICTURES_HELD * 3 + CONTENT_MAPS_HELD * objective.content_numbers()) * 4 * pixels
        height, width = (min(side, objective.tile + 2 * objective.margin) for side in (height, width))
        pixels = height * width
    else:
        whole = 0
    if layers:
        network = objective.backbone.activation_bytes(layers, height, width, objective.precision)
    if objective.strips:  # the first blocks exist a strip at a time, with the rows it shares with its neighbors
        blocks = objective.backbone.activation_bytes(POOL, height, width, objective.precision)
        network += (1 / STRIPS + 2 * HALO / height - 1) * blocks
    return network + 39 * 3 * 4 * pixels + whole + 100e6


def affordable(objectives: Sequence, shape: tuple[int, int], budget: float | None = None):
    """The first of several ways to look at a painting that fits into memory.

    Raise `MemoryBudgetError` with the largest size that fits, if none does at this size.

    Parameters
    ----------
    shape : height and width of the painting
    budget : gigabytes; default: what is free
    """
    if budget is not None and not (isinstance(budget, Real) and budget > 0):
        raise SettingError(f"memory is {budget!r}; it is a number of gigabytes above 0.")
    allowed = free_memory() if budget is None else budget * GIGABYTE
    for objective in objectives:
        if needed_memory(objective, *shape) <= allowed:
            return objective

    def need(size: int) -> float:
        sides = [max(16, round(side * size / max(shape))) for side in shape]
        return min(needed_memory(objective, *sides) for objective in objectives)

    fits = max((size for size in range(16, max(shape), 16) if need(size) <= allowed), default=None)
    way_out = f"The largest size that fits is {fits}." if fits else "No size fits: free some memory."
    raise MemoryBudgetError(
        f"A {shape[1]} x {shape[0]} painting needs about {need(max(shape)) / GIGABYTE:.2g} GB, "
        f"{allowed / GIGABYTE:.2g} GB {'are free' if budget is None else 'are allowed'}.\n"
        f"{way_out} Or choose mini weights."
    )
