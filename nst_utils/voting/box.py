"""Votes, and the file that keeps them: a line of CSV each, added the moment it is cast.

Several sessions may write into one file; a lock beside it lets one of them in at a time. What is kept of a voter is a
number that is drawn anew for every session.
"""

import contextlib
import csv
import io
import math
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from filelock import FileLock, Timeout

from nst_utils.base.errors import NSTError, SettingError, plain_reason
from nst_utils.base.files import written_whole
from nst_utils.base.values import shown
from nst_utils.study.tables import table_of
from nst_utils.voting.schedule import Duel

if TYPE_CHECKING:
    from pandas import DataFrame

ANSWERS = ("left", "right", "same")
YES, NO = "yes", "no"
PATIENCE = 10  # seconds that one waits for others who write


class Vote(NamedTuple):
    """One answer.

    Attributes
    ----------
    time : when it was given, in UTC
    question : what was asked
    pair : which content in which style
    left, right : the methods whose paintings stood there
    answer : left, right or same
    seconds : from the moment when both paintings were seen
    voter : a number that was drawn for the session
    repeat : whether the voter had met the two before
    """

    time: str
    question: str
    pair: str
    left: str
    right: str
    answer: str
    seconds: float
    voter: int
    repeat: bool

    @property
    def duel(self) -> Duel:
        """What was shown."""
        return Duel(self.pair, self.left, self.right, self.repeat)

    @property
    def place(self) -> tuple:
        """What no two votes have in common."""
        return self.voter, self.question, self.duel

    @property
    def line(self) -> str:
        """As it stands in the file."""
        return _line([*self[:6], f"{self.seconds:.2f}", self.voter, YES if self.repeat else NO])


COLUMNS = Vote._fields


def new_vote(question: str, duel: Duel, answer: str, seconds: float, voter: int) -> Vote:
    """A vote that is cast now."""
    return checked_vote(
        [datetime.now(UTC).isoformat(timespec="milliseconds"), question, *duel[:3], answer, seconds, voter, duel.repeat]
    )


def votes(*files) -> "DataFrame":
    """The votes in some files, as one table.

    A vote that stands in several files, or twice in one, counts once; where it was changed, as it was given last. A
    file in which a line is broken is refused.

    Parameters
    ----------
    *files : paths
        As `vote` writes them.

    Returns
    -------
    pandas.DataFrame
        A row a vote, in the order of time: "time", "question", "pair", "left" and "right" (the methods), "answer"
        (left, right or same), "seconds", "voter" (a number drawn for the session) and "repeat" (whether the voter had
        met the two before).

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     box = BallotBox(Path(folder, "votes.csv"))
    ...     box.add(new_vote("Which?", Duel("harbor in swirls", "vgg16", "vgg19"), "left", 2.5, voter=123456))
    ...     votes(box.path, box.path)[["pair", "answer", "repeat"]]
                   pair answer  repeat
    0  harbor in swirls   left   False
    """
    if not files:
        raise SettingError("votes was given no file; name one or several, as nst.vote writes them.")
    return table_of(vote._asdict() for vote in merged([vote for path in files for vote in read(path)]))


def merged(found: list[Vote]) -> list[Vote]:
    """Each vote once, as it was given last, in the order of time.

    Examples
    --------
    >>> first = new_vote("Which?", Duel("harbor", "vgg16", "vgg19"), "left", 2.5, voter=123456)
    >>> [vote.answer for vote in merged([first._replace(time="2099-05-04T10:30:00+00:00", answer="same"), first])]
    ['same']
    """

    def when(vote: Vote) -> datetime:
        return datetime.fromisoformat(vote.time)

    return sorted({vote.place: vote for vote in sorted(found, key=when)}.values(), key=when)


