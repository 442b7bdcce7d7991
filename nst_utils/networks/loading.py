"""Backbones by name: which weights are meant, the network filled with them, and what tells them from others."""

import contextlib
import functools
import hashlib
import os
import sys
from pathlib import Path

from nst_utils.base.errors import BackboneError
from nst_utils.base.tensorflow import keras
from nst_utils.networks.backbone import Backbone
from nst_utils.networks.catalog import MINI, check_option, network_names
from nst_utils.networks.mixed import Mixed
from nst_utils.networks.originals import source_of
from nst_utils.networks.topologies import POOLINGS, topology
from nst_utils.networks.weights import (
    KINDS,
    MINI_WIDTH,
    NARROW,
    OWN,
    fill,
    imagenet_file,
    keras_models,
    network_from_file,
    original_network,
    own_arrays,
    own_path,
    randomize,
    with_names_and_pooling,
)

_session_weights: str | None = None  # what `use` has set


def load_backbone(
    name: str = "vgg19", weights: str | None = None, *, pooling: str = "avg", seed: int = 0
) -> Backbone | Mixed:
    """A backbone by name.

    Parameters
    ----------
    name : ``"vgg16"``, ``"vgg19"``, ``"resnet50"``, or another network of ``keras.applications`` as
        ``"inception_v3"`` or ``"efficientnet_b0"``. Case, hyphens and underscores do not matter. Several, joined as
        in ``"vgg19+resnet50"``, look together: a `mixed.Mixed` with layers named ``"vgg19/block1_conv1"``.
    weights :
        - ``"mini"``: the quarter-width twin, fitted to the original; comes with the package. Of ResNet50 there is none
          that was fitted: its mini is the one from scratch.
        - ``"scratch"``: quarter-width as well, trained by this project from random weights, all three networks alike.
        - ``"imagenet"``: the original. Keras' own file, if it is there; or what `fetch_originals` has fetched; or else
          ``keras.applications`` downloads it once.
        - ``"random"``: the original's width with He's start values drawn from ``seed``; ``"mini-random"`` is the same
          for the quarter-width twin.
        - a path: Keras' own ``.h5`` or ``.weights.h5`` of the original, or an ``.npz`` of this package.
        - ``None``: what `use` has set, else the environment variable ``NST_WEIGHTS``, else ``"mini"``.
    pooling : ``"avg"`` (smoother pictures: Gatys, Ecker, Bethge, CVPR 2016, section 2) or ``"max"`` as in the original.
    seed : for random weights; the same seed gives the same weights.

    Examples
    --------
    >>> load_backbone("VGG-19", "mini-random")
    Backbone(name='vgg19', weights='mini-random', pooling='avg', width=0.25)
    """
    names = network_names(name)
    check_option("pooling", pooling, POOLINGS)
    weights = weights_kind(weights)
    if len(names) > 1:
        if weights not in KINDS:
            raise BackboneError(
                f"{name} has no weights {weights!r}: a file holds one network. "
                f"Choose one of {', '.join(KINDS)} for all of them."
            )
        return Mixed(tuple(load_backbone(each, weights, pooling=pooling, seed=seed) for each in names))
    (name,) = names
    if weights in NARROW and name not in MINI:
        raise BackboneError(
            f"No {weights} weights for {name}: only {', '.join(MINI)} have a mini twin. "
            'Choose weights "imagenet" or "random" for it.'
        )
    origin = _origin(name, weights)
    changed = origin.stat().st_mtime_ns if origin.is_file() else None
    return _loaded(name, weights, pooling, seed if "random" in weights else 0, (origin, changed))


def _origin(name: str, weights: str) -> Path:
    """The file that a network's weights come from, or for Keras to put one into; of random ones a path without one."""
    if weights == "imagenet":
        return imagenet_file(name) or keras_models()
    return own_path(name, weights) if weights in OWN else Path(weights)


