"""Experiments to play with, one for each lesson: ``nst.widgets.live_run()``.

One file a widget: its function, its figure, its controls; what they compute and draw are plain functions, tested
without a browser. What they share stands in `panel` (controls), `explorer` (a figure that follows them), `painter` (one
that is painted on demand), `mask_canvas` and `ballot` (a mask and a vote in the page), `painting` (a run in the
background) and `jobs` (the background).
"""

# Not lazily: each function bears the name of its file, and must be what the package shows under it.
from nst_utils.widgets.architecture_comparer import architecture_comparer
from nst_utils.widgets.first_stylize import first_stylize
from nst_utils.widgets.gram_heat_map import gram_heat_map
from nst_utils.widgets.layer_explorer import layer_explorer
from nst_utils.widgets.live_run import live_run
from nst_utils.widgets.loss_under_distortion import loss_under_distortion
from nst_utils.widgets.mask_painter import mask_painter
from nst_utils.widgets.pair_picker import pair_picker
from nst_utils.widgets.resolution_slider import resolution_slider
from nst_utils.widgets.style_blend import style_blend
from nst_utils.widgets.vote import vote
from nst_utils.widgets.weights_and_layers import weights_and_layers

__all__ = [
    "architecture_comparer",
    "first_stylize",
    "gram_heat_map",
    "layer_explorer",
    "live_run",
    "loss_under_distortion",
    "mask_painter",
    "pair_picker",
    "resolution_slider",
    "style_blend",
    "vote",
    "weights_and_layers",
]
