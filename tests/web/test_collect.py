"""Collecting pictures from a web page: what is taken, with which credits, and that no server can lead it astray."""

import contextlib
import dataclasses
import errno
import hashlib
import html
import html.parser
import importlib
import io
import json
import os
import re
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.robotparser
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import urllib3.util.connection
from hypothesis import given
from hypothesis import strategies as st
from misbehaving import Misbehaving, serving
from PIL import Image

import nst_utils as nst
from nst_utils.images import addresses as connections
from nst_utils.web import folder as shelf
from nst_utils.web import page as web_pages
from nst_utils.web import visitor as visits

module = importlib.import_module("nst_utils.web.collecting")  # callable: it is nst.collect

ROOT = Path(__file__).parents[2]
PUBLIC = "93.184.216.34"  # a public address, never connected to


def picture_file(seed: int, kind: str = "PNG", size: tuple[int, int] = (80, 90), **options) -> bytes:
    """A picture (80, 90) of its own, one for each seed."""
    pixels = np.random.default_rng(seed).integers(0, 256, (8, 9, 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).resize(size[::-1], Image.Resampling.NEAREST).save(file, kind, **options)
    return file.getvalue()


class Site(Misbehaving):
    """A web site: first what a test put there, then the misbehavior."""

    things: ClassVar[dict] = {}  # path to bytes, to (bytes, options of the answer), or to a function of the handler
    headers_seen: ClassVar[list] = []
    slow = threading.Event()  # set when an answer is held back
    outlasted = False  # whether one was waited for to its end

    def do_GET(self):
        self.close_connection = True
        self.headers_seen.append(dict(self.headers))
        thing = self.things.get(self.path)
        if thing is None and self.path == "/robots.txt":
            thing = b"none", {"status": 404}
        if thing is None:
            super().do_GET()
            return
        self.asked.append(self.path)
        if callable(thing):
            thing(self)
        elif isinstance(thing, tuple):
            self._answer(thing[0], **thing[1])
        else:
            self._answer(thing, "text/plain" if self.path == "/robots.txt" else "image/png")


class Visited:
    """A running site, and the folder for what is collected from it."""

    def __init__(self, url: str, folder: Path):
        self.url, self.folder = url, folder
        self.port = int(url.rpartition(":")[2])

    @property
    def asked(self) -> list[str]:
        """The paths asked for, without robots.txt and the page."""
        return [path for path in Site.asked if path not in ("/robots.txt", "/page")]

    def put(self, path: str, thing) -> None:
        Site.things[path] = thing

    def page(self, text: str | bytes, kind: str = "text/html; charset=utf-8", path: str = "/page") -> None:
        body = text.encode() if isinstance(text, str) else text
        self.put(path, (body, {"kind": kind}))

    def collect(self, path: str = "/page", **options) -> module.Collection:
        options = {"pause": 0, "allow_private": True, "progress": False, **options}
        return nst.collect(path if "://" in path else self.url + path, self.folder, **options)

    def manifest(self) -> list[dict]:
        return json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))["pictures"]

    def files(self) -> set[str]:
        return {path.name for path in self.folder.iterdir()} - {"manifest.json"} if self.folder.exists() else set()

    def check(self) -> None:
        """The manifest speaks of exactly the files that are there, and rightly."""
        if not self.folder.exists():
            return
        records = self.manifest() if (self.folder / "manifest.json").exists() else []
        assert {record["file"] for record in records} == self.files()
        for record in records:
            path = self.folder / record["file"]
            assert record["sha256"] == shelf.sha256_of(path)
            assert record["bytes"] == path.stat().st_size
            assert nst.picture(path).shape == (record["height"], record["width"], 3)


@pytest.fixture
def site(tmp_path, monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    Site.things, Site.headers_seen = {}, []
    Site.slow.clear()
    Site.outlasted = False
    with serving(Site, picture_file(99)) as url:
        visited = Visited(url, tmp_path / "found")
        yield visited
        visited.check()
        assert not Site.outlasted


def drip(handler):
    """A letter at a time, until the other side has had enough."""
    Site.slow.set()
    with contextlib.suppress(OSError):
        for _ in range(2000):
            if handler.over.wait(0.01):
                return
            handler.wfile.write(b"x")
        Site.outlasted = True


def drip_head(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    drip(handler)


def drip_body(handler):
    handler._answer(b"", **{"Content-Length": None})
    drip(handler)


def silence(handler):
    Site.slow.set()
    handler.connection.settimeout(20)
    try:
        handler.rfile.read(1)  # nothing comes: the end, when the other side hangs up
    except TimeoutError:
        Site.outlasted = True


@pytest.fixture
def cut(monkeypatch):
    """The seconds of a request are over as soon as the server is slow, however fast this machine is."""

    class Timer(threading.Timer):
        def run(self):
            while not self.finished.wait(0.005):
                if Site.slow.is_set():
                    Site.slow.clear()
                    self.function()
                    return

    monkeypatch.setattr(threading, "Timer", Timer)


@pytest.fixture
def names(monkeypatch):
    """Names that lead to addresses of the test's choice; what is public leads to the site after all."""
    known, real, connect = {}, socket.getaddrinfo, urllib3.util.connection.create_connection

    def look_up(host, port, *arguments, **options):
        found = known.get(host, host)
        found = found.pop(0) if isinstance(found, list) else found
        if isinstance(found, OSError):
            raise found
        return real(found, port, *arguments, **options)

    def lead(address, *arguments, **options):
        if address[0] == PUBLIC:
            address = ("127.0.0.1", known["port"])
        return connect(address, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(urllib3.util.connection, "create_connection", lead)
    return known


def images(*paths: str) -> str:
    return "".join(f'<p><img src="{path}"></p>' for path in paths)


def reasons(found) -> dict[str, str]:
    return {row.address: row.reason for row in found.refused}


def taken(found, site) -> list[str]:
    """The paths of what was taken."""
    return [record.address.removeprefix(site.url) for record in found.records]


# --- What a page offers -----------------------------------------------------------------------------------------------


def test_every_kind_of_picture_on_a_page_is_taken_in_its_order(site):
    offered = ["/og.png", "/plain.png", "/large.png", "/wide.png", "/linked.png?size=full"]
    for seed, path in enumerate(offered):
        site.put(path, picture_file(seed))
    site.page("""
        <html><head><meta property="og:image" content="/og.png"></head><body>
        <img src="plain.png#top" alt="plain">
        <img src="small.png" srcset="small.png 320w, large.png 1280w, middle.png 640w">
        <picture><source srcset="wide.png 900w, narrow.png 90w"><img src="fallback.png" alt="from a picture"></picture>
        <a href="linked.png?size=full">a <b>linked</b> one</a>
        <a href="other.html">no picture</a>
        <img src="data:image/png;base64,iVBORw0KGgo=" alt="inline"><img alt="nothing"><img src="">
        </body></html>""")
    found = site.collect()
    assert taken(found, site) == offered
    assert site.asked == offered
    assert [record.alt for record in found] == ["", "plain", "", "from a picture", "a linked one"]
    assert found.refused == ()
    assert len(found) == found.new == 5
    for seed, path in enumerate(found.paths):
        assert path.read_bytes() == picture_file(seed)


def test_the_manifest_tells_where_each_picture_comes_from(site):
    site.put("/sea.png", picture_file(1))
    site.page("""<title>Pictures
        of the sea</title><img src="sea.png" alt=" Waves,  at dusk " title="Dusk">
        <a rel="license" href="//creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>""")
    (record,) = site.collect()
    assert record.alt == "Waves, at dusk"
    assert record.title == "Dusk"
    assert record.page_title == "Pictures of the sea"
    assert record.page == f"{site.url}/page"
    assert record.address == f"{site.url}/sea.png"
    assert record.license == "http://creativecommons.org/licenses/by/4.0/"
    assert (record.width, record.height) == (90, 80)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", record.collected)
    (entry,) = site.manifest()
    assert entry == {**dataclasses.asdict(record), "also": []}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('<link rel="license" href="/terms">', "/terms"),
        ('<a rel="nofollow license" href="/terms">', "/terms"),
        ('<a href="https://creativecommons.org/publicdomain/zero/1.0/">', "https://creativecommons.org/publicdomain/zero/1.0/"),
        ('<a href="https://creativecommons.org/licenses/by/4.0/"><a rel="license" href="/terms">', "/terms"),
        ('<a rel="license" href="javascript:alert(1)">', ""),
        ('<a href="https://creativecommons.org/about/">', ""),
        ('<p>All rights reserved</p>', ""),
    ],
)  # fmt: skip
def test_a_license_is_noted_only_where_the_page_links_to_one(site, written, expected):
    site.put("/a.png", picture_file(1))
    site.page(f"{written}</a></a>{images('a.png')}")
    (record,) = site.collect()
    assert record.license == (site.url + expected if expected.startswith("/") else expected)


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ('<img srcset="a.png 1x, b.png 1.5x, c.png 3x" src="s.png">', "c.png"),
        ('<img srcset="b.png .5x, a.png" src="s.png">', "a.png"),
        ('<img srcset="q/w_1,h_2/a.png 10w,b.png 9w" src="s.png">', "q/w_1,h_2/a.png"),
        ('<img srcset=" , a.png 2x ,, b.png, "  src="s.png">', "a.png"),
        ('<img srcset="data:image/png;base64,AAAA 9000w, a.png 2w" src="s.png">', "a.png"),
        ('<img srcset="a.png 99999999999999999999w, b.png 2w">', "b.png"),
        ('<img srcset="" src=" s.png ">', "s.png"),
        ('<img src="data:image/gif;base64,R0lGOD" data-src="late.png">', "late.png"),
        ('<img src="s.png" data-srcset="late.png 2x">', "late.png"),
        ('<picture><source srcset="a.svg 9w" type="image/svg+xml"><img src="s.png"></picture>', "s.png"),
        ('<picture><source srcset="a.webp 9w" type="image/webp"><img srcset="s.png 8w"></picture>', "a.webp"),
        ('<picture><source srcset="a.png 8w"><img srcset="s.png 9w"></picture>', "s.png"),
        ('<video><source src="a.mp4" srcset="b.png 9w"></video><img src="s.png">', "s.png"),
    ],
)
def test_of_several_versions_the_largest_is_taken(site, tag, expected):
    site.put(f"/{expected}", picture_file(1))
    site.page(tag)
    assert taken(site.collect(), site) == [f"/{expected}"]
    assert site.asked == [f"/{expected}"]


