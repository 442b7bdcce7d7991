"""From two pictures to a painting: the one function that most people need.

To read on, in the order of the work: `settings` (what was asked), `plan` (what it comes to), `objective` (what is
minimized), `descent` (how), `run` and `result` (what comes back).
"""

import inspect
from collections.abc import Callable
from pathlib import Path

from nst_utils.engine.guidance import each
from nst_utils.engine.result import Result
from nst_utils.engine.run import Run
from nst_utils.engine.settings import Settings, settings_of
from nst_utils.images.opening import picture


def stylize(
    content,
    style,
    *,
    checkpoint: str | Path | None = None,
    memory: float | None = None,
    tile: int | None = None,
    progress: bool = True,
    callback: Callable[[Run], None] | None = None,
    **settings,
) -> Result:
    """Paint the content in the manner of the style.

    Every keyword may be left out. Those of the first five groups decide how the painting looks (`settings.Settings`),
    those of the last how the work is done.

    Parameters
    ----------
    content, style : anything `picture` takes
        What to paint, and how: a name, a path, an address, a PIL image or an array. Several styles as a list: mixed,
        or each in a mask of its own.
    size : int
        *The picture.* Longer side of the painting in pixels; a smaller content stays as it is.
    sizes : several int
        Longer side at each scale, rising; the last one replaces size.
    start : str or picture
        Where the picture starts: content, noise, gray, style, or a picture of your own.
    mask : picture, or one for each style
        *Where and how.* White where the style is for, black where it is not; gray in between.
    outside : str
        What becomes of the rest: content (as it is) or free (what the losses make of it).
    shares : several float
        How much each style counts; default: all alike.
    colors : str
        Whose colors: style; the content's by a map of the style's colors (content, cholesky or monge); or luminance,
        where only brightness is painted.
    style_scale : float
        How large the style is seen: 2 for strokes of twice the size.
    content_map : picture
        White where the content counts in full, black where it does not count.
    backbone : str
        *The network.* What looks at the pictures: vgg16, vgg19, resnet50 or another of `keras.applications`; or several
        that look together, as vgg19+resnet50.
    weights : str
        Its weights: mini, scratch, imagenet, random, mini-random or a file; default: what `use` or NST_WEIGHTS says,
        else mini.
    preset : str
        Layers and backbone of a published system: gatys, tutorial, resnet-study or swag.
    pooling : str
        avg or max.
    precision : str
        Arithmetic of the network: auto, float32, bfloat16 or float16.
    content_layers, style_layers : names, or names with weights
        *The losses.* Layers that hold the content and the style; "picture", "picture_2" and "picture_4" are the
        picture's own 3 x 3 patches, at its size, a half and a quarter of it.
    content_weight, style_weight, tv_weight : float
        How much the content, the style and a smooth surface count; default: what the normalization's source takes.
    statistic : str
        What of a layer is its style: gram, softmax_gram, mean_variance, covariance, histogram or sliced_wasserstein.
    normalization : str
        How the losses are scaled: energy, gatys, tutorial, torch, keras-io or deeplearning.ai.
    method : str
        *The way down.* adam or lbfgs.
    learning_rate : float
        Step of Adam in units of the picture's range; default .02.
    steps : int or several
        Steps in all, or for each scale from coarse to fine.
    jitter : int
        Largest random shift in pixels of each step; 0 for none.
    average : bool
        Whether the result is the mean of the last scale's quiet steps instead of the last step.
    seed : int
        Seed of the start, the shifts and the random directions.
    snapshots : int
        *What is kept.* How many pictures of the way to keep, for a GIF.
    checkpoint : path
        *The work.* File to write the run's state to while it works; the same call finds it and goes on, on a machine
        with as many cores of the same kind bit for bit.
    memory : float
        Gigabytes the run may take; default: what the machine has free.
    tile : int
        Side in pixels of the tiles in which a larger picture is looked at, in less memory and more time; default:
        tiles only where the whole picture does not fit into memory.
    progress : bool
        Whether to show a progress bar.
    callback : function
        Called with the `Run` after each step.

    Returns
    -------
    Result
        With the picture, the history of all losses, and `save` and `resume`.

    Examples
    --------
    >>> import nst_utils as nst
    >>> result = nst.stylize("harbor", "swirls", size=64, steps=3, progress=False)
    >>> result.picture.shape
    (48, 64, 3)
    """
    styles = [picture(one) for one in each(style)]
    run = Run(picture(content), styles, settings_of(**settings), memory=memory, tile=tile)
    if checkpoint is not None:
        run.load(checkpoint)
    return run.finish(progress=progress, callback=callback, checkpoint=checkpoint)


def _signature() -> inspect.Signature:
    """The keywords of `Settings` in place of ``**settings``, for help, completion and the command line."""
    given = inspect.signature(stylize)
    own = [parameter for parameter in given.parameters.values() if parameter.kind is not parameter.VAR_KEYWORD]
    of_settings = list(inspect.signature(Settings).parameters.values())
    return given.replace(parameters=[*own[:2], *of_settings, *own[2:]])


stylize.__signature__ = _signature()
