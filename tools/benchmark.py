"""Time and memory of this package against the recipe of the TensorFlow tutorial, both sides in one run.

    python tools/benchmark.py                     all measurements, some hours on a slow two-core machine
    python tools/benchmark.py --only peak start   some of them
    python tools/benchmark.py --report            write docs/benchmarks.md from the JSON of earlier runs

Absolute figures mean little without the machine: it is described in the output, and every claim is a ratio whose two
sides alternate. The baseline is the published recipe: VGG19, its layers and loss, Adam (.02, beta1 .99, epsilon .1),
1000 steps at 512 px, start from the content.
"""

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
STYLE_LAYERS = ("block1_conv1", "block2_conv1", "block3_conv1", "block4_conv1", "block5_conv1")
CONTENT_LAYERS = ("block5_conv2",)
TUTORIAL = {"content_weight": 1e4, "style_weight": 1e-2, "tv_weight": 30.0}
TUTORIAL_STEPS = 1000
TILE = 512  # side of the tiles in (f)
TURN = 5.0  # seconds one side works before the other takes over


# The two sides --------------------------------------------------------------------------------------------------


class Tutorial:
    """The tutorial's recipe, step by step."""

    def __init__(self, content: np.ndarray, style: np.ndarray, model):
        from nst_utils.base.tensorflow import keras, tf

        looked_at = [model.get_layer(name).output for name in (*STYLE_LAYERS, *CONTENT_LAYERS)]
        self.model = keras.Model(model.inputs, looked_at)
        self.model.trainable = False
        _, self.content_target = self.statistics(tf.constant(content[None]))
        self.style_target, _ = self.statistics(tf.constant(style[None]))
        self.picture = tf.Variable(content[None])
        self.optimizer = keras.optimizers.Adam(learning_rate=0.02, beta_1=0.99, epsilon=1e-1)
        self.compiled = tf.function(self.train)
        self.loss = None

    def statistics(self, picture):
        """Grams of the style layers, features of the content layers."""
        from nst_utils.base.tensorflow import keras, tf

        outputs = self.model(keras.applications.vgg19.preprocess_input(picture * 255.0))
        split = len(STYLE_LAYERS)

        def gram(features):
            count = tf.cast(tf.shape(features)[1] * tf.shape(features)[2], tf.float32)
            return tf.linalg.einsum("bijc,bijd->bcd", features, features) / count

        return [gram(features) for features in outputs[:split]], outputs[split:]

    def train(self):
        """One step: the loss before it."""
        from nst_utils.base.tensorflow import tf

        with tf.GradientTape() as tape:
            loss = self.total(self.picture)
        self.optimizer.apply_gradients([(tape.gradient(loss, self.picture), self.picture)])
        self.picture.assign(tf.clip_by_value(self.picture, 0.0, 1.0))
        return loss

    def total(self, picture):
        """The tutorial's loss of a picture (1, h, w, 3)."""
        from nst_utils.base.tensorflow import tf

        styles, contents = self.statistics(picture)
        style = tf.add_n([tf.reduce_mean((a - b) ** 2) for a, b in zip(styles, self.style_target, strict=True)])
        content = tf.add_n([tf.reduce_mean((a - b) ** 2) for a, b in zip(contents, self.content_target, strict=True)])
        loss = TUTORIAL["style_weight"] * style / len(styles) + TUTORIAL["content_weight"] * content / len(contents)
        return loss + TUTORIAL["tv_weight"] * tf.reduce_sum(tf.image.total_variation(picture))

    def loss_of(self, picture) -> float:
        """The loss of a picture (h, w, 3)."""
        from nst_utils.base.tensorflow import tf

        return float(self.total(tf.convert_to_tensor(picture)[None]))

    def advance(self) -> None:
        self.loss = float(self.compiled())