def test_a_thumbnail_that_links_to_the_picture_gives_the_picture(site):
    site.put("/full.png", picture_file(1))
    site.put("/thumb.png", picture_file(2))
    site.page('<a href="full.png"><b><img src="thumb.png" alt="harbor"></b></a>')
    (record,) = site.collect()
    assert record.address == f"{site.url}/full.png"
    assert record.alt == "harbor"
    assert site.asked == ["/full.png"]


def test_where_the_link_has_no_picture_the_thumbnail_is_taken(site):
    site.put("/thumb.png", picture_file(2))
    site.page('<a href="missing.png"><img src="thumb.png" alt="harbor"></a>')
    found = site.collect()
    assert taken(found, site) == ["/thumb.png"]
    assert "404" in reasons(found)[f"{site.url}/missing.png"]


def test_pages_about_files_that_end_like_pictures_are_not_asked_for(site):
    site.put("/thumb.png", picture_file(2))
    site.page('<a href="/wiki/File:Sea.jpg"><img src="thumb.png"></a><a href="/wiki/Datei:Sea.jpg">more</a>')
    assert len(site.collect()) == 1
    assert site.asked == ["/thumb.png"]


def test_addresses_are_relative_to_the_base_of_the_page(site):
    site.put("/deep/down/a.png", picture_file(1))
    site.page('<base href="/deep/"><img src="down/a.png">')
    assert taken(site.collect(), site) == ["/deep/down/a.png"]


def test_addresses_are_relative_to_where_the_page_has_moved(site):
    site.put("/new/a.png", picture_file(1))
    site.put("/page", (b"", {"status": 301, "Location": "/new/page"}))
    site.page(images("a.png"), path="/new/page")
    found = site.collect()
    assert taken(found, site) == ["/new/a.png"]
    assert found.page == found[0].page == f"{site.url}/new/page"


def test_an_address_that_is_given_twice_is_asked_for_once(site):
    site.put("/a.png", picture_file(1))
    site.page('<img src="a.png"><img src="./a.png#x" alt="told later"><a href="/a.png">again</a>')
    (record,) = site.collect()
    assert record.alt == "told later"
    assert site.asked == ["/a.png"]


def test_a_page_without_pictures_gives_an_empty_collection_and_no_folder(site):
    site.page("<p>nothing here</p>")
    found = site.collect()
    assert list(found) == []
    assert str(found).startswith(f"0 pictures of {site.url}/page in {site.folder}, 0 of them new; 0 not taken")
    assert not site.folder.exists()


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("ftp://127.0.0.1/a.png", "only http and https"),
        ("file:///etc/hostname", "only http and https"),
        ("javascript:alert(1)", "only http and https"),
        ("blob:http://127.0.0.1/1", "only http and https"),
        ("#top", "this is the page itself"),
        ("http://?", "this is the page itself"),
        ("https://?", "not an address"),
        ("http://[::1/a.png", "not an address"),
        ("http://127.0.0.1:port/a.png", "not an address"),
        ("http://127.0.0.1:99999/a.png", "not an address"),
        ("http://me:secret@127.0.0.1/a.png", "user name"),
        ("/" + "x" * 5000, "5,001 letters"),
    ],
)
def test_addresses_that_are_none_are_told_and_not_visited(site, address, reason):
    site.put("/a.png", picture_file(1))
    site.page(f'<img src="{address}"><img src="a.png">')
    found = site.collect()
    assert taken(found, site) == ["/a.png"]
    ((told, why),) = reasons(found).items()
    assert address.startswith(told)
    assert reason in why


# --- Files and names --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    ["/../../../evil.png", "/..%2f..%2fevil.png", "/%2e%2e/evil.png", "/..\\..\\evil.png", "/a/CON.png", "/.hidden.png",
     "/manifest.json", "/a%00b.png", "/" + "n" * 400 + ".png", "/a;rm -rf ~.png", "/%F0%9F%8C%8A.png"],
)  # fmt: skip
def test_names_of_files_are_ours_whatever_the_address(site, path, tmp_path):
    site.page(f'<img src="{path}">')
    Site.things = {**Site.things, "/robots.txt": b""}
    served = picture_file(1)

    class Everywhere(dict):
        def get(self, asked, default=None):
            return super().get(asked, served)

    Site.things = Everywhere(Site.things)
    (record,) = site.collect()
    assert re.fullmatch(r"[0-9a-f]{12}\.png", record.file)
    assert [path.name for path in tmp_path.iterdir()] == ["found"]
    assert {path.name for path in site.folder.iterdir()} == {record.file, "manifest.json"}


