"""Whether NumPy and TensorFlow are what they were: references are computed and answers compared with them.

Somebody who writes ``np.sum = ...`` or ``tf.reduce_mean = ...`` in a notebook has changed both for the whole kernel.
"""

import sys
from types import FunctionType, ModuleType

import numpy  # noqa: F401  there from now on

_PLACES = {"numpy": ("linalg", "random"), "tensorflow": ("math", "nn", "linalg", "image")}
_first: dict[str, dict] = {}  # what each place held when it was first looked at


def replaced() -> list[str]:
    """Functions that somebody has exchanged, such as "numpy.allclose": since the first call, or in a notebook's cell.

    Examples
    --------
    >>> replaced()
    []
    """
    found = []
    for name, module in _places():
        now = dict(vars(module))
        of_cells = {key for key, value in now.items() if type(value) is FunctionType and value.__module__ == "__main__"}
        first = _first.setdefault(name, {key: now[key] for key in now.keys() - of_cells if callable(now[key])})
        changed = {key for key, value in now.items() if first.get(key, value) is not value}
        found += [f"{name}.{key}" for key in sorted(changed | of_cells)]
    return found


def _places() -> list[tuple[str, ModuleType]]:
    libraries = {name: sys.modules[name] for name in _PLACES if name in sys.modules}
    inside = {f"{name}.{part}": getattr(library, part) for name, library in libraries.items() for part in _PLACES[name]}
    return [(name, module) for name, module in (libraries | inside).items() if isinstance(module, ModuleType)]


replaced()  # NumPy as it is now, before the first answer