def read(path: str | os.PathLike) -> list[Vote]:
    """The votes of one file, line by line."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise NSTError(f"{path} cannot be read: {plain_reason(error)}.") from None
    found: list[Vote] = []
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        if next(lines, None) != [*COLUMNS]:
            raise SettingError(f"the columns are not {','.join(COLUMNS)}")
        for cells in lines:
            found += [checked_vote(cells)] if cells else []
    except (SettingError, csv.Error) as error:
        raise NSTError(
            f"{path}, line {lines.line_num}: {error}. Mend this line, or take it away; "
            "a file of votes is one that nst.vote has written."
        ) from None
    return found


class BallotBox:
    """A file of votes that grows by a line a vote.

    Parameters
    ----------
    path : path
        A new file, or one with votes.
    """

    def __init__(self, path: str | os.PathLike):
        if not isinstance(path, str | os.PathLike) or not str(path):
            raise SettingError(f"into is {shown(path)}; give the path of a CSV file.")
        self.path = Path(path).absolute()
        if self.path.is_dir():
            raise SettingError(f"into is {path}, a folder; give the path of a CSV file in it.")
        with self._alone():
            self._mend()
            self.votes()

    def votes(self) -> list[Vote]:
        """What is in the file."""
        return merged(read(self.path)) if self._size() else []

    def add(self, vote: Vote) -> None:
        """Keep a vote: when this returns, it is on the disk."""
        with self._alone():
            self._mend()
            head = "" if self._size() else _line(COLUMNS)
            before = self._size()
            try:
                with self.path.open("ab") as file:
                    file.write((head + vote.line).encode())
                    file.flush()
                    os.fsync(file.fileno())
            except OSError:
                with contextlib.suppress(OSError):
                    os.truncate(self.path, before)  # on a full disk half a line may stand there
                raise

    def take_back(self, vote: Vote) -> None:
        """Take a vote out of the file again."""
        with self._alone():
            left = [one for one in read(self.path) if one.place != vote.place]
            with written_whole(self.path) as beside:
                beside.write_bytes((_line(COLUMNS) + "".join(one.line for one in left)).encode())

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """While nobody else writes; what the system refuses is told in a sentence."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(self.path.with_name(f".{self.path.name}.lock"), timeout=PATIENCE):
                yield
        except Timeout:
            raise NSTError(f"{self.path} has been locked by somebody else for {PATIENCE} seconds. Try again.") from None
        except NSTError:
            raise
        except OSError as error:
            raise NSTError(f"{self.path}: the votes cannot be kept there: {plain_reason(error)}.") from None

    def _size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def _mend(self) -> None:
        """End the last line, or take it away where it is not whole: whoever wrote it was killed."""
        if not self._size():
            return
        data = self.path.read_bytes()
        whole, _, last = data.rpartition(b"\n")
        if not last:
            return
        try:
            (cells,) = csv.reader([last.decode("utf-8-sig")], strict=True)
            finished = cells == [*COLUMNS] or bool(checked_vote(cells))
        except (SettingError, csv.Error, ValueError):
            finished = False
        if finished:
            with self.path.open("ab") as file:
                file.write(b"\n")
        elif whole:
            os.truncate(self.path, len(whole) + 1)


def _line(cells) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()


def checked_vote(cells) -> Vote:
    """A vote from its nine cells, or what is wrong with one of them."""
    if len(cells) != len(COLUMNS):
        raise SettingError(f"there are {len(cells)} cells, not {len(COLUMNS)}")
    time, question, pair, left, right, answer, seconds, voter, repeat = cells
    for column, name in (("question", question), ("pair", pair), ("left", left), ("right", right)):
        if not isinstance(name, str) or not name.strip() or not name.isprintable():
            raise SettingError(f"{column} is {shown(name)}; it is a name or a sentence on one line")
    if left == right:
        raise SettingError(f"left and right are both {shown(left)}; they are two methods")
    if answer not in ANSWERS:
        raise SettingError(f"answer is {shown(answer)}; it is one of {', '.join(ANSWERS)}")
    if repeat not in (YES, NO, True, False):
        raise SettingError(f"repeat is {shown(repeat)}; it is {YES} or {NO}")
    return Vote(
        _when(time), question, pair, left, right, answer, _seconds(seconds), _number(voter), repeat in (YES, True)
    )


def _when(text: str) -> str:
    try:
        aware = datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        aware = False
    if not aware:
        raise SettingError(f"time is {shown(text)}; it is like 2026-05-04T10:30:00.000+00:00")
    return text


def _seconds(given) -> float:
    try:
        seconds = float(given)
    except (TypeError, ValueError, OverflowError):
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise SettingError(f"seconds is {shown(given)}; it is a number, 0 or more")
    return round(seconds, 2)


def _number(given) -> int:
    text = str(given)
    if not (text.isdecimal() and text.isascii() and len(text) <= 12):
        raise SettingError(f"voter is {shown(given)}; it is a whole number of at most 12 digits")
    return int(text)
