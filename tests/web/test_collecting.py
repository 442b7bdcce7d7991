"""Collecting pictures from a web page: what is taken, with which credits, and that no server can lead it astray."""

import contextlib
import dataclasses
import errno
import hashlib
import html
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
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import urllib3.util.connection
from misbehaving import Misbehaving, serving
from PIL import Image

import nst_utils as nst
from nst_utils.images.decoding import FORMATS
from nst_utils.web import folder as folders
from nst_utils.web import page as pages

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

    def page(self, *parts: str, path: str = "/page") -> None:
        """A page of paths of pictures and pieces of HTML."""
        text = "".join(part if part.startswith("<") else f'<p><img src="{part}"></p>' for part in parts)
        self.put(path, (text.encode(), {"kind": "text/html; charset=utf-8"}))

    def collect(self, path: str = "/page", **options):
        options = {"pause": 0, "allow_private": True, "progress": False, **options}
        return nst.collect(path if "://" in path else self.url + path, self.folder, **options)

    def manifest(self) -> list[dict]:
        return json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))["pictures"]

    def files(self) -> set[str]:
        return {path.name for path in self.folder.iterdir()} - {"manifest.json"} if self.folder.exists() else set()

    def check(self) -> None:
        """The manifest speaks of exactly the files that are there, and rightly."""
        records = self.manifest() if (self.folder / "manifest.json").exists() else []
        assert {record["file"] for record in records} == self.files()
        for record in records:
            path = self.folder / record["file"]
            assert record["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
            assert record["bytes"] == path.stat().st_size
            assert nst.picture(path).shape == (record["height"], record["width"], 3)


@pytest.fixture
def site(tmp_path, monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    Site.things, Site.headers_seen = {}, []
    with serving(Site, picture_file(99)) as url:
        visited = Visited(url, tmp_path / "found")
        yield visited
        visited.check()


@pytest.fixture
def five(site):
    """A page with five pictures."""
    for seed in range(5):
        site.put(f"/{seed}.png", picture_file(seed))
    site.page(*(f"{seed}.png" for seed in range(5)))
    return site


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


@pytest.fixture
def public(site, names):
    """The site under a public name."""
    names |= {"public.test": PUBLIC, "inside.test": "127.0.0.1", "port": site.port}
    return site


@pytest.fixture
def waits(monkeypatch):
    """The seconds that were waited: none really."""
    waited = []
    monkeypatch.setattr(time, "sleep", lambda seconds: waited.append(seconds) if seconds else None)
    return waited


def reasons(found, site) -> dict[str, str]:
    return {refused.address.removeprefix(site.url): refused.reason for refused in found.refused}


def taken(found, site) -> list[str]:
    """The paths of what was taken."""
    return [record.address.removeprefix(site.url) for record in found]


# --- What is taken ----------------------------------------------------------------------------------------------------


def test_the_pictures_are_kept_byte_for_byte_and_the_manifest_tells_where_they_come_from(site):
    site.put("/sea.png", picture_file(1))
    site.page(
        '<title>Of the sea</title><img src="sea.png" alt=" Waves,  at dusk " title="Dusk">',
        '<a rel="license" href="//creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>',
    )
    found = site.collect()
    (record,) = found
    assert found.paths[0].read_bytes() == picture_file(1)
    assert (record.alt, record.title, record.page_title) == ("Waves, at dusk", "Dusk", "Of the sea")
    assert (record.page, record.address) == (f"{site.url}/page", f"{site.url}/sea.png")
    assert record.license == "http://creativecommons.org/licenses/by/4.0/"
    assert (record.width, record.height) == (90, 80)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", record.collected)
    assert site.manifest() == [{**dataclasses.asdict(record), "also": []}]
    assert found.refused == ()
    assert found.new == 1


def test_where_a_link_has_no_picture_the_thumbnail_is_taken(site):
    site.put("/thumb.png", picture_file(2))
    site.page('<a href="missing.png"><img src="thumb.png" alt="harbor"></a>')
    found = site.collect()
    assert taken(found, site) == ["/thumb.png"]
    assert reasons(found, site) == {"/missing.png": "the server answers 404 Not Found"}


def test_addresses_are_relative_to_where_the_page_has_moved(site):
    site.put("/new/a.png", picture_file(1))
    site.put("/page", (b"", {"status": 301, "Location": "/new/page"}))
    site.page("a.png", path="/new/page")
    found = site.collect()
    assert taken(found, site) == ["/new/a.png"]
    assert found.page == found[0].page == f"{site.url}/new/page"


def test_a_page_without_pictures_gives_an_empty_collection_and_no_folder(site):
    site.page("<p>nothing here</p>")
    found = site.collect()
    assert list(found) == []
    assert str(found) == f"0 pictures of {site.url}/page in {site.folder}, 0 of them new; 0 not taken"
    assert not site.folder.exists()


def test_names_of_files_are_ours_whatever_the_address_or_the_server_says(site, tmp_path):
    sent = {"Content-Disposition": 'attachment; filename="../../evil.png"'}
    paths = ["/../../../evil.png", "/..%2f..%2fevil.png", "/..\\..\\evil.png", "/.hidden.png", "/manifest.json",
             "/a%00b.png", "/" + "n" * 400 + ".png", "/a;rm -rf ~.png", "/CON.png"]  # fmt: skip
    site.page(*paths)
    asked = iter(range(100))
    Site.do_GET, real = lambda handler: served(handler), Site.do_GET

    def served(handler):
        if handler.path in ("/robots.txt", "/page"):
            real(handler)
        else:
            handler._answer(picture_file(next(asked)), **sent)

    try:
        found = site.collect()
    finally:
        Site.do_GET = real
    assert len(found) == len(paths)
    assert all(re.fullmatch(r"[0-9a-f]{12}\.png", record.file) for record in found)
    assert [path.name for path in tmp_path.iterdir()] == ["found"]


def test_the_ending_is_that_of_the_content(site):
    endings = {"PNG": ".png", "JPEG": ".jpg", "WEBP": ".webp", "GIF": ".gif", "BMP": ".bmp", "TIFF": ".tif"}
    for seed, kind in enumerate(endings):
        site.put(f"/{kind}.xyz", picture_file(seed, kind))
    second = Image.open(io.BytesIO(picture_file(20)))
    site.put("/MPO.xyz", picture_file(21, "MPO", save_all=True, append_images=[second]))  # a JPEG that holds another
    site.page(*(f"{kind}.xyz" for kind in [*endings, "MPO"]))
    assert [path.suffix for path in site.collect().paths] == [*endings.values(), ".jpg"]
    assert set(FORMATS) <= set(pages.ENDINGS)


def test_what_else_lies_in_the_folder_is_never_overwritten(site, tmp_path):
    name = hashlib.sha256(picture_file(1)).hexdigest()
    site.folder.mkdir()
    mine, linked = site.folder / f"{name[:12]}.png", site.folder / f"{name[:24]}.png"
    mine.write_bytes(b"mine")
    linked.symlink_to(tmp_path / "elsewhere.png")
    site.put("/a.png", picture_file(1))
    site.page("a.png")
    (record,) = site.collect()
    assert record.file == f"{name}.png"
    assert mine.read_bytes() == b"mine"
    assert not (tmp_path / "elsewhere.png").exists()
    mine.unlink()
    linked.unlink()


def test_a_full_disk_is_told_and_leaves_nothing_half_written(site):
    site.put("/a.png", picture_file(1))
    site.put("/large.bmp", picture_file(2, "BMP", (300, 300)))
    site.page("a.png", "large.bmp")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with pytest.raises(nst.PictureError, match=rf"{site.folder}.*{os.strerror(errno.EFBIG)}.*into"):
            site.collect()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [entry["address"] for entry in site.manifest()] == [f"{site.url}/a.png"]


def test_what_is_no_picture_is_refused_with_its_reason_and_the_next_is_taken(site):
    told = {
        "/page.png": "the server sends text/html, not a picture",
        "/lies.png": "damaged, or not a picture in a known format",
        "/missing.png": "the server answers 404",
        "/announced.png": "larger than 50,000,000 bytes",
        "/circle.png": f"leads to {site.url}/circle.png: more than 5 redirects|more than 5 redirects",
        "/inside.png": "leads to file:///etc/hostname: only http and https",
        "/noise.png": "cannot be fetched",
        "/cut.jpg": "cannot be read|damaged",
        "/icon.png": "40 x 200 pixels; each side needs at least 64",
    }
    site.put("/cut.jpg", picture_file(3, "JPEG")[:-600])
    site.put("/icon.png", picture_file(4, size=(200, 40)))
    good = ["/good.png", "/unnamed", "/binary", "/moved.png"]
    site.put("/unnamed", (picture_file(5), {"kind": None}))
    site.put("/binary", (picture_file(6), {"kind": "application/octet-stream"}))
    site.put("/moved.png", (b"", {"status": 302, "Location": "/there.png"}))
    site.put("/there.png", picture_file(7))
    site.page(*told, *good)
    found = site.collect()
    assert taken(found, site) == good
    assert list(reasons(found, site)) == list(told)
    for path, reason in reasons(found, site).items():
        assert re.match(told[path], reason), reason


def test_a_server_that_asks_for_fewer_requests_is_left_alone(site):
    site.put("/busy.png", (b"", {"status": 429}))
    site.page("busy.png", "good.png")
    found = site.collect()
    assert set(reasons(found, site).values()) == {"127.0.0.1 asks for fewer requests (429)"}
    assert site.asked == ["/busy.png"]


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/missing.png", "the server answers 404"),
        ("/good.png", "the server sends image/png, not a web page"),
        ("/noise.png", "cannot be fetched"),
        ("/silent.png", "not finished after 0.3 seconds"),
        ("http://127.0.0.1:9/page", "127.0.0.1 cannot be reached"),
        ("http://gone.test/", "gone.test cannot be found: Name or service not known"),
    ],
)
def test_a_page_that_cannot_be_had_is_an_error(site, names, path, reason):
    names["gone.test"] = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    with pytest.raises(nst.DownloadError) as caught:
        site.collect(path, request_seconds=0.3 if path == "/silent.png" else 30)
    assert str(caught.value).startswith(path if "://" in path else f"{site.url}{path}: ")
    assert reason in str(caught.value)
    assert not site.folder.exists()


