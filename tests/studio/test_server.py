"""The Studio as an app: a real Voila on this machine, asked as a browser asks."""

import importlib.util
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import nbformat
import psutil
import pytest

from nst_utils.cli import main
from nst_utils.studio import server as served

PATIENCE = 300


def test_the_notebook_that_is_served_is_valid_and_shows_the_studio():
    nbformat.validate(nbformat.from_dict(served.notebook()))
    (cell,) = served.notebook()["cells"]
    assert cell["source"].splitlines()[-1] == "studio.view"


def test_only_this_machine_is_listened_to():
    settings = served.configuration(8866)["Voila"]
    assert (settings["ip"], settings["port"]) == ("127.0.0.1", 8866)
    assert settings["tornado_settings"]["websocket_max_message_size"] > 10_000_000


def test_a_port_that_is_taken_is_passed_over():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert port < served.free_port(port) < port + served.PORTS


@pytest.mark.parametrize("port", ["0", "70000", "-1"])
def test_a_port_that_cannot_be_leaves_with_two(port, capsys):
    assert main(["studio", "--no-browser", "--port", port]) == 2
    assert f"port is {port}" in capsys.readouterr().err


def test_without_voila_it_says_what_to_install(monkeypatch, capsys):
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "voila" else found(name))
    assert main(["studio", "--no-browser"]) == 2
    assert "pip install" in capsys.readouterr().err


@pytest.mark.parametrize("limit", ["NST_STUDIO_RUNS", "NST_STUDIO_VISITORS"])
def test_a_wrong_limit_is_told_before_anything_is_served(limit, monkeypatch, capsys):
    monkeypatch.setenv(limit, "none")
    assert main(["studio", "--no-browser"]) == 2
    assert f"{limit} is 'none'" in capsys.readouterr().err


def asked(address, **headers):
    """The code and the text of an answer."""
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=PATIENCE) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@pytest.mark.slow
def test_it_is_served_to_so_many_from_here_and_ends_with_ctrl_c():
    command = [sys.executable, "-m", "nst_utils", "studio", "--no-browser", "--port", str(served.free_port(8900))]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "NST_STUDIO_VISITORS": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True
    ) as server:
        try:
            line = server.stdout.readline()
            address = re.match(r"The Studio is at (http://127\.0\.0\.1:\d+/) ", line)
            assert address, line + server.stderr.read()
            assert asked(address[1], Host="evil.example")[0] == 403
            assert asked(address[1], **{"Sec-Fetch-Site": "cross-site"})[0] == 403
            assert asked(f"{address[1]}voila/templates/x")[0] == 404
            _, page = asked(address[1])  # the first to have a kernel
            assert "application/vnd.jupyter.widget-view+json" in page
            assert "Traceback" not in page
            assert not re.findall(r'(?:href|src)="https?://[^"]*"', page)  # a room without a network has it all
            code, sentence = asked(address[1])
            assert code == 503
            assert "The Studio is full, try again in a minute." in sentence
            port = int(address[1].rsplit(":", 1)[1].strip("/"))
            listening = {
                connection.laddr.ip
                for process in [psutil.Process(server.pid), *psutil.Process(server.pid).children(recursive=True)]
                for connection in process.net_connections()
                if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
            }
            assert listening == {"127.0.0.1"}
            server.send_signal(signal.SIGINT)
            assert server.wait(PATIENCE) == 0
            assert "Traceback" not in server.stderr.read()
        finally:
            server.kill()
