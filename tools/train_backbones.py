"""Train the backbones from scratch: ``python tools/train_backbones.py IMAGES_DIR --name scratch_vgg16``.

Stands beside the package, not in it: it turns a folder of class folders into the files of ``data/backbones`` that
``nst_utils.networks.loading`` loads. The recipe:

1. A quarter-width VGG with two convolutions a block and batch norm learns to tell the classes apart from small,
   jittered, noisy crops. Noise in training gives features whose gradients look like pictures.
2. It is deepened to VGG16 and then to VGG19 without changing what it computes (Net2Net: Chen, Goodfellow, Shlens
   2016), with a few epochs after each step. A deep narrow network trained from scratch hardly starts.
3. Batch norm is folded into the convolutions, and each layer is rescaled to a mean activation of 1.

ResNet50 has its skips and trains directly; it keeps its batch norm.

Every epoch is checkpointed and every random number follows from (seed, epoch, step): a run that was interrupted and
started again ends with the weights of one that was not. Runs on any Keras 3 backend (``KERAS_BACKEND``).
"""

import argparse
import dataclasses
import hashlib
import json
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from PIL import Image

from nst_utils.base.files import DATA, written_whole
from nst_utils.base.tensorflow import keras
from nst_utils.networks.topologies import topology
from nst_utils.networks.weights import save_weights

CONVS = {"shallow": (2, 2, 2, 2, 2), "scratch_vgg16": (2, 2, 3, 3, 3), "scratch_vgg19": (2, 2, 4, 4, 4)}
DEEP = ("scratch_vgg16", "scratch_vgg19")  # trained on from a shallower network
NAMES = ("scratch_vgg16", "scratch_vgg19", "scratch_resnet50")
ENDINGS = {".jpg", ".jpeg", ".png"}  # of the pictures to train on
BGR_MEANS = np.array([103.939, 116.779, 123.68], np.float32)
INPUT_SCALE = 64.0  # the networks train on (BGR - means) / 64; a power of two folds into the first layer exactly
MARKS = ("<!-- figures -->", "<!-- end of figures -->")  # train_backbones.py rewrites what stands between them
CROP_SCALES = (9 / 8, 3 / 2, 2.0)  # short side of a picture over side of the crop: objects whole, and parts of them


def option(default: float, text: str):
    return dataclasses.field(default=default, metadata={"help": text})


@dataclasses.dataclass(frozen=True)
class Settings:
    """What decides the weights, besides the pictures."""

    size: int = option(96, "side of the crops in pixels")
    epochs: int = option(30, "epochs of a network that starts from random weights")
    rate: float = option(2e-3, "highest learning rate of these epochs")
    deep_epochs: int = option(8, "epochs after each deepening of a VGG")
    deep_rate: float = option(5e-4, "highest learning rate of these epochs")
    batch: int = option(64, "pictures a step")
    noise: float = option(60.0, "largest sigma of the noise in training, of 255")
    most_per_class: int = option(120, "pictures of a class in an epoch, drawn anew each time")
    held_out_per_class: int = option(6, "pictures of a class kept for measuring the accuracy")
    width: float = option(0.25, "filters, as a share of the original network's")
    seed: int = option(0, "seed of everything random")


# --- pictures ---------------------------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Pictures:
    """Decoded pictures: ``levels[s][k]`` is picture k, uint8 (h, w, 3), at the s-th of ``CROP_SCALES``."""

    levels: list[list[np.ndarray]]
    labels: np.ndarray
    classes: tuple[str, ...]

    def part(self, chosen: np.ndarray) -> "Pictures":
        """The chosen pictures alone."""
        levels = [[level[k] for k in chosen] for level in self.levels]
        return Pictures(levels, self.labels[chosen], self.classes)


def load_pictures(folder: Path, size: int) -> Pictures:
    """Decode every picture of every class folder once, in the sizes that crops of ``size`` are cut from."""
    classes = tuple(sorted(path.name for path in folder.iterdir() if path.is_dir())) if folder.is_dir() else ()
    levels, labels = [[] for _ in CROP_SCALES], []
    for label, name in enumerate(classes):
        for path in sorted((folder / name).iterdir()):
            if path.suffix.lower() not in ENDINGS:
                continue
            with Image.open(path) as opened:
                picture = opened.convert("RGB")
            for level, scale in zip(levels, CROP_SCALES, strict=True):
                level.append(_with_short_side(picture, round(size * scale)))
            labels.append(label)
    if len(set(labels)) < 2:
        raise SystemExit(f"{folder}: needs at least two folders of .jpg or .png pictures, one folder a class.")
    return Pictures(levels, np.array(labels), classes)