def ours(content, style, size: int, weights: str, precision: str):
    """This package on the tutorial's network and loss, from coarse to fine."""
    from nst_utils.engine.run import Run
    from nst_utils.engine.settings import settings_of

    settings = settings_of(
        preset="tutorial",
        weights=weights,
        normalization="tutorial",
        pooling="max",
        jitter=0,
        average=False,
        sizes=[size // 4, size // 2, size],
        steps=(100, 150, 150),
        precision=precision,
        **TUTORIAL,
    )
    return Run(content, style, settings)


def pictures(size: int):
    """The pair that is painted."""
    import nst_utils as nst

    return nst.picture("harbor", size), nst.picture("swirls", size)


# Measurements ---------------------------------------------------------------------------------------------------


def loss_time(options) -> dict:
    """(a) Seconds to the loss that the tutorial has after its last step, same network and same loss.

    The original VGG19 (`nst originals vgg19`, where Keras' file is not there) and its mini twin. Our pictures are
    judged by the tutorial's own loss in float32, outside the clock, after each step at the full size. The seconds are
    those of the first judged picture that is good enough.
    """
    return {"rows": [row for weights in ("imagenet", "mini") for row in _race(weights, options)]}


def _race(weights: str, options) -> list[dict]:
    """The tutorial against this package in each precision worth trying, turn by turn."""
    from nst_utils.engine.memory import chosen_precision
    from nst_utils.engine.objective import compiled
    from nst_utils.networks.loading import load_backbone

    size, steps = options.size, options.steps
    content, style = pictures(size)
    baseline = Tutorial(content, style, load_backbone("vgg19", weights, pooling="max").model)
    precisions = dict.fromkeys(("float32", chosen_precision("auto")))
    runs = {precision: ours(content, style, size, weights, precision) for precision in precisions}
    clocks, judged = dict.fromkeys(("tutorial", *runs), 0.0), {precision: [] for precision in runs}
    baseline.advance()  # tracing is start-up, not steps: both sides trace before the clock starts
    for run in runs.values():
        compiled(run.objective).adam_step.get_concrete_function()
    done = 1
    while done < steps or not all(run.done for run in runs.values()):
        began = time.perf_counter()
        while done < steps and time.perf_counter() - began < TURN:
            baseline.advance()
            done += 1
        clocks["tutorial"] += time.perf_counter() - began
        for precision, run in runs.items():
            turn = 0.0
            while not run.done and turn < TURN:
                began = time.perf_counter()
                run.advance()
                turn += time.perf_counter() - began
                if run.history["size"][-1] == size:
                    judged[precision].append((clocks[precision] + turn, run.step, baseline.loss_of(run.picture)))
            clocks[precision] += turn
    goal, rows = baseline.loss_of(baseline.picture[0]), []
    for precision in runs:
        reached = next(((seconds, step) for seconds, step, loss in judged[precision] if loss <= goal), None)
        rows.append(
            {
                "network": f"vgg19 {weights}",
                "size": size,
                "our_precision": precision,
                "tutorial_seconds": clocks["tutorial"],
                "tutorial_loss": goal,
                "our_seconds_to_that_loss": reached and reached[0],
                "our_steps_to_that_loss": reached and reached[1],
                "our_seconds_in_all": clocks[precision],
                "our_last_loss": judged[precision][-1][2],
                "ratio": clocks["tutorial"] / reached[0] if reached else None,
            }
        )
    return rows


def peak(options) -> dict:
    """(b) Share of the matrix-product peak that a step reaches."""
    from nst_utils.base.tensorflow import tf
    from nst_utils.engine.objective import Objective, as_batch, compiled
    from nst_utils.engine.optimizers import no_moments
    from nst_utils.networks.loading import load_backbone

    rows = []
    for weights, size in (("random", options.size), ("mini-random", 256), ("mini-random", 512)):
        content, style = (as_batch(p) for p in pictures(size))
        network = load_backbone("vgg19", weights, pooling="max")
        objective = Objective(network, (("block4_conv2", 1.0),), tuple((name, 0.2) for name in STYLE_LAYERS))
        graphs, seed = compiled(objective), tf.constant([0, 0])
        targets, moments = graphs.targets(content, style, seed), no_moments(content)
        step = graphs.adam_step
        arguments = (content, targets, tf.constant([1.0, 1.0, 1.0, 0.02]), seed, moments)
        work = 2 * 2 * multiply_adds(network.model, STYLE_LAYERS[-1], content.shape[1:3])
        step(*arguments)
        products, steps = [], []
        for _ in range(options.repeats):  # alternating, so that both meet the same minute
            products.append(matrix_product())
            began = time.perf_counter()
            turns = max(1, int(2e11 // work))
            for _ in range(turns):
                step(*arguments)[0].numpy()
            steps.append(work * turns / (time.perf_counter() - began))
        shares = np.array(steps) / np.array(products)
        rows.append(
            {
                "network": f"vgg19 {weights}",
                "size": size,
                "gflop": work / 1e9,
                "step_gflops": float(np.median(steps) / 1e9),
                "peak_gflops": float(np.median(products) / 1e9),
                "share": float(np.median(shares)),
                "share_range": [float(shares.min()), float(shares.max())],
            }
        )
    return {"rows": rows}


def matrix_product(size: int = 2048) -> float:
    """Floating-point operations a second of a float32 matrix product, the best of a few."""
    from nst_utils.base.tensorflow import tf

    a = tf.random.stateless_normal([size, size], [0, 1])
    best = 0.0
    for _ in range(4):
        began = time.perf_counter()
        tf.matmul(a, a).numpy()
        best = max(best, 2 * size**3 / (time.perf_counter() - began))
    return best


def multiply_adds(model, last: str, shape) -> int:
    """Multiply-adds of the convolutions up to a layer, one pass forward."""
    from nst_utils.base.tensorflow import keras

    cut = keras.Model(model.inputs, model.get_layer(last).output)
    total, height, width = 0, *shape
    for layer in cut.layers:
        if isinstance(layer, keras.layers.Conv2D):
            total += int(np.prod(layer.kernel.shape)) * height * width
        elif layer.name.endswith("_pool"):
            height, width = height // 2, width // 2
    return total


def memory(options) -> dict:
    """(c) Peak memory of a process that paints, against the tutorial's."""
    rows = []
    for size in (512, 1024):
        figures = {side: child(side, size=size, weights="random") for side in ("tutorial", "ours")}
        bare = child("bare")["peak_mb"]
        mine, theirs = figures["ours"]["peak_mb"], figures["tutorial"]["peak_mb"]
        rows.append(
            {
                "size": size,
                "tutorial_mb": theirs,
                "our_mb": mine,
                "ratio": mine / theirs,
                "tensorflow_alone_mb": bare,
                "ratio_beyond_tensorflow": (mine - bare) / (theirs - bare),
            }
        )
    return {"rows": rows}


def start(options) -> dict:
    """(d) From a cold process to a saved 256 px mini painting, and TensorFlow's import alone."""
    painting, importing = [], []
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "nst_utils", "stylize", "harbor", "swirls", "--size", "256", "--quiet"]
        for _ in range(options.repeats):
            importing.append(seconds_of([sys.executable, "-c", "import tensorflow"]))
            painting.append(seconds_of([*command, "-o", f"{folder}/painted.png"]))
    return {
        "painting_seconds": float(np.median(painting)),
        "painting_range": [min(painting), max(painting)],
        "tensorflow_import_seconds": float(np.median(importing)),
    }


def growth(options) -> dict:
    """(e) Time a step and memory from 128 to 1024 px, by pixels."""
    rows = []
    for weights in ("mini", "random"):
        for size in (128, 256, 512, 1024):
            rows.append({"weights": weights, "size": size, **child("ours", size=size, weights=weights)})
    return {"rows": rows}


def tiles(options) -> dict:
    """(f) Peak memory and time a step of a picture looked at in tiles, against the whole picture."""
    rows = []
    for weights, size in (("mini", 512), ("mini", 1024), ("mini", 2048), ("random", 1024), ("random", 2048)):
        asked = {"size": size, "weights": weights, "steps": 3, "preset": None}
        row = {"network": f"vgg19 {weights}", "size": size, "tile": TILE}
        for name, tile in (("whole", size), ("tiles", TILE)):  # a tile as large as the picture is the whole
            figures = child("ours", **asked, tile=tile)
            row |= {f"{name}_peak_mb": figures["peak_mb"], f"{name}_step_seconds": figures["step_seconds"]}
        rows.append(row)
    return {"rows": rows}


def paintings(options) -> dict:
    """(g) Seconds of a painting with the default settings, the first and the second in a process that has started."""
    rows = []
    for network in ("vgg19", "vgg16", "resnet50"):
        for size in (256, 384):
            for precision, instructions in (("auto", None), ("float32", "AVX2")):
                row = {"network": f"{network} mini", "size": size, "precision": precision}
                row["instructions"] = instructions or "all"
                asked = {"backbone": network, "size": size, "precision": precision}
                rows.append(row | child("painting", instructions=instructions, **asked))
    return {"rows": rows}


MEASUREMENTS = {
    "loss_time": loss_time,
    "peak": peak,
    "memory": memory,
    "start": start,
    "growth": growth,
    "tiles": tiles,
    "paintings": paintings,
}


def seconds_of(command: list[str]) -> float:
    """Wall seconds of a command that must succeed."""
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
    return time.perf_counter() - began


def child(side: str, instructions: str | None = None, **options) -> dict:
    """What a process of its own measures of itself; its convolutions may be kept to older instructions, as AVX2."""
    command = [sys.executable, __file__, "--child", json.dumps({"side": side, **options})]
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "2"}
    if instructions:
        environment["ONEDNN_MAX_CPU_ISA"] = instructions
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT, env=environment)
    return json.loads(done.stdout.splitlines()[-1])


