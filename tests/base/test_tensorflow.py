"""TensorFlow and Keras at first use: what a process of its own imports, and what it leaves alone."""

import subprocess
import sys


def run(code: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)


def test_hidden_packages_are_not_imported_with_keras_and_can_be_imported_afterwards():
    done = run(
        "import sys\n"
        "from nst_utils.base.tensorflow import hide_from_keras, keras, tf\n"
        "hide_from_keras('sklearn', 'matplotlib')\n"
        "keras.Model, tf.constant\n"
        "assert not {'sklearn', 'matplotlib'} & set(sys.modules)\n"
        "import matplotlib.pyplot\n"
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_banner_of_tensorflow_is_not_shown():
    done = run("from nst_utils.base.tensorflow import tf\nprint(float(tf.constant(2.0) + 1))")
    assert (done.stdout, done.stderr) == ("3.0\n", "")
