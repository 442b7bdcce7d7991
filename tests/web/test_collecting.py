"""Collecting pictures from a web page: what is taken, with which credits, and that no server can lead it astray."""

import contextlib
import dataclasses
import hashlib
import html
import io
import itertools
import json
import os
import re
import signal
import time
from pathlib import Path
from typing import ClassVar
from urllib.parse import urljoin

import numpy as np
import pytest
import urllib3.util.connection
from misbehaving import Misbehaving, serving
from PIL import Image

import nst_utils as nst
from nst_utils.cli import main
from nst_utils.images.decoding import FORMATS
from nst_utils.web import folder as folders
from nst_utils.web import page as pages

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

    def do_GET(self):
        self.close_connection = True
        thing = self.things.get(self.path, self.things.get("*"))
        if thing is None:
            super().do_GET()
            return
        self.asked.append(self.path)
        if callable(thing):
            thing(self)
        else:
            body, options = thing if isinstance(thing, tuple) else (thing, {})
            self._answer(body, **options)


class Visited:
    """A running site, and the folder for what is collected from it."""

    def __init__(self, url: str, folder: Path):
        self.url, self.folder, self.port = url, folder, int(url.rpartition(":")[2])

    def put(self, path: str, thing) -> None:
        Site.things[path] = thing

    def page(self, *parts: str, path: str = "/page") -> None:
        """A page of paths of pictures and pieces of HTML."""
        text = "".join(part if part.startswith("<") else f'<p><img src="{part}"></p>' for part in parts)
        self.put(path, (text.encode(), {"kind": "text/html; charset=utf-8"}))

    def collect(self, path: str = "/page", **options):
        Site.asked.clear()
        options = {"pause": 0, "allow_private": True, "progress": False, **options}
        return nst.collect(urljoin(self.url, path), self.folder, **options)

    def asked(self) -> list[str]:
        """The paths that the last call asked for, without robots.txt and the page."""
        return [path for path in Site.asked if path not in ("/robots.txt", "/page")]

    def taken(self, found) -> list[str]:
        return [record.address.removeprefix(self.url) for record in found]

    def reasons(self, found) -> dict[str, str]:
        return {refused.address.removeprefix(self.url): refused.reason for refused in found.refused}

    def manifest(self) -> list[dict]:
        path = self.folder / "manifest.json"
        return json.loads(path.read_text(encoding="utf-8"))["pictures"] if path.exists() else []

    def check(self) -> None:
        """The manifest speaks of exactly the files that are there, and rightly."""
        files = {path.name: path.read_bytes() for path in self.folder.glob("*") if path.name != "manifest.json"}
        assert {record["file"] for record in self.manifest()} == files.keys()
        for record in self.manifest():
            data = files[record["file"]]
            assert (record["sha256"], record["bytes"]) == (hashlib.sha256(data).hexdigest(), len(data))
            assert nst.picture(data).shape == (record["height"], record["width"], 3)


