"""Pictures for sweeps, and runs that only pretend to paint."""

import pytest

from nst_utils.study.job import Outcome


@pytest.fixture(scope="session")
def pictures_of(tiny_content, tiny_style):
    """The keywords of two contents and one style, as arrays with names."""
    return {"contents": {"disk": tiny_content, "turned": tiny_content[::-1, ::-1]}, "styles": {"stripes": tiny_style}}


@pytest.fixture
def pretends(monkeypatch):
    """Runs that end at once, as if they had been painted; gives the jobs of which this was asked."""
    asked = []

    def at_once(job, attempt=1):
        asked.append(job)
        status = "failed" if job.settings["statistic"] == "grams" else "done"
        return Outcome(status, None, attempt, png=b"a painting" if status == "done" else None)

    monkeypatch.setattr("nst_utils.study.workers.painted", at_once)
    return asked


@pytest.fixture
def never_paints(monkeypatch):
    monkeypatch.setattr("nst_utils.study.job.stylize", lambda *given, **settings: pytest.fail("painted"))
