"""What 8 bits a weight do to a network: ``python tools/check_originals.py``.

The package index holds VGG19 with 256 values a layer. VGG16 it holds in full: put through such a codebook, it shows
what is lost in features, and with ``--paint`` in paintings. Needs `nst originals vgg16`.
"""

import argparse

import numpy as np

import nst_utils as nst
from nst_utils import metrics
from nst_utils.base.files import cache_folder
from nst_utils.metrics.judging import JUDGED_CONTENT, JUDGED_STYLE
from nst_utils.networks.loading import load_backbone
from nst_utils.networks.originals import fetch_originals
from nst_utils.networks.weights_file import read_arrays, read_bytes, write_arrays

VALUES = 256
ROUNDS = 60  # of Lloyd's algorithm; the last change the error by less than a thousandth
PICTURES = ("harbor", "portrait", "coffee", "swirls", "woodcut", "mandala")
PAIRS = (("harbor", "swirls"), ("portrait", "stained_glass"))


def codebook(values: np.ndarray, count: int = VALUES) -> np.ndarray:
    """So many values that stand for all of these with the least squared error, by k-means on a line."""
    ordered = np.sort(values.ravel().astype(np.float64))
    sums = np.concatenate([[0], np.cumsum(ordered)])
    density, edges = np.histogram(ordered, 4096)
    spread = np.concatenate([[0], np.cumsum(np.cbrt(density))])  # where the best codebook is dense (Panter, Dite 1951)
    table = np.interp((np.arange(count) + 0.5) / count * spread[-1], spread, edges)
    for _ in range(ROUNDS):
        borders = np.searchsorted(ordered, (table[1:] + table[:-1]) / 2)
        first, last = np.concatenate([[0], borders]), np.concatenate([borders, [len(ordered)]])
        counts = last - first
        table = np.where(counts > 0, (sums[last] - sums[first]) / np.maximum(counts, 1), table)
    return table.astype(np.float32)


def quantized(values: np.ndarray) -> np.ndarray:
    """Each value replaced by the nearest one of its codebook."""
    table = codebook(values)
    return table[np.searchsorted((table[1:] + table[:-1]) / 2, values)]


def main(arguments: list[str] | None = None) -> None:
    """Quantize VGG16 and print what that does."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--paint", type=int, metavar="SIZE", help="also paint two pairs at this size: minutes each")
    options = parser.parse_args(arguments)

    source = fetch_originals("vgg16")["vgg16"]
    arrays, _ = read_arrays(source, read_bytes(source))
    coarse = {key: quantized(values) if key.endswith("kernel") else values for key, values in arrays.items()}
    path = cache_folder() / "originals" / "vgg16_8bit.npz"
    write_arrays(path, coarse, {"source": "VGG16 with 256 values a layer"})
    networks = [load_backbone("vgg16", weights, pooling="max") for weights in (source, path)]
    layers = [*JUDGED_STYLE, JUDGED_CONTENT]
    print("layer          error of the kernel   error of the features (root mean squares, of that of the whole)")
    fine, rough = (
        [network.features(layers)(nst.picture(name, 256)[None]) for name in PICTURES] for network in networks
    )
    for layer in layers:
        kernel = arrays[f"{layer}/kernel"]
        of_kernel = np.sqrt(np.mean((coarse[f"{layer}/kernel"] - kernel) ** 2) / np.mean(kernel**2))
        pairs = [(one[layer].numpy(), other[layer].numpy()) for one, other in zip(fine, rough, strict=True)]
        of_maps = np.sqrt(sum(np.sum((b - a) ** 2) for a, b in pairs) / sum(np.sum(a**2) for a, _ in pairs))
        print(f"{layer:14} {of_kernel:19.4f} {of_maps:23.4f}")
    for content, style in PAIRS if options.paint else ():
        for name, weights in (("float32", source), ("8 bits", path)):
            result = nst.stylize(content, style, size=options.paint, backbone="vgg16", weights=weights, progress=False)
            measured = metrics.measure(result.picture, result.content, result.style)
            shown = {
                key: round(measured[key], 3) for key in ("style_gap_closed", "edge_correlation", "palette_distance")
            }
            print(
                content, "in", style, name, shown, metrics.judge(result.picture, result.content, result.style, "vgg19")
            )
            result.save(cache_folder() / "originals" / f"{content}_in_{style}_{name.replace(' ', '')}.png")


if __name__ == "__main__":
    main()
