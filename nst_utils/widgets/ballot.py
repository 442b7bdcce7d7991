"""The page of a vote: what it shows (ballot.js), and what is known here of one voter after the other.

The page is sent two paintings and a question, and nothing of what the paintings are called. It sends back what was
pressed; an answer counts for the two that it names by their number, and is on the disk before the next two are shown.
"""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import traitlets

from nst_utils.base.errors import NSTError, SettingError
from nst_utils.base.values import is_whole, shown
from nst_utils.images.arrays import as_image, fit
from nst_utils.voting.box import BallotBox
from nst_utils.voting.pairs import Pair
from nst_utils.voting.session import Question, Session
from nst_utils.widgets.panel import jpeg_of, weakly

SIDE = 1024  # pixels: what is shown is no larger
BEGIN, VOTE, END = "begin", "vote", "end"


class Ballot(anywidget.AnyWidget):
    """Two paintings side by side and a question about them, for one voter after the other.

    Parameters
    ----------
    pairs : mapping of names to `Pair`
    question : Question
    box : BallotBox
    count, repeats : as for `schedule`
    voter : the number of a session to go on with
    """

    _esm = Path(__file__).with_suffix(".js")
    description = traitlets.Unicode("vote").tag(sync=True)
    tooltip = traitlets.Unicode("which of two paintings").tag(sync=True)
    state = traitlets.Dict().tag(sync=True)
    left = traitlets.Bytes().tag(sync=True)  # PNG, so that nothing is lost
    right = traitlets.Bytes().tag(sync=True)
    reference = traitlets.Bytes().tag(sync=True)  # JPEG, empty where none is shown

    def __init__(
        self,
        pairs: Mapping[str, Pair],
        question: Question,
        box: BallotBox,
        *,
        count: int,
        repeats: int,
        voter: int | None = None,
    ):
        self.pairs, self.question, self.box = pairs, question, box
        self._sizes = {"count": count, "repeats": repeats}
        self.session = self._new_session(voter)
        self._stage, self._turn = BEGIN, 0
        super().__init__()
        self.on_msg(weakly(self._heard))
        self._show()

    def begin(self, voter: int | None = None) -> None:
        """Show the first two of a session, or where it was interrupted."""
        known = {vote.voter for vote in self.box.votes() if vote.question == self.question.text}
        if voter is not None and voter not in known:
            raise SettingError(f"There is no session {voter} in {self.box.path.name}; look at its number again.")
        if voter is not None or self._stage == END:
            self.session = self._new_session(voter)
        self._stage = VOTE

    def answer(self, answer: str, seconds: float) -> None:
        """Store what was chosen: left, right or same."""
        self.session.answer(answer, seconds)

    def undo(self) -> None:
        """Take the last answer back, and ask again."""
        self.session.undo()
        self._stage = VOTE

    def next_voter(self) -> None:
        """A new session, before its first question."""
        self.session = self._new_session(None)
        self._stage = BEGIN

    def _new_session(self, voter: int | None) -> Session:
        methods = {name: [*pair.paintings] for name, pair in self.pairs.items()}
        return Session(methods, self.question.text, self.box, voter=voter, **self._sizes)

    def _heard(self, _, what: Any, *rest) -> None:
        """What the page says was pressed; what makes no sense counts for nothing."""
        if not isinstance(what, Mapping):
            return
        wrong = ""
        try:
            match what.get("do"):
                case "begin" if self._stage == BEGIN:
                    self.begin(_number_in(what.get("voter")))
                case "answer" if self._stage == VOTE and what.get("number") == self.session.done:
                    self.answer(what.get("answer"), what.get("seconds"))
                case "undo" if self._stage in (VOTE, END):
                    self.undo()
                case "next" if self._stage == END:
                    self.next_voter()
                case _:
                    return
        except NSTError as error:
            wrong = str(error)
        self._show(wrong)

    def _show(self, wrong: str = "") -> None:
        """Send what is to be seen now, all at once."""
        session = self.session
        if self._stage == VOTE and session.current is None:
            self._stage = END
        state = {"stage": self._stage, "question": self.question.text, "shows": self.question.shows or ""}
        self._turn += 1  # so that the page hears of it, even if nothing else has changed
        state |= {
            "turn": self._turn,
            "done": session.done,
            "total": len(session.duels),
            "voter": session.voter,
            "wrong": wrong,
        }
        pictures = {}
        try:
            if self._stage == VOTE and not wrong:
                pictures = self._pictures()
        except NSTError as error:  # nobody votes on what is not there
            self._stage = BEGIN
            state |= {"stage": BEGIN, "wrong": str(error)}
        with self.hold_sync():
            for name, png in pictures.items():
                setattr(self, name, png)
            self.state = state

    def _pictures(self) -> dict[str, bytes]:
        duel = self.session.current
        pair = self.pairs[duel.pair]
        shown_above = self.question.shows and jpeg_of(fit(pair.reference(self.question.shows), SIDE), 92)
        left, right = (_png(fit(pair.painting(method), SIDE)) for method in (duel.left, duel.right))
        return {"left": left, "right": right, "reference": shown_above or b""}


def _number_in(text: Any) -> int | None:
    """The number of a session as somebody has written it; None for a new one."""
    if text in ("", None):
        return None
    written = str(text).replace(" ", "")
    if not (is_whole(text) or (written.isdecimal() and len(written) <= 12)):
        raise SettingError(f"{shown(text)} is no number of a session; it is written below the paintings.")
    return int(written)


def _png(painting: np.ndarray) -> bytes:
    file = io.BytesIO()
    as_image(painting).save(file, "PNG", compress_level=1)
    return file.getvalue()
