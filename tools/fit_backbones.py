"""Fit the mini VGGs to the originals: ``python tools/fit_backbones.py PICTURES --name mini_vgg19``.

Stands beside the package, as `train_backbones.py` does. The twin has a quarter of the original's filters:

1. In closed form, layer by layer from the first: the quarter of the original's filters that a pivoted QR picks first,
   predicted by ridge regression from the twin's own layer before.
2. By distillation, all layers at once: each layer of the twin is seen through a linear map, learned with it, and
   compared with the original's after its nonlinearity; the error is that over the original's variance, and every layer
   counts alike. Noise, paintings, and mixtures of two pictures are among what it sees, since a painting that is half
   done is such a picture.
3. Each layer is scaled to a mean activation of 1.

The last convolutions of block 5, which nothing in the course looks at, stay as the closed form has them. What the
original sees is most of the work, so the batches of a round are seen once and learned from several times, in another
order each time (data echoing: Choi, Passos, Shallue, Dahl 2019). Every round is checkpointed and every random number
follows from (seed, round): a run that was interrupted and started again ends with the weights of one that was not. Runs
on any Keras 3 backend (``KERAS_BACKEND``).
"""

import argparse
import dataclasses
import hashlib
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.linalg import qr
from train_backbones import (
    BGR_MEANS,
    CONVS,
    ENDINGS,
    add_settings,
    mean_activations,
    normalized,
    option,
    print_at_once,
    restore,
    save,
    write_checksums,
)

from nst_utils.base.files import DATA
from nst_utils.base.tensorflow import keras
from nst_utils.networks.loading import load_backbone
from nst_utils.networks.topologies import topology
from nst_utils.networks.weights import save_weights

NAMES = ("mini_vgg16", "mini_vgg19")
LAST = "block5_conv1"  # the deepest layer that is distilled
PATCHES = 40_000  # neighborhoods of a layer that the closed form sees
RIDGE = 1e-4  # of the mean square of what the regression sees


@dataclasses.dataclass(frozen=True)
class Settings:
    """What decides the weights, besides the pictures."""

    width: float = option(0.25, "filters, as a share of the original's")
    side: int = option(96, "side of the crops in pixels")
    crops: int = option(160, "crops that the closed form sees")
    rounds: int = option(200, "rounds of the distillation")
    batches: int = option(16, "batches that are seen in a round")
    echoes: int = option(3, "how often a round learns from each of them")
    batch: int = option(8, "crops a batch")
    rate: float = option(1e-3, "highest learning rate")
    paintings: float = option(0.3, "share of the crops that are of paintings")
    noisy: float = option(0.4, "share of the crops that carry noise")
    noise: float = option(40.0, "largest sigma of that noise, of 255")
    mixed: float = option(0.2, "share of the crops that are mixtures of two pictures")
    seed: int = option(0, "seed of everything random")


# --- pictures ---------------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Pictures:
    """Paths of photographs and of paintings."""

    photographs: tuple[Path, ...]
    paintings: tuple[Path, ...]

    def crop(self, settings: Settings, rng: np.random.Generator) -> np.ndarray:
        """A square out of one of them, whole or in part, RGB in 0..255."""
        paths = self.paintings if rng.random() < settings.paintings and self.paintings else self.photographs
        with Image.open(paths[rng.integers(len(paths))]) as opened:
            picture = opened.convert("RGB")
        least = settings.side / min(picture.size)
        scale = max(least, np.exp(rng.uniform(np.log(least), np.log(max(1.0, 1.3 * least)))))
        picture = picture.resize([max(settings.side, round(length * scale)) for length in picture.size])
        left, top = (rng.integers(length - settings.side + 1) for length in picture.size)
        cut = np.asarray(picture.crop((left, top, left + settings.side, top + settings.side)), np.float32)
        return cut[:, ::-1] if rng.random() < 0.5 else cut

    def batch(self, count: int, settings: Settings, rng: np.random.Generator) -> np.ndarray:
        """Crops as the networks take them: BGR with the means taken off."""
        crops = []
        for _ in range(count):
            crop = self.crop(settings, rng)
            if rng.random() < settings.mixed:
                share = rng.uniform(0.2, 0.8)
                crop = share * crop + (1 - share) * self.crop(settings, rng)
            if rng.random() < settings.noisy:
                crop = crop + rng.uniform(0, settings.noise) * rng.standard_normal(crop.shape, np.float32)
            crops.append(np.clip(crop, 0, 255))
        return np.stack(crops).astype(np.float32)[..., ::-1] - BGR_MEANS


def pictures_in(folders: list[Path]) -> tuple[Path, ...]:
    """All pictures of some folders and of those inside."""
    return tuple(sorted(path for folder in folders for path in folder.rglob("*") if path.suffix.lower() in ENDINGS))