def child_main(
    side: str,
    size: int = 0,
    weights: str = "random",
    steps: int = 5,
    preset: str | None = "tutorial",
    tile: int | None = None,
) -> dict:
    """A few steps of one side at one size: seconds a step and the peak of this process."""
    from nst_utils.base.tensorflow import tf

    seconds = 0.0
    if side == "bare":
        tf.constant(1.0)
    else:
        content, style = (resized_to(p, size) for p in pictures(size))
        if side == "tutorial":
            from nst_utils.networks.loading import load_backbone

            work = Tutorial(content, style, load_backbone("vgg19", weights, pooling="max").model)
        else:
            from nst_utils.engine.run import Run
            from nst_utils.engine.settings import settings_of

            settings = settings_of(weights=weights, sizes=[size], steps=steps + 1, preset=preset)
            work = Run(content, style, settings, tile=tile)
        work.advance()
        began = time.perf_counter()
        for _ in range(steps):
            work.advance()
        seconds = (time.perf_counter() - began) / steps
    return {"step_seconds": seconds, "peak_mb": peak_memory() / 1e6}


def paint_twice(**settings) -> dict:
    """Seconds of the first painting, which traces its graphs, and of another one after it."""
    import nst_utils as nst
    from nst_utils.base.tensorflow import tf

    tf.constant(1.0)
    seconds = {}
    for name in ("first_seconds", "next_seconds"):
        began = time.perf_counter()
        nst.stylize("harbor", "swirls", progress=False, **settings)
        seconds[name] = time.perf_counter() - began
    return seconds