@pytest.fixture
def site(tmp_path, monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    Site.things = {"/robots.txt": (b"none", {"status": 404})}
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
def public(site, monkeypatch):
    """The address of the site's page in public."""
    connect = urllib3.util.connection.create_connection
    lead = lambda address, *options: connect(("127.0.0.1", site.port) if address[0] == PUBLIC else address)  # noqa: E731
    monkeypatch.setattr(urllib3.util.connection, "create_connection", lead)
    return f"http://{PUBLIC}/page"


@pytest.fixture
def waits(monkeypatch):
    """The seconds that were waited: none really."""
    waited = []
    monkeypatch.setattr(time, "sleep", lambda seconds: waited.append(round(seconds, -2)) if seconds else None)
    return waited


# --- What is taken ----------------------------------------------------------------------------------------------------


def test_the_pictures_are_kept_byte_for_byte_and_the_manifest_says_where_they_come_from(site):
    site.put("/page", (b"", {"status": 301, "Location": "/moved/page"}))
    site.put("/moved/sea.png", picture_file(1))
    site.page(
        '<title>Of the sea</title><img src="sea.png" alt=" Waves,  at dusk " title="Dusk">',
        '<a rel="license" href="//creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>',
        path="/moved/page",
    )
    found = site.collect()
    (record,) = found
    assert found.paths[0].read_bytes() == picture_file(1)
    assert (record.alt, record.title, record.page_title) == ("Waves, at dusk", "Dusk", "Of the sea")
    assert (record.page, record.address) == (f"{site.url}/moved/page", f"{site.url}/moved/sea.png")
    assert record.license == "http://creativecommons.org/licenses/by/4.0/"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", record.collected)
    assert site.manifest() == [{**dataclasses.asdict(record), "also": []}]
    assert (found.page, found.refused, found.new) == (record.page, (), 1)


def test_a_page_without_pictures_gives_an_empty_collection_and_no_folder(site):
    site.page("<p>nothing here</p>")
    assert str(site.collect()) == f"0 pictures of {site.url}/page in {site.folder}, 0 of them new; 0 not taken"
    assert not site.folder.exists()


def test_names_of_files_are_ours_whatever_the_address_or_the_server_says(site, tmp_path):
    paths = ["/../../../evil.png", "/..%2f..%2fevil.png", "/..\\..\\evil.png", "/.hidden.png", "/manifest.json",
             "/a%00b.png", "/" + "n" * 400 + ".png", "/a;rm -rf ~.png", "/CON.png"]  # fmt: skip
    site.page(*paths)
    sent, seeds = {"Content-Disposition": 'attachment; filename="../../evil.png"'}, itertools.count()
    site.put("*", lambda handler: handler._answer(picture_file(next(seeds)), **sent))
    found = site.collect()
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


def test_what_else_lies_in_the_folder_is_never_overwritten(five):
    names = [hashlib.sha256(picture_file(seed)).hexdigest()[:12] + ".png" for seed in range(2)]
    five.folder.mkdir()
    (five.folder / names[0]).write_bytes(b"mine")
    (five.folder / names[1]).symlink_to(five.folder.parent / "elsewhere.png")
    assert [len(record.file) for record in five.collect(limit=3)] == [68, 68, 16]
    assert (five.folder / names[0]).read_bytes() == b"mine"
    assert not (five.folder.parent / "elsewhere.png").exists()
    for name in names:
        (five.folder / name).unlink()


def test_what_is_no_picture_is_refused_with_its_reason_and_the_next_is_taken(site):
    expected = {
        "/page.png": "the server sends text/html, not a picture",
        "/missing.png": "the server answers 404",
        "/dripping.png": r"not finished after 0\.5 seconds",
        "/cut.jpg": "cannot be read|damaged",
        "/icon.png": "40 x 200 pixels; each side needs at least 64",
    }
    site.put("/cut.jpg", picture_file(3, "JPEG")[:-600])
    site.put("/icon.png", picture_file(4, size=(200, 40)))
    site.page(*expected, "/moved.png")
    found = site.collect(request_seconds=0.5)
    assert site.taken(found) == ["/moved.png"]
    assert list(site.reasons(found)) == list(expected)
    for path, reason in site.reasons(found).items():
        assert re.match(expected[path], reason), reason


def test_a_page_that_cannot_be_had_is_an_error(site):
    for path, reason in {"/missing.png": "the server answers 404", "/good.png": "the server sends image/png"}.items():
        with pytest.raises(nst.DownloadError, match=f"{site.url}{path}: {reason}"):
            site.collect(path)
    assert not site.folder.exists()


def test_of_a_long_page_the_beginning_is_read(site):
    site.put("/page", (b"<img src=good.png>" + bytes(4_000_000), {"kind": "text/html"}))
    found = site.collect()
    assert site.taken(found) == ["/good.png"]
    assert site.reasons(found) == {"/page": "only its first 4,000,000 bytes were read"}


# --- robots.txt and manners -------------------------------------------------------------------------------------------


def test_robots_txt_is_asked_first_and_once_and_what_it_forbids_is_not_asked_for(site):
    site.put("/robots.txt", b"User-agent: *\nDisallow: /good\nDisallow: /a%2Fb")
    site.put("/a/b.png", picture_file(1))  # a %2F is no slash
    site.page("good.png", "moved.png", "a/b.png")
    found = site.collect()
    assert site.taken(found) == ["/a/b.png"]
    assert Site.asked == ["/robots.txt", "/page", "/moved.png", "/a/b.png"]
    forbidden = "robots.txt of 127.0.0.1 forbids it"  # and a redirect does not lead around it
    assert site.reasons(found) == {"/good.png": forbidden, "/moved.png": f"leads to {site.url}/good.png: {forbidden}"}


@pytest.mark.parametrize(
    ("robots", "reason"),
    [
        (b"User-agent: *\nDisallow: /*ge$", "robots.txt of 127.0.0.1 forbids it"),
        (b"User-agent: *\nDisallow: /\n\nUser-agent: NST-Utils\nDisallow: /a", ""),
        (bytes(range(256)) * 40, ""),
        ((b"", {"status": 302, "Location": "/elsewhere.txt"}), ""),
        ((b"no", {"status": 403}), "cannot be read: the server answers 403"),
        ((b"no", {"status": 429}), "127.0.0.1 asks for fewer requests (429)"),
        (lambda handler: handler.over.wait(), "cannot be read: not finished after 0.3 seconds"),
        (lambda handler: None, "cannot be read: cannot be fetched"),
    ],
    ids=range(8),
)
def test_a_page_is_visited_where_robots_txt_allows_it_or_is_none(site, robots, reason):
    site.put("/robots.txt", robots)
    site.put("/elsewhere.txt", b"User-agent: *\nAllow: /")
    site.page("<p>nothing</p>")
    with pytest.raises(nst.DownloadError, match=re.escape(reason)) if reason else contextlib.nullcontext():
        site.collect(request_seconds=0.3 if "finished" in reason else 30)
    assert ("/page" in Site.asked) is (not reason)


def test_a_server_that_asks_for_fewer_requests_is_left_alone(site):
    site.put("/busy.png", (b"", {"status": 429}))
    site.page("busy.png", "good.png")
    assert set(site.reasons(site.collect()).values()) == {"127.0.0.1 asks for fewer requests (429)"}
    assert site.asked() == ["/busy.png"]


def test_requests_to_one_host_are_apart_by_the_pause_or_what_robots_txt_asks_for(site, waits):
    site.page("good.png", f"http://localhost:{site.port}/binary", "unnamed")
    site.collect(pause=1000, total_seconds=1e6)
    assert len(Site.asked) == 6
    assert waits == [1000] * 4  # each host between its own: page, good, unnamed; binary after its robots.txt
    site.page("missing.png")
    for delay, longest in ((b"3000", 3000), (b"1", 1000), (b"often", 1000), (b"-5", 1000), (b"nan", 1000)):
        site.put("/robots.txt", b"User-agent: *\nDisallow: /no\nCrawl-delay: " + delay)
        waits.clear()
        site.collect(pause=1000, total_seconds=1e6)
        assert max(waits) == longest


# --- Limits -----------------------------------------------------------------------------------------------------------


def test_the_seconds_in_all_are_limited_and_no_pause_is_begun_that_would_outlast_them(site):
    site.page("good.png", "dripping.png", "binary")
    site.collect(limit=1)  # so that what is slow comes first
    found = site.collect(total_seconds=1)
    assert site.taken(found) == ["/good.png"]
    over = "not tried: the 1 seconds of total_seconds are over"
    assert site.reasons(found) == {"/dripping.png": over, "/binary": over}
    site.put("/robots.txt", b"User-agent: *\nCrawl-delay: 86400")
    assert set(site.reasons(site.collect()).values()) == {"not tried: the 600 seconds of total_seconds are over"}


def test_the_bytes_in_all_are_limited(five):
    two = sum(map(len, (b"none", Site.things["/page"][0], picture_file(0), picture_file(1))))
    found = five.collect(total_bytes=two + 50)
    assert five.taken(found) == ["/0.png", "/1.png"]
    assert five.asked() == ["/0.png", "/1.png", "/2.png"]  # what does not fit ends it
    full = f"not tried: no more fits into the {two + 50:,} bytes of total_bytes"
    assert set(five.reasons(found).values()) == {full}


def test_the_bytes_of_a_picture_are_limited_and_count_when_it_is_refused(site):
    site.page("endless.png", "good.png")
    found = site.collect(max_bytes=150_000, total_bytes=151_000)
    full = "not tried: no more fits into the 151,000 bytes of total_bytes"
    assert site.reasons(found) == {"/endless.png": "larger than 150,000 bytes", "/good.png": full}


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"limit": 0}, "limit is 0; it is a whole number, 1 or more"),
        ({"smallest": 7}, "smallest is 7; it is a whole number, 8 or more"),
        ({"total_bytes": None}, "total_bytes is None"),
        ({"pause": float("nan")}, "pause is nan; it is a number of seconds"),
        ({"total_seconds": float("inf")}, "total_seconds is inf"),
        ({"url": b"http://127.0.0.1/"}, "give the address of a web page"),
        ({"into": ""}, "into is ''"),
        ({"into": Path(__file__, "folder")}, "test_collecting.py. Choose another folder"),
    ],
)
def test_a_wrong_setting_is_refused_before_anything_is_fetched(site, setting, message):
    with pytest.raises(nst.SettingError, match=re.escape(message)):
        nst.collect(**{"url": site.url, "into": site.folder, "allow_private": True, **setting})
    assert Site.asked == []


