"""Neural style transfer, a course you can run.

Names are loaded when first used (SPEC 1): ``import nst_utils as nst`` costs nothing, TensorFlow is imported by the
first call that needs it.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
