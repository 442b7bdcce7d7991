"""TensorFlow and Keras at first use: what a process of its own imports, and what it leaves alone."""

import subprocess
import sys


def run(code: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)


def test_tensorflow_comes_without_its_banner_and_keras_without_what_is_hidden_from_it():
    done = run(
        "import sys\n"
        "from nst_utils.base.tensorflow import hide_from_keras, keras, tf\n"
        "hide_from_keras('sklearn', 'matplotlib')\n"
        "assert keras.Model\n"
        "print(float(tf.constant(2.0) + 1), sorted({'sklearn', 'matplotlib'} & set(sys.modules)))\n"
        "import matplotlib.pyplot\n"
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "3.0 []\n", "")