# --- Duplicates, and going on -----------------------------------------------------------------------------------------


def test_a_second_call_fetches_only_what_is_missing_and_nothing_twice(five):
    five.put("/2.png", picture_file(0))
    first = five.collect(limit=2)
    assert five.taken(first) == ["/0.png", "/1.png"]
    five.put("/3.png", (b"", {"status": 500}))
    before = {path: path.stat().st_mtime_ns for path in first.paths}
    second = five.collect(limit=5)
    assert five.asked() == ["/2.png", "/3.png", "/4.png"]
    assert (five.taken(second), second.new) == (["/0.png", "/1.png", "/4.png"], 1)
    assert second[0].also == (f"{five.url}/2.png",)
    assert five.reasons(second)["/2.png"] == f"the same picture as {first[0].file}"
    third = five.collect()
    assert five.asked() == ["/3.png"]
    assert (third.records, third.refused, third.new) == (second.records, second.refused, 0)
    assert {path: path.stat().st_mtime_ns for path in first.paths} == before


def test_files_that_are_gone_or_altered_are_fetched_again(five):
    gone, altered = five.collect(limit=2).paths
    gone.unlink()
    altered.write_bytes(altered.read_bytes()[:-1] + b"?")
    found = five.collect(limit=2)
    assert five.asked() == ["/0.png", "/1.png"]
    assert [path.read_bytes() for path in found.paths] == [picture_file(0), picture_file(1)]
    assert altered not in found.paths  # it may be somebody's work
    altered.unlink()


