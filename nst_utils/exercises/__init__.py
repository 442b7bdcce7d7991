"""The exercises of the course, one module a lesson: reference, known mistakes with their hints, and what is checked.

``nst.check`` has a function for each of them, `hint` gives help in steps. TensorFlow is imported by the first check
that needs it.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
