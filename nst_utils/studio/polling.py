"""Votes on the command line: ``nst vote`` serves a page on this machine, ``nst rank`` tells what came of it.

What is imported by ``nst --help`` is little; the rest follows when it is needed.
"""

import argparse
from pathlib import Path

from nst_utils.base.errors import SettingError
from nst_utils.studio.server import Page, serve

FIGURES = (".png", ".jpg", ".svg", ".pdf")


def vote_page(folder: str, question: str, into: str, **settings) -> Page:
    """A vote on the paintings of a folder; ``settings`` are more keywords of `vote`.

    Examples
    --------
    >>> print(vote_page("paintings", "style", "votes.csv", count=8).cell)
    from nst_utils import vote
    <BLANKLINE>
    panel = vote('paintings', 'style', into='votes.csv', count=8)
    panel.ballot
    """
    given = [repr(folder), repr(question), *(f"{name}={value!r}" for name, value in {"into": into, **settings}.items())]
    cell = f"from nst_utils import vote\n\npanel = vote({', '.join(given)})\npanel.ballot"
    return Page("vote", "Vote", cell, f"answers go into {into}")


def add_vote(commands) -> None:
    """The command ``vote`` and its flags: those of `vote`."""
    command = commands.add_parser("vote", help="ask people which of two paintings they prefer")
    paths = "with files PAIR/METHOD.png, PAIR/content.png and PAIR/style.png, or of a sweep"
    command.add_argument("folder", type=Path, metavar="FOLDER", help=paths)
    command.add_argument("--question", default="style", help="style, content, or your own sentence (default style)")
    command.add_argument("--show", choices=["style", "content"], help="above the paintings, for a question of your own")
    command.add_argument("--into", type=Path, default="votes.csv", metavar="FILE", help="of votes (default votes.csv)")
    command.add_argument("--count", type=int, default=36, help="of twos for a voter, at most (default 36)")
    command.add_argument("--repeats", type=int, default=4, help="how many of them come again (default 4)")
    command.add_argument("--port", type=int, default=8866, help="of its address (default 8866)")
    command.add_argument("--no-browser", action="store_true", help="only print the address")
    command.set_defaults(command=_vote)


def add_rank(commands) -> None:
    """The command ``rank`` and its flags: those of `rank`."""
    command = commands.add_parser("rank", help="tell what votes say of the methods")
    command.add_argument("files", type=Path, nargs="+", metavar="FILE", help="of votes, as nst vote writes them")
    command.add_argument("--question", help="style, content, or the sentence (default: every one that was asked)")
    command.add_argument("--over", choices=["voter", "pair", "vote"], help="what the intervals draw anew")
    command.add_argument("--figure", type=Path, metavar="FILE", help="also save the strengths as a figure")
    command.set_defaults(command=_rank)


def _vote(options: argparse.Namespace) -> int:
    from nst_utils.widgets.vote import vote

    settings = {name: getattr(options, name) for name in ("show", "count", "repeats")}
    settings["into"] = str(options.into.absolute())
    folder = str(options.folder.absolute())
    vote(folder, options.question, **settings).close()  # what is wrong is told before anything is served
    return serve(options.port, page=vote_page(folder, options.question, **settings), browser=not options.no_browser)


def _rank(options: argparse.Namespace) -> int:
    from nst_utils.plots import save_figure
    from nst_utils.voting.box import votes
    from nst_utils.voting.ranking import rank

    if options.figure and options.figure.suffix.lower() not in FIGURES:
        raise SettingError(f"{options.figure} cannot be saved; the name ends in one of {', '.join(FIGURES)}.")
    cast = votes(*options.files)
    questions = [*cast.get("question", [])] if options.question is None else []
    asked = [*dict.fromkeys(questions)] or [options.question]
    if options.figure and len(asked) > 1:
        raise SettingError(f"A figure is of one question; name it: --question {asked[0]!r}.")
    found = [rank(cast, question=question, over=options.over) for question in asked]
    print("\n\n".join(map(str, found)))
    if options.figure:
        save_figure(found[0].figure(), options.figure)
        print(f"figure: {options.figure}")
    return 0
