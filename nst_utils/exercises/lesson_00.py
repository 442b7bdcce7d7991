"""Lesson 00: a picture of one's own."""

import functools

import numpy as np
from PIL import Image

from nst_utils.exercises.exercise import Exercise, Misfit, Variant, as_array
from nst_utils.images.arrays import MIN_SIDE, resize
from nst_utils.images.gallery import pictures
from nst_utils.images.opening import picture

LESSON = "00_welcome"
_MOST_NUMBERS = 100_000_000  # of a picture: 33 megapixels
_THUMBNAIL = 16  # pixels a side: enough to know a picture again at any size
_SAME = 0.05  # mean difference of thumbnails: another size of the same differs by less, another picture by .1 or more
_FLAT = 0.05  # range of values below which there is nothing to see
_TWICE = 1.01 / 255  # where a picture ends that was divided by 255 two times
_NEAR_1 = 1.02  # where it ends after some rounding


def own_picture():
    """A picture of yours: a float32 array (h, w, 3) between 0 and 1, each side at least 8 pixels.

    Not one of the named pictures of this course. A photograph, a drawing, or an array that you compute. A PIL image
    and a table of numbers in lists are taken for such an array.
    """
    down, across = np.mgrid[0:1:24j, 0:1:32j]
    return np.stack([down, across, np.sin(9 * down * across) ** 2], axis=-1).astype(np.float32)


def _mine(answer, *_) -> np.ndarray:
    """Nothing to compare: whatever is a picture, and a new one, is right."""
    if isinstance(answer, str):
        raise Misfit("text", "The answer is a text, not a picture.")
    if isinstance(answer, Image.Image):
        answer = picture(answer)
    array = as_array(answer, most=_MOST_NUMBERS)
    if isinstance(answer, list | tuple) and array.dtype.kind == "f":
        array = array.astype(np.float32)  # a list has no dtype
    if array.dtype.kind == "b":
        raise Misfit("truth values", "The answer holds True and False; a picture here is float32.")
    if array.dtype.kind in "iu":
        most = array.max(initial=0)
        kind = "0 and 1" if most <= 1 else "whole numbers" if most < 256 else "16 bits"
        raise Misfit(kind, f"The answer has dtype {array.dtype}; a picture here is float32.")
    if array.dtype.kind != "f":
        raise Misfit("type", f"The answer is a {type(answer).__name__}, not an array of numbers.")
    _check_shape(array.shape)
    if not np.isfinite(array).all():
        raise Misfit("not finite", "The picture holds NaN or infinity.")
    if array.min() < 0 or array.max() > 1:
        below, above = array.min() < 1 - _NEAR_1, array.max() > _NEAR_1
        kind = "below 0" if below else "above 1" if above else "just beyond the ends"
        raise Misfit(kind, f"The values go from {array.min():.8g} to {array.max():.8g}; expected is 0 to 1.")
    if array.dtype != np.float32:
        raise Misfit(f"{array.dtype}", f"The answer has dtype {array.dtype}; a picture here is float32.")
    if 0 < array.max() < _TWICE:
        raise Misfit("divided twice", f"The largest value is {array.max():.4g}: the picture is all but black.")
    if np.ptp(array) < _FLAT:
        raise Misfit("flat", "The picture has a single color.")
    own = resize(array, (_THUMBNAIL, _THUMBNAIL))
    for name, thumbnail in _thumbnails().items():
        if np.abs(own - thumbnail).mean() < _SAME:
            raise Misfit("registered", f"This is {name!r}, one of the named pictures of the course.")
        if any(np.abs(turned - thumbnail).mean() < _SAME for turned in _turned(own)):
            raise Misfit("turned", f"This is {name!r}, one of the named pictures of the course, mirrored or turned.")
    return np.zeros(())


def _check_shape(shape: tuple[int, ...]) -> None:
    if len(shape) == 2:
        raise Misfit("gray", f"The answer has shape {shape}: height and width, but no colors.")
    if len(shape) == 4:
        raise Misfit("batch", f"The answer has shape {shape}: a batch of pictures.")
    if len(shape) == 3 and shape[2] == 4:
        raise Misfit("transparency", f"The answer has shape {shape}: a fourth channel, transparency.")
    if len(shape) == 3 and shape[0] == 3 and shape[2] != 3:
        raise Misfit("channels first", f"The answer has shape {shape}; expected is (h, w, 3).")
    if len(shape) != 3 or shape[2] != 3 or min(shape) < 1:
        raise Misfit("shape", f"The answer has shape {shape}; expected is (h, w, 3).")
    if min(shape[:2]) < MIN_SIDE:
        raise Misfit("small", f"The picture has {shape[1]} x {shape[0]} pixels; each side needs at least {MIN_SIDE}.")