def test_of_an_endless_page_the_beginning_is_read(site):
    def endless(handler):
        handler._answer(b"<img src=good.png>", "text/html", **{"Content-Length": None})
        with contextlib.suppress(OSError):
            for _ in range(500):
                handler.wfile.write(b"and so on " * 1000)

    site.put("/page", endless)
    found = site.collect()
    assert taken(found, site) == ["/good.png"]
    assert reasons(found, site) == {"/page": "only its first 4,000,000 bytes were read"}


def test_we_say_who_we_are_and_send_nothing_else_of_the_user(site, tmp_path, monkeypatch):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    site.put("/page", (b"<img src=good.png>", {"kind": "text/html", "Set-Cookie": "id=7"}))
    site.collect()
    assert len(Site.headers_seen) == 3
    for headers in Site.headers_seen:
        assert headers["User-Agent"].startswith("nst-utils")
        assert headers["Connection"] == "close"
        assert not {"Authorization", "Cookie", "Referer"} & set(headers)


# --- robots.txt and manners -------------------------------------------------------------------------------------------


def test_robots_txt_is_asked_first_and_once_and_what_it_forbids_is_not_asked_for(site):
    site.put("/robots.txt", b"User-agent: *\nDisallow: /good\nDisallow: /a%2Fb")
    site.put("/a/b.png", picture_file(1))  # a %2F is no slash
    site.page("good.png", "moved.png", "a/b.png")
    found = site.collect()
    assert taken(found, site) == ["/a/b.png"]
    assert Site.asked == ["/robots.txt", "/page", "/moved.png", "/a/b.png"]
    forbidden = "robots.txt of 127.0.0.1 forbids it"
    assert reasons(found, site) == {
        "/good.png": forbidden,
        "/moved.png": f"leads to {site.url}/good.png: {forbidden}",  # a redirect does not lead around it
    }