def _with_short_side(picture: Image.Image, side: int) -> np.ndarray:
    shrink = side / min(picture.size)
    new = [max(side, round(length * shrink)) for length in picture.size]
    return np.asarray(picture.resize(new, Image.Resampling.LANCZOS))


def held_out(labels: np.ndarray, per_class: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Split picture numbers into (training, held out): up to ``per_class`` of each class, at most a fifth of it."""
    rng = np.random.default_rng(seed)
    out = []
    for label in np.unique(labels):
        of_class = rng.permutation(np.flatnonzero(labels == label))
        out.extend(of_class[: min(per_class, max(1, len(of_class) // 5))])
    return np.setdiff1d(np.arange(len(labels)), out), np.sort(out)


def epoch_order(labels: np.ndarray, most_per_class: int, rng: np.random.Generator) -> np.ndarray:
    """Picture numbers of one epoch, shuffled: of a large class a new random part each time."""
    chosen = [rng.permutation(np.flatnonzero(labels == label))[:most_per_class] for label in np.unique(labels)]
    return rng.permutation(np.concatenate(chosen))


def as_input(rgb: np.ndarray) -> np.ndarray:
    """RGB in 0..255 as the networks take it in training: BGR, means subtracted, divided by ``INPUT_SCALE``."""
    return (np.asarray(rgb, np.float32)[..., ::-1] - BGR_MEANS) / np.float32(INPUT_SCALE)


def training_batch(
    pictures: Pictures, chosen: np.ndarray, size: int, noise: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Random crops (n, size, size, 3), flipped, color-jittered, with noise of a sigma drawn from 0..``noise``."""
    crops = np.empty((len(chosen), size, size, 3), np.float32)
    for crop, k in zip(crops, chosen, strict=True):
        picture = pictures.levels[rng.integers(len(pictures.levels))][k]
        top, left = (rng.integers(length - size + 1) for length in picture.shape[:2])
        cut = picture[top : top + size, left : left + size]
        crop[...] = cut[:, ::-1] if rng.random() < 0.5 else cut

    def drawn(low: float, high: float, channels: int = 1) -> np.ndarray:
        return rng.uniform(low, high, (len(chosen), 1, 1, channels)).astype(np.float32)

    gray = crops @ np.array([[0.299], [0.587], [0.114]], np.float32)
    crops = gray + drawn(0.3, 1.4) * (crops - gray)
    mean = crops.mean((1, 2, 3), keepdims=True)
    crops = (mean + drawn(0.7, 1.3) * (crops - mean) + drawn(-25, 25)) * drawn(0.9, 1.1, 3)
    crops += drawn(0, noise) * rng.standard_normal(crops.shape, np.float32)
    return as_input(crops), pictures.labels[chosen]


def center_crops(pictures: Pictures, size: int, level: int = 0) -> np.ndarray:
    """The middle (size, size) of each picture at one level, as network input."""
    crops = []
    for picture in pictures.levels[level]:
        top, left = ((length - size) // 2 for length in picture.shape[:2])
        crops.append(picture[top : top + size, left : left + size])
    return as_input(np.stack(crops))


# --- networks ---------------------------------------------------------------------------------------------------------


def vgg_classifier(convs: tuple[int, ...], width: float, classes: int) -> "keras.Model":
    """A VGG for training: ``convs[b]`` convolutions with batch norm in block b, average pooling, one dense layer."""
    layers = keras.layers
    flow = picture = keras.Input((None, None, 3))
    for block, (count, filters) in enumerate(zip(convs, (64, 128, 256, 512, 512), strict=True), 1):
        for conv in range(1, count + 1):
            name = f"block{block}_conv{conv}"
            flow = layers.Conv2D(max(1, int(filters * width)), 3, padding="same", use_bias=False, name=name)(flow)
            flow = layers.BatchNormalization(momentum=0.9, name=f"{name}_bn")(flow)
            flow = layers.ReLU(name=f"{name}_relu")(flow)
        flow = layers.AveragePooling2D(2, name=f"block{block}_pool")(flow)
    scores = layers.Dense(classes, name="scores")(layers.GlobalAveragePooling2D()(flow))
    return keras.Model(picture, scores)


def resnet_classifier(width: float, classes: int) -> "keras.Model":
    """The mini ResNet50 with one dense layer on its mean features."""
    base = topology("resnet50", width=width, pooling="avg", drawn=True)
    for layer in base.layers:
        if layer.name.endswith("_3_bn"):  # every block starts as its skip alone (Goyal et al. 2017): it learns at once
            layer.gamma.assign(keras.ops.zeros_like(layer.gamma))
    features = keras.layers.GlobalAveragePooling2D()(base.output)
    return keras.Model(base.input, keras.layers.Dense(classes, name="scores")(features))


def deepened(model: "keras.Model", convs: tuple[int, ...], width: float, sample: np.ndarray) -> "keras.Model":
    """A deeper VGG that computes what ``model`` computes.

    Each new convolution stands at the end of its block, where its input is already rectified: an identity kernel
    passes it on, and a batch norm whose offset and scale are the mean and deviation measured on ``sample`` undoes its
    own normalization.
    """
    deep = vgg_classifier(convs, width, model.output_shape[-1])
    old = {layer.name: layer for layer in model.layers}
    ends = {_block(name): name for name in old if name.endswith("_relu")}
    measure = keras.Model(model.input, [old[name].output for name in ends.values()])
    measured = dict(zip(ends, measure.predict(sample, batch_size=64, verbose=0), strict=True))
    for layer in deep.layers:
        if layer.name in old:
            layer.set_weights(old[layer.name].get_weights())
        elif layer.name.endswith("_bn"):
            mean, variance = measured[_block(layer.name)].mean((0, 1, 2)), measured[_block(layer.name)].var((0, 1, 2))
            layer.set_weights([np.sqrt(variance + layer.epsilon), mean, mean, variance])
        elif layer.weights:
            kernel = np.zeros(layer.kernel.shape, np.float32)
            kernel[1, 1] = np.eye(kernel.shape[-1])
            layer.set_weights([kernel])
    return deep


def _block(layer_name: str) -> str:
    return layer_name.split("_")[0]


def folded(model: "keras.Model") -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Kernel and bias of each convolution of a trained VGG, with batch norm and input scale folded in."""
    layers = {layer.name: layer for layer in model.layers}
    convs = {}
    for name, layer in layers.items():
        if f"{name}_bn" not in layers:
            continue
        gamma, beta, mean, variance = layers[f"{name}_bn"].get_weights()
        scale = gamma / np.sqrt(variance + layers[f"{name}_bn"].epsilon)
        convs[name] = (layer.get_weights()[0] * scale, beta - mean * scale)
    kernel, bias = convs["block1_conv1"]
    convs["block1_conv1"] = (kernel / INPUT_SCALE, bias)
    return convs


def normalized(convs: dict[str, tuple[np.ndarray, np.ndarray]], means: dict) -> dict:
    """Convolutions whose rectified outputs are divided by ``means`` (a number, or one for each filter).

    relu(c x) = c relu(x) for c > 0 and pooling is homogeneous too, so what one layer is divided by the next
    multiplies again: nothing but the scale of each layer changes ("normalized VGG", Gatys 2016).
    """
    scaled, before = {}, np.float32(1)
    for name, (kernel, bias) in convs.items():
        after = np.asarray(means[name], np.float32)
        scaled[name] = (kernel * np.reshape(before, (-1, 1)) / after, bias / after)
        before = after
    return scaled


def mean_activations(model, names: Iterable[str], pictures: np.ndarray) -> dict[str, np.ndarray]:
    """Mean of each filter of the named layers over pictures (n, h, w, 3): arrays of (channels,)."""
    layers = {layer.name: layer for layer in model.layers}
    rectified = [layers.get(f"{name}_relu", layers[name]) for name in names]
    measure = keras.Model(model.input, [keras.layers.GlobalAveragePooling2D()(layer.output) for layer in rectified])
    means = measure.predict(pictures, batch_size=32, verbose=0)
    return {name: part.mean(0) for name, part in zip(names, means, strict=True)}


# --- training ---------------------------------------------------------------------------------------------------------


def accuracy(model, pictures: Pictures, size: int) -> float:
    """Share of pictures whose class gets the highest score."""
    scores = model.predict(center_crops(pictures, size), batch_size=64, verbose=0)
    return float(np.mean(scores.argmax(-1) == pictures.labels))


def batches(pictures: Pictures, settings: Settings, epochs: int, epoch: int, ramp: bool) -> Iterator[tuple]:
    """The batches of one epoch, the next one made while the last one is used; with ``ramp`` the noise grows."""
    order = epoch_order(pictures.labels, settings.most_per_class, np.random.default_rng([settings.seed, epoch]))
    noise = settings.noise * (min(1.0, 2 * epoch / epochs) if ramp else 1.0)

    def made(step: int) -> tuple[np.ndarray, np.ndarray]:
        chosen = order[step * settings.batch : (step + 1) * settings.batch]
        rng = np.random.default_rng([settings.seed, epoch, step])
        return training_batch(pictures, chosen, settings.size, noise, rng)

    with ThreadPoolExecutor(1) as maker:
        following = maker.submit(made, 0)
        for step in range(steps_per_epoch(pictures, settings)):
            current, following = following.result(), maker.submit(made, step + 1)
            yield current


def steps_per_epoch(pictures: Pictures, settings: Settings) -> int:
    """Whole batches in an epoch, at least one."""
    counts = np.bincount(pictures.labels)
    return max(1, int(np.minimum(counts, settings.most_per_class).sum()) // settings.batch)


def epochs_of(stage: str, settings: Settings) -> int:
    """Epochs of one stage."""
    return settings.deep_epochs if stage in DEEP else settings.epochs


def print_at_once(line: str) -> None:
    print(line, flush=True)


def train(
    model,
    training: Pictures,
    held: Pictures,
    settings: Settings,
    stage: str,
    checkpoint: Path,
    report: Callable[[str], None] = print_at_once,
) -> float:
    """Train in place, or go on from ``checkpoint`` where it ended; returns the accuracy on the held-out pictures.

    A deepened VGG starts from weights that already work: fewer epochs, a lower rate, full noise from the start.
    """
    deep = stage in DEEP
    epochs, rate = epochs_of(stage, settings), settings.deep_rate if deep else settings.rate
    steps = steps_per_epoch(training, settings)
    schedule = keras.optimizers.schedules.CosineDecay(
        rate / 100, decay_steps=max(1, epochs * steps - steps), warmup_target=rate, warmup_steps=steps
    )
    model.compile(
        keras.optimizers.AdamW(schedule, weight_decay=0.02),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
    )
    model.optimizer.build(model.trainable_variables)
    start, reached = restore(model, checkpoint) or (0, accuracy(model, held, settings.size))
    for epoch in range(start, epochs):
        began = time.monotonic()
        made = batches(training, settings, epochs, epoch, ramp=not deep)
        losses = [float(model.train_on_batch(*batch)) for batch in made]
        reached = accuracy(model, held, settings.size)
        save(model, checkpoint, epoch + 1, reached)
        report(
            f"{checkpoint.stem}: epoch {epoch + 1} of {epochs}, loss {np.mean(losses):.3f}, "
            f"accuracy {reached:.1%} on {len(held.labels)} held-out pictures, {time.monotonic() - began:.0f} s"
        )
    return reached


def save(model, checkpoint: Path, epoch: int, reached: float) -> None:
    """Write weights, optimizer state and epoch as one file."""
    arrays = {f"variable{k:04d}": keras.ops.convert_to_numpy(v) for k, v in enumerate(_variables(model))}
    with written_whole(checkpoint) as beside:
        np.savez(beside, epoch=epoch, accuracy=reached, **arrays)


def restore(model, checkpoint: Path) -> tuple[int, float] | None:
    """Read what ``save`` wrote into the model; returns (epochs done, accuracy), None without a file."""
    if not checkpoint.is_file():
        return None
    with np.load(checkpoint) as stored:
        for k, variable in enumerate(_variables(model)):
            variable.assign(stored[f"variable{k:04d}"])
        return int(stored["epoch"]), float(stored["accuracy"])


def _variables(model) -> list:
    return [*model.variables, *model.optimizer.variables]


def stages(name: str) -> tuple[str, ...]:
    """The trainings that lead to a network: each VGG begins where the shallower one before it ended."""
    return {
        "scratch_vgg16": ("shallow", "scratch_vgg16"),
        "scratch_vgg19": ("shallow", "scratch_vgg16", "scratch_vgg19"),
        "scratch_resnet50": ("scratch_resnet50",),
    }[name]


def trained(name: str, training: Pictures, held: Pictures, settings: Settings, checkpoints: Path) -> tuple:
    """The trained classifier behind a backbone and its accuracy; finished stages are read, not run again."""
    model, classes = None, len(training.classes)
    for stage in stages(name):
        keras.utils.set_random_seed(settings.seed)
        if stage == "scratch_resnet50":
            model = resnet_classifier(settings.width, classes)
        elif stage == "shallow":
            model = vgg_classifier(CONVS[stage], settings.width, classes)
        else:
            model = deepened(model, CONVS[stage], settings.width, center_crops(training, settings.size)[::16])
        checkpoint = checkpoints / f"{stage}-{digest(stage, settings, training)}.npz"
        reached = train(model, training, held, settings, stage, checkpoint)
    return model, reached


def digest(stage: str, settings: Settings, training: Pictures) -> str:
    """A short name for what a stage's weights follow from, so that no run goes on from another run's checkpoint."""
    decides = dataclasses.asdict(settings)
    if stage not in DEEP:
        decides = {key: value for key, value in decides.items() if not key.startswith("deep_")}
    decides |= {"stage": stage, "labels": training.labels.tolist(), "classes": training.classes}
    return hashlib.sha256(json.dumps(decides).encode()).hexdigest()[:8]


# --- the files --------------------------------------------------------------------------------------------------------


def backbone(name: str, model, settings: Settings, sample: np.ndarray) -> "keras.Model":
    """The network that paints, from the classifier: batch norm folded and activations normalized (VGG), no head."""
    network = topology(name.removeprefix("scratch_"), width=settings.width, pooling="avg")
    if name == "scratch_resnet50":
        for layer in network.layers:
            layer.set_weights(model.get_layer(layer.name).get_weights())
        first = network.get_layer("conv1_conv")
        kernel, bias = first.get_weights()
        first.set_weights([kernel / INPUT_SCALE, bias])
        return network
    convs = folded(model)
    means = {conv: filters.mean() or 1.0 for conv, filters in mean_activations(model, convs, sample).items()}
    for conv, weights in normalized(convs, means).items():
        network.get_layer(conv).set_weights(weights)
    return network


def write_checksums(folder: Path) -> None:
    """SHA256SUMS of the weight files, as ``sha256sum --check`` reads it."""
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}" for path in sorted(folder.glob("*.npz"))]
    with written_whole(folder / "SHA256SUMS") as beside:
        beside.write_text("\n".join(lines) + "\n")


def write_card(folder: Path, row: dict[str, str]) -> None:
    """Put a network's figures into the table of CARD.md, between the two marks; the prose around it stays."""
    card = folder / "CARD.md"
    text = card.read_text() if card.is_file() else f"# Mini backbones\n\n{MARKS[0]}\n{MARKS[1]}\n"
    before, rest = text.split(MARKS[0])
    table, after = rest.split(MARKS[1])
    rows = {line.split("|")[1].strip(): line for line in table.strip().splitlines()[2:]}
    rows[row["network"]] = "| " + " | ".join(row.values()) + " |"
    lines = ["| " + " | ".join(row) + " |", "|---" * len(row) + "|", *(rows[name] for name in sorted(rows))]
    with written_whole(card) as beside:
        beside.write_text("\n".join([before + MARKS[0], *lines, MARKS[1] + after]))


def add_settings(parser: argparse.ArgumentParser, settings: type) -> None:
    """A flag for each field of a dataclass of `option`s."""
    for field in dataclasses.fields(settings):
        flag = "--" + field.name.replace("_", "-")
        parser.add_argument(flag, type=type(field.default), default=field.default, help=field.metadata["help"])


def main(arguments: list[str] | None = None) -> None:
    """Train the named network and write it."""
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n\n")[0], formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("pictures", type=Path, metavar="IMAGES_DIR", help="one folder of pictures for each class")
    parser.add_argument("--name", choices=NAMES, required=True, help="the network")
    parser.add_argument("--into", type=Path, default=DATA / "backbones", help="where the weights are written")
    parser.add_argument("--checkpoint", type=Path, default=Path("out/training"), help="where epochs are kept")
    add_settings(parser, Settings)
    options = vars(parser.parse_args(arguments))
    folder, name, into, checkpoint = (options.pop(key) for key in ("pictures", "name", "into", "checkpoint"))
    settings = Settings(**options)

    pictures = load_pictures(folder, settings.size)
    chosen, out = held_out(pictures.labels, settings.held_out_per_class, settings.seed)
    training, held = pictures.part(chosen), pictures.part(out)
    model, reached = trained(name, training, held, settings, checkpoint)
    network = backbone(name, model, settings, center_crops(training, settings.size, level=-1)[::16])

    row = {
        "network": name,
        "held-out accuracy": f"{reached:.1%} of {len(held.labels)}",
        "classes": str(len(pictures.classes)),
        "training pictures": str(len(training.labels)),
        "epochs": " + ".join(str(epochs_of(stage, settings)) for stage in stages(name)),
        "crop": f"{settings.size} px",
        "noise": f"0 to {settings.noise:g} of 255",
        "seed": str(settings.seed),
    }
    save_weights(network, into / f"{name}.npz", row)
    write_checksums(into)
    write_card(into, row)
    print(f"{into / name}.npz written, held-out accuracy {reached:.1%}")


if __name__ == "__main__":
    main()
