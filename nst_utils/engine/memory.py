"""What the machine offers: the precision that pays, and the memory that is free.

Asks the processor, the GPU and the operating system, and refuses a run that would not fit.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import psutil

from nst_utils.base.errors import MemoryBudgetError, SettingError
from nst_utils.base.tensorflow import tf
from nst_utils.base.values import is_finite, shown
from nst_utils.networks.topologies import PRECISIONS

BF16_FLAGS = {"avx512_bf16", "amx_bf16"}  # without one of them bf16 is emulated, several times slower than float32
GIGABYTE = 1e9


def chosen_precision(precision: str) -> str:
    """``auto`` resolved: bfloat16 where the hardware multiplies in it, float16 on older GPUs, else float32."""
    if precision in PRECISIONS:
        return precision
    if precision != "auto":
        raise SettingError(f"precision is {precision!r}; choose one of {', '.join(('auto', *PRECISIONS))}.")
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        capability = tf.config.experimental.get_device_details(gpus[0]).get("compute_capability", (0, 0))
        return "bfloat16" if capability >= (8, 0) else "float16" if capability >= (7, 0) else "float32"
    return "bfloat16" if BF16_FLAGS & processor_flags() and _bf16_is_allowed() else "float32"


def _bf16_is_allowed() -> bool:
    """Whether oneDNN may use what the processor has; who stands in for an older one forbids it by a variable."""
    most = os.environ.get("ONEDNN_MAX_CPU_ISA", "DEFAULT").upper()
    return most in ("DEFAULT", "ALL") or any(part in most for part in ("BF16", "FP16", "AMX", "AVX10"))


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
    return objective.needed_memory(height, width)


def affordable(objectives: Sequence, shape: tuple[int, int], budget: float | None = None):
    """The first of several objectives, of which each sees a painting in another way, that fits into memory.

    Raise `MemoryBudgetError` with the largest size that fits, if none does at this size.

    Parameters
    ----------
    shape : height and width of the painting
    budget : gigabytes; default: what is free
    """
    if budget is not None and not (is_finite(budget) and budget > 0):
        raise SettingError(f"memory is {shown(budget)}; it is a number of gigabytes above 0.")
    allowed = free_memory() if budget is None else budget * GIGABYTE
    for objective in objectives:
        if needed_memory(objective, *shape) <= allowed:
            return objective

    def need(size: int) -> float:
        sides = [max(16, round(side * size / max(shape))) for side in shape]
        return min(needed_memory(objective, *sides) for objective in objectives)

    fits = max((size for size in range(16, max(shape), 16) if need(size) <= allowed), default=None)
    advice = f"The largest size that fits is {fits}." if fits else "No size fits: free some memory."
    raise MemoryBudgetError(
        f"A {shape[1]} x {shape[0]} painting needs about {need(max(shape)) / GIGABYTE:.2g} GB, "
        f"{allowed / GIGABYTE:.2g} GB {'are free' if budget is None else 'are allowed'}.\n"
        f"{advice} The mini weights need least."
    )
