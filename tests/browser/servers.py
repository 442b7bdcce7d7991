"""Real servers for the tests in a browser: each in an empty folder, on a free port, ended with all that it started."""

import contextlib
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
from students_kernel import students_environment

HOST = "127.0.0.1"
PATIENCE = 300  # seconds: two cores, busy with something else
OUT = Path(__file__).parents[2] / "out" / "browser"


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as trial:
        trial.bind((HOST, 0))
        return trial.getsockname()[1]


@contextlib.contextmanager
def served(name: str, command: list[str], folder: Path, **variables: str) -> Iterator[tuple[subprocess.Popen, str]]:
    """A server that says its address on a line of its own: the process and the address; its log stays in `OUT`."""
    OUT.mkdir(parents=True, exist_ok=True)
    log = OUT / f"{name}.log"
    environment = {**private_environment(folder), "PYTHONUNBUFFERED": "1", **variables}
    with log.open("wb") as file:
        server = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield server, address_in(log, server)
    finally:
        end(server)


def private_environment(folder: Path) -> dict[str, str]:
    """The variables of a student whose settings, caches and temporary files are all in the folder."""
    homes = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "TMPDIR")
    private = {home: str(folder / home.lower()) for home in homes}
    for path in private.values():
        Path(path).mkdir(parents=True, exist_ok=True)
    return {**students_environment(os.environ, str(folder)), **private}


def address_in(log: Path, server: subprocess.Popen) -> str:
    """The first address that a server writes."""
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        if found := re.search(rf"http://{HOST}:\d+/\S*", log.read_text(errors="replace")):
            return found[0]
        assert server.poll() is None, log.read_text(errors="replace")
        time.sleep(0.2)
    raise AssertionError(f"no address after {PATIENCE} s: {log.read_text(errors='replace')}")


def end(server: subprocess.Popen) -> None:
    """A server and everything it has started."""
    with contextlib.suppress(psutil.NoSuchProcess):
        family = [psutil.Process(server.pid), *psutil.Process(server.pid).children(recursive=True)]
        server.terminate()
        _, alive = psutil.wait_procs(family, 15)
        for process in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(alive, 15)
    server.wait(15)


def kernels_of(server: subprocess.Popen) -> set[int]:
    """The processes of its kernels."""
    found = set()
    for process in psutil.Process(server.pid).children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if "ipykernel_launcher" in process.cmdline():
                found.add(process.pid)
    return found


def until(condition, what: str) -> None:
    """Wait for something that no page shows."""
    give_up = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < give_up, f"it never came to be: {what}"
        time.sleep(0.2)
