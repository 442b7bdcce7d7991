"""What Python and TensorFlow say to some mistakes: as functions that say it, for known mistakes.

TensorFlow itself would write a line to stderr on the way. Two refusals of one kind are told apart by what they are
about, of which `about` knows a few.
"""

from nst_utils.base.tensorflow import tf

_ABOUT = (
    *("same dtype", "NoneType", "list of allowed values", "Input to reshape", "Incompatible shapes"),
    *("Matrix size-incompatible", "compatible batch dimensions", "attribute 'assign"),
)


def about(text: str) -> str:
    """What a message is about, where that tells mistakes apart.

    Examples
    --------
    >>> about("`x` and `y` must have the same dtype, got tf.float32 != tf.int32.")
    'same dtype'
    """
    return next((words for words in _ABOUT if words in text), "")


def two_kinds_of_numbers(*_):
    """A float tensor divided by tf.size or tf.shape."""
    raise TypeError("`x` and `y` must have the same dtype, got tf.float32 != tf.int32.")


def bits_of_floats(*_):
    """``^`` between floats."""
    raise tf.errors.InvalidArgumentError(None, None, "Value for attr 'T' of float is not in the list of allowed values")


def shapes_that_do_not_fit(*_):
    """Sums and products of tensors, place by place, whose shapes do not fit."""
    raise tf.errors.InvalidArgumentError(None, None, "Incompatible shapes")


def sides_that_do_not_fit(*_):
    """tf.matmul of (M, N) with (M, N)."""
    raise tf.errors.InvalidArgumentError(None, None, "Matrix size-incompatible: In[0]: [2,2,1], In[1]: [1,2,2]")


def batches_that_do_not_fit(*_):
    """tf.matmul of tables for other numbers of pictures."""
    raise tf.errors.InvalidArgumentError(None, None, "In[0] and In[1] must have compatible batch dimensions")


def numbers_that_do_not_fit(*_):
    """tf.reshape to a shape with another number of numbers."""
    raise tf.errors.InvalidArgumentError(None, None, "Input to reshape is a tensor with 4 values")


def nothing_in_a_product(*_):
    """A product with None."""
    raise TypeError("unsupported operand type(s) for *: 'float' and 'NoneType'")
