"""Small questions about values: one out of a table, what tells two arrays apart, what JSON can hold."""

import math
from collections.abc import Mapping
from hashlib import sha256
from numbers import Integral, Real
from typing import Any

import numpy as np

from nst_utils.base.errors import SettingError

LONGEST = 80  # letters of a wrong value that are shown
DEEPEST = 4  # lists in lists: no setting has more


def chosen(kind: str, name: Any, table: Mapping) -> Any:
    """The entry of that name, or an error that lists the names.

    Examples
    --------
    >>> chosen("method", "lbfgs", {"adam": 0.02, "lbfgs": 1.0})
    1.0
    """
    if not isinstance(name, str) or name not in table:
        raise SettingError(f"{kind} is {shown(name)}; choose one of {', '.join(table)}.")
    return table[name]


def shown(value: Any) -> str:
    """A value as an error shows it: on one line, and not at length.

    Examples
    --------
    >>> shown("a\\nb"), shown("x" * 1000)[-5:]
    ("'a\\\\nb'", 'xx...')
    """
    try:
        text = repr(value)
    except Exception:  # of an object that cannot say what it is
        text = f"a {type(value).__name__}"
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def is_whole(value: Any) -> bool:
    """Whether a value is a whole number; True and False are none."""
    return isinstance(value, Integral) and not isinstance(value, bool | np.bool_)


def is_finite(value: Any) -> bool:
    """Whether a value is a finite number; True and False are none."""
    if not isinstance(value, Real) or isinstance(value, bool | np.bool_):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number of hundreds of digits
        return False


def fingerprint(values: np.ndarray) -> str:
    """What tells one array from another: the checksum of its numbers."""
    return sha256(np.ascontiguousarray(values).tobytes()).hexdigest()


def json_setting(value: Any) -> Any:
    """A setting as JSON can hold it; a picture by its fingerprint."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist() if value.ndim < 2 else fingerprint(value)
    if isinstance(value, Mapping):
        return {str(name): float(weight) for name, weight in value.items()}
    if isinstance(value, list | tuple):
        return [json_setting(each) for each in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
