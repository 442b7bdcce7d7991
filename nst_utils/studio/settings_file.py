"""A file of settings, read: what the Studio or ``result.save("settings.json")`` has written, or anybody else.

Whatever is in such a file, it ends in settings of the right kinds or in one sentence; their ranges are checked where
every run checks them.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nst_utils import __version__
from nst_utils.base.errors import SettingError
from nst_utils.base.values import is_whole, shown
from nst_utils.engine.carrying import received_settings
from nst_utils.engine.settings import LONGEST_TEXT, settings_of
from nst_utils.studio.order import ADDRESS, GALLERY

LARGEST_FILE = 1_000_000  # bytes; a file of the Studio has about one thousand
ECHOED = 60  # characters of a wrong value


@dataclass(frozen=True)
class Written:
    """What a file of settings says: the keywords, the pictures it names, and where the run was stopped."""

    settings: dict[str, Any]
    pictures: dict[str, str | list[str]]  # content and style, if anybody can find them by what is written
    fingerprints: dict[str, str | list[str]]
    stopped_after: int | None = None


def read_settings(path: str | Path) -> Written:
    """What `Order.to_json` or ``result.save("settings.json")`` has written."""
    try:
        return _understood(_parsed(path))
    except SettingError as error:
        raise SettingError(f"{str(path)[-200:]}{error}") from None
    except RecursionError:
        raise SettingError(f"{str(path)[-200:]} is no file of settings: it is nested too deeply.") from None


def _parsed(path: str | Path) -> Any:
    """The JSON of a file, of which no more is read than such a file can have."""
    try:
        with Path(path).open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        raise SettingError(f" cannot be read: {getattr(error, 'strerror', None) or error}.") from None
    if len(data) > LARGEST_FILE:
        raise SettingError(f" is no file of settings: it has more than {LARGEST_FILE:,} bytes.")
    try:
        return json.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise SettingError(f" cannot be read: it is no text ({error.reason}).") from None
    except ValueError as error:
        raise SettingError(f" is not JSON: {_short(error)}.") from None


def _understood(content: Any) -> Written:
    settings = content.get("settings", content) if isinstance(content, dict) else None
    if not isinstance(settings, dict):
        raise SettingError(" holds no settings: it is not a table of names and values.")
    if settings is not content:
        _check_version(content.get("nst_utils"))
    try:
        settings = received_settings(settings)
        settings_of(**settings)
    except SettingError as error:
        raise SettingError(f": {error}") from None
    sources = {role: content[role] for role in ("content", "style") if content.get(role) is not None}
    for role, source in sources.items():
        for one in source if role == "style" and isinstance(source, list) else [source]:
            _check_source(role, one)
    stopped = content.get("stopped_after")
    if stopped is not None and not (is_whole(stopped) and stopped >= 1):
        raise SettingError(f": stopped_after is {shown(stopped)}; it is a whole number, 1 or more.")
    return Written(
        settings,
        {role: name for role, source in sources.items() if (name := _of_all(source, _name_of))},
        {role: mark for role, source in sources.items() if (mark := _of_all(source, _fingerprint_of))},
        stopped,
    )


def _name_of(source: dict) -> str | None:
    return source.get("name") if source.get("kind") in (GALLERY, ADDRESS) else None


def _fingerprint_of(source: dict) -> str | None:
    return source.get("sha256")


def _of_all(source: dict | list[dict], part: Callable) -> str | list[str] | None:
    """A part of a source, or of each of several; None where one lacks it."""
    if isinstance(source, dict):
        return part(source)
    parts = [part(one) for one in source]
    return parts if all(parts) else None


def _check_version(version: Any) -> None:
    """A newer package may mean something else by the same words."""
    if version is None:
        return
    if not isinstance(version, str) or not re.match(r"\d{1,6}\.\d{1,6}\b", version):
        raise SettingError(f": nst_utils is {shown(version)}; it is the version that wrote the file, such as '1.0.0'.")
    theirs, ours = (tuple(map(int, re.findall(r"\d{1,6}", text)[:2])) for text in (version, __version__))
    if theirs > ours:
        raise SettingError(
            f": written by nst_utils {version[:ECHOED]}, newer than this {__version__}; install that version."
        )


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_TEXT


def _check_source(role: str, source: Any) -> None:
    """A picture: its kind, name and fingerprint."""
    parts = [source.get(part) for part in ("kind", "name", "sha256")] if isinstance(source, dict) else [0]
    if not all(part is None or _is_text(part) for part in parts):
        raise SettingError(f": {role} is {shown(source)}; it is a table with a kind, a name and a sha256, all texts.")


def _short(text: Any) -> str:
    text = " ".join(str(text).split())
    return text if len(text) <= ECHOED else f"{text[:ECHOED]}..."
