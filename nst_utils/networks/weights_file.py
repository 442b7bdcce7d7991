"""Weights as a file of this package: an ``.npz`` with an array a variable, and what it says about itself."""

import io
import json
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from nst_utils.base.errors import BackboneError
from nst_utils.base.files import written_whole


def write_arrays(path: str | os.PathLike, arrays: Mapping[str, np.ndarray], about: dict) -> Path:
    """Write arrays named ``"<layer>/<variable>"``, with ``about`` as JSON among them."""
    with written_whole(path) as beside, beside.open("wb") as file:
        np.savez(file, about=np.frombuffer(json.dumps(about).encode(), np.uint8), **arrays)
    return Path(path)


def read_bytes(path: Path) -> bytes:
    """What a file of weights holds."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise BackboneError(
            f"Weights file {path} cannot be read: {error.strerror or error}.\nGive another path."
        ) from error


def read_arrays(path: Path, content: bytes) -> tuple[dict[str, np.ndarray], dict]:
    """The arrays of a file that `write_arrays` wrote, and what it says about itself."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            arrays = dict(file)
        about = json.loads(arrays.pop("about").tobytes())
    except Exception as error:  # zipfile, zlib and numpy have a dozen ways to say "damaged"
        raise BackboneError(
            f"Weights file {path} is damaged or not one of ours ({type(error).__name__}: {error}).\n"
            "Fetch or train it again, or choose other weights."
        ) from error
    return arrays, about
