"""A server on this machine that misbehaves by path, for the tests of everything that downloads."""

import contextlib
import http.server
import threading
from collections.abc import Iterator
from typing import ClassVar

from nst_utils.images.download import MAX_DOWNLOAD


class Misbehaving(http.server.BaseHTTPRequestHandler):
    """Answers by path; what it holds back ends with the test."""

    protocol_version = "HTTP/1.1"
    over = threading.Event()
    asked: ClassVar[list[str]] = []
    png = b""  # a whole picture

    def log_message(self, *_):
        pass

    def _answer(self, body: bytes, kind: str | None = "image/png", status: int = 200, **headers) -> None:
        self.send_response(status)
        for key, value in {"Content-Length": len(body), "Content-Type": kind, **headers}.items():
            if value is not None:
                self.send_header(key, str(value))
        self.send_header("Connection", "close")
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(body)

    def _trickle(self, piece: bytes, pause: float) -> None:
        self._answer(b"", **{"Content-Length": None})
        with contextlib.suppress(OSError):
            for _ in range(500):  # an end after all, so that a broken limit fails the test and does not hang it
                if self.over.wait(pause):
                    break
                self.wfile.write(piece)

    def do_GET(self):
        self.close_connection = True
        self.asked.append(self.path)
        png = self.png
        match self.path.rpartition("/")[2]:
            case "good.png":
                self._answer(png)
            case "unnamed":
                self._answer(png, kind=None)
            case "binary":
                self._answer(png, kind="application/octet-stream")
            case "page.png":
                self._answer(b"<html>Please log in</html>", kind="text/html; charset=utf-8")
            case "lies.png":
                self._answer(b"<html>Please log in</html>")
            case "drawing.svg":
                self._answer(b"<svg/>", kind="image/svg+xml")
            case "empty.png":
                self._answer(b"")
            case "missing.png":
                self._answer(b"gone", status=404)
            case "sick.png":
                self._answer(b"oh", status=500)
            case "announced.png":
                self._answer(b"", **{"Content-Length": MAX_DOWNLOAD + 1})
            case "endless.png":
                self._trickle(bytes(1 << 16), 0)
            case "dripping.png":
                self._trickle(b"x", 0.01)
            case "dripping_head.png":
                self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
                with contextlib.suppress(OSError):
                    for _ in range(500):
                        if not self.over.wait(0.01):
                            self.wfile.write(b"x")
            case "silent.png":
                self.over.wait()
            case "short.png":
                self._answer(png[:50], **{"Content-Length": len(png)})
            case "moved.png":
                self._answer(b"", status=302, Location="/good.png")
            case "circle.png":
                self._answer(b"", status=302, Location="/circle.png")
            case "inside.png":
                self._answer(b"", status=302, Location="file:///etc/hostname")
            case "jump_inside.png":
                self._answer(b"", status=302, Location="http://127.0.0.1/good.png")
            case "chunked.png":
                self._answer(b"no length\r\nat all", **{"Content-Length": None, "Transfer-Encoding": "chunked"})
            case "unsized.png":
                self._answer(b"", **{"Content-Length": "5, 7"})
            case "noise.png":
                self.wfile.write(b"\x00\xff no http at all\r\n\r\n")
            case "hangup.png":
                pass
            case "squeezed.png":
                self._answer(b"not gzip", **{"Content-Encoding": "gzip"})
            case "tampered.jpg":
                self._answer(png[:-1] + b"?")


@contextlib.contextmanager
def serving(handler: type[Misbehaving], png: bytes) -> Iterator[str]:
    """The address of a server that answers as ``handler`` does and has the picture ``png``."""
    handler.over, handler.asked, handler.png = threading.Event(), [], png
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{running.server_port}"
        finally:
            handler.over.set()
            running.shutdown()
            thread.join()