def _turned(square: np.ndarray) -> list[np.ndarray]:
    """The seven other ways in which a square picture can lie."""
    forms = [np.rot90(side, quarters) for side in (square, square[:, ::-1]) for quarters in range(4)]
    return forms[1:]


@functools.cache
def _thumbnails() -> dict[str, np.ndarray]:
    """Of the named pictures that are on this machine; none is downloaded for a check."""
    records = [record for record in pictures() if record.offline]
    return {record.name: resize(picture(record.name, 64), (_THUMBNAIL, _THUMBNAIL)) for record in records}


EXERCISES = (
    Exercise(
        own_picture,
        read=_mine,
        wanted="a float32 array (h, w, 3) between 0 and 1",
        variants=(
            Variant("a path", lambda: "my_photo.jpg", "A path is not yet a picture: nst.picture(path) opens it."),
            Variant(
                "bytes",
                lambda: (255 * own_picture()).astype(np.uint8),
                "Values from 0 to 255, as most programs store them. Divide by 255, or let nst.picture(array) do it.",
            ),
            Variant(
                "0 to 255 as floats",
                lambda: 255 * own_picture(),
                "It was converted to floats, but not divided: white is 1 here, not 255.",
            ),
            Variant(
                "16 bits",
                lambda: (65535 * own_picture()).astype(np.uint16),
                "Values up to 65535, as files of 16 bits have them: divide by 65535.",
            ),
            Variant(
                "float16",
                lambda: own_picture().astype(np.float16),
                "Numbers of 16 bits are too coarse for gradients: .astype(np.float32), or nst.picture(array).",
            ),
            Variant(
                "0 and 1 as whole numbers",
                lambda: (own_picture() > 0.5).astype(int),
                "The values are right, their kind is not: 0 and 1 as whole numbers. Do not divide them, or all is "
                "black: .astype(np.float32).",
            ),
            Variant(
                "truth values",
                lambda: own_picture() > 0.5,
                "A comparison gives True and False. As numbers, .astype(np.float32), they are white and black.",
            ),
            Variant(
                "-1 to 1",
                lambda: 2 * own_picture() - 1,
                "There are values below 0. Sines and many networks' outputs go from -1 to 1: add 1, then halve.",
            ),
            Variant(
                "rounded beyond 1",
                lambda: own_picture() * np.float32(1.0001),
                "Nearly right: a few values are a little below 0 or above 1, as after a resize. np.clip cuts them off.",
            ),
            Variant(
                "divided twice",
                lambda: own_picture() / np.float32(255),
                "Divided by 255 twice: nst.picture, or you, had already done it once.",
            ),
            Variant(
                "float64",
                lambda: own_picture().astype(np.float64),
                "NumPy's default are numbers of 64 bits; networks take 32: .astype(np.float32), or nst.picture(array).",
            ),
            Variant(
                "gray", lambda: own_picture()[..., 0], "A gray picture needs its values three times, as R, G and B."
            ),
            Variant(
                "transparency",
                lambda: np.concatenate([own_picture(), own_picture()[..., :1]], axis=-1),
                "PNG files often carry an alpha channel. nst.picture lays such a picture on white.",
            ),
            Variant(
                "batch", lambda: own_picture()[None], "Networks take batches, (n, h, w, 3); a picture is x[0] of one."
            ),
            Variant(
                "channels first",
                lambda: np.moveaxis(own_picture(), -1, 0),
                "Channels come last here: np.moveaxis(x, 0, -1).",
            ),
            Variant(
                "flat",
                lambda: np.full((24, 32, 3), 0.5, np.float32),
                "There is no content in a single color, and no style. Choose something with shapes in it.",
            ),
            Variant(
                "small",
                lambda: own_picture()[:5, :5],
                "Such a picture has fewer pixels than the network halves away. Take a larger one.",
            ),
            Variant(
                "a named picture",
                lambda: picture("harbor", 96),
                "The course already has this one. Take a photograph with your phone, or draw something.",
            ),
            Variant(
                "a named picture mirrored",
                lambda: picture("harbor", 96)[:, ::-1],
                "A mirror makes no new picture of a named one. Take a photograph with your phone, or draw something.",
            ),
        ),
        hints=(
            "nst.picture takes a name, a path, an address, a PIL image or an array, and always returns the same "
            "kind of array.",
            "On your computer, put the file beside the notebook and give its path. On Colab, the folder sign on the "
            "left takes an upload.",
            "No picture at hand? np.mgrid gives coordinates from which to compute one; stack three of them as "
            "colors and look at shape, dtype, smallest and largest value.",
        ),
        checked=(
            "a float32 array (h, w, 3)",
            "values between 0 and 1, no NaN",
            "more than one color, and not a named picture",
        ),
    ),
)
