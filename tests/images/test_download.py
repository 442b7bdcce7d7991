"""Downloads through the main door and the registry: whatever a server does, and wherever an address leads."""

import hashlib
import socket
from pathlib import Path

import numpy as np
import pytest
from misbehaving import Misbehaving, serving
from PIL import Image

import nst_utils as nst
from nst_utils.images import download, registry
from nst_utils.images.addresses import is_public
from nst_utils.images.download import downloaded_picture

PUBLIC = """93.184.216.34 8.8.8.8 172.32.0.1 192.169.0.1 100.128.0.1 2606:4700::1111 64:ff9b::808:808 ::ffff:8.8.8.8
    2002:808:808::1"""
NOT_PUBLIC = """127.0.0.1 127.255.0.7 0.0.0.0 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 100.64.0.1
    192.0.0.192 192.0.2.1 198.18.0.1 203.0.113.5 224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255 :: ::1 fe80::1
    fe80::1%eth0 fc00::1 fd00:ec2::254 fec0::1 ff02::1 2001:db8::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::127.0.0.1
    64:ff9b::7f00:1 64:ff9b::a00:1 64:ff9b:1::1 2002:7f00:1:: 2002:a00:1::1 2001:0:1::1 100::1"""


PUBLIC_ADDRESS = PUBLIC.split()[0]  # never connected to


@pytest.fixture(scope="module")
def png(tmp_path_factory) -> bytes:
    pixels = np.random.default_rng(7).integers(0, 256, (20, 24, 3), np.uint8)
    path = tmp_path_factory.mktemp("sound") / "plain.png"
    Image.fromarray(pixels).save(path)
    return path.read_bytes()


