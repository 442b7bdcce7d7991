"""What the tests of the widgets share."""

import pytest


@pytest.fixture
def own_log(tmp_path, monkeypatch):
    """The file that keeps what the sentences of widgets leave out, in a folder of the test's own."""
    monkeypatch.setenv("NST_CACHE", str(tmp_path))
    return tmp_path / "widgets.log"


@pytest.fixture
def opened():
    """A function that notes panels, which are closed when the test is over."""
    panels = []
    yield lambda made: panels.append(made) or made
    for one in panels:
        one.close()