def test_a_name_sent_by_the_server_is_ignored(site):
    site.put("/a", (picture_file(1), {"Content-Disposition": 'attachment; filename="../../evil.png"'}))
    site.page(images("a"))
    site.collect()
    assert site.files() == {hashlib.sha256(picture_file(1)).hexdigest()[:12] + ".png"}


@pytest.mark.parametrize(
    ("kind", "ending"),
    [("PNG", ".png"), ("JPEG", ".jpg"), ("WEBP", ".webp"), ("GIF", ".gif"), ("BMP", ".bmp"), ("TIFF", ".tif")],
)
def test_the_ending_is_that_of_the_content(site, kind, ending):
    site.put("/a.xyz", picture_file(1, kind))
    site.page(images("a.xyz"))
    (path,) = site.collect().paths
    assert path.suffix == ending
    assert path.read_bytes() == picture_file(1, kind)


def test_every_format_that_the_door_knows_has_an_ending():
    assert set(importlib.import_module("nst_utils.images.opening").FORMATS) <= set(web_pages.ENDINGS)


def test_a_photograph_that_holds_a_second_one_is_a_jpeg(site):
    second = Image.open(io.BytesIO(picture_file(2)))
    data = picture_file(1, "MPO", save_all=True, append_images=[second])
    assert Image.open(io.BytesIO(data)).format == "MPO"
    site.put("/a.jpg", data)
    site.page(images("a.jpg"))
    (path,) = site.collect().paths
    assert path.suffix == ".jpg"


def test_what_else_lies_in_the_folder_is_never_overwritten(site, tmp_path):
    name = hashlib.sha256(picture_file(1)).hexdigest()
    site.folder.mkdir()
    mine, linked = site.folder / f"{name[:12]}.png", site.folder / f"{name[:24]}.png"
    mine.write_bytes(b"mine")
    linked.symlink_to(tmp_path / "elsewhere.png")
    site.put("/a.png", picture_file(1))
    site.page(images("a.png"))
    (record,) = site.collect()
    assert record.file == f"{name}.png"
    assert mine.read_bytes() == b"mine"
    assert not (tmp_path / "elsewhere.png").exists()
    mine.unlink()
    linked.unlink()


def test_a_full_disk_is_told_and_leaves_nothing_half_written(site):
    site.put("/a.png", picture_file(1))
    site.put("/large.bmp", picture_file(2, "BMP", (300, 300)))
    site.page(images("a.png", "large.bmp"))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with pytest.raises(nst.PictureError, match=rf"{site.folder}.*{os.strerror(errno.EFBIG)}.*into"):
            site.collect()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [entry["address"] for entry in site.manifest()] == [f"{site.url}/a.png"]


# --- Answers that are no pictures -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("page.png", "the server sends text/html, not a picture"),
        ("lies.png", "not a picture in a known format"),
        ("drawing.svg", "not a picture in a known format"),
        ("empty.png", "not a picture in a known format"),
        ("missing.png", "the server answers 404"),
        ("sick.png", "the server answers 500"),
        ("announced.png", "larger than 50,000,000 bytes"),
        ("short.png", "50"),
        ("circle.png", "more than 5 redirects"),
        ("inside.png", "leads to file:///etc/hostname: only http and https"),
        ("noise.png", "cannot be fetched"),
        ("hangup.png", "cannot be fetched"),
        ("squeezed.png", "cannot be fetched"),
        ("tampered.jpg", "cannot be read|damaged"),
    ],
)
def test_an_answer_that_is_no_picture_is_refused_with_its_reason_and_the_next_is_taken(site, path, reason):
    site.put("/next.png", picture_file(1))
    site.page(images(path, "next.png"))
    if path == "tampered.jpg":
        site.put("/tampered.jpg", picture_file(3, "JPEG")[:-600])
    found = site.collect()
    assert taken(found, site) == ["/next.png"]
    ((address, why),) = reasons(found).items()
    assert address == f"{site.url}/{path}"
    assert re.search(reason, why), why
    assert site.url not in why.replace(f"leads to {site.url}", "")


@pytest.mark.parametrize("path", ["good.png", "unnamed", "binary", "moved.png"])
def test_an_answer_that_is_a_picture_is_taken(site, path):
    site.page(images(path))
    assert taken(site.collect(), site) == [f"/{path}"]


def test_an_endless_body_is_cut_at_the_limit(site):
    site.page(images("endless.png", "good.png"))
    found = site.collect(max_bytes=200_000)
    assert taken(found, site) == ["/good.png"]
    assert reasons(found) == {f"{site.url}/endless.png": "larger than 200,000 bytes"}


@pytest.mark.parametrize("thing", [drip_head, drip_body, silence])
def test_a_slow_answer_is_given_up(site, cut, thing):
    site.put("/slow.png", thing)
    site.page(images("slow.png", "good.png"))
    found = site.collect()
    assert taken(found, site) == ["/good.png"]
    assert reasons(found) == {f"{site.url}/slow.png": "not finished after 30 seconds"}


def test_a_slow_handshake_is_given_up(site, cut):
    def greet():
        connection, _ = silent.accept()
        with connection:
            connection.recv(1)
            Site.slow.set()
            Site.over.wait()

    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"https://127.0.0.1:{silent.getsockname()[1]}/a.png"
        site.page(images(address))
        threading.Thread(target=greet, daemon=True).start()
        found = site.collect()
    assert reasons(found) == {address: "its robots.txt cannot be read: not finished after 30 seconds"}


def test_the_seconds_of_a_request_are_real_seconds(site):
    site.put("/slow.png", drip_body)
    site.page(images("slow.png"))
    found = site.collect(request_seconds=2)
    assert reasons(found) == {f"{site.url}/slow.png": "not finished after 2 seconds"}


def test_a_picture_that_unpacks_to_more_than_the_limit_is_refused(site):
    packed = io.BytesIO()
    import gzip

    with gzip.GzipFile(fileobj=packed, mode="wb") as file:
        file.write(bytes(3_000_000))
    site.put("/bomb.png", (packed.getvalue(), {"Content-Encoding": "gzip"}))
    site.page(images("bomb.png"))
    assert list(reasons(site.collect(max_bytes=100_000)).values()) == ["larger than 100,000 bytes"]


def test_icons_are_left_out(site):
    site.put("/icon.png", picture_file(1, size=(200, 40)))
    site.page(images("icon.png"))
    found = site.collect(smallest=41)
    assert reasons(found) == {f"{site.url}/icon.png": "40 x 200 pixels; each side needs at least 41 (smallest)"}
    assert len(site.collect(smallest=40)) == 1


def test_a_server_that_asks_for_fewer_requests_is_left_alone(site):
    site.put("/busy.png", (b"", {"status": 429}))
    site.page(images("busy.png", "good.png"))
    found = site.collect()
    assert len(found) == 0
    assert set(reasons(found).values()) == {"127.0.0.1 asks for fewer requests (429)"}
    assert site.asked == ["/busy.png"]


# --- The page ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/missing.png", "the server answers 404"),
        ("/good.png", "this is a picture, not a page: nst.picture opens it"),
        ("/binary", "the server sends application/octet-stream, not a web page"),
        ("/circle.png", "more than 5 redirects"),
        ("/inside.png", "only http and https"),
        ("/noise.png", "cannot be fetched"),
        ("/silence", "not finished after 30 seconds"),
        ("/drip", "not finished after 30 seconds"),
        ("ftp://127.0.0.1/page", "only http and https"),
        ("example.org://x", "only http and https"),
        ("http://127.0.0.1:9/page", "127.0.0.1 cannot be reached"),
        ("http://gone.test/", "gone.test cannot be found: Name or service not known"),
    ],
)
def test_a_page_that_cannot_be_had_is_an_error(site, names, cut, path, reason):
    names["gone.test"] = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    site.put("/silence", silence)
    site.put("/drip", drip_head)
    with pytest.raises(nst.DownloadError) as caught:
        site.collect(path)
    assert str(caught.value).startswith(path if "://" in path else f"{site.url}{path}: ")
    assert reason in str(caught.value)
    assert not site.folder.exists()