@pytest.fixture
def server(png, monkeypatch):
    """The address of a server on this machine, which the user allows."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("NST_ALLOW_PRIVATE", "1")
    with serving(Misbehaving, png) as address:
        yield address


@pytest.fixture
def public(server, monkeypatch):
    """The server at a public address; whoever connects elsewhere gets no answer."""
    connect, port = socket.create_connection, int(server.rpartition(":")[2])

    def lead(address, *options):
        if address[0] != PUBLIC_ADDRESS:
            raise OSError("unreachable")
        return connect(("127.0.0.1", port))

    monkeypatch.setattr("urllib3.util.connection.create_connection", lead)
    monkeypatch.setenv("NST_ALLOW_PRIVATE", "0")
    return f"http://{PUBLIC_ADDRESS}"


def test_a_picture_comes_from_an_address(server, png):
    for path in ("good.png", "unnamed", "binary", "moved.png"):
        np.testing.assert_array_equal(nst.picture(f"{server}/{path}"), nst.picture(png))


@pytest.mark.parametrize(
    "path, reason",
    [
        ("page.png", "the server sends text/html, not a picture"),
        ("missing.png", "the server answers 404"),
        ("sick.png", "the server answers 500"),
        ("announced.png", "larger than 50,000,000 bytes"),
        ("short.png", "50"),
        ("circle.png", "more than 5 redirects"),
        ("inside.png", "leads to file:///etc/hostname: only http and https"),
        ("noise.png", "cannot be fetched"),
        ("hangup.png", "cannot be fetched"),
        ("squeezed.png", "cannot be fetched"),
        ("chunked.png", "cannot be fetched"),
        ("unsized.png", "cannot be fetched"),
    ],
)
def test_a_failed_download_says_why(path, reason, server):
    with pytest.raises(nst.DownloadError, match=reason) as caught:
        nst.picture(f"{server}/{path}")
    assert f"{server}/{path}" in str(caught.value)


def test_we_say_who_we_are_and_send_nothing_else_of_the_user(png, server, tmp_path, monkeypatch):
    headers = []

    class Listening(Misbehaving):
        def do_GET(self):
            headers.append(dict(self.headers))
            self._answer(b"", status=302, Location=f"{server}/good.png", **{"Set-Cookie": "id=7"})

    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with serving(Listening, png) as address:
        nst.picture(f"{address}/a.png")
    assert [sent["User-Agent"].split()[0] for sent in headers] == ["nst-utils"]
    assert headers[0].keys() == {"Host", "User-Agent", "Accept", "Accept-Encoding", "Connection"}


def test_an_answer_that_is_no_picture_is_refused(server):
    for path in ("lies.png", "empty.png", "drawing.svg"):
        with pytest.raises(nst.PictureError, match=path):
            nst.picture(f"{server}/{path}")


def test_an_endless_answer_is_cut_at_the_limit(server):
    with pytest.raises(nst.DownloadError, match="larger than 3,000,000 bytes"):
        downloaded_picture(f"{server}/endless.png", 3_000_000, allow_private=True)


@pytest.mark.parametrize("path", ["dripping.png", "dripping_head.png", "silent.png"])
def test_the_seconds_in_all_are_those_of_the_message(path, server):
    with pytest.raises(nst.DownloadError, match=rf"{path}: not finished after 0\.3 seconds"):
        downloaded_picture(f"{server}/{path}", seconds=0.3, allow_private=True)


def test_a_silent_server_is_given_up_before_its_seconds_are_over(server, monkeypatch):
    monkeypatch.setattr(download, "SILENCE_SECONDS", 0.2)
    with pytest.raises(nst.DownloadError, match="cannot be fetched: timed out"):
        nst.picture(f"{server}/silent.png")


def test_an_unreachable_address_gets_the_pictures_available_offline(server):
    with pytest.raises(nst.DownloadError, match=r"127\.0\.0\.1 cannot be reached.*\. Available offline: .*astronaut"):
        nst.picture("http://127.0.0.1:9/a.png")


def test_other_addresses_are_refused():
    for address in (
        "ftp://127.0.0.1/a.png",
        "file:///etc/hostname",
        "gopher://x",
        "http://",
        "http://[::1",
        "https://\0",
    ):
        with pytest.raises(nst.DownloadError):
            nst.picture(address)


# --- Private addresses ------------------------------------------------------------------------------------------------


def test_which_addresses_are_public():
    assert [address for address in PUBLIC.split() if not is_public(address)] == []
    assert [address for address in NOT_PUBLIC.split() if is_public(address)] == []


@pytest.mark.parametrize("allowed", [None, "", "0"])
def test_this_machine_is_not_visited_unless_the_user_allows_it(allowed, server, monkeypatch):
    if allowed is None:
        monkeypatch.delenv("NST_ALLOW_PRIVATE")
    else:
        monkeypatch.setenv("NST_ALLOW_PRIVATE", allowed)
    for host in ("127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "[::ffff:127.0.0.1]"):
        address = server.replace("127.0.0.1", host)
        with pytest.raises(nst.DownloadError, match=r"is not a public address; .*NST_ALLOW_PRIVATE=1"):
            nst.picture(f"{address}/good.png")
    assert Misbehaving.asked == []


def test_a_redirect_to_a_private_address_is_refused(public):
    reason = r"leads to http://127\.0\.0\.1/good\.png: 127\.0\.0\.1 is not a public"
    with pytest.raises(nst.DownloadError, match=reason):
        nst.picture(f"{public}/jump_inside.png")
    assert Misbehaving.asked == ["/jump_inside.png"]


def test_a_name_that_changes_its_address_gains_nothing(public, png, monkeypatch):
    """DNS rebinding: public when it is asked for the first time, private when the next connection is made."""
    real, answers = socket.getaddrinfo, iter([PUBLIC_ADDRESS, "127.0.0.1", "never asked for"])

    def look_up(host, *arguments, **options):
        return real(next(answers) if host == "rebinding.test" else host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    np.testing.assert_array_equal(nst.picture("http://rebinding.test/good.png"), nst.picture(png))
    with pytest.raises(nst.DownloadError, match=r"rebinding\.test is at 127\.0\.0\.1, which is not a public address"):
        nst.picture("http://rebinding.test/good.png")
    assert Misbehaving.asked == ["/good.png"]
    assert next(answers) == "never asked for"  # each connection looks once, checks that, and uses that


def test_one_private_address_among_public_ones_is_enough(public, monkeypatch):
    both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 80)) for ip in (PUBLIC_ADDRESS, "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *arguments, **options: both)
    with pytest.raises(nst.DownloadError, match=r"10\.0\.0\.1, which is not a public address"):
        nst.picture("http://public.test/good.png")
    assert Misbehaving.asked == []


def test_a_proxy_is_not_used_for_addresses_that_a_stranger_has_written(public, server, monkeypatch):
    monkeypatch.setenv("http_proxy", server)
    downloaded_picture(f"{public}/good.png")
    assert Misbehaving.asked == ["/good.png"]  # a proxy is asked for the whole address
    with pytest.raises(nst.DownloadError, match=r"A proxy is set.*allow_private"):
        downloaded_picture("http://8.8.8.8/good.png")


def test_behind_a_proxy_names_are_left_to_it_and_digits_are_checked(server, png, monkeypatch):
    monkeypatch.setenv("NST_ALLOW_PRIVATE", "0")
    monkeypatch.setenv("http_proxy", server)
    np.testing.assert_array_equal(nst.picture("http://known-to-the-proxy.test/good.png"), nst.picture(png))
    with pytest.raises(nst.DownloadError, match=r"10\.0\.0\.1 is not a public address"):
        nst.picture("http://10.0.0.1/good.png")
    assert Misbehaving.asked == ["http://known-to-the-proxy.test/good.png"]


# --- Registered pictures ----------------------------------------------------------------------------------------------


@pytest.fixture
def registered(server, png, tmp_path, monkeypatch):
    """A registered picture that the server has, with an empty cache; a function that names the file it asks for."""
    monkeypatch.setenv("NST_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(registry, "_GITHUB", server)

    def record(path: str) -> registry.Record:
        entry = registry.Record(
            name="loan",
            title="On loan",
            role="style",
            kind="painting",
            license="CC0",
            credit="nobody",
            repository="a/b",
            commit="c",
            path=path,
            bytes=len(png),
            sha256=hashlib.sha256(png).hexdigest(),
        )
        monkeypatch.setitem(registry.registry(), "loan", entry)
        return entry

    return record


def test_a_registered_picture_is_fetched_once(registered):
    entry = registered("good.png")
    assert not entry.offline
    first = nst.picture("loan")
    assert entry.offline
    np.testing.assert_array_equal(nst.picture("loan"), first)
    assert Misbehaving.asked == ["/a/b/c/good.png"]


def test_a_damaged_cache_is_noticed_and_fetched_again(registered):
    entry = registered("good.png")
    first = nst.picture("loan")
    damaged = bytearray(entry.location.read_bytes())
    damaged[-20] ^= 1
    entry.location.write_bytes(damaged)
    assert not entry.offline
    np.testing.assert_array_equal(nst.picture("loan"), first)
    assert len(Misbehaving.asked) == 2


@pytest.mark.parametrize(
    "path, reason",
    [("tampered.jpg", "checksum"), ("missing.png", "404"), ("endless.png", "larger than"), ("page.png", "text/html")],
)
def test_a_registered_picture_that_comes_wrong_is_not_kept(path, reason, registered):
    entry = registered(path)
    with pytest.raises(nst.DownloadError, match=f"loan.*{reason}"):
        nst.picture("loan")
    assert list(entry.location.parent.glob("*")) == []


def test_a_cache_that_cannot_be_written_is_named(registered, tmp_path, monkeypatch):
    registered("good.png")
    (tmp_path / "file").touch()
    monkeypatch.setenv("NST_CACHE", str(tmp_path / "file"))
    with pytest.raises(nst.PictureError, match="NST_CACHE"):
        nst.picture("loan")


def test_without_network_a_registered_picture_fails_at_once_with_the_offline_names(tmp_path, monkeypatch):
    monkeypatch.setenv("NST_CACHE", str(tmp_path))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with pytest.raises(nst.DownloadError, match=r"starry_night.*Available offline: .*astronaut"):
        nst.picture("starry_night")
    assert not list(Path(tmp_path).rglob("*.jpg"))