@pytest.mark.parametrize(
    ("robots", "allowed"),
    [
        ("User-agent: *\nDisallow: /\nAllow: /page", True),  # the longest rule, not the first
        ("User-agent: *\nDisallow: /*ge$", False),
        ("User-agent: *\nDisallow: /\n\nUser-agent: NST-Utils\nDisallow: /a", True),
        ("User-agent: *\nDisallow: /" + "*p" * 3000 + "b", True),  # wildcards do not explode
        (bytes(range(256)) * 40, True),
        ((b"gone", {"status": 410}), True),
        ((b"", {"status": 302, "Location": "/elsewhere.txt"}), True),
    ],
    ids=range(7),
)
def test_a_page_is_visited_where_robots_txt_allows_it_or_is_none(site, robots, allowed):
    site.put("/robots.txt", robots.encode() if isinstance(robots, str) else robots)
    site.put("/elsewhere.txt", (b"User-agent: *\nAllow: /", {"kind": "text/plain"}))
    site.page("<p>nothing</p>")
    with contextlib.nullcontext() if allowed else pytest.raises(nst.DownloadError, match=r"robots\.txt .*forbids it"):
        site.collect()
    assert ("/page" in Site.asked) is allowed


@pytest.mark.parametrize(
    ("robots", "reason"),
    [
        ((b"no", {"status": 403}), "cannot be read: the server answers 403"),
        ((b"no", {"status": 429}), "asks for fewer requests"),
        (lambda handler: handler.over.wait(), r"cannot be read: not finished after 0\.3 seconds"),
        (lambda handler: None, "cannot be read: cannot be fetched"),
        ((b"", {"status": 302, "Location": "/robots.txt"}), "cannot be read: more than 5 redirects"),
    ],
    ids=range(5),
)
def test_where_robots_txt_cannot_be_read_nothing_is_fetched(site, robots, reason):
    site.put("/robots.txt", robots)
    site.page("good.png")
    with pytest.raises(nst.DownloadError, match=f"{site.url}/page: .*{reason}"):
        site.collect(request_seconds=0.3 if "finished" in reason else 30)
    assert set(Site.asked) == {"/robots.txt"}


