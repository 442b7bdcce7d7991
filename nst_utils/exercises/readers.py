"""From whatever a student returns to the array that is compared, or to what is wrong with its form."""

import numbers as kinds
from typing import Any

import numpy as np

from nst_utils.base.tensorflow import tf
from nst_utils.exercises.verdict import kind_of

_MOST_NUMBERS = 1_000_000  # of an answer: a broadcast array has any number of them, in no memory
_PRECISE = ("float32", "float64")  # kinds of numbers in which an answer may come


class Misfit(Exception):
    """An answer that cannot be compared with the expected one; ``kind`` is the same for the same mistake."""

    def __init__(self, kind: str, message: str):
        super().__init__(message)
        self.kind = kind


def as_array(answer: Any, most: int = _MOST_NUMBERS) -> np.ndarray:
    """Whatever NumPy makes of an answer, up to so many numbers; fractions and large whole numbers become floats."""
    try:
        array = np.asarray(answer)
        if array.dtype.kind == "O" and 0 < array.size <= most and all(map(_is_number, array.flat)):
            array = array.astype(np.float64)
    except Exception as error:
        raise Misfit("type", f"The answer is a {kind_of(answer)} that holds no table of numbers.") from error
    if array.size > most:
        raise Misfit("too many", f"The answer has shape {array.shape}: {array.size:,} numbers are far too many.")
    return array


def numbers(answer: Any, *_) -> np.ndarray:
    """Any numbers: a Python number, a fraction, a list, an array, a tensor.

    Examples
    --------
    >>> numbers([1, 2]).tolist()
    [1.0, 2.0]
    """
    array = as_array(answer)
    if array.dtype.kind == "b":
        raise Misfit("truth values", "The answer holds True and False, not numbers.")
    if array.dtype.kind not in "iuf" and array.dtype.name != "bfloat16":
        raise Misfit("type", f"The answer is a {kind_of(answer)}, not numbers.")
    array = array.astype(np.float64)
    if not np.isfinite(array).all():
        raise Misfit("not finite", "The answer holds NaN or infinity.")
    return array


def number(answer: Any, *_) -> np.ndarray:
    """One number, which may lie in a list or an array of its own.

    Examples
    --------
    >>> number([2.5]).tolist()
    2.5
    """
    array = numbers(answer)
    return array.reshape(()) if array.size == 1 else array


def whole_number(answer: Any, *_) -> np.ndarray:
    """One number of a whole kind, which can count something: 8, and not 8.0.

    Examples
    --------
    >>> whole_number(np.int64(8)).tolist()
    8.0
    """
    array = number(answer)
    if as_array(answer).dtype.kind == "f" and not array.ndim:
        told = f"{float(array):.9g}"
        raise Misfit(f"float {told}", f"The answer is {told} as a {kind_of(answer)}; expected is a whole number.")
    return array


def precise_numbers(answer: Any, *_) -> np.ndarray:
    """Any numbers but those of 16 bits, which keep three digits.

    Examples
    --------
    >>> precise_numbers([0.5]).tolist()
    [0.5]
    """
    kind = as_array(answer).dtype
    if (kind.kind == "f" and kind.itemsize < 4) or kind.name == "bfloat16":
        raise Misfit("coarse", f"The answer has dtype {kind.name}, which keeps three digits at most.")
    return numbers(answer)


def tensor(answer: Any, *_) -> np.ndarray:
    """A tensor of float32, or finer, through which a gradient can flow."""
    array = numbers(answer)
    if not tf.is_tensor(answer):
        kind = "NumPy array" if isinstance(answer, np.ndarray | np.generic) else f"Python {kind_of(answer)}"
        raise Misfit(kind, f"The answer is a {kind}, not a tensor: no gradient flows through it.")
    if answer.dtype.name not in _PRECISE:
        raise Misfit("dtype", f"The answer has dtype {answer.dtype.name}; the input has {_PRECISE[0]}.")
    return array


def _is_number(value: Any) -> bool:
    """Whether an object is a real number, and neither true nor false; it is not asked itself."""
    return issubclass(type(value), kinds.Real) and type(value) is not bool
