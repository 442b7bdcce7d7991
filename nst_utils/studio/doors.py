"""Who is let into the served Studio: Voila, with a look at each request before anything is done for it.

Run by `server` as a process of its own. A request must call this machine by a name it has, for a page elsewhere can
point a name of its own at 127.0.0.1; it must not come from a page elsewhere, unless somebody has followed a link; and
only so many kernels live at once, as each holds hundreds of megabytes. Who is turned away reads one sentence.
"""

import contextlib
import html
import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from tornado.httputil import HTTPServerRequest
from tornado.routing import Matcher, Rule
from tornado.web import HTTPError, RequestHandler
from traitlets import Integer, List, Unicode
from voila.app import Voila

LOST_SECONDS = 60.0  # a kernel to which no page is connected for so long makes room for a new visitor
_NOTHING = re.compile(r"/(login|logout)\b|/voila/templates/(?![^/]+/static/[^/])")  # Voila fails, or has no use for it
FULL = "The Studio is full, try again in a minute"


def refusal(method: str, path: str, headers: Mapping[str, str], names: Collection[str]) -> tuple[int, str] | None:
    """The code and the sentence for a request that is not answered.

    Parameters
    ----------
    method, path, headers
        Of the request.
    names : collection of str
        What this machine may be called, without the port.

    Examples
    --------
    >>> refusal("GET", "/", {"Host": "localhost:8866"}, ["localhost"])
    >>> refusal("GET", "/", {"Host": "evil.example:8866"}, ["localhost"])
    (403, 'The Studio is not to be had under this name')
    """
    name = re.sub(r":\d+$", "", headers.get("Host", "").lower())
    if name not in names:
        return 403, "The Studio is not to be had under this name"
    site, mode, target = (headers.get(f"Sec-Fetch-{part}", "") for part in ("Site", "Mode", "Dest"))
    followed_link = (method, mode, target) == ("GET", "navigate", "document")
    if site not in ("", "none", "same-origin") and not followed_link:
        return 403, "The Studio does not answer the pages of others"
    if re.search(r"%[01][0-9a-f]|%7f", path, re.IGNORECASE):
        return 400, "This address has characters that no address has"
    if ".." in path or _NOTHING.match(path):
        return 404, "There is nothing here"
    return None


class Refused(Matcher):
    """Matches what is not answered."""

    def __init__(self, names: Collection[str]):
        self._names = names

    def match(self, request: HTTPServerRequest) -> dict | None:
        """What `Sentence` is to answer; None where the request goes on."""
        refused = refusal(request.method, request.path, request.headers, self._names)
        return refused and {"target_kwargs": dict(zip(("code", "sentence"), refused, strict=True))}


class Sentence(RequestHandler):
    """Answers any method with a code and a sentence."""

    def initialize(self, code: int, sentence: str) -> None:
        """What is answered."""
        self.code, self.sentence = code, sentence

    def prepare(self) -> None:
        """Answer at once."""
        self.set_status(self.code)
        self.finish(f'<!DOCTYPE html><html lang="en"><title>Studio</title><p>{html.escape(self.sentence)}.</p></html>')


class FewKernels(AsyncMappingKernelManager):
    """The kernels of the visitors, of which there are never more than ``most``."""

    most = Integer(8, config=True, help="how many kernels live at once")
    _starting = 0

    async def start_kernel(self, **about) -> str:
        """A kernel for a visitor; where the Studio is full, the one that was left longest ago makes room."""
        if self._count() >= self.most:
            await self._end_longest_lost()
        if self._count() >= self.most:
            raise HTTPError(503, FULL, reason=FULL)
        self._starting += 1
        try:
            return await super().start_kernel(**about)
        finally:
            self._starting -= 1

    def _count(self) -> int:
        return len(self.list_kernel_ids()) + self._starting

    async def _end_longest_lost(self) -> None:
        now = datetime.now(UTC)
        lost = [
            (last, kernel["id"])
            for kernel in self.list_kernels()
            if not kernel["connections"]
            and (now - (last := datetime.fromisoformat(kernel["last_activity"]))).total_seconds() > LOST_SECONDS
        ]
        with contextlib.suppress(HTTPError, KeyError):  # it may have ended meanwhile
            if lost:
                await self.shutdown_kernel(min(lost)[1], now=True)


class StudioServer(Voila):
    """Voila behind the doors."""

    names = List(Unicode(), config=True, help="what this machine may be called")

    def listen(self) -> None:
        """Begin to answer."""
        self.app.default_router.rules.insert(0, Rule(Refused(self.names), Sentence))
        super().listen()


if __name__ == "__main__":
    StudioServer.launch_instance()