def test_requests_to_one_host_are_apart_by_the_pause(site, names, waits):
    names["elsewhere.test"] = "127.0.0.1"
    site.page("good.png", f"http://elsewhere.test:{site.port}/binary", "unnamed")
    site.collect(pause=1000, total_seconds=1e6)
    assert len(Site.asked) == 6
    # each host waits between its own requests: page, good, unnamed; binary after its robots.txt
    assert [round(wait, -2) for wait in waits] == [1000] * 4


def test_a_longer_pause_that_robots_txt_asks_for_is_kept(site, waits):
    site.page("good.png")
    for delay, expected in ((b"3000", 3000), (b"1", 1000), (b"often", 1000), (b"-5", 1000), (b"nan", 1000)):
        site.put("/robots.txt", b"User-agent: *\nDisallow: /no\nCrawl-delay: " + delay)
        waits.clear()
        site.collect(pause=1000, total_seconds=1e6)
        assert round(waits[-1] if expected == 3000 else max(waits), -2) == expected


def test_no_pause_is_begun_that_would_outlast_the_call(site, waits):
    site.put("/robots.txt", b"User-agent: *\nCrawl-delay: 86400")
    site.page("good.png", "binary")
    found = site.collect()
    assert waits == []
    over = "not tried: the 600 seconds of total_seconds are over"
    assert reasons(found, site) == {"/good.png": over, "/binary": over}


# --- Limits -----------------------------------------------------------------------------------------------------------


def test_no_more_than_the_limit_are_taken_and_the_rest_is_told(five):
    found = five.collect(limit=2)
    assert taken(found, five) == five.asked == ["/0.png", "/1.png"]
    assert reasons(found, five) == {f"/{n}.png": "not tried: the limit of 2 is reached" for n in (2, 3, 4)}


def test_the_bytes_in_all_are_limited(five):
    before = sum(len(body) for body in (b"none", Site.things["/page"][0]))
    two = before + len(picture_file(0)) + len(picture_file(1))
    found = five.collect(total_bytes=two + 50)
    assert taken(found, five) == ["/0.png", "/1.png"]
    assert five.asked == ["/0.png", "/1.png", "/2.png"]  # what does not fit ends it
    assert set(reasons(found, five).values()) == {f"not tried: no more fits into the {two + 50:,} bytes of total_bytes"}


