"""What a check says, as text and for a notebook.

Nothing is told by color alone: a sign and a word stand beside it. Text takes the color of the page, so that it can be
read on light and dark.
"""

import html
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

NOT_ATTEMPTED, WRONG, PASSED = "not attempted", "wrong", "passed"
SIGNS = {NOT_ATTEMPTED: "○", WRONG: "✗", PASSED: "✓"}
COLORS = {NOT_ATTEMPTED: "#888888", WRONG: "#D55E00", PASSED: "#009E73"}  # Okabe, Ito 2008
_MOST_READ = 100_000_000  # numbers that are looked at: a broadcast array has any number of them, in no memory
_MOST = 150  # numbers that are all shown
_LONGEST_TABLE = 2_500  # characters of these
_LONGEST = 400  # characters of other values


@dataclass(frozen=True, repr=False)
class Verdict:
    """The outcome of a check: ``state`` is "not attempted", "wrong" or "passed".

    Parameters
    ----------
    exercise : its name
    state : one of the three
    lines : what is wrong, or what was checked
    example : labels and texts of the smallest input on which it shows
    hint : the likely cause

    Examples
    --------
    >>> Verdict("gram_matrix", PASSED, ("symmetry",))
    ✓ gram_matrix: passed
      - symmetry
    """

    exercise: str
    state: str
    lines: tuple[str, ...]
    example: tuple[tuple[str, str], ...] = ()
    hint: str = ""

    @property
    def passed(self) -> bool:
        """Whether everything that was checked is right."""
        return self.state == PASSED

    @property
    def title(self) -> str:
        """Sign, name and state."""
        return f"{SIGNS[self.state]} {self.exercise}: {self.state}"

    @property
    def footer(self) -> str:
        """Where help is."""
        return "" if self.passed else f'More help: nst.hint("{self.exercise}", 1)'

    def __repr__(self) -> str:
        bullet = "- " if self.passed else ""
        parts = [self.title, *(f"  {bullet}{line}" for line in self.lines)]
        parts += [f"  Likely cause: {self.hint}"] if self.hint else []
        for label, text in self.example:
            parts += [f"  {label}:", *(f"    {line}" for line in text.splitlines())]
        return "\n".join([*parts, *([f"  {self.footer}"] if self.footer else [])])

    def _repr_html_(self) -> str:
        said = html.escape
        if self.passed:
            body = f"<ul>{''.join(f'<li>{said(line)}</li>' for line in self.lines)}</ul>"
        else:
            body = "".join(f"<p>{said(line)}</p>" for line in self.lines)
        body += f"<p><strong>Likely cause:</strong> {said(self.hint)}</p>" if self.hint else ""
        if self.example:
            rows = "".join(
                f'<dt>{said(label)}</dt><dd><pre style="background: none">{said(text)}</pre></dd>'
                for label, text in self.example
            )
            body += f"<dl>{rows}</dl>"
        body += f"<p>{said(self.footer)}</p>" if self.footer else ""
        style = f"border-left: 0.3em solid {COLORS[self.state]}; padding-left: 1em"
        return f'<div role="status" style="{style}"><p><strong>{said(self.title)}</strong></p>{body}</div>'


@dataclass(frozen=True, repr=False)
class Hint:
    """A step towards the solution, shown as plain text."""

    text: str

    def __repr__(self) -> str:
        return self.text


def value_text(value: Any, digits: int = 4) -> str:
    """A value as a student should see it: numbers with their shape, all else in its own words; never an exception.

    Examples
    --------
    >>> print(value_text(np.array([[1.0, 2.0]])))
    shape (1, 2), float64
    [[1. 2.]]
    """
    return attempted(
        lambda: _as_numbers(value, digits) if _has_shape(value) else shortened(repr(value)), f"a {kind_of(value)}"
    )


def shortened(text: str, longest: int = _LONGEST) -> str:
    """A text up to so many characters, and whether there were more.

    Examples
    --------
    >>> shortened("a long text", 6)
    'a long ...'
    """
    start = str.__getitem__(text, slice(longest + 1))  # of a subclass, too, whatever it answers itself
    return start if len(start) <= longest else f"{start[:longest]} ..."


def kind_of(value: Any) -> str:
    """The name of an object's type, whatever the object says.

    Examples
    --------
    >>> kind_of(1.5)
    'float'
    """
    return shortened(type.__dict__["__name__"].__get__(type(value)), 80)


def attempted(work: Callable[[], str], otherwise: str) -> str:
    """What ``work`` gives, or something else where an object of the student's raises on the way.

    Examples
    --------
    >>> attempted(lambda: str(1 / 0), "no number")
    'no number'
    """
    try:
        return work()
    except BaseException as error:
        if is_ctrl_c(error):
            raise
        return otherwise


def is_ctrl_c(error: BaseException) -> bool:
    """Whether somebody has interrupted the kernel: of all that can be raised, this alone goes through."""
    return type(error) is KeyboardInterrupt


def _has_shape(value: Any) -> bool:
    return hasattr(value, "shape") and hasattr(value, "dtype")


def _as_numbers(value: Any, digits: int) -> str:
    array = np.asarray(value)
    array = array + 0 if array.dtype.kind == "f" else array  # which makes 0 of -0
    kind = f"shape {array.shape}, {array.dtype.name}"
    if array.size > _MOST_READ:
        return kind
    if array.size > _MOST:
        return f"{kind}, values from {array.min():.4g} to {array.max():.4g}"
    table = np.array2string(array, precision=digits, suppress_small=True, threshold=_MOST)
    return shortened(table if array.ndim == 0 else f"{kind}\n{table}", _LONGEST_TABLE)
