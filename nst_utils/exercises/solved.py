"""What has been solved since the kernel started: the last verdict on each exercise.

Kept in memory alone. Whoever restarts the kernel runs the checks again, and so learns that the answers still hold.
"""

import html
from collections.abc import Mapping
from dataclasses import dataclass

from nst_utils.exercises.verdict import COLORS, NOT_ATTEMPTED, PASSED, SIGNS, Verdict

_verdicts: dict[str, Verdict] = {}


def note(verdict: Verdict) -> Verdict:
    """Remember a verdict in place of an earlier one on the same exercise; gives it back."""
    _verdicts[verdict.exercise] = verdict
    return verdict


def noted() -> dict[str, str]:
    """The state of each exercise that was checked."""
    return {exercise: verdict.state for exercise, verdict in _verdicts.items()}


@dataclass(frozen=True, repr=False)
class Progress:
    """The exercises of some lessons with the state of each, as text or as a table.

    Examples
    --------
    >>> Progress({"02_gram_matrices": {"gram_matrix": "passed", "shuffled": "not attempted"}})
    02_gram_matrices: 1 of 2 solved
      ✓ gram_matrix: passed
      ○ shuffled: not attempted
    """

    lessons: Mapping[str, Mapping[str, str]]

    _NOTHING = "No check has been run since the kernel started."

    @property
    def solved(self) -> list[str]:
        """Names of the exercises that passed."""
        return [name for states in self.lessons.values() for name, state in states.items() if state == PASSED]

    def __repr__(self) -> str:
        lines = []
        for lesson, states in self.lessons.items():
            lines.append(_heading(lesson, states))
            lines += [f"  {SIGNS[state]} {exercise}: {state}" for exercise, state in states.items()]
        return "\n".join(lines) or self._NOTHING

    def _repr_html_(self) -> str:
        tables = "".join(
            f"<table><caption>{html.escape(_heading(lesson, states))}</caption>"
            '<thead><tr><th scope="col">exercise</th><th scope="col">state</th></tr></thead>'
            f"<tbody>{''.join(_row(exercise, state) for exercise, state in states.items())}</tbody></table>"
            for lesson, states in self.lessons.items()
        )
        return f'<div role="status">{tables or html.escape(self._NOTHING)}</div>'


def progress(lessons: Mapping[str, list[str]]) -> Progress:
    """Of all ``lessons``, each with the names of its exercises, those in which a check was run."""
    states = noted()
    return Progress(
        {
            lesson: {name: states.get(name, NOT_ATTEMPTED) for name in names}
            for lesson, names in lessons.items()
            if not states.keys().isdisjoint(names)
        }
    )


def _heading(lesson: str, states: Mapping[str, str]) -> str:
    return f"{lesson}: {list(states.values()).count(PASSED)} of {len(states)} solved"


def _row(exercise: str, state: str) -> str:
    style = f"border-left: 0.3em solid {COLORS[state]}; text-align: left"
    cells = f'<td style="{style}"><code>{html.escape(exercise)}</code></td><td>{SIGNS[state]} {html.escape(state)}</td>'
    return f"<tr>{cells}</tr>"
