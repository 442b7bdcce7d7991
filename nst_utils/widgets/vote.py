"""The widget of lesson 12: people say which of two paintings is better."""

from collections.abc import Sequence
from pathlib import Path

from nst_utils.plots import Figure, picture_row
from nst_utils.voting.box import BallotBox, Vote
from nst_utils.voting.pairs import open_all, pairs_of
from nst_utils.voting.session import question_of
from nst_utils.widgets.ballot import Ballot
from nst_utils.widgets.panel import Panel


def vote(
    pictures,
    question: str = "style",
    *,
    show: str | None = None,
    into: str | Path = "votes.csv",
    count: int = 36,
    repeats: int = 4,
    voter: int | None = None,
) -> "VotePanel":
    """Ask people which of two paintings they would choose, without telling what made them.

    Two paintings of one pair stand side by side, in random order and place: each method on the left as often as on the
    right, give or take one. A few come again later with sides changed, which tells how far a voter agrees with
    themselves. Answers are given with the mouse or the keys ← and → , ↓ or S for the same, U for undo; each is a line
    of the file before the next two are shown. The next voter gets another order.

    Parameters
    ----------
    pictures : mapping, path or pandas.DataFrame
        A mapping of a pair's name to a mapping of a method's name to its painting (a `Result`, or anything `picture`
        takes), where "content" and "style" are the pictures that the paintings are of; a folder with files
        PAIR/METHOD.png, PAIR/content.png and PAIR/style.png; what `sweep` gives, or its folder.
    question : str
        style: "Which looks more like the style?", with the style above; content: "Where is the content easier to
        see?", with the content above; or a sentence of one's own.
    show : str
        What is shown above the paintings: style or content; default: what the ready-made question is about, or nothing.
    into : path
        The CSV file, new or with votes, which other sessions may write into as well. Its columns: time, question, pair,
        left, right (the methods), answer (left, right, same), seconds, voter (a number drawn for the session), repeat
        (yes, no).
    count : int
        How many different twos a voter is asked about at most.
    repeats : int
        How many of them come again.
    voter : int
        The number of a session that was cut short, to go on with it.

    Returns
    -------
    VotePanel
        Its ``votes`` are those of the session; `votes` reads the file, `rank` tells what it says.

    Examples
    --------
    >>> import tempfile
    >>> from nst_utils.images.opening import picture
    >>> painted = {"vgg16": picture("harbor", 32), "vgg19": picture("swirls", 32), "style": "swirls"}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     panel = vote({"harbor in swirls": painted}, into=Path(folder, "votes.csv"))
    ...     panel.ballot.answer("left", seconds=2.5)
    ...     [(one.question, one.answer) for one in panel.votes]
    [('Which looks more like the style?', 'left')]
    >>> panel.close()
    """
    asked = question_of(question, show)
    pairs = pairs_of(pictures)
    open_all(pairs, asked.shows)
    return VotePanel(Ballot(pairs, asked, BallotBox(into), count=count, repeats=repeats, voter=voter))


class VotePanel(Panel):
    """Two paintings, a question, and the answers."""

    def __init__(self, ballot: Ballot):
        self.ballot = ballot
        super().__init__("Vote", [ballot], [])

    @property
    def votes(self) -> Sequence[Vote]:
        """What the voter of this session has answered."""
        return self.ballot.session.votes

    @property
    def voter(self) -> int:
        """The number of this session."""
        return self.ballot.session.voter

    def figure(self) -> Figure:
        """The question, and the two that are asked about, or were last."""
        session, asked = self.ballot.session, self.ballot.question
        duel = session.current or session.duels[-1]
        pair = self.ballot.pairs[duel.pair]
        shown = {asked.shows: pair.reference(asked.shows)} if asked.shows else {}
        shown |= {"left": pair.painting(duel.left), "right": pair.painting(duel.right)}
        return picture_row(shown, asked.text)
