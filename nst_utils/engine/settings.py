"""The settings of a run: every keyword that decides how a painting looks, checked in one place.

They come from a call, from flags, from a file of JSON or TOML, or from a checkpoint; wherever they come from, a wrong
name, kind or number gets one sentence here. What they leave open, and whether they fit a content and a network, `plan`
says.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from nst_utils.base.errors import SettingError
from nst_utils.base.values import chosen, is_finite, is_whole, shown
from nst_utils.control.colors import COLORS
from nst_utils.losses.normalizations import chosen_normalization
from nst_utils.losses.statistics import chosen_statistic
from nst_utils.losses.terms import Weights
from nst_utils.networks.catalog import PRESETS

METHODS = {"adam": 0.02, "lbfgs": 1.0}  # and the learning rate of each (L-BFGS finds its own)
STARTS = ("content", "style", "gray", "noise")
OUTSIDE = ("content", "free")  # of all masks: the content as it is, or what the losses make of it
STYLE_SCALES = (0.125, 8)
LARGEST = 2**31 - 1
LONGEST_TEXT = 2000
SMALLEST_SIZE = 16
WHOLE_NUMBERS = {"size": SMALLEST_SIZE, "jitter": 0, "snapshots": 0, "seed": 0}  # and the least that each may be
NUMBERS = Weights._fields


@dataclass(frozen=True, eq=False, kw_only=True)
class Settings(Mapping):
    """The keywords of `stylize` that decide how a painting looks; what each means is told there.

    A mapping of names to values, whose names are fields as well.

    Examples
    --------
    >>> settings = Settings(size=64, style_weight=2)
    >>> settings.style_weight, settings["method"]
    (2, 'adam')
    >>> Settings(size="large")
    Traceback (most recent call last):
    nst_utils.base.errors.SettingError: size is 'large'; it is a whole number from 16 to 2147483647.
    """

    # the picture
    size: int = 256
    sizes: Iterable[int] | None = None
    start: Any = "content"
    # where, in which colors, how coarsely
    mask: Any = None
    outside: str = "content"
    shares: Iterable[float] | None = None
    colors: str = "style"
    style_scale: float = 1.0
    content_map: Any = None
    # the network
    backbone: str = "vgg19"
    weights: str | os.PathLike | None = None
    preset: str | None = None
    pooling: str = "avg"
    precision: str = "auto"
    # the losses
    content_layers: Iterable[str] | Mapping[str, float] | None = None
    style_layers: Iterable[str] | Mapping[str, float] | None = None
    content_weight: float | None = None
    style_weight: float | None = None
    tv_weight: float | None = None
    statistic: str = "gram"
    normalization: str = "energy"
    # the way down
    method: str = "adam"
    learning_rate: float | None = None
    steps: int | Iterable[int] | None = None
    jitter: int = 8
    average: bool = True
    seed: int = 0
    snapshots: int = 0

    def __post_init__(self):
        for name, value in self.items():
            if isinstance(value, str) and len(value) > LONGEST_TEXT:
                raise SettingError(f"{name} is {shown(value)}; a name or a path has at most {LONGEST_TEXT} letters.")
        chosen("method", self.method, METHODS)
        chosen_statistic(self.statistic)
        chosen_normalization(self.normalization)
        chosen("colors", self.colors, dict.fromkeys(COLORS))
        chosen("outside", self.outside, dict.fromkeys(OUTSIDE))
        for name in ("backbone", "pooling", "precision"):
            if not isinstance(self[name], str):
                raise SettingError(f"{name} is {shown(self[name])}; it is a name.")
        if not isinstance(self.weights, str | os.PathLike | None):
            raise SettingError(f"weights is {shown(self.weights)}; it is a name or a path.")
        if not (isinstance(self.start, str | bytes | os.PathLike) or hasattr(type(self.start), "__array_interface__")):
            raise SettingError(f"start is {shown(self.start)}; choose one of {', '.join(STARTS)}, or give a picture.")
        if not isinstance(self.average, bool | np.bool_):
            raise SettingError(f"average is {shown(self.average)}; it is True or False.")
        for name in NUMBERS:
            if self[name] is not None and not (is_finite(self[name]) and self[name] >= 0):
                raise SettingError(f"{name} is {shown(self[name])}; it is a finite number, 0 or more.")
        least, largest = STYLE_SCALES
        if not (is_finite(self.style_scale) and least <= self.style_scale <= largest):
            raise SettingError(f"style_scale is {shown(self.style_scale)}; it is a number from {least} to {largest}.")
        if self.shares is not None:
            picked = as_list(self.shares)
            if not picked or not all(is_finite(share) and share >= 0 for share in picked):
                raise SettingError(f"shares is {shown(self.shares)}; it is a finite number, 0 or more, for each style.")
        if self.learning_rate == 0:
            raise SettingError("learning_rate is 0; nothing would move.")
        for name, least in WHOLE_NUMBERS.items():
            if not is_whole(self[name]) or not least <= self[name] <= LARGEST:
                raise SettingError(f"{name} is {shown(self[name])}; it is a whole number from {least} to {LARGEST}.")
        for name in ("content_layers", "style_layers"):
            if self[name] is not None:
                layer_weights(name, self[name])
        self._check_sizes()
        self._check_steps()
        check_preset(self.preset, self.backbone)

    def __getitem__(self, name: str) -> Any:
        if name not in self:
            raise KeyError(name)
        return getattr(self, name)

    def __contains__(self, name: object) -> bool:
        return name in self.__dataclass_fields__

    def __iter__(self) -> Iterator[str]:
        return iter(self.__dataclass_fields__)

    def __len__(self) -> int:
        return len(self.__dataclass_fields__)

    def _check_sizes(self) -> None:
        if self.sizes is None:
            return
        picked = as_list(self.sizes)
        fits = bool(picked) and all(is_whole(size) and SMALLEST_SIZE <= size <= LARGEST for size in picked)
        if not fits or picked != sorted(picked):
            raise SettingError(
                f"sizes is {shown(self.sizes)}; give several whole numbers, {SMALLEST_SIZE} or more, rising."
            )

    def _check_steps(self) -> None:
        if self.steps is None:
            return
        picked = as_list(self.steps) or [self.steps]
        if not all(is_whole(count) and 1 <= count <= LARGEST for count in picked):
            raise SettingError(
                f"steps is {shown(self.steps)}; it is a whole number, 1 or more, or one for each of the sizes."
            )


SETTINGS = {field.name: field.default for field in fields(Settings)}  # all names with their defaults


def settings_of(**given) -> Settings:
    """All settings of a run: those given, and the defaults of `stylize`."""
    check_names(given)
    return Settings(**given)


def check_preset(preset: Any, backbone: str) -> None:
    """Refuse a preset that looks with another network than the one that is asked for."""
    if preset is None:
        return
    own = chosen("preset", preset, PRESETS).backbone
    if backbone not in (SETTINGS["backbone"], own):
        raise SettingError(f"preset {preset!r} looks with {own}, and backbone is {shown(backbone)}; leave one away.")


def check_names(given: Iterable[str]) -> None:
    """Refuse names that no setting has."""
    if unknown := sorted(str(name)[:40] for name in set(given) - set(SETTINGS)):
        raise SettingError(f"There is no setting {', '.join(unknown[:3])}; the settings are {', '.join(SETTINGS)}.")


def layer_weights(kind: str, layers: Any) -> tuple[tuple[str, float], ...]:
    """Layers with weights: a mapping as it is, bare names with equal shares of 1.

    Examples
    --------
    >>> layer_weights("style_layers", ["block1_conv1", "block2_conv1"])
    (('block1_conv1', 0.5), ('block2_conv1', 0.5))
    """
    if isinstance(layers, Mapping):
        pairs = tuple((name, weight) for name, weight in layers.items())
    else:
        names = as_list(layers)
        pairs = None if names is None else tuple((name, 1 / len(names)) for name in names)
    if pairs is None or not all(isinstance(name, str) for name, _ in pairs):
        raise SettingError(f"{kind} is {shown(layers)}; give names, or names with weights.")
    if not all(is_finite(weight) and weight >= 0 for _, weight in pairs):
        raise SettingError(f"{kind} is {shown(dict(pairs))}; a weight is a finite number, 0 or more.")
    return pairs


def as_list(value: Any) -> list | None:
    """The elements of a list, a tuple or an array; None of anything else, text included."""
    if isinstance(value, str | Mapping) or not isinstance(value, Iterable):
        return None
    if isinstance(value, np.ndarray) and value.ndim != 1:
        return None
    return list(value)