@pytest.mark.parametrize(
    "text",
    [
        "<img src=a.png",
        "<div><table><img src='a.png'></p></b><tr><td",
        "<!doctype html [<![x]>]><!foo><![bar[<img src=a.png>",
        "<img src=a.png>&#99999999999999999999999999999999999999999;&#x110000;&#xD800;&#" + "9" * 5000,
        "<a href='x\"><img src=a.png>",
        "\0<img\0 src=a.png><img src=a.png>\0",
        "<script><img src=no.png></script><style><img src=no.png></style><!-- <img src=no.png> --><img src=a.png><!--",
        "<noscript><img src=a.png></noscript><template></template></html></html>",
        "<" * 500 + "<img src=a.png>" + ">" * 500,
        '<IMG SRC="a.png" SRC="b.png" ALT>',
    ],
)
def test_broken_html_is_read_as_far_as_it_goes(site, text):
    for name in ("a", "b"):
        site.put(f"/{name}.png", picture_file(1))
    site.page(text)
    found = site.collect()
    assert len(found) == (0 if text == "<img src=a.png" or text.startswith("<a href='x") else 1)
    assert not set(site.asked) - {"/a.png", "/b.png"}


pieces = st.sampled_from(
    ["<", ">", "</", "/>", "=", '"', "'", " ", "\0", "&#", "&amp;", ";", "<!", "<!--", "-->", "<![", "]]>", "<?", "img",
     "a", "src", "href", "srcset", "x.png", "1w", ",", "picture", "source", "base", "title", "script", "http://",
     "data:", "\\", "é"]
)  # fmt: skip


@given(st.lists(st.one_of(pieces, st.text(max_size=3)), max_size=40).map("".join))
def test_whatever_a_page_says_it_is_understood_or_refused(text):
    page = web_pages.understood_page("http://example.org/page", text, True)
    for candidate in page.candidates:
        assert all(re.match("https?://[^/]", address) for address in candidate.addresses)


@given(st.lists(pieces, max_size=30).map("".join), st.integers(1, 4))
def test_a_page_read_in_pieces_of_any_length_is_the_same_page(text, length):
    with pytest.MonkeyPatch.context() as patch:
        whole = web_pages._sound_part(text)
        patch.setattr(web_pages, "_PIECE", length)
        in_pieces, at_once = (web_pages.understood_page("http://h/", part, True) for part in (text, whole[0]))
        assert in_pieces == at_once


