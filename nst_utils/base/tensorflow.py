"""TensorFlow and Keras, imported at first use and without their banner.

Importing TensorFlow takes seconds; ``import nst_utils`` and ``nst --help`` must not. Modules write
``from nst_utils.base.tensorflow import keras, tf`` and the real import happens at the first attribute.
"""

import contextlib
import importlib
import os
import sys
import threading


@contextlib.contextmanager
def _silent_stderr():
    """Send file descriptor 2 to nowhere: TensorFlow's C++ side writes there whatever its log level says."""
    try:
        keep = os.dup(2)
    except OSError:  # no stderr at all, as under some services
        yield
        return
    sys.stderr.flush()
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(keep, 2)
        os.close(keep)
        os.close(nowhere)


_hidden: set[str] = set()


def hide_from_keras(*names: str) -> None:
    """Let Keras' own import not find these packages, which it takes where they are and needs for nothing we do.

    Scikit-learn and Matplotlib's pyplot are a quarter of the time of a start, and Keras has no switch for them: that an
    import of None fails is the one plain refusal. For a process of our own only: in it Keras' wrappers for scikit-learn
    and its plots do not work.
    """
    _hidden.update(names)


@contextlib.contextmanager
def _without_hidden():
    absent = [name for name in _hidden if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # an import of None fails
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]


_importing = threading.RLock()  # a second thread must not see a module that is half imported


class _Lazy:
    """A module that is imported when one of its names is first asked for."""

    def __init__(self, name: str):
        self._name = name
        self._ready = False

    def __getattr__(self, attribute: str):
        if not self._ready:
            self._import()
        return getattr(sys.modules[self._name], attribute)

    def _import(self) -> None:
        with _importing:
            if self._name in sys.modules:
                importlib.import_module(self._name)  # waits where somebody else's import is under way
                self._ready = True
                return
            os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
            os.environ.setdefault("KERAS_BACKEND", "tensorflow")
            with _silent_stderr(), _without_hidden():
                importlib.import_module(self._name)
                _quiet_tensorflow()
            self._ready = True


def _quiet_tensorflow() -> None:
    """Let it look for GPUs now, while nobody listens, and not warn that a new setting is a new graph."""
    tensorflow = sys.modules.get("tensorflow")  # absent where Keras runs on another backend
    if tensorflow is not None:
        tensorflow.config.list_physical_devices()
        tensorflow.get_logger().setLevel("ERROR")


tf = _Lazy("tensorflow")
keras = _Lazy("keras")