def test_two_pages_share_a_folder(five):
    first = five.collect(limit=3)
    five.put("/copy.png", picture_file(1))
    five.page("2.png", "copy.png", "4.png", path="/other")
    second = five.collect("/other")
    assert five.asked() == ["/other", "/copy.png", "/4.png"]
    assert [record.file for record in second][:2] == [first[2].file, first[1].file]
    assert (second.new, len(five.manifest())) == (1, 4)


@pytest.mark.parametrize("text", ["", '{"pictures": [{}]}', '{"pictures": 7}', "[" * 100_000], ids=range(4))
def test_a_manifest_of_somebody_else_is_left_alone(site, text):
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
    (path,) = five.collect(limit=1).paths
    path.unlink()
    forged = {**five.manifest()[0], "file": name, "pixels": "as in older manifests"}
    (five.folder / "manifest.json").write_text(json.dumps({"pictures": [forged]}))
    found = five.collect(limit=1)
    assert (found.paths, found.new) == ([path], 1)


# --- Ctrl-C -----------------------------------------------------------------------------------------------------------


def test_ctrl_c_ends_the_command_with_130_and_the_same_command_collects_the_rest(five, capsys):
    command = ["collect", f"{five.url}/page", "--into", str(five.folder), "--pause", "0", "--allow-private"]
    five.put("/2.png", lambda handler: (os.kill(os.getpid(), signal.SIGINT), handler.over.wait()))
    assert main(command) == 130
    printed, complaint = capsys.readouterr()
    assert printed.startswith("Interrupted; the same call goes on. 2 pictures")
    assert printed.count("not tried: interrupted") == 3
    assert "nst: interrupted with 2 pictures in" in complaint
    five.check()
    five.put("/2.png", picture_file(2))
    Site.asked.clear()
    assert main(command) == 0
    assert five.asked() == ["/2.png", "/3.png", "/4.png"]
    assert capsys.readouterr().out.startswith(f"5 pictures of {five.url}/page")


