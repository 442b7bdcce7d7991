"""The names of what is summed and of what it is weighted with: one list of each, for every curve, table and flag."""

from typing import Any, NamedTuple

TERMS = ("total", "content", "style", "tv")  # of the loss; single layers have "content:..." and "style:..."


class Weights(NamedTuple):
    """How much each term of the loss counts, and how far a step goes: numbers, or tensors of one number."""

    content_weight: Any
    style_weight: Any
    tv_weight: Any
    learning_rate: Any
