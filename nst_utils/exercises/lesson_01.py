"""Lesson 01: how much of the picture one position of a layer sees, and what a layer keeps of it."""

import hashlib
import math

import numpy as np

from nst_utils.exercises.exercise import Exercise, Misfit, Variant
from nst_utils.exercises.readers import whole_number

LESSON = "01_theory"
_REBUILT = {  # what a picture rebuilt from each layer looks like
    "block1_conv2": "From there a picture comes back almost pixel by pixel, with its colors.",
    "block2_conv2": "From there every edge comes back sharp, and the colors are off by little.",
    "block3_conv2": "From there the edges come back, while fine texture begins to waver.",
    "block4_conv2": "From there outlines survive, while colors and texture are free to change.",
    "block5_conv2": "From there only the rough arrangement survives, and even outlines dissolve.",
}
CANDIDATES = tuple(_REBUILT)
_SALT = b"lesson 01, picture 2"
_VGG = ([(3, 1)] * 2 + [(2, 2)]) * 2 + [(3, 1)]  # to block3_conv1


def mystery_layer() -> str:
    """The layer whose reconstruction lesson 01 shows; assign it, do not print it.

    Examples
    --------
    >>> mystery_layer() in CANDIDATES
    True
    """
    return CANDIDATES[int(hashlib.sha256(_SALT).hexdigest(), 16) % len(CANDIDATES)]


def receptive_field(layers):
    """Side, in pixels, of the square of the picture that one position of the last layer sees.

    ``layers`` is a list of pairs (kernel, stride), the layer next to the picture first; a pooling of 2 x 2 is (2, 2).
    Return a whole number. One position of no layer at all is one pixel.

    >>> receptive_field([(3, 1), (2, 2), (3, 1)])  # convolution, pooling, convolution
    8
    """
    side, step = 1, 1
    for kernel, stride in layers:
        side += (kernel - 1) * step
        step *= stride
    return side


def which_layer():
    """The layer from which the picture was rebuilt, as a text such as "block1_conv2".

    The candidates are block1_conv2, block2_conv2, block3_conv2, block4_conv2 and block5_conv2.
    """
    return mystery_layer()


def _layer(answer, *_) -> np.ndarray:
    """The index of a candidate."""
    if not isinstance(answer, str):
        raise Misfit(f"a {type(answer).__name__}", f"The answer is a {type(answer).__name__}, not the name of a layer.")
    name = answer.strip().lower()
    if name in CANDIDATES:
        return np.array(CANDIDATES.index(name))
    if any(candidate.startswith(name) for candidate in CANDIDATES):
        raise Misfit("cut short", f"{answer!r} is not the whole name of a layer.")
    raise Misfit("unknown layer", f"{answer[:40]!r} is not one of the candidates.")


def _without_memory(layers):
    """Only the layer's own stride counts."""
    return 1 + sum((kernel - 1) * stride for kernel, stride in layers)


def _field(
    growth=lambda kernel, stride, step: (kernel - 1) * step,
    step_after=lambda step, stride: step * stride,
):
    """As the reference, with one part exchanged."""

    def field(layers):
        side, step = 1, 1
        for kernel, stride in layers:
            side += growth(kernel, stride, step)
            step = step_after(step, stride)
        return side

    return field