@pytest.mark.parametrize("when", range(5))
def test_whenever_ctrl_c_comes_the_manifest_is_right(five, monkeypatch, when):
    """At each point where something is written: before and after a picture, before and after the manifest."""
    moments, real = itertools.count(), folders.written_whole

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
    assert [record.file for record in found] == [entry["file"] for entry in five.manifest()]
    assert len(found) == 5 - len(found.refused) == (when + 3) // 4


# --- Private addresses ------------------------------------------------------------------------------------------------


def test_of_a_public_page_what_leads_inside_is_refused_and_nothing_is_sent_there(site, public):
    inside = f"http://127.0.0.1:{site.port}/secret.png"
    site.put("/jump.png", (b"", {"status": 307, "Location": inside}))
    site.page(inside, "jump.png", "good.png")
    found = site.collect(public, allow_private=False)
    assert [record.address for record in found] == [f"http://{PUBLIC}/good.png"]
    private = "127.0.0.1 is not a public address; it is visited only with allow_private"
    assert [refused.reason for refused in found.refused] == [private, f"leads to {inside}: {private}"]
    assert Site.asked == ["/robots.txt", "/page", "/jump.png", "/good.png"]


@pytest.mark.parametrize("path", ["/page", "/robots.txt"])
def test_a_page_or_robots_txt_that_leads_inside_is_refused(site, public, path):
    site.put(path, (b"", {"status": 302, "Location": f"{site.url}/secret"}))
    with pytest.raises(nst.DownloadError, match="not a public address"):
        site.collect(public, allow_private=False)
    assert "/secret" not in Site.asked


# --- What a user sees -------------------------------------------------------------------------------------------------


def test_html_in_texts_of_the_page_stays_text(site):
    evil = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
    alt = html.escape(evil, quote=True)
    site.page(f'<img src="good.png" alt="{alt}"><img src="ftp://{alt}"><img src="b.png?{alt}">')
    found = site.collect()
    assert found[0].alt == site.manifest()[0]["alt"] == evil
    assert evil in str(found)
    shown = found._repr_html_()
    assert set(re.findall(r"<(\w+)", shown)) <= {"p", "table", "thead", "tbody", "tr", "th", "td"}
    assert evil in html.unescape(shown)


def test_the_collection_says_what_was_taken_and_what_not_and_is_a_sequence(five, tmp_path, capfd):
    found = five.collect(limit=2)
    assert capfd.readouterr() == ("", "")
    assert five.taken(found) == five.asked() == ["/0.png", "/1.png"]
    assert five.reasons(found) == {f"/{n}.png": "not tried: the limit of 2 is reached" for n in (2, 3, 4)}
    lines = str(found).splitlines()
    assert lines[0] == f"2 pictures of {five.url}/page in {five.folder}, 2 of them new; 3 not taken"
    for record in found:
        assert any(record.file in line and record.address in line and "90 x 80" in line for line in lines)
    assert any("2.png" in line and "the limit of 2 is reached" in line for line in lines)
    assert found[1:].paths == found.paths[1:]
    assert found[-1] == found.records[-1]
    found.credits.to_csv(tmp_path / "credits.csv", index=False)
    assert f"{five.url}/1.png" in (tmp_path / "credits.csv").read_text()
    five.collect(limit=2, progress=True)
    assert "2 of at most 2 pictures" in capfd.readouterr().err
