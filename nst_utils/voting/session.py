"""One voter's session: a question, what is asked next, what was answered. It knows no page and no picture."""

import secrets
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from nst_utils.base.errors import SettingError
from nst_utils.base.values import is_whole, shown
from nst_utils.voting.box import ANSWERS, BallotBox, Vote, new_vote
from nst_utils.voting.schedule import Duel, schedule

LONGEST = 200  # letters of a question


class Question(NamedTuple):
    """What is asked of two paintings, and which picture is shown above them: "content", "style" or none."""

    text: str
    shows: str | None = None


QUESTIONS = {
    "style": Question("Which looks more like the style?", "style"),
    "content": Question("Where is the content easier to see?", "content"),
}


def question_of(asked: str, shows: str | None = None) -> Question:
    """One of the ready-made questions, or one's own.

    Examples
    --------
    >>> question_of("style").text, question_of("Which would you hang?").shows
    ('Which looks more like the style?', None)
    """
    for name, ready in QUESTIONS.items():
        if asked in (name, ready.text):
            return ready if shows is None else ready._replace(shows=shows)
    if not isinstance(asked, str) or not asked.isprintable() or not 3 <= len(asked.strip()) <= LONGEST:
        raise SettingError(
            f"question is {shown(asked)}; give one of {', '.join(QUESTIONS)}, or a sentence of up to {LONGEST} letters."
        )
    if shows not in (None, *QUESTIONS):
        raise SettingError(f"show is {shown(shows)}; choose one of {', '.join(QUESTIONS)}, or None.")
    return Question(asked.strip(), shows)


def new_voter() -> int:
    """A number for a session, that says nothing of whose it is."""
    return 100_000 + secrets.randbelow(900_000)


class Session:
    """What one voter is asked, and has answered: every answer is in the file before the next two are shown.

    Parameters
    ----------
    methods : mapping of a pair's name to those of its paintings
    question : str
    box : BallotBox
    count, repeats : as for `schedule`
    voter : the number of a session that was cut short, which goes on where it was; default: a new one

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     box = BallotBox(Path(folder, "votes.csv"))
    ...     session = Session({"harbor": ["vgg16", "vgg19"]}, "Which?", box)
    ...     session.answer("left", 2.5)
    ...     session.current, Session({"harbor": ["vgg16", "vgg19"]}, "Which?", box, voter=session.voter).done
    (None, 1)
    """

    def __init__(
        self,
        methods: Mapping[str, Sequence[str]],
        question: str,
        box: BallotBox,
        *,
        count: int = 36,
        repeats: int = 4,
        voter: int | None = None,
    ):
        for name, value, least in (("count", count, 1), ("repeats", repeats, 0)):
            if not is_whole(value) or value < least:
                raise SettingError(f"{name} is {shown(value)}; it is a whole number, {least} or more.")
        if voter is not None and not (is_whole(voter) and 0 <= voter < 10**12):
            raise SettingError(f"voter is {shown(voter)}; it is the number of a session.")
        self.question, self.box = question, box
        self.voter = new_voter() if voter is None else int(voter)
        self.duels = schedule(methods, count, repeats, self.voter)
        mine = {} if voter is None else {v.duel: v for v in box.votes() if (v.voter, v.question) == (voter, question)}
        self._cast = [mine.pop(duel) for duel in self.duels if duel in mine]
        if mine or [vote.duel for vote in self._cast] != self.duels[: len(self._cast)]:
            raise SettingError(
                f"Voter {voter} has votes in {box.path.name} that are of other paintings, or of another count of them; "
                "go on with the same ones, or leave voter out."
            )

    @property
    def done(self) -> int:
        """How many have been answered."""
        return len(self._cast)

    @property
    def current(self) -> Duel | None:
        """What is to be answered now; None at the end."""
        return self.duels[self.done] if self.done < len(self.duels) else None

    @property
    def votes(self) -> tuple[Vote, ...]:
        """What has been answered."""
        return tuple(self._cast)

    def answer(self, answer: str, seconds: float) -> None:
        """Keep the answer to what is asked now: left, right or same."""
        if answer not in ANSWERS:
            raise SettingError(f"answer is {shown(answer)}; it is one of {', '.join(ANSWERS)}.")
        if self.current is None:
            raise SettingError("Everything has been answered; nothing is asked any more.")
        vote = new_vote(self.question, self.current, answer, seconds, self.voter)
        self.box.add(vote)
        self._cast.append(vote)

    def undo(self) -> None:
        """Take the last answer back; nothing where there is none."""
        if self._cast:
            self.box.take_back(self._cast[-1])
            self._cast.pop()