def peak_memory() -> float:
    """Bytes of this process at its largest; Linux' ru_maxrss would begin with what the parent had."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return 1024 * int(line.split()[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def resized_to(shown: np.ndarray, size: int) -> np.ndarray:
    """A picture enlarged to the size, where it is smaller."""
    from nst_utils.images.arrays import fit

    return fit(shown, size, enlarge=True)


def machine() -> dict:
    """What the figures were measured on."""
    import keras
    import tensorflow

    from nst_utils.engine.memory import BF16_FLAGS, processor_flags

    cpuinfo = Path("/proc/cpuinfo")
    model = next((line.split(":")[1].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line), "")
    flags = processor_flags()
    kind = "AVX-512 with bf16" if flags & BF16_FLAGS else "AVX-512 without bf16" if "avx512f" in flags else "AVX2"
    return {
        "processor": model or platform.processor(),
        "class": kind,
        "cores": os.cpu_count(),
        "matrix_product_gflops": matrix_product() / 1e9,
        "python": platform.python_version(),
        "tensorflow": tensorflow.__version__,
        "keras": keras.__version__,
        "date": time.strftime("%Y-%m-%d"),
    }


# The report -----------------------------------------------------------------------------------------------------

CLAIMS = {
    "loss_time": "(a) Same network, same loss: seconds to the tutorial's loss after its last step",
    "peak": "(b) Share of the machine's matrix-product peak in a step",
    "memory": "(c) Peak memory of the process, VGG19",
    "start": "(d) From a cold process to a saved painting",
    "growth": "(e) Growth from 128 to 1024 px",
    "tiles": "(f) Peak memory of the process for a picture in tiles, and seconds a step",
    "paintings": "(g) Seconds of a painting once TensorFlow is there, with the default settings",
}


def report(figures: dict) -> str:
    """The figures as Markdown; nothing in it is typed by hand."""
    lines = [
        "# Benchmarks",
        "",
        "Written by `python tools/benchmark.py --report` from `docs/benchmarks.json`. Seconds mean little without the",
        "machine: compare the ratios. How each figure is taken stands in `tools/benchmark.py`.",
    ]
    for name, claim in CLAIMS.items():
        if name not in figures:
            continue
        figure = figures[name]
        where = figure["machine"]
        lines += [
            "",
            f"## {claim}",
            "",
            f"{where['processor']}, {where['cores']} cores, {where['class']}; "
            f"{where['matrix_product_gflops']:.0f} GFLOP/s "
            f"in a float32 matrix product; TensorFlow {where['tensorflow']}, Keras {where['keras']}, {where['date']}.",
            "",
            *table(figure.get("rows") or [{k: v for k, v in figure.items() if k != "machine"}]),
        ]
    return "\n".join(lines) + "\n"


def table(rows: list[dict]) -> list[str]:
    """Rows as a Markdown table."""

    def cell(value) -> str:
        if value is None:
            return "not reached"
        if isinstance(value, list):
            return " to ".join(map(cell, value))
        return f"{value:.3g}" if isinstance(value, float) and abs(value) < 1000 else f"{value}".split(".")[0]

    names = list(rows[0])
    head = [" | ".join(name.replace("_", " ") for name in names), " | ".join("---" for _ in names)]
    return [f"| {line} |" for line in (*head, *(" | ".join(cell(row[name]) for name in names) for row in rows))]


def main() -> None:
    """Measure what was asked for, print it, and add it to the JSON file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=MEASUREMENTS, default=list(MEASUREMENTS))
    parser.add_argument("--size", type=int, default=256, help="size of the comparison with the tutorial")
    parser.add_argument("--steps", type=int, default=TUTORIAL_STEPS, help="steps of the tutorial")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", type=Path, default=ROOT / "docs" / "benchmarks.json")
    parser.add_argument("--report", action="store_true", help="write docs/benchmarks.md from the JSON file")
    parser.add_argument("--child", type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        side = options.child.pop("side")
        print(json.dumps(paint_twice(**options.child) if side == "painting" else child_main(side, **options.child)))
        return
    figures = json.loads(options.json.read_text()) if options.json.exists() else {}
    if options.report:
        options.json.with_suffix(".md").write_text(report(figures))
        return
    for name in options.only:
        print(f"{name}: {MEASUREMENTS[name].__doc__.splitlines()[0]}")
        figures[name] = {"machine": machine(), **MEASUREMENTS[name](options)}
        print(json.dumps(figures[name], indent=2))
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