@pytest.mark.parametrize("unit", ["<a ", "<a x='", "<!--x>", "<a/", "<a =", "<![", "<?", "&#", "<a href=x.png ", "<"])
def test_an_end_that_never_becomes_a_tag_does_not_stop_the_parser(site, unit):
    """Such a page once kept html.parser busy for hours."""
    site.put("/a.png", picture_file(1))
    site.page(images("a.png") + unit * (200_000 // len(unit)))
    assert taken(site.collect(), site) == ["/a.png"]


@pytest.mark.parametrize("unit", ["<div>", "<a href=x.png>", "<picture>", "<a href=y.png><img src=z.png>"])
def test_of_a_page_with_very_many_tags_the_first_are_read(site, unit, monkeypatch):
    monkeypatch.setattr(web_pages, "MAX_TAGS", 5000)
    site.put("/a.png", picture_file(1))
    site.page(images("a.png") + unit * 40_000)
    found = site.collect(limit=1)
    assert taken(found, site) == ["/a.png"]
    assert any(row.reason.startswith("only its beginning was read") for row in found.refused)


def test_of_a_page_with_very_many_pictures_the_first_are_looked_at(site, monkeypatch):
    monkeypatch.setattr(web_pages, "MAX_ADDRESSES", 3)
    for seed in range(5):
        site.put(f"/{seed}.png", picture_file(seed))
    site.page(images(*(f"{seed}.png" for seed in range(5))))
    found = site.collect()
    assert len(found) == 3
    assert reasons(found) == {f"{site.url}/page": "only its first 3 pictures were looked at"}


def test_an_endless_page_is_read_as_far_as_the_limit(site, monkeypatch):
    monkeypatch.setattr(visits, "MAX_PAGE", 100_000)
    monkeypatch.setattr(web_pages, "MAX_PAGE", 100_000)

    def endless(handler):
        handler._answer(images("good.png").encode(), "text/html", **{"Content-Length": None})
        with contextlib.suppress(OSError):
            for _ in range(500):
                handler.wfile.write(b"<p>and so on</p>" * 1000)

    site.put("/page", endless)
    found = site.collect()
    assert taken(found, site) == ["/good.png"]
    assert reasons(found)[f"{site.url}/page"].startswith("only its beginning was read: 100,000 bytes")


@pytest.mark.parametrize(
    ("encoding", "kind"),
    [
        ("utf-8", "text/html; charset=utf-8"),
        ("utf-8", "text/html; charset=iso-8859-1"),
        ("utf-8", "text/html"),
        ("utf-8", "text/html; charset=nonsense"),
        ("utf-8", "text/html; charset=hex"),
        ("utf-8", ""),
        ("utf-8-sig", "text/html; charset=windows-1251"),
        ("cp1252", "text/html; charset=utf-8"),
        ("cp1252", "text/html; charset=punycode"),
        ("cp1252", "text/html; charset=idna"),
        ("iso-8859-15", 'text/html; charset="ISO-8859-15"'),
        ("utf-16", "text/html"),
        ("utf-16-le", "text/html; charset=utf-16-le"),
    ],
)
def test_a_wrong_charset_does_not_spoil_the_texts(site, encoding, kind):
    site.put("/br%C3%BCcke.png", picture_file(1))
    site.page(
        '<meta charset="ascii"><img src="brücke.png" alt="Brücke über die Seine, fünf Uhr">'.encode(encoding), kind
    )
    (record,) = site.collect()
    assert record.alt == "Brücke über die Seine, fünf Uhr"
    assert record.address == f"{site.url}/br%C3%BCcke.png"


def test_a_page_that_ends_within_a_letter_keeps_its_charset():
    assert web_pages.decoded_page("Brücke ü".encode()[:-1], "text/html") == "Brücke "


def test_we_say_who_we_are_and_send_nothing_else_of_the_user(site, tmp_path, monkeypatch):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    site.put("/page", (images("good.png").encode(), {"kind": "text/html", "Set-Cookie": "id=7"}))
    site.collect()
    assert len(Site.headers_seen) == 3
    for headers in Site.headers_seen:
        assert headers["User-Agent"].startswith("nst-utils")
        assert headers["Connection"] == "close"
        assert not {"Authorization", "Cookie", "Referer"} & set(headers)


# --- robots.txt and manners -------------------------------------------------------------------------------------------


def test_robots_txt_is_asked_first_and_once(site):
    site.page(images("good.png", "missing.png"))
    site.collect()
    assert Site.asked == ["/robots.txt", "/page", "/good.png", "/missing.png"]


def test_what_robots_txt_forbids_is_not_asked_for(site):
    site.put("/robots.txt", b"User-agent: *\nDisallow: /private/\n")
    site.page(images("private/good.png", "good.png"))
    found = site.collect()
    assert taken(found, site) == ["/good.png"]
    assert reasons(found) == {f"{site.url}/private/good.png": "robots.txt of 127.0.0.1 forbids it"}
    assert site.asked == ["/good.png"]


def test_a_page_that_robots_txt_forbids_is_an_error(site):
    site.put("/robots.txt", b"User-agent: nst-utils\nDisallow: /\n")
    site.page(images("good.png"))
    with pytest.raises(nst.DownloadError, match=r"/page: robots\.txt of 127\.0\.0\.1 forbids it"):
        site.collect()
    assert Site.asked == ["/robots.txt"]


def test_a_redirect_does_not_lead_around_robots_txt(site):
    site.put("/robots.txt", b"User-agent: *\nDisallow: /good\n")
    site.page(images("moved.png"))
    found = site.collect()
    assert site.asked == ["/moved.png"]
    assert list(reasons(found).values()) == [f"leads to {site.url}/good.png: robots.txt of 127.0.0.1 forbids it"]


@pytest.mark.parametrize(
    "robots",
    [
        (b"gone", {"status": 404}),
        (b"gone", {"status": 410}),
        b"",
        bytes(range(256)) * 40,
        (b"<html><body>Not found</body></html>", {"kind": "text/html"}),
        b"User-agent *\nDisallow /\nAllow\n::::\n:\nDisallow: /before/any/agent\n",
        b"User-agent: somebody-else\nDisallow: /\n",
        "User-agent: *\r\nDisallow:\r\n".encode("utf-8-sig"),
        (b"", {"status": 302, "Location": "/elsewhere.txt"}),
    ],
)
def test_where_robots_txt_is_missing_or_no_robots_txt_all_is_allowed(site, robots):
    site.put("/robots.txt", robots)
    site.put("/elsewhere.txt", (b"User-agent: *\nAllow: /", {"kind": "text/plain"}))
    site.page(images("good.png"))
    assert len(site.collect()) == 1


@pytest.mark.parametrize(
    ("robots", "reason"),
    [
        ((b"no", {"status": 403}), r"forbids to read its robots\.txt \(403\)"),
        ((b"no", {"status": 401}), r"forbids to read its robots\.txt \(401\)"),
        ((b"oh", {"status": 503}), "cannot be read: the server answers 503"),
        ((b"no", {"status": 429}), "asks for fewer requests"),
        (drip_head, "cannot be read: not finished after 30 seconds"),
        (drip_body, "cannot be read: not finished after 30 seconds"),
        (silence, "cannot be read: not finished after 30 seconds"),
        (lambda handler: None, "cannot be read: cannot be fetched"),
        (lambda handler: handler.wfile.write(b"\xff\r\n\r\n"), "cannot be read: cannot be fetched"),
        ((b"", {"status": 302, "Location": "/robots.txt"}), "cannot be read: more than 5 redirects"),
        ((b"x", {"Content-Length": 900}), "cannot be read: (cannot be fetched|the connection ended)"),
    ],
)
def test_where_robots_txt_cannot_be_read_nothing_is_fetched(site, cut, robots, reason):
    site.put("/robots.txt", robots)
    site.page(images("good.png"))
    with pytest.raises(nst.DownloadError, match=f"{site.url}/page: .*{reason}"):
        site.collect()
    assert set(Site.asked) == {"/robots.txt"}


def test_of_an_endless_robots_txt_the_beginning_counts(site):
    def endless(handler):
        handler._answer(b"User-agent: *\nDisallow: /no/\n", "text/plain", **{"Content-Length": None})
        with contextlib.suppress(OSError):
            for _ in range(500):
                handler.wfile.write(b"# and so on\n" * 1000)

    site.put("/robots.txt", endless)
    site.page(images("no/good.png", "good.png"))
    assert taken(site.collect(), site) == ["/good.png"]


@pytest.mark.parametrize(
    ("robots", "path", "allowed"),
    [
        ("User-agent: *\nDisallow: /a", "/a/b.png", False),
        ("User-agent: *\nDisallow: /a", "/b/a.png", True),
        ("User-agent: *\nAllow: /\nDisallow: /a", "/a.png", False),  # the longest rule, not the first
        ("User-agent: *\nDisallow: /\nAllow: /a", "/a.png", True),
        ("User-agent: *\nDisallow: /a\nAllow: /a", "/a.png", True),
        ("User-agent: *\nDisallow: /*.jpg$", "/x/y.jpg", False),
        ("User-agent: *\nDisallow: /*.jpg$", "/x/y.jpg?z", True),
        ("User-agent: *\nDisallow: /*?", "/x?y", False),
        ("User-agent: *\nDisallow: *", "/x", False),
        ("User-agent: *\nDisallow: /x$", "/x", False),
        ("User-agent: *\nDisallow: /x$", "/xy", True),
        ("User-agent: *\nDisallow: /a*b*c$", "/abcbc", False),
        ("User-agent: *\nDisallow: /a*bc$", "/abx", True),
        ("User-agent: *\nDisallow: /ab*b$", "/ab", True),
        ("User-agent: *\nDisallow: /%7Ejoe/", "/~joe/a.png", False),
        ("User-agent: *\nDisallow: /ü", "/%C3%BC.png", False),
        ("User-agent: *\n\nDisallow: /a", "/a.png", False),  # an empty line ends no group
        ("User-agent: *\nAllow: /\nUser-agent: *\nDisallow: /a", "/a.png", False),  # two groups of one agent are one
        ("User-agent: *\nDisallow: /\n\nUser-agent: NST-Utils\nDisallow: /a", "/b.png", True),
        ("User-agent: other\nUser-agent: nst-utils\nDisallow: /a", "/a.png", False),
        ("User-agent: other\nDisallow: /a\nUser-agent: nst-utils\nDisallow: /b", "/a.png", True),
        ("user-AGENT : *  # all\n disallow:/a # no", "/a.png", False),
        ("User-agent: *\nSitemap: http://example.org/a\nDisallow: /a", "/a.png", False),
        ("User-agent: *\nDisallow: /" + "*a" * 3000 + "b", "/" + "a" * 3000, True),  # wildcards do not explode
        ("Disallow: /", "/a.png", True),
    ],
)
def test_robots_txt_is_understood_as_the_standard_says(robots, path, allowed):
    rules = urllib.robotparser.RobotFileParser()
    rules.parse(visits._applying(robots, f"http://example.org{path}"))
    assert rules.can_fetch("nst-utils", f"http://example.org{path}") is allowed


@given(
    st.text("ab", max_size=4).map("/".__add__),
    st.lists(st.text("ab", max_size=2), min_size=1, max_size=4),
    st.booleans(),
)
def test_wildcards_agree_with_regular_expressions(path, parts, ends):
    pattern = "/" + "*".join(parts)
    expected = re.match(".*".join(map(re.escape, pattern.split("*"))) + ("$" if ends else ""), path)
    assert visits._fits(pattern + "$" * ends, path) is bool(expected)


@pytest.fixture
def waits(monkeypatch):
    """The seconds that were waited: none really."""
    waited = []
    monkeypatch.setattr(time, "sleep", waited.append)
    return waited


def test_requests_to_one_host_are_apart_by_the_pause(site, names, waits):
    names["elsewhere.test"] = "127.0.0.1"
    site.page(images("good.png", f"http://elsewhere.test:{site.port}/binary", "unnamed"))
    found = site.collect(pause=1000, total_seconds=1e6)
    assert len(Site.asked) == 6
    assert len(found) + len(found.refused) == 3
    # each host waits between its own requests: page, good, unnamed; binary after its robots.txt
    assert [round(wait, -2) for wait in waits] == [1000] * 4


@pytest.mark.parametrize(("delay", "expected"), [(b"3000", 3000), (b"1", 1000), (b"often", 1000), (b"-5", 1000)])
def test_a_longer_pause_that_robots_txt_asks_for_is_kept(site, waits, delay, expected):
    site.put("/robots.txt", b"User-agent: *\nDisallow: /no\nCrawl-delay: " + delay)
    site.page(images("good.png"))
    site.collect(pause=1000, total_seconds=1e6)
    assert [round(wait, -2) for wait in waits] == [1000, expected]


def test_no_pause_is_begun_that_would_outlast_the_call(site, waits):
    site.put("/robots.txt", b"User-agent: *\nCrawl-delay: 86400")
    site.page(images("good.png", "binary"))
    found = site.collect()
    assert waits == []
    assert set(reasons(found).values()) == {"not tried: the 600 seconds of total_seconds are over"}
    assert len(found.refused) == 2


# --- Limits -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def five(site):
    """A page with five pictures."""
    for seed in range(5):
        site.put(f"/{seed}.png", picture_file(seed))
    site.page(images(*(f"{seed}.png" for seed in range(5))))
    return site


def test_no_more_than_the_limit_are_taken_and_the_rest_is_told(five):
    found = five.collect(limit=2)
    assert taken(found, five) == ["/0.png", "/1.png"]
    assert five.asked == ["/0.png", "/1.png"]
    assert reasons(found) == {f"{five.url}/{n}.png": "not tried: the limit of 2 is reached" for n in (2, 3, 4)}


def test_the_bytes_in_all_are_limited(five):
    before = sum(len(body) for body in (b"none", Site.things["/page"][0]))
    two = before + len(picture_file(0)) + len(picture_file(1))
    found = five.collect(total_bytes=two + 50)
    assert taken(found, five) == ["/0.png", "/1.png"]
    assert five.asked == ["/0.png", "/1.png", "/2.png"]  # what does not fit ends it
    assert set(reasons(found).values()) == {f"not tried: no more fits into the {two + 50:,} bytes of total_bytes"}
    assert len(found.refused) == 3


def test_bytes_of_what_is_refused_count_too(site):
    site.page(images("endless.png", "good.png"))
    found = site.collect(max_bytes=150_000, total_bytes=200_000)
    assert reasons(found)[f"{site.url}/endless.png"] == "larger than 150,000 bytes"
    assert taken(found, site) == ["/good.png"]
    found = site.collect(max_bytes=150_000, total_bytes=150_000, limit=2)
    assert len(found) == 1  # it was there
    assert reasons(found)[f"{site.url}/endless.png"] == "not tried: no more fits into the 150,000 bytes of total_bytes"


def test_the_seconds_in_all_are_limited(site, cut):
    site.put("/slow.png", drip_body)
    site.page(images("good.png", "slow.png", "binary"))
    found = site.collect(total_seconds=29)
    assert taken(found, site) == ["/good.png"]
    why = "not tried: the 29 seconds of total_seconds are over"
    assert reasons(found) == {f"{site.url}/slow.png": why, f"{site.url}/binary": why}


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ({"limit": 0}, "limit is 0; it is a whole number, 1 or more"),
        ({"limit": 2.5}, "limit is 2.5"),
        ({"limit": True}, "limit is True"),
        ({"smallest": 7}, "smallest is 7; it is a whole number, 8 or more"),
        ({"max_bytes": -1}, "max_bytes is -1"),
        ({"total_bytes": None}, "total_bytes is None"),
        ({"pause": -1}, "pause is -1; it is a number of seconds"),
        ({"pause": float("nan")}, "pause is nan"),
        ({"request_seconds": 0}, "request_seconds is 0"),
        ({"total_seconds": float("inf")}, "total_seconds is inf"),
        ({"total_seconds": "long"}, "total_seconds is 'long'"),
    ],
)
def test_a_wrong_setting_is_refused_before_anything_is_fetched(site, setting, told):
    with pytest.raises(nst.SettingError, match=re.escape(told)):
        site.collect(**setting)
    assert Site.asked == []