def test_the_bytes_of_a_picture_are_limited_and_count_when_it_is_refused(site):
    site.page("endless.png", "good.png")
    found = site.collect(max_bytes=150_000, total_bytes=200_000)
    assert reasons(found, site) == {"/endless.png": "larger than 150,000 bytes"}
    assert taken(found, site) == ["/good.png"]
    found = site.collect(max_bytes=150_000, total_bytes=150_000)
    assert len(found) == 1  # it was there
    assert reasons(found, site) == {"/endless.png": "not tried: no more fits into the 150,000 bytes of total_bytes"}


def test_a_slow_picture_is_given_up_and_the_next_is_taken(site):
    site.page("dripping.png", "good.png")
    found = site.collect(request_seconds=0.5)
    assert taken(found, site) == ["/good.png"]
    assert reasons(found, site) == {"/dripping.png": "not finished after 0.5 seconds"}


def test_the_seconds_in_all_are_limited(site):
    site.page("good.png", "dripping.png", "binary")
    site.collect(limit=1)  # so that what is slow comes first
    found = site.collect(total_seconds=2)
    assert taken(found, site) == ["/good.png"]
    why = "not tried: the 2 seconds of total_seconds are over"
    assert reasons(found, site) == {"/dripping.png": why, "/binary": why}


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ({"limit": 0}, "limit is 0; it is a whole number, 1 or more"),
        ({"smallest": 7}, "smallest is 7; it is a whole number, 8 or more"),
        ({"total_bytes": None}, "total_bytes is None"),
        ({"pause": float("nan")}, "pause is nan; it is a number of seconds"),
        ({"total_seconds": float("inf")}, "total_seconds is inf"),
    ],
)
def test_a_wrong_setting_is_refused_before_anything_is_fetched(site, setting, told):
    with pytest.raises(nst.SettingError, match=re.escape(told)):
        site.collect(**setting)
    assert Site.asked == []


def test_what_is_no_address_or_no_folder_is_refused_before_anything_is_fetched(site, tmp_path):
    (tmp_path / "file").touch()
    for url in (None, 7, b"http://127.0.0.1/", Path("page.html")):
        with pytest.raises(nst.SettingError, match="give the address of a web page"):
            nst.collect(url, tmp_path)
    for into in ("", None, 7):
        with pytest.raises(nst.SettingError, match="into is"):
            nst.collect(site.url, into)
    for into in (tmp_path / "file", tmp_path / "file" / "folder"):
        with pytest.raises(nst.SettingError, match=r"nothing can be written into .*file\. Choose another folder"):
            nst.collect(site.url, into)
    assert Site.asked == []


# --- Duplicates, and going on -----------------------------------------------------------------------------------------


def test_the_same_picture_is_kept_once_and_not_fetched_again(site):
    for path, data in {
        "/a.png": picture_file(1),
        "/b.png": picture_file(1),
        "/c.png": picture_file(1, compress_level=1),
        "/d.bmp": picture_file(1, "BMP"),
        "/e.png": picture_file(2),
    }.items():
        site.put(path, data)
    site.page("a.png", "b.png", "c.png", "d.bmp", "e.png")
    found = site.collect()
    assert taken(found, site) == ["/a.png", "/e.png"]
    same = f"the same picture as {found[0].file}"
    assert reasons(found, site) == {"/b.png": same, "/c.png": same, "/d.bmp": same}
    assert found[0].also == tuple(f"{site.url}/{name}" for name in ("b.png", "c.png", "d.bmp"))
    Site.asked.clear()
    again = site.collect()
    assert site.asked == []
    assert (again.records, again.refused) == (found.records, found.refused)


def test_pictures_that_differ_in_one_pixel_or_only_in_shape_are_several(site):
    pixels = np.full((80, 90, 3), 128, np.uint8)
    changed = pixels.copy()
    changed[40, 40, 1] += 1
    for name, array in {"a": pixels, "b": changed, "c": pixels.transpose(1, 0, 2)}.items():
        file = io.BytesIO()
        Image.fromarray(array).save(file, "PNG")
        site.put(f"/{name}.png", file.getvalue())
    site.page("a.png", "b.png", "c.png")
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
    assert five.collect(limit=2).records == first.records[:2]


@pytest.mark.parametrize("damage", ["deleted", "altered"])
def test_a_file_that_is_gone_or_altered_is_fetched_again(five, damage):
    path = five.collect(limit=2).paths[0]
    if damage == "deleted":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:-1] + b"?")
    Site.asked.clear()
    found = five.collect(limit=2)
    assert five.asked == ["/0.png"]
    assert [path.read_bytes() for path in found.paths] == [picture_file(0), picture_file(1)]
    if damage == "altered":
        assert path not in found.paths  # it may be somebody's work
        path.unlink()