EXERCISES = (
    Exercise(
        receptive_field,
        read=whole_number,
        cases=(
            ([],),
            ([(3, 1)],),
            ([(3, 1), (3, 1)],),
            ([(2, 2), (3, 1)],),
            ([(3, 1), (2, 2)],),
            ([(3, 1), (2, 2), (3, 1), (2, 2), (3, 1)],),
            ([(7, 2), (3, 2), (3, 1), (1, 1), (5, 2)],),
            ([(4, 4), (3, 1)],),
            ([(2, 3), (1, 3), (3, 1)],),
            ([(11, 4), (3, 2), (5, 1), (3, 2), (1, 1)],),
            (_VGG,),
        ),
        variants=(
            Variant(
                "strides ignored",
                lambda layers: 1 + sum(kernel - 1 for kernel, _ in layers),
                "Strides are not used: behind a stride of 2, neighboring positions lie 2 pixels apart.",
            ),
            Variant(
                "kernels added",
                lambda layers: sum(kernel for kernel, _ in layers),
                "Two kernels in a row overlap: the second one adds kernel - 1, not kernel.",
            ),
            Variant(
                "without the first pixel",
                lambda layers: receptive_field(layers) - 1,
                "Off by one: begin with the one pixel that a position sees before any layer.",
            ),
            Variant(
                "own stride too early",
                _field(growth=lambda kernel, stride, step: (kernel - 1) * stride * step),
                "A layer's own stride spreads only the layers after it: widen the field first, then the step.",
            ),
            Variant(
                "own stride alone",
                _without_memory,
                "Each layer uses its own stride; what counts is the product of all strides before it.",
            ),
            Variant(
                "last stride only",
                _field(step_after=lambda step, stride: stride),
                "The step is multiplied by each stride, not replaced by it: after two poolings it is 4.",
            ),
            Variant(
                "whole kernels",
                _field(growth=lambda kernel, stride, step: kernel * step),
                "A kernel of 3 reaches over two gaps, not three: each layer adds kernel - 1 steps.",
            ),
            Variant(
                "field and step",
                lambda layers: (receptive_field(layers), math.prod(stride for _, stride in layers)),
                "Field and step came back together; return the field alone.",
            ),
            Variant(
                "strides of 2 only",
                _field(step_after=lambda step, stride: 2 * step if stride == 2 else step),
                "Only a stride of 2 changes the step. A stride of 4 is one, too: multiply by whatever the stride is.",
            ),
            Variant(
                "stride at most 2",
                _field(step_after=lambda step, stride: step * min(stride, 2)),
                "Large strides are taken for 2. The step is multiplied by the whole stride: by 4 where it is 4.",
            ),
            Variant(
                "return in the loop",
                lambda layers: layers[0][0] if layers else None,
                "Only the first layer was used, and no layer at all gives nothing: is the return inside of the loop?",
            ),
            Variant(
                "return in the loop, and behind it",
                lambda layers: layers[0][0] if layers else 1,
                "Only the first layer was used: a return inside of the loop ends it at once.",
            ),
            Variant(
                "kernel and stride exchanged",
                lambda layers: receptive_field([layer[::-1] for layer in layers]),
                "Kernel and stride are exchanged: in each pair the kernel comes first.",
            ),
            Variant(
                "a float",
                lambda layers: float(receptive_field(layers)),
                "The number is right, its kind is not: pixels are counted. Multiply instead of dividing, or use //.",
            ),
            Variant(
                "strides added",
                _field(step_after=lambda step, stride: step + stride - 1),
                "Strides multiply: two poolings in a row make a step of 4, not 3.",
            ),
            Variant(
                "kernels multiplied",
                lambda layers: math.prod(kernel for kernel, _ in layers),
                "Kernels do not multiply: two of side 3 see 5 pixels, not 9.",
            ),
            Variant(
                "last layer first",
                lambda layers: receptive_field(layers[::-1]),
                "The list is read from the wrong end: its first pair is the layer next to the picture.",
            ),
            Variant(
                "only the last layer",
                lambda layers: layers[-1][0] if layers else 1,
                "The last kernel sees positions of the layer before, and each of those sees more than one pixel.",
            ),
            Variant(
                "area",
                lambda layers: receptive_field(layers) ** 2,
                "That is the number of pixels in the square; asked for is its side.",
            ),
        ),
        hints=(
            "Draw three layers of one row each on paper. Mark one position on top, and all that it sees one layer "
            "below, then below that.",
            "Carry two numbers from layer to layer: the side of the field, and how many pixels lie between neighboring "
            "positions.",
            "A kernel reaches over kernel - 1 gaps between positions. How many pixels is a gap, before this layer's "
            "own stride has changed it?",
        ),
        checked=(
            "no layer, one layer, several layers",
            "strides before, after and between",
            "VGG down to block3_conv1",
        ),
    ),
    Exercise(
        which_layer,
        read=_layer,
        wanted=f"one of {', '.join(CANDIDATES)}",
        variants=(
            *(
                Variant(name, lambda name=name: name, f"Not {name}. {appearance} Compare with the picture shown.")
                for name, appearance in _REBUILT.items()
                if name != mystery_layer()
            ),
            Variant("cut short", lambda: "block1", "Give block and convolution, as in the list: block2_conv2."),
            Variant("unknown layer", lambda: "fc1000", "Choose a name from the list of candidates in the exercise."),
            Variant("a number", lambda: 4, 'Give the name as a text, in quotation marks: "block1_conv2".'),
        ),
        hints=(
            "Ask three things of the picture: are the colors right, are the edges sharp, is the arrangement right? "
            "Deeper layers lose them in that order.",
            'The cell under "The layer explorer: another start" rebuilds a picture: put in "astronaut" and one layer '
            "after the other, and lay each beside the picture shown.",
            "Rule out both ends first: a shallow layer gives back the pixels, the deepest hardly an outline. Then "
            "compare texture with outlines.",
        ),
        checked=("the layer",),
    ),
)