@pytest.mark.parametrize("url", [None, 7, b"http://127.0.0.1/", Path("page.html")])
def test_what_is_no_address_is_refused(tmp_path, url):
    with pytest.raises(nst.SettingError, match="give the address of a web page"):
        nst.collect(url, tmp_path)


@pytest.mark.parametrize("into", ["", None, 7])
def test_what_is_no_folder_is_refused(into):
    with pytest.raises(nst.SettingError, match="into is"):
        nst.collect("http://127.0.0.1/", into)


def test_a_folder_that_cannot_be_is_refused_before_anything_is_fetched(site, tmp_path):
    (tmp_path / "file").touch()
    for into in (tmp_path / "file", tmp_path / "file" / "folder"):
        with pytest.raises(nst.SettingError, match=r"nothing can be written into .*file\. Choose another folder"):
            nst.collect(f"{site.url}/page", into, allow_private=True)
    assert Site.asked == []


# --- Duplicates, and going on -----------------------------------------------------------------------------------------


def test_the_same_picture_is_kept_once(site):
    site.put("/a.png", picture_file(1))
    site.put("/b.png", picture_file(1))
    site.put("/c.png", picture_file(1, compress_level=1))
    site.put("/d.bmp", picture_file(1, "BMP"))
    site.put("/e.png", picture_file(2))
    assert len({picture_file(1), picture_file(1, compress_level=1), picture_file(1, "BMP")}) == 3
    site.page(images("a.png", "b.png", "c.png", "d.bmp", "e.png"))
    found = site.collect()
    assert taken(found, site) == ["/a.png", "/e.png"]
    same = f"the same picture as {found[0].file}"
    assert reasons(found) == {f"{site.url}/{name}": same for name in ("b.png", "c.png", "d.bmp")}
    assert found[0].also == tuple(f"{site.url}/{name}" for name in ("b.png", "c.png", "d.bmp"))


def test_pictures_that_differ_in_one_pixel_are_two(site):
    pixels = np.full((80, 90, 3), 128, np.uint8)
    for name in "ab":
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "PNG")
        site.put(f"/{name}.png", file.getvalue())
        pixels[40, 40, 1] += 1
    flipped = io.BytesIO()
    Image.fromarray(np.full((90, 80, 3), 128, np.uint8)).save(flipped, "PNG")
    site.put("/c.png", flipped.getvalue())
    site.page(images("a.png", "b.png", "c.png"))
    assert len(site.collect()) == 3


def test_a_second_call_fetches_only_what_is_missing(five):
    first = five.collect(limit=3)
    five.put("/3.png", (b"", {"status": 500}))
    before = {path: path.stat().st_mtime_ns for path in first.paths}
    Site.asked.clear()
    second = five.collect(limit=5)
    assert five.asked == ["/3.png", "/4.png"]
    assert taken(second, five) == ["/0.png", "/1.png", "/2.png", "/4.png"]
    assert second.new == 1
    assert second.records[:3] == first.records
    assert {path: path.stat().st_mtime_ns for path in first.paths} == before
    Site.asked.clear()
    third = five.collect(limit=2)
    assert third.records == first.records[:2]
    assert five.asked == []


