"""A long session in the Studio: what it holds in memory does not grow with what was painted."""

import json
import subprocess
import sys

import pytest

from browser.servers import private_environment

SESSION = """
import json, sys
import psutil
from nst_utils import Studio

studio = Studio(size=64, steps=4, backbone="vgg16", weights="mini")
held = []
for _ in range(int(sys.argv[1])):
    studio.generate()
    assert studio.wait(300) and studio.job.state == "done", studio.job.error
    held.append(psutil.Process().memory_info().rss)
print(json.dumps(held))
"""


@pytest.mark.browser
@pytest.mark.slow
def test_memory_after_many_paintings_is_that_after_ten(tmp_path):
    command = [sys.executable, "-c", SESSION, "100"]
    environment = private_environment(tmp_path)
    run = subprocess.run(command, cwd=tmp_path, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    held = json.loads(run.stdout)
    assert held[-1] < 1.1 * held[9]
