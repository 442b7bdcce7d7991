"""The Studio as an app, and a vote: Voila serves them on this machine, with a kernel of its own for every visitor.

Only 127.0.0.1 is listened to: whoever wants to reach it from elsewhere puts it behind JupyterHub, which knows who may.
A closed tab ends its kernel; one that vanished without a word is missed after some minutes. What is asked from outside
meets `doors` first.
"""

import contextlib
import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from nst_utils.base.errors import NSTError
from nst_utils.studio.slots import number_from, usual_limit

HOST = "127.0.0.1"
NAMES = ("localhost", HOST, "[::1]")  # what a browser on this machine may call it
VISITORS = 8  # at once, of about a gigabyte each
PORTS = 20  # tried from the one that is asked for
START_SECONDS = 120
IDLE_SECONDS = 600  # after which the kernel of a lost visitor ends
MESSAGE_BYTES = 100_000_000  # of several pictures at once; each has its own limit, which can be told in a sentence
TEMPLATE = "voila/templates/studio"  # in a folder that JUPYTER_PATH names
# A style sheet from elsewhere loses its address: Voila has these icons itself, and not every machine has a network.
PAGE = """\
{%- extends 'voila/templates/lab/index.html.j2' -%}
{%- block notebook_css -%}{{ super() | replace('href="https://', 'data-elsewhere="https://') }}{%- endblock -%}
"""
ERROR = '<!DOCTYPE html><html lang="en"><title>Studio</title><p>{{ status_message }}.</p></html>'
# What is installed for JupyterLab beside Voila may be too new for it, and breaks the page.
EXTENSIONS = [
    *("@jupyter-widgets/jupyterlab-manager", "anywidget"),
    *(f"@voila-dashboards/widgets-manager{which}" for which in (7, 8)),
]


@dataclass(frozen=True)
class Page:
    """What is served: how it is called, its title, the code of its one cell, whose last line is shown, and a word."""

    name: str
    title: str
    cell: str
    about: str = ""  # told beside the address


STUDIO = Page("Studio", "Studio", "from nst_utils import Studio\n\nstudio = Studio()\nstudio.view")


def usual_visitors() -> int:
    """How many have the Studio open at once: NST_STUDIO_VISITORS, or 8."""
    return number_from("NST_STUDIO_VISITORS", VISITORS)


def known_names() -> list[str]:
    """The names under which the Studio is to be had: those of this machine, and NST_STUDIO_NAME."""
    return [*NAMES, *filter(None, [os.environ.get("NST_STUDIO_NAME", "").strip().lower()])]


def notebook(page: Page = STUDIO) -> dict:
    """The notebook that Voila serves: one cell."""
    cell = {"cell_type": "code", "id": "page", "metadata": {}, "outputs": [], "execution_count": None}
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}, "title": page.title}
    return {"cells": [{**cell, "source": page.cell}], "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}


def configuration(port: int) -> dict:
    """What Voila reads from ``voila.json`` in the folder where it is started."""
    return {
        "Voila": {
            "ip": HOST,
            "port": port,
            "port_retries": 0,
            "open_browser": False,
            "log_level": "ERROR",
            "tornado_settings": {
                "websocket_max_message_size": MESSAGE_BYTES,
                # Or the word of a page that is closed counts for nothing, for Voila sends no token with it. The only
                # requests that change anything name a kernel, and a kernel's name is known to its own page alone.
                "disable_check_xsrf": True,
            },
        },
        "VoilaConfiguration": {
            "show_tracebacks": False,
            "template": "studio",
            "extension_allowlist": EXTENSIONS,
            "multi_kernel_manager_class": "nst_utils.studio.doors.FewKernels",
        },
        "StudioServer": {"names": known_names()},
        "FewKernels": {"most": usual_visitors()},
        "MappingKernelManager": {"cull_idle_timeout": IDLE_SECONDS, "cull_interval": 60},
    }


def files(port: int, page: Page = STUDIO) -> dict[str, str]:
    """What lies in the folder where Voila is started, by path."""
    return {
        "studio.ipynb": json.dumps(notebook(page)),
        "voila.json": json.dumps(configuration(port)),
        f"{TEMPLATE}/conf.json": json.dumps({"base_template": "lab"}),
        f"{TEMPLATE}/index.html.j2": PAGE,
        f"{TEMPLATE}/error.html": ERROR,
        f"{TEMPLATE}/404.html": ERROR,
    }


def free_port(wanted: int) -> int:
    """The first port from this one on that nobody listens at."""
    for port in range(wanted, min(wanted + PORTS, 65536)):
        with socket.socket() as trial, contextlib.suppress(OSError):
            trial.bind((HOST, port))
            return port
    raise NSTError(f"All ports from {wanted} to {wanted + PORTS - 1} are taken; name another one with --port.")


def serve(port: int = 8866, *, page: Page = STUDIO, browser: bool = True) -> int:
    """Serve a page until Ctrl-C; prints its address as soon as it answers."""
    if not 1 <= port <= 65535:
        raise NSTError(f"port is {port}; it is a number from 1 to 65535.")
    limit = usual_limit()
    usual_visitors()  # refuses a wrong number before anything is started
    if importlib.util.find_spec("voila") is None:
        raise NSTError(f'The {page.name} as an app needs Voila: pip install "voila>=0.5". In a notebook it does not.')
    port = free_port(port)
    address = f"http://{HOST}:{port}/"
    with tempfile.TemporaryDirectory(prefix="nst-studio-app-") as folder:
        for path, text in files(port, page).items():
            Path(folder, path).parent.mkdir(parents=True, exist_ok=True)
            Path(folder, path).write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "nst_utils.studio.doors", "studio.ipynb"]
        server = subprocess.Popen(command, cwd=folder, env=_finding_templates_in(folder))
        for end in (signal.SIGINT, signal.SIGTERM):  # also where a shell has started it with Ctrl-C ignored
            signal.signal(end, signal.default_int_handler)
        try:
            _wait_for(server, port)
            several = "one visitor paints" if limit == 1 else f"{limit} visitors paint"
            about = page.about or f"{several} at a time"
            print(f"The {page.name} is at {address} ({about}; Ctrl-C ends it).", flush=True)
            if browser:
                import webbrowser

                webbrowser.open(address)
            code = server.wait()
        except KeyboardInterrupt:
            return 0
        finally:
            _end(server)
    raise NSTError(f"Voila has ended by itself with code {code}.")


def _finding_templates_in(folder: str) -> dict[str, str]:
    known = [folder, *filter(None, [os.environ.get("JUPYTER_PATH")])]
    return {**os.environ, "JUPYTER_PATH": os.pathsep.join(known)}


def _wait_for(server: subprocess.Popen, port: int) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if server.poll() is not None:
            raise NSTError(f"Voila has ended with code {server.returncode}; it says why above.")
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return
        time.sleep(0.2)
    raise NSTError(f"Voila does not answer after {START_SECONDS} seconds.")


def _end(server: subprocess.Popen) -> None:
    server.terminate()
    try:
        server.wait(15)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