def held_out(pictures: Pictures) -> tuple[Pictures, Pictures]:
    """Every tenth picture measures and is never trained on."""

    def part(out: bool) -> Pictures:
        kinds = (pictures.photographs, pictures.paintings)
        return Pictures(*(tuple(path for k, path in enumerate(paths) if (k % 10 == 1) == out) for paths in kinds))

    return part(out=False), part(out=True)


# --- the closed form --------------------------------------------------------------------------------------------------


def layers_of(name: str) -> list[str]:
    """The convolutions, from the first to the last."""
    return [f"block{block}_conv{k + 1}" for block, count in enumerate(CONVS[f"mini_{name}"], 1) for k in range(count)]


def _convolved(maps: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    parts = [keras.ops.conv(maps[k : k + 16], kernel, padding="same") for k in range(0, len(maps), 16)]
    return np.concatenate([keras.ops.convert_to_numpy(part) for part in parts]) + bias


def _pooled(maps: np.ndarray, largest: bool) -> np.ndarray:
    pool = keras.ops.max_pool if largest else keras.ops.average_pool
    return keras.ops.convert_to_numpy(pool(maps, 2, 2))


def closed_form(original: dict, name: str, crops: np.ndarray, width: float, rng: np.random.Generator) -> dict:
    """Kernel and bias of each layer of the twin, by regression on what the layer before it shows of these crops."""
    theirs, ours, found = crops, crops, {}
    for layer in layers_of(name):
        if layer.endswith("conv1") and layer != "block1_conv1":
            theirs, ours = _pooled(theirs, largest=True), _pooled(ours, largest=False)
        before = _convolved(theirs, *original[layer])
        theirs = np.maximum(before, 0)
        chosen = most_telling(theirs, max(1, int(before.shape[-1] * width)), rng)
        seen, wanted = patches_and_values(ours, before[..., chosen], rng)
        found[layer] = regression(seen, wanted, ours.shape[-1])
        ours = np.maximum(_convolved(ours, *found[layer]), 0)
    return found


def most_telling(maps: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """The channels that a pivoted QR of the centered maps picks first: each tells most of what those before it lack."""
    columns = maps.reshape(-1, maps.shape[-1])
    columns = columns[rng.choice(len(columns), min(20_000, len(columns)), replace=False)]
    return np.sort(qr(columns - columns.mean(0), mode="economic", pivoting=True)[2][:count])


def patches_and_values(maps: np.ndarray, values: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Neighborhoods (n, 9 channels) at random places, and what stands at their centers."""
    count, height, width, _ = maps.shape
    padded = np.pad(maps, [(0, 0), (1, 1), (1, 1), (0, 0)])
    each = max(1, min(PATCHES, count * height * width) // count)
    seen, wanted = [], []
    for k in range(count):
        rows, columns = rng.integers(0, height, each), rng.integers(0, width, each)
        near = [padded[k, rows + down, columns + right] for down in range(3) for right in range(3)]
        seen.append(np.concatenate(near, axis=1))
        wanted.append(values[k, rows, columns])
    return np.concatenate(seen), np.concatenate(wanted)


def regression(seen: np.ndarray, wanted: np.ndarray, channels: int) -> tuple[np.ndarray, np.ndarray]:
    """The kernel and bias that predict best, with a little ridge."""
    solved = ridge(seen, wanted)
    return solved[:-1].reshape(3, 3, channels, -1).astype(np.float32), solved[-1].astype(np.float32)


def ridge(seen: np.ndarray, wanted: np.ndarray, share: float = RIDGE) -> np.ndarray:
    """Coefficients of a linear map; the last row is its constant."""
    seen = np.c_[seen, np.ones(len(seen))].astype(np.float64)
    products = seen.T @ seen
    products += share * np.trace(products) / len(products) * np.eye(len(products))
    return np.linalg.solve(products, seen.T @ wanted)


# --- distillation -----------------------------------------------------------------------------------------------------


def distilled_layers(name: str) -> list[str]:
    """The layers that are compared with the original's."""
    every = layers_of(name)
    return every[: every.index(LAST) + 1]


def teacher_and_pupil(name: str, original, twin, sample: np.ndarray) -> tuple["keras.Model", "keras.Model"]:
    """The original's maps, each layer over its deviation, and the twin's through linear maps that predict those.

    The linear maps begin by regression on a sample of crops.
    """
    twin.trainable = True
    layers = distilled_layers(name)
    seen, own = (_maps(network, layers) for network in (original, twin))
    shown = [[_columns(maps) for maps in network.predict(sample, batch_size=8, verbose=0)] for network in (seen, own)]
    targets, predictions = [], []
    for layer, theirs, ours, wanted, of_twin in zip(layers, seen.outputs, own.outputs, *shown, strict=True):
        deviation = float(np.sqrt(wanted.var(0).mean()))
        targets.append(theirs / deviation)
        predict = keras.layers.Conv2D(wanted.shape[-1], 1, name=f"{layer}_map")
        predictions.append(predict(ours))
        coefficients = ridge(of_twin, wanted / deviation, 1e-3).astype(np.float32)
        predict.set_weights([coefficients[None, None, :-1], coefficients[-1]])
    return keras.Model(seen.inputs[0], targets), keras.Model(own.inputs[0], predictions)


def _columns(maps: np.ndarray, most: int = 12_000) -> np.ndarray:
    """Some of the positions of maps (n, h, w, channels), as rows."""
    rows = maps.reshape(-1, maps.shape[-1])
    return rows[:: max(1, len(rows) // most)]


def _maps(network, layers: list[str]) -> "keras.Model":
    return keras.Model(network.inputs[0], [network.get_layer(layer).output for layer in layers])


def distill(
    teacher,
    pupil,
    training: Pictures,
    settings: Settings,
    checkpoint: Path,
    report: Callable[[str], None] = print_at_once,
) -> None:
    """Train the pupil in place, or go on from ``checkpoint`` where it ended."""
    steps, outputs = settings.rounds * settings.batches * settings.echoes, len(pupil.outputs)
    warm = max(1, steps // 100)
    schedule = keras.optimizers.schedules.CosineDecay(
        settings.rate / 100, max(1, steps - warm), warmup_target=settings.rate, warmup_steps=warm, alpha=0.01
    )
    pupil.compile(
        keras.optimizers.Adam(schedule, beta_2=0.99),
        ["mse"] * outputs,
        loss_weights=[1 / outputs] * outputs,
        jit_compile="auto" if keras.backend.backend() == "jax" else False,
    )
    pupil.optimizer.build(pupil.trainable_variables)
    start, _ = restore(pupil, checkpoint) or (0, 0.0)
    began = time.monotonic()
    for turn, batches in enumerate(rounds(training, settings, start), start):
        seen = [(crops, teacher.predict_on_batch(crops)) for crops in batches]
        rng = np.random.default_rng([settings.seed, 3, turn])
        pupil.reset_metrics()
        for k in np.concatenate([rng.permutation(len(seen)) for _ in range(settings.echoes)]):
            error = float(pupil.train_on_batch(*seen[k], return_dict=True)["loss"])  # the mean since the last reset
        save(pupil, checkpoint, turn + 1, error)
        so_far = f"round {turn + 1} of {settings.rounds}, error {error:.4f}, {time.monotonic() - began:.0f} s"
        report(f"{checkpoint.stem}: {so_far}")


def rounds(pictures: Pictures, settings: Settings, start: int) -> Iterator[list[np.ndarray]]:
    """The batches of each round from ``start``, the next ones made while the last are used."""

    def made(turn: int) -> list[np.ndarray]:
        rng = np.random.default_rng([settings.seed, 1, turn])
        return [pictures.batch(settings.batch, settings, rng) for _ in range(settings.batches)]

    with ThreadPoolExecutor(1) as maker:
        following = maker.submit(made, start)
        for turn in range(start, settings.rounds):
            current, following = following.result(), maker.submit(made, turn + 1)
            yield current


# --- how near it comes ------------------------------------------------------------------------------------------------


def recovered(name: str, original, twin, fitted: np.ndarray, judged: np.ndarray) -> dict[str, tuple[float, float]]:
    """Of each layer, the share of the original's variance that a linear map of the twin's recovers, and its bound.

    The map is fitted to some crops and judged by others. The bound is what as many principal components recover.
    """
    layers = distilled_layers(name)
    shown = [[_maps(n, layers).predict(x, batch_size=8, verbose=0) for n in (original, twin)] for x in (fitted, judged)]
    shares = {}
    for k, layer in enumerate(layers):
        (wanted, own), (unseen, own_of_unseen) = (
            [maps[k].reshape(-1, maps[k].shape[-1]).astype(np.float64) for maps in pair] for pair in shown
        )
        center = wanted.mean(0)
        spread = ((unseen - center) ** 2).sum()
        predicted = np.c_[own_of_unseen, np.ones(len(own_of_unseen))] @ ridge(own, wanted)
        axes = np.linalg.eigh(np.cov(wanted.T))[1][:, -own.shape[1] :]
        rest = (unseen - center) - (unseen - center) @ axes @ axes.T
        shares[layer] = 1 - ((unseen - predicted) ** 2).sum() / spread, 1 - (rest**2).sum() / spread
    return shares


# --- the files --------------------------------------------------------------------------------------------------------


def twin_of(name: str, convolutions: dict) -> "keras.Model":
    """The network that paints, with these convolutions."""
    network = topology(name, width=convolutions["block1_conv1"][0].shape[-1] / 64, pooling="avg")
    for layer, weights in convolutions.items():
        network.get_layer(layer).set_weights(weights)
    return network


def convolutions_of(network, name: str) -> dict:
    """Kernel and bias of each layer."""
    return {layer: tuple(network.get_layer(layer).get_weights()) for layer in layers_of(name)}


def with_mean_1(convolutions: dict, name: str, crops: np.ndarray) -> dict:
    """The same network with a mean activation of 1 in every layer, over these crops."""
    measured = mean_activations(twin_of(name, convolutions), convolutions, crops)
    means = {layer: filters.mean() or 1.0 for layer, filters in measured.items()}
    return normalized(convolutions, means)


def digest(name: str, settings: Settings, training: Pictures) -> str:
    """A short name for what the weights follow from, so that no run goes on from another run's checkpoint."""
    decides = {"name": name, **dataclasses.asdict(settings)}
    decides |= {"pictures": [[path.name for path in paths] for paths in (training.photographs, training.paintings)]}
    return hashlib.sha256(json.dumps(decides).encode()).hexdigest()[:8]


def fitted(name: str, pictures: Pictures, settings: Settings, checkpoints: Path, report=print_at_once) -> tuple:
    """The twin of an original, and how near it comes on clean and on noisy crops."""
    training, held = held_out(pictures)
    original = load_backbone(name, "imagenet", pooling="max").model
    place = checkpoints / f"mini_{name}-{digest(name, settings, training)}"
    rng = np.random.default_rng([settings.seed, 0])
    crops = training.batch(settings.crops, settings, rng)
    began = time.monotonic()
    found = closed_form(convolutions_of(original, name), name, crops, settings.width, rng)
    found = with_mean_1(found, name, crops)
    report(f"{name}: closed form, {time.monotonic() - began:.0f} s")
    twin = twin_of(name, found)
    teacher, pupil = teacher_and_pupil(name, original, twin, crops[:24])
    distill(teacher, pupil, training, settings, place.with_suffix(".npz"), report)
    twin = twin_of(name, with_mean_1(convolutions_of(twin, name), name, crops))
    shares = {}
    for kind, noisy in (("clean", 0.0), ("noisy", 1.0)):
        shares[kind] = recovered(name, original, twin, *_judging(held, settings, noisy))
    return twin, shares


def _judging(held: Pictures, settings: Settings, noisy: float) -> tuple[np.ndarray, np.ndarray]:
    """Crops of pictures that took no part: some to fit the linear map, others to judge it."""
    asked = dataclasses.replace(settings, noisy=noisy, mixed=0.0)
    return tuple(held.batch(48, asked, np.random.default_rng([settings.seed, 2, part])) for part in range(2))


def main(arguments: list[str] | None = None) -> None:
    """Fit the named network and write it."""
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n\n")[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("photographs", type=Path, metavar="PICTURES", help="a folder of photographs, searched inside")
    parser.add_argument(
        "--paintings-in", type=Path, nargs="*", default=[DATA / "pictures"], help="folders of paintings"
    )
    parser.add_argument("--name", choices=NAMES, required=True, help="the network")
    parser.add_argument("--into", type=Path, default=DATA / "backbones", help="where the weights are written")
    parser.add_argument("--checkpoint", type=Path, default=Path("out/fitting"), help="where rounds are kept")
    add_settings(parser, Settings)
    options = vars(parser.parse_args(arguments))
    names = ("photographs", "paintings_in", "name", "into", "checkpoint")
    photographs, paintings, name, into, checkpoint = (options.pop(key) for key in names)
    settings = Settings(**options)

    pictures = Pictures(pictures_in([photographs]), pictures_in(paintings))
    if len(pictures.photographs) < 20:
        raise SystemExit(f"{photographs}: holds {len(pictures.photographs)} pictures (.jpg or .png); 20 are the least.")
    keras.utils.set_random_seed(settings.seed)
    twin, shares = fitted(name.removeprefix("mini_"), pictures, settings, checkpoint)
    about = {"network": name, **dataclasses.asdict(settings), "recovered": shares}
    save_weights(twin, into / f"{name}.npz", about)
    write_checksums(into)
    for kind, of_layers in shares.items():
        print(f"{kind} crops, share of the original's variance (bound):")
        print(*(f"  {layer} {share:.2f} ({bound:.2f})" for layer, (share, bound) in of_layers.items()), sep="\n")


if __name__ == "__main__":
    main()
