"""Lesson 03, convert_weight: what a weight is worth under another convention."""

from nst_utils.exercises.exercise import Exercise, Variant
from nst_utils.exercises.readers import number
from nst_utils.losses.normalizations import Layer


def convert_weight(weight, source, target, layer):
    """The style weight of one layer under another convention, so that weight times loss stays the same.

    ``source`` and ``target`` are "gatys" or "tutorial". With S = sum (G - A)^2 of Gram matrices divided by M, the loss
    of a layer is S / (4 N^2) for "gatys" and S / N^2, the mean, for "tutorial". ``layer.channels`` is N.

    >>> from nst_utils.losses.normalizations import Layer
    >>> first = Layer(channels=64, positions=65536, pixels=65536, layers=5, energy=1.0)
    >>> convert_weight(1.0, "gatys", "tutorial", first)
    0.25
    """
    divisors = {"gatys": 4 * layer.channels**2, "tutorial": layer.channels**2}
    return weight * divisors[target] / divisors[source]


def _layer(channels: int, positions: int) -> Layer:
    return Layer(channels=channels, positions=positions, pixels=4 * positions, layers=5, energy=1.0)


def _by_factors(gatys, tutorial):
    """As the reference, with other divisors."""

    def convert(weight, source, target, layer):
        divisors = {"gatys": gatys(layer), "tutorial": tutorial(layer)}
        return weight * divisors[target] / divisors[source]

    return convert


CONVERT = Exercise(
    convert_weight,
    cases=(
        (8.0, "gatys", "tutorial", _layer(2, 6)),
        (8.0, "tutorial", "gatys", _layer(2, 6)),
        (3.0, "gatys", "gatys", _layer(4, 12)),
        (3.0, "tutorial", "tutorial", _layer(4, 12)),
        (6.0, "tutorial", "gatys", _layer(8, 20)),
        (0.0625, "gatys", "tutorial", _layer(3, 15)),
        (0.003, "tutorial", "gatys", _layer(5, 7)),
        (0.0, "gatys", "tutorial", _layer(1, 1)),
        (1e6, "gatys", "tutorial", _layer(512, 9)),
    ),
    read=number,
    variants=(
        Variant(
            "upside down",
            lambda weight, source, target, layer: convert_weight(weight, target, source, layer),
            "Upside down: where the loss is larger, the weight has to be smaller.",
        ),
        Variant(
            "one way only",
            lambda weight, source, target, layer: weight / 4,
            "Always the same factor: back from tutorial to gatys it is the other way round, and to itself it is 1.",
        ),
        Variant(
            "same not handled",
            lambda weight, source, target, layer: weight / 4 if source == "gatys" else weight * 4,
            "Only source is looked at: from a convention to itself the weight stays.",
        ),
        Variant(
            "only target looked at",
            lambda weight, source, target, layer: weight / 4 if target == "tutorial" else weight * 4,
            "Only target is looked at: where the weight already is in that convention it stays.",
        ),
        Variant(
            "source not looked at",
            lambda weight, source, target, layer: (
                weight / {"gatys": 4 * layer.channels**2, "tutorial": layer.channels**2}[target]
            ),
            "The weight was divided by the divisor of the target, and source takes no part.",
        ),
        Variant(
            "whole division",
            lambda weight, source, target, layer: convert_weight(weight, source, target, layer) // 1,
            "Everything behind the point is gone: // cuts it off, / keeps it.",
        ),
        Variant(
            "whole fourths",
            lambda weight, source, target, layer: (
                weight if source == target else weight // 4 if target == "tutorial" else weight * 4
            ),
            "A fourth was taken with //, which leaves nothing of a weight below 4: / keeps what is behind the point.",
        ),
        Variant(
            "rounded",
            lambda weight, source, target, layer: round(convert_weight(weight, source, target, layer), 2),
            "The weight was rounded. Weights may be far below 1, where rounding leaves nothing.",
        ),
        Variant(
            "unchanged",
            lambda weight, source, target, layer: weight,
            "The weight comes back unchanged, though the two losses differ.",
        ),
        Variant(
            "factor of 2",
            _by_factors(lambda layer: 2, lambda layer: 1),
            "A factor of 2 in place of 4: nothing is squared here but N.",
        ),
        Variant(
            "N only once",
            _by_factors(lambda layer: 4 * layer.channels**2, lambda layer: 1),
            "N^2 is missing in one divisor, or stands there once too often: both losses are divided by it once.",
        ),
        Variant(
            "N not squared",
            _by_factors(lambda layer: 4 * layer.channels**2, lambda layer: layer.channels),
            "N stands squared in one divisor and not in the other.",
        ),
        Variant(
            "M twice",
            _by_factors(lambda layer: 4 * layer.channels**2 * layer.positions**2, lambda layer: layer.channels**2),
            "M entered once more: both losses take Gram matrices that are divided by M already.",
        ),
        Variant(
            "factor alone",
            lambda weight, source, target, layer: convert_weight(1.0, source, target, layer),
            "That is the factor; the weight has yet to be multiplied with it.",
        ),
    ),
    hints=(
        "What must not change is weight times loss. Write it down for both conventions, with the same S.",
        "weight_1 * S / divisor_1 = weight_2 * S / divisor_2: solve for weight_2. What cancels?",
        "Keep the two divisors in a dictionary under their names; then source and target pick them, and no case is "
        "special.",
    ),
    checked=("from gatys to tutorial and back", "from a convention to itself", "several weights and layers"),
)
