"""What is understood of a web page: its pictures, their texts and the license, however broken it is."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nst_utils.web import page as module
from nst_utils.web.page import understood_page

URL = "http://example.org/dir/page"


def offers(text: str | bytes, kind: str = "") -> list[tuple[str, ...]]:
    """The addresses of each picture, without what is the same of all."""
    page = understood_page(URL, text.encode() if isinstance(text, str) else text, kind)
    return [
        tuple(address.removeprefix("http://example.org/dir/") for address in candidate.addresses)
        for candidate in page.candidates
    ]


def test_every_kind_of_picture_is_offered_in_the_order_of_the_page():
    text = """
        <html><head><meta property="og:image" content="/og.png"></head><body>
        <img src="plain.png#top" alt="plain">
        <img src="small.png" srcset="small.png 320w, large.png 1280w, middle.png 640w">
        <picture><source srcset="wide.png 900w, narrow.png 90w"><img src="fallback.png" alt="from a picture"></picture>
        <a href="linked.png?size=full">a <b>linked</b> one</a>
        <a href="full.png"><b><img src="thumb.png" alt="a thumbnail"></b></a>
        <a href="other.html">no picture</a> <a href="/wiki/File:Sea.jpg">a page about a file</a>
        <img src="data:image/png;base64,iVBORw0KGgo=" alt="inline"><img alt="nothing"><img src="">
        </body></html>"""
    assert offers(text) == [
        ("http://example.org/og.png",),
        ("plain.png",),
        ("large.png",),
        ("wide.png",),
        ("linked.png?size=full",),
        ("full.png", "thumb.png"),
    ]
    alts = [candidate.alt for candidate in understood_page(URL, text.encode()).candidates]
    assert alts == ["", "plain", "", "from a picture", "a linked one", "a thumbnail"]


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
    ],
)
def test_of_several_versions_the_largest_is_offered(tag, expected):
    assert offers(tag) == [(expected,)]


def test_addresses_are_relative_to_the_base_of_the_page():
    assert offers('<base href="/deep/"><img src="down/a.png">') == [("http://example.org/deep/down/a.png",)]


def test_an_address_that_is_given_twice_is_one_picture_with_the_first_description():
    text = '<img src="a.png"><img src="./a.png#x" alt="told later"><a href="/dir/a.png">again</a>'
    (candidate,) = understood_page(URL, text.encode()).candidates
    assert candidate.alt == "told later"


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("ftp://example.org/a.png", "only http and https"),
        ("javascript:alert(1)", "only http and https"),
        ("https://?", "not an address"),
        ("http://example.org:port/a.png", "not an address"),
        ("http://me:secret@example.org/a.png", "user name"),
        ("/" + "x" * 5000, "5,001 letters"),
    ],
)
def test_addresses_that_are_none_are_told(address, reason):
    page = understood_page(URL, f'<img src="{address}"><img src="a.png">'.encode())
    assert len(page.candidates) == 1
    ((told, why),) = ((refused.address, refused.reason) for refused in page.refused)
    assert address.startswith(told)
    assert reason in why


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('<link rel="license" href="/terms">', "http://example.org/terms"),
        ('<a href="https://creativecommons.org/licenses/by/4.0/"><a rel="nofollow license" href="/terms">',
         "http://example.org/terms"),
        ('<a href="//creativecommons.org/licenses/by/4.0/">', "http://creativecommons.org/licenses/by/4.0/"),
        ('<a rel="license" href="javascript:alert(1)">', ""),
        ('<a href="https://creativecommons.org/about/">All rights reserved</a>', ""),
    ],
)  # fmt: skip
def test_a_license_is_noted_only_where_the_page_links_to_one(written, expected):
    assert understood_page(URL, written.encode()).license == expected


def test_texts_come_out_on_one_line_without_control_characters_and_short():
    texts = ["x\x1b[2Jy\x07\u202ez\u200b&#27;[1m\r\nend", "long " * 9000]
    text = "<title>Pictures\n  of the sea</title>" + "".join(f'<img src="{len(t)}.png" alt="{t}">' for t in texts)
    page = understood_page(URL, text.encode())
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
    ],
    ids=range(8),
)
def test_broken_html_is_read_as_far_as_it_goes(text):
    assert ("a.png",) in offers(text)
    assert ("no.png",) not in offers(text)


pieces = st.sampled_from(
    ["<", ">", "</", "/>", "=", '"', "'", " ", "\0", "&#", "&amp;", ";", "<!", "<!--", "-->", "<![", "]]>", "<?", "img",
     "a", "src", "href", "srcset", "x.png", "1w", ",", "picture", "source", "base", "title", "script", "http://",
     "data:", "\\", "é"]
)  # fmt: skip


@given(st.lists(st.one_of(pieces, st.text(max_size=3)), max_size=40).map("".join))
def test_whatever_a_page_says_it_is_understood_or_refused(text):
    try:
        page = understood_page(URL, text.encode("utf-8", "surrogatepass"))
    except module.DownloadError as error:
        assert "cannot be read as HTML" in str(error)
    else:
        for candidate in page.candidates:
            assert all(re.match("https?://[^/]", address) for address in candidate.addresses)


def test_of_a_page_with_very_many_pictures_the_first_are_looked_at(monkeypatch):
    monkeypatch.setattr(module, "MAX_ADDRESSES", 3)
    page = understood_page(URL, "".join(f"<img src={number}.png>" for number in range(5)).encode())
    assert len(page.candidates) == 3
    assert [refused.reason for refused in page.refused] == ["only its first 3 pictures were looked at"]


@pytest.mark.parametrize(
    ("encoding", "kind"),
    [
        ("utf-8", "text/html; charset=iso-8859-1"),
        ("utf-8-sig", "text/html; charset=windows-1251"),
        ("cp1252", "text/html; charset=utf-8"),
        ("cp1252", "text/html; charset=punycode"),
        ("koi8-r", "text/html; charset=koi8-r"),
    ],
)
def test_a_wrong_charset_does_not_spoil_the_texts(encoding, kind):
    alt = "Мост через Сену" if encoding == "koi8-r" else "Brücke über die Seine, fünf Uhr"
    body = f'<meta charset="ascii"><img src="a.png" alt="{alt}">'.encode(encoding)
    assert understood_page(URL, body, kind).candidates[0].alt == alt