@functools.lru_cache(maxsize=4)
def _loaded(name: str, weights: str, pooling: str, seed: int, origin: tuple) -> Backbone:
    """The network, kept for the next caller; ``origin`` is its file and when that changed last."""
    width = MINI_WIDTH if weights in NARROW else 1.0
    if weights in OWN:
        arrays = own_arrays(name, weights)
        model = topology(name, width, pooling)
        fill(model, arrays, own_path(name, weights))
    elif weights == "imagenet" and origin[0].suffix == ".npz":
        model = _fetched_network(name, pooling, origin[0])
    elif weights == "imagenet":
        model = with_names_and_pooling(name, original_network(name), pooling)
    elif weights in KINDS:
        model = topology(name, width, pooling)
        randomize(model, seed)
    else:
        model, width = network_from_file(name, pooling, Path(weights))
    model.trainable = False
    return Backbone(name, weights, pooling, model, width, seed)


def _fetched_network(name: str, pooling: str, path: Path) -> "keras.Model":
    """The original out of the file of `fetch_originals`, with a word on what it is."""
    try:
        model, _ = network_from_file(name, pooling, path)
    except BackboneError as error:
        raise BackboneError(f"{error}\nRemove the file, or fetch it again: nst originals {name}") from error
    print(f"Weights of {name}: {source_of(path)}", file=sys.stderr, flush=True)
    return model


def use(weights: str | os.PathLike | None) -> None:
    """Set the weights that `load_backbone` takes when none are named; ``None`` goes back to the start.

    Examples
    --------
    >>> use("imagenet")
    >>> use(None)
    """
    global _session_weights
    _session_weights = None if weights is None else _checked_kind(weights)


def weights_kind(weights: str | os.PathLike | None) -> str:
    """The kind or the path that is meant, also where none is named."""
    if weights is not None:
        return _checked_kind(weights)
    if _session_weights is not None:
        return _session_weights
    return _checked_kind(os.environ.get("NST_WEIGHTS") or "mini", "NST_WEIGHTS=")


def default_layers(backbone: Backbone | Mixed) -> tuple[dict[str, float], dict[str, float]]:
    """Content layers and style layers with their weights, for a backbone without further wishes.

    Examples
    --------
    >>> default_layers(load_backbone("resnet50", "mini-random"))[0]
    {'conv3_block4_out': 1.0}
    """
    return backbone.default_layers()


def weights_checksum(backbone: Backbone | Mixed | str, weights: str | os.PathLike | None = None, seed: int = 0) -> str:
    """What tells weights from others of the same kind: two networks with equal weights have equal checksums.

    Parameters
    ----------
    backbone : the network, or its name.
    weights, seed : of a network that is named, as in `load_backbone`.

    Returns
    -------
    str
        The SHA-256 of the file that weights come from; of random ones their kind and seed; of several networks theirs
        in a row. ImageNet weights are fetched first where they are not there yet, so that they have the same checksum
        from the start; where there is no file, the kind or path alone.

    Examples
    --------
    >>> weights_checksum("vgg19", "mini-random", seed=3)
    'mini-random 3'
    >>> len(weights_checksum("vgg19", "mini"))
    64
    """
    if not isinstance(backbone, str):
        weights, seed, backbone = backbone.weights, backbone.seed, backbone.name
    weights = weights_kind(weights)
    return " ".join(_checksum(name, weights, seed) for name in network_names(backbone))


def _checksum(name: str, weights: str, seed: int) -> str:
    if "random" in weights and weights in KINDS:
        return f"{weights} {seed}"
    if weights == "imagenet":
        path = imagenet_file(name)
        if path is None:
            with contextlib.suppress(BackboneError):  # whoever paints with it will be source_of
                load_backbone(name, weights)
            path = imagenet_file(name)
    else:
        path = own_path(name, weights) if weights in OWN else Path(weights)
    if path is None or not path.is_file():
        return weights
    return _file_checksum(path, path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=64)
def _file_checksum(path: Path, changed: int) -> str:
    """The SHA-256 of a file; ``changed``: as it was at that time."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _checked_kind(weights: str | os.PathLike, origin: str = "weights ") -> str:
    """One of ``KINDS`` or a path, as a string."""
    kind = os.fspath(weights)
    spelled = kind.lower().replace("_", "-")
    if spelled in KINDS:
        return spelled
    if Path(kind).suffix in (".h5", ".npz") or Path(kind).exists():
        return kind
    raise BackboneError(
        f"No {origin}{kind!r}. Choose from {', '.join(KINDS)}, or a path that ends in .npz, .h5 or .weights.h5."
    )