def test_two_pages_share_a_folder(five):
    first = five.collect(limit=3)
    five.put("/new.png", picture_file(77))
    five.put("/copy.png", picture_file(1))
    five.page("2.png", "copy.png", "new.png", path="/other")
    Site.asked.clear()
    second = five.collect("/other")
    assert five.asked == ["/other", "/copy.png", "/new.png"]
    assert [record.file for record in second][:2] == [first[2].file, first[1].file]
    assert second.new == 1
    assert len(five.manifest()) == 4


@pytest.mark.parametrize("text", ["", '{"pictures": [{}]}', '{"pictures": 7}', "[" * 100_000])
def test_a_manifest_of_somebody_else_is_told_and_left(site, text):
    site.folder.mkdir()
    path = site.folder / "manifest.json"
    path.write_text(text)
    with pytest.raises(nst.SettingError, match=r"manifest\.json is not a manifest that nst\.collect wrote.*into"):
        site.collect()
    assert path.read_text() == text
    assert Site.asked == []
    path.unlink()


@pytest.mark.parametrize("name", ["../secret.png", "/etc/hostname", "manifest.json"])
def test_a_manifest_cannot_name_a_file_elsewhere(five, tmp_path, name):
    """Whoever sends a folder with a manifest chooses what stands in it."""
    (tmp_path / "secret.png").write_bytes(picture_file(0))
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
    assert reasons(found, five) == {f"/{n}.png": "not tried: interrupted" for n in (2, 3, 4)}
    assert str(found).startswith("Interrupted; the same call goes on. 2 pictures")
    five.check()
    five.put("/2.png", picture_file(2))
    Site.asked.clear()
    assert len(five.collect()) == 5
    assert five.asked == ["/2.png", "/3.png", "/4.png"]


@pytest.mark.parametrize("when", range(5))
def test_whenever_ctrl_c_comes_the_manifest_is_right(five, monkeypatch, when):
    """At each point where something is written: before and after a picture, before and after the manifest."""
    moments, real = iter(range(100)), folders.written_whole

    @contextlib.contextmanager
    def interrupting(path):
        if next(moments) == when:
            raise KeyboardInterrupt
        with real(path) as beside:
            yield beside
        if next(moments) == when:
            raise KeyboardInterrupt

    monkeypatch.setattr(folders, "written_whole", interrupting)
    found = five.collect()
    assert found.interrupted
    five.check()
    assert {record.file for record in found} == five.files()
    assert len(found) == (when + 3) // 4
    assert len(found.refused) == 5 - len(found)


# --- Private addresses ------------------------------------------------------------------------------------------------


def test_this_machine_is_not_visited_under_any_name(site):
    for host in ("http://127.0.0.1", "https://localhost", "http://2130706433", "http://[::ffff:127.0.0.1]"):
        with pytest.raises(nst.DownloadError, match="is not a public address; it is visited only with allow_private"):
            site.collect(f"{host}:{site.port}/page", allow_private=False)
    assert Site.asked == []


def test_of_a_public_page_what_leads_inside_is_refused_and_nothing_is_sent_there(public):
    inside = [f"http://{host}:{public.port}/secret.png" for host in ("inside.test", "127.0.0.1")]
    public.put("/jump.png", (b"", {"status": 307, "Location": inside[0]}))
    public.page(*inside, "jump.png", "good.png")
    found = public.collect("http://public.test/page", allow_private=False)
    assert [record.address for record in found] == ["http://public.test/good.png"]
    told = list(reasons(found, public).values())
    assert told[0].startswith("inside.test is at 127.0.0.1, which is not a public address")
    assert told[1].startswith("127.0.0.1 is not a public address")
    assert told[2].startswith(f"leads to {inside[0]}: inside.test is at 127.0.0.1, which is not a public address")
    assert Site.asked == ["/robots.txt", "/page", "/jump.png", "/good.png"]


