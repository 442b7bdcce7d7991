"""What the tests of the Studio share."""

import pytest
from quick import QUICK

from nst_utils.studio.app import Studio


@pytest.fixture
def own_folders(tmp_path, monkeypatch):
    """Slots, logs and pictures of the Studio in a folder of the test's own; one Studio paints at a time."""
    monkeypatch.setenv("NST_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("NST_STUDIO_RUNS", "1")


@pytest.fixture
def new_studio():
    """A function that opens a Studio; all are closed when the test is over."""
    studios = []

    def opened(*names, **changed):
        studios.append(Studio(*names, **{**QUICK, **changed}))
        return studios[-1]

    yield opened
    for studio in studios:
        studio.close()
