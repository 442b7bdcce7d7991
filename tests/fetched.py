"""A network in the place of an original that was fetched through pip."""

from pathlib import Path

from nst_utils.networks.backbone import Backbone
from nst_utils.networks.weights_file import write_arrays


def as_fetched(network: Backbone, cache: Path) -> Path:
    """Write its weights where `fetch_originals` would, in a folder that ``NST_CACHE`` names."""
    arrays = {f"{layer.name}/{v.name}": v.numpy() for layer in network.model.layers for v in layer.variables}
    return write_arrays(cache / "originals" / f"{network.name}.npz", arrays, {"source": "Made by a test."})
