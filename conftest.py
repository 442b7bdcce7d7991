"""How nbval runs the notebooks: each in a kernel of its own, from an empty folder, without the settings of the tests.

And where all tests leave what is temporary: in one folder that goes with them, what killed processes left included.

The fixtures of the tests are in tests/conftest.py.
"""

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from nbval.kernel import CURRENT_ENV_KERNEL_NAME, RunningKernel
from nbval.plugin import IPyNbFile
from students_kernel import students_environment

collect_ignore = ["notebooks/source"]  # lessons in writing, whose stubs fail as doctests
collect_ignore_glob = ["*conftest.py"]  # not as modules with doctests: several have this one name
SANITIZED = Path(__file__).parent / "tests" / "sanitize.cfg"
SLOW_MACHINE = 300  # seconds to wait for a kernel's first and last word: two cores, busy with something else


def pytest_configure(config):
    if not hasattr(config, "workerinput"):  # the workers of xdist inherit it
        folder = tempfile.mkdtemp(prefix="nst-tests-")
        os.environ["TMPDIR"] = tempfile.tempdir = folder
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


class Notebook(IPyNbFile):
    """A notebook as a student runs it: nothing is there before, and nothing is left behind."""

    def setup(self):
        self.folder = tempfile.TemporaryDirectory()
        empty = Path(self.folder.name, "empty")
        empty.mkdir()
        kernel = self.config.option.nbval_kernel_name or CURRENT_ENV_KERNEL_NAME
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "environ", students_environment(os.environ, self.folder.name))
            self.kernel = RunningKernel(kernel, cwd=str(empty), startup_timeout=SLOW_MACHINE)
        self.setup_sanitize_files()

    def get_sanitize_files(self):
        return [SANITIZED]

    def collect(self):
        for cell in super().collect():
            cell.output_timeout = SLOW_MACHINE
            yield cell

    def teardown(self):
        super().teardown()
        self.folder.cleanup()


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path, parent):
    """Wherever nbval would take a notebook."""
    collected = yield
    return [Notebook.from_parent(parent, path=file_path) if type(one) is IPyNbFile else one for one in collected]
