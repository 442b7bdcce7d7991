"""Who is let into the served Studio, by the request alone; `test_server` asks a real one."""

import asyncio

import pytest
from tornado.web import HTTPError

from nst_utils.studio import doors
from nst_utils.studio.doors import FewKernels, refusal
from nst_utils.studio.server import configuration, known_names

LINK = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


def code(path="/", method="GET", **headers) -> int:
    """The code with which a request is refused; 200 if it is not."""
    headers = {"Host": "127.0.0.1:8866", **headers}
    refused = refusal(method, path, headers, known_names())
    return refused[0] if refused else 200


@pytest.mark.parametrize("host", ["127.0.0.1:8866", "127.0.0.1", "localhost:8866", "LOCALHOST", "[::1]:8866", "[::1]"])
def test_the_names_of_this_machine_are_answered(host):
    assert code(Host=host) == 200


@pytest.mark.parametrize(
    "host",
    [
        *("", "evil.example", "evil.example:8866", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1"),
        *("localhost:8866:8866", "localhost@evil.example", "evil.example#localhost", "[::1", "0.0.0.0", "localhost."),
    ],
)
def test_any_other_name_is_refused(host):
    assert code(Host=host) == 403


def test_a_name_can_be_added(monkeypatch):
    assert code(Host="studio.example") == 403
    monkeypatch.setenv("NST_STUDIO_NAME", "Studio.Example")
    assert code(Host="studio.example:8866") == code(Host="localhost") == 200
    assert code(Host="evil.example") == 403


def test_a_page_elsewhere_gets_no_answer_but_a_link_that_is_followed_does():
    assert code(**LINK) == 200
    for site in ("cross-site", "same-site", "anything"):
        for mode in ("no-cors", "cors", "websocket", "navigate", ""):
            assert code(**{**LINK, "Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": "iframe"}) == 403
    assert code(method="POST", **LINK) == 403
    assert code(**{"Sec-Fetch-Site": "cross-site"}) == 403
    for site in ("none", "same-origin"):
        assert code(**{"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}) == 200


def test_an_address_that_makes_voila_fail_is_not_found():
    for path in ("/voila/templates/x", "/voila/templates/lab/x/y", "/voila/templates/lab/static/../../x", "/logout"):
        assert code(path) == 404
    assert code("/voila/static/%00") == code("/voila/static/a%0ab") == 400
    assert code("/voila/templates/lab/static/voila.js") == code("/voila/static/a%20b.js") == 200


def test_only_so_many_visitors_have_a_kernel(monkeypatch):
    assert configuration(8866)["FewKernels"] == {"most": 8}
    monkeypatch.setenv("NST_STUDIO_VISITORS", "20")
    assert configuration(8866)["FewKernels"] == {"most": 20}


def test_a_kernel_that_was_left_makes_room_and_one_with_a_page_does_not(monkeypatch, tmp_path):
    async def visits():
        kernels = FewKernels(most=1, root_dir=str(tmp_path))
        try:
            first = await kernels.start_kernel()
            with pytest.raises(HTTPError, match="full"):  # its page may still come
                await kernels.start_kernel()
            monkeypatch.setattr(doors, "LOST_SECONDS", 0.0)
            second = await kernels.start_kernel()
            assert kernels.list_kernel_ids() == [second] != [first]
            kernels.notify_connect(second)
            with pytest.raises(HTTPError, match="full"):
                await kernels.start_kernel()
        finally:
            await kernels.shutdown_all(now=True)

    asyncio.run(visits())