def test_a_page_or_robots_txt_that_leads_inside_is_refused(public):
    for path in ("/page", "/robots.txt"):
        public.put(path, (b"", {"status": 302, "Location": f"http://127.0.0.1:{public.port}/secret"}))
        with pytest.raises(nst.DownloadError, match="not a public address"):
            public.collect("http://public.test/page", allow_private=False)
    assert "/secret" not in Site.asked


def test_a_name_that_changes_its_address_gains_nothing(public, names):
    """DNS rebinding: public when it is asked for the first time, private when the connection is made."""
    names["rebinding.test"] = [PUBLIC, "127.0.0.1", "127.0.0.1", "127.0.0.1"]
    public.page(f"http://rebinding.test:{public.port}/good.png")
    found = public.collect("http://public.test/page", allow_private=False)
    assert list(reasons(found, public).values()) == [
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
    public.page("good.png")
    assert len(public.collect("http://public.test/page", allow_private=False)) == 1
    assert Site.asked == ["/robots.txt", "/page", "/good.png"]
    Site.asked.clear()
    with contextlib.suppress(nst.DownloadError):
        public.collect("http://public.test/page")
    assert Site.asked[0] == "http://public.test/robots.txt"  # as a proxy is asked
    names["port"] = 9
    with pytest.raises(nst.DownloadError, match=r"A proxy is set.*allow_private"):
        public.collect("http://public.test/page", allow_private=False)


# --- What a user sees -------------------------------------------------------------------------------------------------


def test_html_in_texts_of_the_page_stays_text(site):
    evil = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
    alt = html.escape(evil, quote=True)
    site.put("/a.png", picture_file(1))
    site.page(f'<img src="a.png" alt="{alt}"><img src="ftp://{alt}"><img src="b.png?{alt}">')
    found = site.collect()
    assert found[0].alt == site.manifest()[0]["alt"] == evil
    assert evil in str(found)
    shown = found._repr_html_()
    assert set(re.findall(r"<(\w+)", shown)) <= {"p", "table", "thead", "tbody", "tr", "th", "td"}
    assert evil in html.unescape(shown)


def test_the_collection_tells_what_was_taken_and_what_not_and_is_a_sequence(five, tmp_path):
    five.page("0.png", "1.png", "missing.png")
    found = five.collect()
    assert str(found) == repr(found)
    told = str(found).splitlines()
    assert told[0] == f"2 pictures of {five.url}/page in {five.folder}, 2 of them new; 1 not taken"
    for record in found:
        assert any(record.file in line and record.address in line and "90 x 80" in line for line in told)
    assert any("missing.png" in line and "404" in line for line in told)
    assert found[1:].paths == found.paths[1:]
    assert found[-1] == found.records[-1]
    assert list(found.credits["address"]) == [f"{five.url}/0.png", f"{five.url}/1.png"]
    found.credits.to_csv(tmp_path / "credits.csv", index=False)
    assert f"{five.url}/1.png" in (tmp_path / "credits.csv").read_text()


def test_a_progress_bar_is_shown_only_when_wanted(five, capfd):
    five.collect(limit=1)
    assert capfd.readouterr() == ("", "")
    five.collect(limit=2, progress=True)
    assert "2 of at most 2 pictures" in capfd.readouterr().err


def test_importing_the_module_imports_nothing_heavy():
    program = "import sys, nst_utils.web.collecting; print(*sys.modules)"
    answer = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    heavy = {"bs4", "requests", "urllib3", "protego", "pandas", "tqdm", "scipy", "matplotlib", "tensorflow", "keras"}
    assert not set(answer.stdout.split()) & heavy


def test_ctrl_c_leaves_the_command_with_130_and_the_next_one_collects_the_rest(five):
    told = [sys.executable, "-m", "nst_utils", "collect", f"{five.url}/page", "--into", str(five.folder)]
    told += ["--limit", "4", "--pause", "0", "--allow-private"]
    reached = threading.Event()
    five.put("/2.png", lambda handler: (reached.set(), handler.over.wait()))
    with subprocess.Popen(told, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT) as process:
        assert reached.wait(120)
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=120)
    assert process.returncode == 130
    assert b"Traceback" not in complaint
    assert b"nst: interrupted with 2 pictures in" in complaint
    assert len(five.files()) == 2
    five.put("/2.png", picture_file(2))
    done = subprocess.run(told, capture_output=True, text=True, cwd=ROOT, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"4 pictures of {five.url}/page")
