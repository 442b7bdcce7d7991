"""What is understood of a web page: its pictures, their texts and the license, however broken it is."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nst_utils.web import page as module
from nst_utils.web.page import understood_page

URL = "http://example.org/dir/page"


def page_of(text: str) -> module.Page:
    return understood_page(URL, text.encode("utf-8", "surrogatepass"))


def offers(text: str) -> list[str]:
    """The addresses of the pictures, without what is the same of all."""
    return [candidate.address.removeprefix("http://example.org/dir/") for candidate in page_of(text).candidates]


def test_every_kind_of_picture_is_offered_in_the_order_of_the_page():
    text = """
        <html><head><meta property="og:image" content="/og.png"></head><body>
        <img src="plain.png#top" alt="plain">
        <img src="small.png" srcset="small.png 320w, large.png 1280w, middle.png 640w">
        <picture><source srcset="wide.png 900w, narrow.png 90w"><img src="fallback.png" alt="from a picture"></picture>
        <a href="linked.png?size=full">a <b>linked</b> one</a>
        <a href="full.png"><b>View <img src="thumb.png" alt="a thumbnail"></b></a>
        <a href="other.html">no picture</a> <a href="/wiki/File:Sea.jpg">a page about a file</a>
        <img src="data:image/png;base64,iVBORw0KGgo=" alt="inline"><img alt="nothing"><img src="">
        <img src="./plain.png" alt="the same again">
        </body></html>"""
    assert [(candidate.address, candidate.alt) for candidate in page_of(text).candidates] == [
        ("http://example.org/og.png", ""),
        ("http://example.org/dir/plain.png", "plain"),
        ("http://example.org/dir/large.png", ""),
        ("http://example.org/dir/wide.png", "from a picture"),
        ("http://example.org/dir/linked.png?size=full", "a linked one"),
        ("http://example.org/dir/full.png", "a thumbnail"),
    ]


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ('<img srcset="a.png 1x, b.png 1.5x, c.png 3x" src="s.png">', "c.png"),
        ('<img srcset="b.png .5x, a.png" src="s.png">', "a.png"),
        ('<img srcset="q/w_1,h_2/a.png 10w,b.png 9w" src="s.png">', "q/w_1,h_2/a.png"),
        ('<img srcset=" , a.png 2x ,, b.png, "  src="s.png">', "a.png"),
        ('<img srcset="data:image/png;base64,AAAA 9000w, a.png 2w" src="s.png">', "a.png"),
        ('<img src="data:image/gif;base64,R0lGOD" data-src="late.png">', "late.png"),
        ('<picture><source srcset="a.svg 9w" type="image/svg+xml"><img src="s.png"></picture>', "s.png"),
        ('<picture><source srcset="a.png 8w"><img srcset="s.png 9w"></picture>', "s.png"),
        ('<video><source src="a.mp4" srcset="b.png 9w"></video><img src="s.png">', "s.png"),
        ('<base href="down/"><img src="a.png">', "down/a.png"),
    ],
)
def test_of_several_versions_the_largest_is_offered(tag, expected):
    assert offers(tag) == [expected]


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("ftp://example.org/a.png", "only http and https"),
        ("https://?", "not an address"),
        ("http://me:secret@example.org/a.png", "user name"),
        ("/" + "x" * 5000, "5,001 letters"),
    ],
)
def test_addresses_that_are_none_are_refused(address, reason):
    page = page_of(f'<img src="{address}"><img src="a.png">')
    (refused,) = page.refused
    assert len(page.candidates) == 1
    assert address.startswith(refused.address)
    assert reason in refused.reason


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ('<link rel="license" href="/terms">', "http://example.org/terms"),
        ('<a href="https://creativecommons.org/licenses/by/4.0/"><a rel="nofollow license" href="/terms">',
         "http://example.org/terms"),
        ('<a href="//creativecommons.org/licenses/by/4.0/">', "http://creativecommons.org/licenses/by/4.0/"),
        ('<a rel="license" href="javascript:alert(1)">', ""),
        ('<a href="https://creativecommons.org/about/">All rights reserved</a>', ""),
    ],
)  # fmt: skip
def test_a_license_is_noted_only_where_the_page_links_to_one(tags, expected):
    assert page_of(tags).license == expected


def test_texts_come_out_on_one_line_without_control_characters_and_short():
    texts = ["x\x1b[2Jy\x07\u202ez\u200b&#27;[1m\r\nend", "long " * 9000]
    text = "<title>Pictures\n  of the sea</title>" + "".join(f'<img src="{len(t)}.png" alt="{t}">' for t in texts)
    page = page_of(text)
    assert page.title == "Pictures of the sea"
    assert page.candidates[0].alt == "x [2Jy z [1m end"
    assert len(page.candidates[1].alt) == 300


@pytest.mark.parametrize(
    "text",
    [
        "<div><table><img src='a.png'></p></b><tr><td",
        "<img src=a.png>&#x110000;&#xD800;&#99999999999;",
        "\0<img\0 src=b.png><img src=a.png>\0",
        "<script><img src=no.png></script><!-- <img src=no.png> --><img src=a.png><!--",
        '<IMG SRC="a.png" ALT><img src=b.png',
        "<img src=a.png>" + "<a " * 100_000,  # once kept html.parser busy for hours
        "<img src=a.png>" + "<a x='" * 50_000,
        "<img src=a.png>" + "<!--x>" * 50_000,
        "<img src=a.png>" + "<a href=a.png>" * 9000,  # one inside the other: a second, not minutes
    ],
    ids=range(9),
)
def test_broken_html_is_read_as_far_as_it_goes(text):
    assert "a.png" in offers(text)
    assert "no.png" not in offers(text)


pieces = st.sampled_from(
    ["<", ">", "</", "/>", "=", '"', "'", " ", "\0", "&#", "&amp;", ";", "<!", "<!--", "-->", "<![", "]]>", "<?", "img",
     "a", "src", "href", "srcset", "x.png", "1w", ",", "picture", "source", "base", "title", "script", "http://",
     "data:", "\\", "é"]
)  # fmt: skip


@given(st.lists(st.one_of(pieces, st.text(max_size=3)), max_size=40).map("".join))
def test_whatever_a_page_says_it_is_understood_or_refused(text):
    try:
        candidates = page_of(text).candidates
    except module.DownloadError as error:
        assert "cannot be read as HTML" in str(error)
    else:
        assert all(re.match("https?://[^/]", candidate.address) for candidate in candidates)


def test_of_a_page_with_very_many_pictures_the_first_are_looked_at(monkeypatch):
    monkeypatch.setattr(module, "MAX_ADDRESSES", 3)
    page = page_of("".join(f"<img src={number}.png>" for number in range(5)))
    assert len(page.candidates) == 3
    assert [refused.reason for refused in page.refused] == ["only its first 3 pictures were looked at"]


@pytest.mark.parametrize(
    ("encoding", "charset"),
    [("utf-8", "iso-8859-1"), ("utf-8-sig", "windows-1251"), ("cp1252", "utf-8"), ("cp1252", "punycode"),
     ("koi8-r", "koi8-r")],
)  # fmt: skip
def test_a_wrong_charset_does_not_spoil_the_texts(encoding, charset):
    alt = "Мост через Сену" if encoding == "koi8-r" else "Brücke über die Seine, fünf Uhr"
    body = f'<meta charset="ascii"><img src="a.png" alt="{alt}">'.encode(encoding)
    assert understood_page(URL, body, f"text/html; charset={charset}").candidates[0].alt == alt


def test_an_empty_page_is_understood_in_silence(capfd):
    for body in (b"", b"\xef\xbb\xbf", b"\x81"):
        assert understood_page(URL, body).candidates == []
    assert capfd.readouterr() == ("", "")