def test_duplicates_are_not_fetched_again(site):
    site.put("/a.png", picture_file(1))
    site.put("/b.png", picture_file(1))
    site.page(images("a.png", "b.png"))
    first = site.collect()
    Site.asked.clear()
    second = site.collect()
    assert site.asked == []
    assert second.records == first.records
    assert second.refused == first.refused


@pytest.mark.parametrize("damage", ["deleted", "altered", "empty"])
def test_a_file_that_is_gone_or_altered_is_fetched_again(five, damage):
    path = five.collect(limit=2).paths[0]
    if damage == "deleted":
        path.unlink()
    else:
        path.write_bytes(b"" if damage == "empty" else path.read_bytes()[:-1] + b"?")
    Site.asked.clear()
    found = five.collect(limit=2)
    assert five.asked == ["/0.png"]
    assert [path.read_bytes() for path in found.paths] == [picture_file(0), picture_file(1)]
    if damage != "deleted":
        assert path not in found.paths  # it may be somebody's work
        path.unlink()


def test_two_pages_share_a_folder(five):
    first = five.collect(limit=3)
    five.put("/new.png", picture_file(77))
    five.put("/copy.png", picture_file(1))
    five.page(images("2.png", "copy.png", "new.png"), path="/other")
    Site.asked.clear()
    second = five.collect("/other")
    assert five.asked == ["/other", "/copy.png", "/new.png"]
    assert [record.file for record in second][:2] == [first[2].file, first[1].file]
    assert second.new == 1
    assert len(five.manifest()) == 4


@pytest.mark.parametrize(
    "text",
    ["", "no json", "[]", "{}", '{"pictures": [{}]}', '{"pictures": 7}', '{"pictures": [[1]]}', "[" * 100_000, "\udcff"]
)  # fmt: skip
def test_a_manifest_of_somebody_else_is_told_and_left(site, text):
    site.folder.mkdir()
    path = site.folder / "manifest.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    site.page(images("good.png"))
    with pytest.raises(nst.SettingError, match=r"manifest\.json is not a manifest that nst\.collect wrote.*into"):
        site.collect()
    assert path.read_bytes() == text.encode("utf-8", "surrogateescape")
    assert Site.asked == []
    path.unlink()


@pytest.mark.parametrize("change", [{"also": [{}]}, {"also": "no"}, {"bytes": "7"}, {"width": True}, {"alt": None}])
def test_a_manifest_with_wrong_kinds_of_values_is_told(five, change):
    five.collect(limit=1)
    path = five.folder / "manifest.json"
    (entry,) = five.manifest()
    written = path.read_bytes()
    path.write_text(json.dumps({"pictures": [{**entry, **change}]}))
    with pytest.raises(nst.SettingError, match="not a manifest"):
        five.collect()
    path.write_bytes(written)


@pytest.mark.parametrize("name", ["../secret.png", "/etc/hostname", "manifest.json", "a/../../secret.png"])
def test_a_manifest_cannot_name_a_file_elsewhere(five, tmp_path, name):
    """Whoever sends a folder with a manifest chooses what stands in it."""
    secret = tmp_path / "secret.png"
    secret.write_bytes(picture_file(0))
    five.collect(limit=1)
    (entry,) = five.manifest()
    (five.folder / entry["file"]).unlink()
    (five.folder / "manifest.json").write_text(json.dumps({"pictures": [{**entry, "file": name}]}))
    found = five.collect(limit=1)
    assert found.paths == [five.folder / entry["file"]]
    assert found.new == 1


# --- Ctrl-C -----------------------------------------------------------------------------------------------------------


def test_ctrl_c_ends_it_with_what_is_saved_and_the_next_call_goes_on(five):
    five.put("/2.png", lambda handler: (os.kill(os.getpid(), signal.SIGINT), handler.over.wait()))
    found = five.collect()
    assert found.interrupted
    assert taken(found, five) == ["/0.png", "/1.png"]
    assert reasons(found) == {f"{five.url}/{n}.png": "not tried: interrupted" for n in (2, 3, 4)}
    assert str(found).startswith("Interrupted; the same call goes on. 2 pictures")
    five.check()
    five.put("/2.png", picture_file(2))
    Site.asked.clear()
    found = five.collect()
    assert five.asked == ["/2.png", "/3.png", "/4.png"]
    assert not found.interrupted
    assert len(found) == 5


@pytest.mark.parametrize("when", range(8))
def test_whenever_ctrl_c_comes_the_manifest_is_right(five, monkeypatch, when):
    """At each point where something is written: before and after a picture, before and after the manifest."""
    moments = iter(range(100))
    real = shelf.written_whole

    @contextlib.contextmanager
    def interrupting(path):
        if next(moments) == when:
            raise KeyboardInterrupt
        with real(path) as beside:
            yield beside
        if next(moments) == when:
            raise KeyboardInterrupt

    monkeypatch.setattr(shelf, "written_whole", interrupting)
    found = five.collect()
    assert found.interrupted
    five.check()
    assert {record.file for record in found} == five.files()
    assert len(found) == (when + 3) // 4
    assert len(found.refused) == 5 - len(found)


def test_ctrl_c_before_there_is_a_page_is_ctrl_c(site):
    site.put("/page", lambda handler: (os.kill(os.getpid(), signal.SIGINT), handler.over.wait()))
    with pytest.raises(KeyboardInterrupt):
        site.collect()


# --- Private addresses ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "127.255.0.7", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
     "169.254.169.254", "100.64.0.1", "192.0.0.192", "192.0.2.1", "198.18.0.1", "203.0.113.5", "224.0.0.1", "239.1.1.1",
     "240.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "fec0::1",
     "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1",
     "64:ff9b::a00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1", "2001:0:1::1", "100::1"],
)  # fmt: skip
def test_addresses_that_are_not_public(address):
    assert not connections.is_public(address)


@pytest.mark.parametrize(
    "address",
    ["93.184.216.34", "8.8.8.8", "172.32.0.1", "192.169.0.1", "100.128.0.1", "2606:4700::1111", "64:ff9b::808:808",
     "::ffff:8.8.8.8", "2002:808:808::1"],
)  # fmt: skip
def test_addresses_that_are_public(address):
    assert connections.is_public(address)


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0", "[::1]", "[::ffff:127.0.0.1]"],
)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_this_machine_is_not_visited_under_any_name(site, host, scheme):
    with pytest.raises(nst.DownloadError, match="not a public address; it is visited only with allow_private"):
        site.collect(f"{scheme}://{host}:{site.port}/page", allow_private=False)
    assert Site.asked == []


@pytest.fixture
def public(site, names):
    """The site under a public name."""
    names |= {"public.test": PUBLIC, "port": site.port}
    return site


def test_a_public_page_is_visited(public):
    public.page(images("good.png"))
    found = public.collect("http://public.test/page", allow_private=False)
    assert [record.address for record in found] == ["http://public.test/good.png"]


def test_a_picture_at_a_private_address_is_refused_and_nothing_is_sent_there(public, names):
    names["inside.test"] = "127.0.0.1"
    inside = [f"http://{host}:{public.port}/secret.png" for host in ("inside.test", "127.0.0.1")]
    public.page(images(*inside, "good.png"))
    found = public.collect("http://public.test/page", allow_private=False)
    assert len(found) == 1
    told = reasons(found)
    assert told[inside[0]].startswith("inside.test is at 127.0.0.1, which is not a public address")
    assert told[inside[1]].startswith("127.0.0.1 is not a public address")
    assert public.asked == ["/good.png"]
    assert Site.asked.count("/robots.txt") == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_a_private_address_is_refused(public, names, status):
    names["inside.test"] = "127.0.0.1"
    there = f"http://inside.test:{public.port}/secret.png"
    public.put("/jump.png", (b"", {"status": status, "Location": there}))
    public.page(images("jump.png"))
    found = public.collect("http://public.test/page", allow_private=False)
    (why,) = reasons(found).values()
    assert why.startswith(f"leads to {there}: inside.test is at 127.0.0.1, which is not a public address")
    assert public.asked == ["/jump.png"]


