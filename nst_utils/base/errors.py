"""The errors a user can meet.

Everything raises one of these for a user's mistake or a failing machine, with a message that says what was wrong, the
value, and what to do. The command line prints the message alone and exits with code 2.
"""


class NSTError(Exception):
    """Any failure this package foresees."""


class PictureError(NSTError):
    """A picture that cannot be read, or is not one."""


class DownloadError(PictureError):
    """A picture or file that could not be fetched."""


class WriteError(NSTError, OSError):
    """A file that cannot be written; ``strerror`` is the reason alone, and what to do."""


class BackboneError(NSTError):
    """A network, its weights or its layers that cannot be had."""


class SettingError(NSTError, ValueError):
    """A setting of a run that does not exist, does not fit the others, or lies outside its range."""


class MemoryBudgetError(NSTError):
    """A run that would need more memory than the budget allows."""


class DivergedError(NSTError):
    """A run that met NaN or an exploding loss twice; ``result`` keeps the best picture before it."""

    def __init__(self, message: str, result=None):
        super().__init__(message)
        self.result = result


def plain_reason(error: BaseException) -> str:
    """What went wrong, in one line of bounded length."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(text).split())[:200]
