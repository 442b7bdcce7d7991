"""Experiments to play with, one for each lesson: ``nst.widgets.live_run()``.

Floor 6: thin shells of ipywidgets over plain functions (`experiments`, `figures`) that are tested without a browser.
Names are loaded when first used; ipywidgets and TensorFlow are not imported before.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