def test_a_page_or_robots_txt_that_leads_inside_is_refused(public):
    inside = f"http://127.0.0.1:{public.port}"
    public.put("/page", (b"", {"status": 302, "Location": f"{inside}/secret"}))
    with pytest.raises(nst.DownloadError, match="not a public address"):
        public.collect("http://public.test/page", allow_private=False)
    public.put("/robots.txt", (b"", {"status": 302, "Location": f"{inside}/secret"}))
    with pytest.raises(nst.DownloadError, match="not a public address"):
        public.collect("http://public.test/page", allow_private=False)
    assert "/secret" not in Site.asked


def test_a_name_that_changes_its_address_gains_nothing(public, names):
    """DNS rebinding: public when it is asked for the first time, private when the connection is made."""
    names["rebinding.test"] = [PUBLIC, "127.0.0.1", "127.0.0.1", "127.0.0.1"]
    public.page(images(f"http://rebinding.test:{public.port}/good.png"))
    found = public.collect("http://public.test/page", allow_private=False)
    assert len(found) == 0
    assert list(reasons(found).values()) == [
        "rebinding.test is at 127.0.0.1, which is not a public address; it is visited only with allow_private"
    ]
    assert Site.asked == ["/robots.txt", "/page", "/robots.txt"]  # the first answer was public, and used as such
    assert len(names["rebinding.test"]) == 2  # each connection looks once, checks that, and uses that


def test_one_private_address_among_public_ones_is_enough(public, monkeypatch):
    both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 80)) for ip in (PUBLIC, "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments, **options: both)
    with pytest.raises(nst.DownloadError, match=r"10\.0\.0\.1, which is not a public address"):
        public.collect("http://public.test/page", allow_private=False)
    assert Site.asked == []


def test_a_proxy_is_used_only_with_allow_private(public, names, monkeypatch):
    monkeypatch.setenv("http_proxy", public.url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    public.page(images("good.png"))
    assert len(public.collect("http://public.test/page", allow_private=False)) == 1
    assert Site.asked == ["/robots.txt", "/page", "/good.png"]
    Site.asked.clear()
    with contextlib.suppress(nst.DownloadError):
        public.collect("http://public.test/page")
    assert Site.asked[0] == "http://public.test/robots.txt"  # as a proxy is asked


def test_behind_a_proxy_an_unreachable_page_gets_a_hint(public, names, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    names["port"] = 9
    with pytest.raises(nst.DownloadError, match=r"A proxy is set.*allow_private"):
        public.collect("http://public.test/page", allow_private=False)


# --- What a user sees -------------------------------------------------------------------------------------------------


class Tags(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.text = set(), ""

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)

    def handle_data(self, data):
        self.text += data


EVIL = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


def test_html_in_texts_of_the_page_stays_text(site):
    site.put("/a.png", picture_file(1))
    alt = html.escape(EVIL, quote=True)
    site.page(f'<img src="a.png" alt="{alt}"><img src="ftp://{alt}"><img src="b.png?{alt}">')
    found = site.collect()
    assert found[0].alt == EVIL
    assert site.manifest()[0]["alt"] == EVIL
    assert EVIL in str(found)
    shown = Tags()
    shown.feed(found._repr_html_())
    assert shown.tags <= {"p", "table", "thead", "tbody", "tr", "th", "td"}
    assert EVIL in shown.text


def test_control_characters_do_not_reach_the_terminal(site):
    site.put("/a.png", picture_file(1))
    site.page(
        '<img src="a.png" alt="x\x1b[2Jy\x07\u202ez\u200b&#27;[1m\r\nend"><img src="ftp://\x1b[2J\u202e"><img src="http://a:\x1b/">'
    )
    found = site.collect()
    assert found[0].alt == "x [2Jy z [1m end"
    assert len(found.refused) == 2
    assert all(letter.isprintable() or letter == "\n" for letter in str(found))


def test_a_text_without_end_is_cut(site):
    site.put("/a.png", picture_file(1))
    site.page(f'<title>{"t" * 9000}</title><img src="a.png" alt="{"long " * 9000}">')
    (record,) = site.collect()
    assert len(record.alt) <= 300
    assert len(record.page_title) <= 300


def test_the_collection_tells_what_was_taken_and_what_not(five):
    five.page(images("0.png", "1.png", "missing.png"))
    found = five.collect()
    assert str(found) == repr(found)
    told = str(found).splitlines()
    assert told[0] == f"2 pictures of {five.url}/page in {five.folder}, 2 of them new; 1 not taken"
    assert "90 x 80" in str(found)
    for record in found:
        assert any(record.file in line and record.address in line for line in told)
    assert any("missing.png" in line and "404" in line for line in told)


def test_a_collection_is_a_sequence_of_records_whose_files_are_pictures(five):
    found = five.collect()
    assert len(found[1:3]) == 2
    assert found[1:3].paths == found.paths[1:3]
    assert found[-1] == found.records[-1]
    for path in found.paths:
        assert nst.picture(path).shape == (80, 90, 3)


def test_the_credits_can_be_written_down(five, tmp_path):
    found = five.collect(limit=2)
    found.credits.to_csv(tmp_path / "credits.csv")
    assert found.credits["address"].tolist() == [f"{five.url}/0.png", f"{five.url}/1.png"]
    assert f"{five.url}/1.png" in (tmp_path / "credits.csv").read_text()


def test_a_progress_bar_is_shown_only_when_wanted(five, capfd):
    five.collect(limit=1)
    assert capfd.readouterr() == ("", "")
    five.collect(limit=2, progress=True)
    assert "of at most 2 pictures" in capfd.readouterr().err


def test_the_module_is_the_function():
    assert nst.collect is module
    assert nst.collect is module.collect


def test_importing_the_module_imports_nothing_heavy():
    program = "import sys, nst_utils.web.collecting; print(*sys.modules)"
    answer = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(answer.stdout.split())
    assert not loaded & {"bs4", "requests", "urllib3", "tqdm", "scipy", "skimage", "matplotlib", "tensorflow", "keras"}


# --- The command ------------------------------------------------------------------------------------------------------


def nst_command(*arguments) -> list[str]:
    return [sys.executable, "-m", "nst_utils", "collect", *map(str, arguments)]


def test_the_command_collects_and_shows_the_table(five):
    told = [f"{five.url}/page", "--into", five.folder, "--limit", "2", "--pause", "0", "--allow-private"]
    done = subprocess.run(nst_command(*told), capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"2 pictures of {five.url}/page")
    assert {entry["file"] for entry in five.manifest()} == five.files()
    assert len(five.files()) == 2


def test_ctrl_c_leaves_the_command_with_130_and_a_right_manifest(five):
    reached = threading.Event()
    five.put("/2.png", lambda handler: (reached.set(), handler.over.wait()))
    told = [f"{five.url}/page", "--into", five.folder, "--pause", "0", "--allow-private"]
    with subprocess.Popen(nst_command(*told), stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as process:
        assert reached.wait(120)
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=120)
    assert process.returncode == 130
    assert b"Traceback" not in complaint
    assert b"nst: interrupted with 2 pictures in" in complaint
    assert len(five.files()) == 2
