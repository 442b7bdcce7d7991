"""The precision that is chosen and the memory that is asked for, on machines that files in a folder describe."""

import numpy as np
import psutil
import pytest

from nst_utils.base.errors import MemoryBudgetError, SettingError
from nst_utils.base.tensorflow import tf
from nst_utils.engine import memory as hardware
from nst_utils.engine.memory import (
    BF16_FLAGS,
    affordable,
    chosen_precision,
    free_memory,
    needed_memory,
    processor_flags,
)
from nst_utils.engine.objective import Objective
from nst_utils.engine.views import Strips, Whole
from nst_utils.losses.layer_zero import PICTURE
from nst_utils.networks.loading import load_backbone


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind=None: [])


@pytest.fixture(scope="module")
def small_objective():
    style = (("block1_conv1", 0.5), ("block3_conv1", 0.5))
    return Objective(load_backbone("vgg16", "mini-random"), (("block2_conv1", 1.0),), style)


@pytest.mark.parametrize("precision", ["float32", "bfloat16", "float16"])
def test_a_named_precision_is_taken(precision):
    assert chosen_precision(precision) == precision


def test_an_unknown_precision_is_refused_with_the_choices():
    with pytest.raises(SettingError, match=r"'float64'.*auto, float32, bfloat16, float16"):
        chosen_precision("float64")


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ({"avx2", "fma"}, "float32"),
        ({"avx512f", "avx512bw"}, "float32"),
        (set(), "float32"),
        ({"avx512f", "avx512_bf16"}, "bfloat16"),
        ({"amx_bf16", "amx_tile"}, "bfloat16"),
    ],
)
def test_auto_is_bfloat16_only_on_processors_that_multiply_in_it(monkeypatch, no_gpu, flags, expected):
    monkeypatch.delenv("ONEDNN_MAX_CPU_ISA", raising=False)
    monkeypatch.setattr(hardware, "processor_flags", lambda: flags)
    assert chosen_precision("auto") == expected


@pytest.mark.parametrize(
    ("most", "expected"),
    [("AVX2", "float32"), ("avx512_core", "float32"), ("AVX512_CORE_BF16", "bfloat16"), ("ALL", "bfloat16")],
)
def test_who_stands_in_for_an_older_processor_gets_no_bfloat16(monkeypatch, no_gpu, most, expected):
    monkeypatch.setattr(hardware, "processor_flags", lambda: {"avx512f", "avx512_bf16"})
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", most)
    assert chosen_precision("auto") == expected


def test_auto_on_this_machine_agrees_with_its_flags(monkeypatch, no_gpu):
    monkeypatch.delenv("ONEDNN_MAX_CPU_ISA", raising=False)
    has_bf16 = bool(BF16_FLAGS & processor_flags())
    assert chosen_precision("auto") == ("bfloat16" if has_bf16 else "float32")


@pytest.mark.parametrize(
    ("capability", "expected"),
    [((9, 0), "bfloat16"), ((8, 0), "bfloat16"), ((7, 5), "float16"), ((6, 1), "float32"), (None, "float32")],
)
def test_auto_on_a_gpu_follows_its_compute_capability(monkeypatch, capability, expected):
    details = {} if capability is None else {"compute_capability": capability}
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind=None: ["gpu"])
    monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda device: details)
    assert chosen_precision("auto") == expected


def test_processor_flags_are_read_from_the_first_processor(tmp_path):
    listing = tmp_path / "cpuinfo"
    listing.write_text(
        "processor\t: 0\nmodel name\t: a: b\nflags\t\t: fpu avx2 avx512_bf16\n\nprocessor\t: 1\nflags\t: x\n"
    )
    assert processor_flags(listing) == {"fpu", "avx2", "avx512_bf16"}
    listing.write_text("processor\t: 0\nFeatures\t: fp asimd\n")
    assert processor_flags(listing) == set()
    assert processor_flags(tmp_path / "missing") == set()


def limits(folder, **files):
    for name, text in files.items():
        (folder / name.replace("_", ".", 1)).write_text(text)
    return folder


def test_free_memory_is_what_the_system_has_without_a_container(tmp_path):
    free = free_memory(tmp_path)
    assert 0 < free <= psutil.virtual_memory().total


def test_free_memory_is_what_the_container_leaves(tmp_path):
    folder = limits(tmp_path, memory_max="50000000\n", memory_current="20000000\n", memory_stat="anon 1\n")
    assert free_memory(folder) == 30_000_000


def test_cached_files_of_a_container_count_as_free(tmp_path):
    stat = "anon 2000000\ninactive_file 15000000\nactive_file 3000000\n"
    folder = limits(tmp_path, memory_max="50000000\n", memory_current="20000000\n", memory_stat=stat)
    assert free_memory(folder) == 45_000_000


def test_a_container_without_limit_does_not_limit(tmp_path):
    folder = limits(tmp_path, memory_max="max\n", memory_current="1\n", memory_stat="")
    assert free_memory(folder) == pytest.approx(psutil.virtual_memory().available, rel=0.5)


def test_a_container_cannot_have_more_than_the_system(tmp_path):
    folder = limits(tmp_path, memory_max=str(10**18), memory_current="0", memory_stat="")
    assert free_memory(folder) <= psutil.virtual_memory().total


def test_needed_memory_grows_with_the_pixels(small_objective):
    base = needed_memory(small_objective, 16, 16)
    small, large = (needed_memory(small_objective, side, 2 * side) - base for side in (256, 1024))
    assert large / small == pytest.approx(16, rel=0.1)


def test_needed_memory_holds_at_least_the_features_of_the_network(small_objective):
    height, width = 256, 320
    seen = small_objective.backbone.features(["block1_conv1", "block1_conv2", "block2_conv1", "block2_conv2"])
    features = seen(np.zeros((1, height, width, 3), np.float32)).values()
    assert needed_memory(small_objective, height, width) > sum(values.numpy().nbytes for values in features)


def test_layer_zero_alone_needs_memory_too():
    alone = Objective(load_backbone("vgg16", "mini-random"), (), ((PICTURE, 1.0),))
    assert needed_memory(alone, 512, 512) > 27 * 4 * 512 * 512


@pytest.mark.parametrize("shape", [(512, 512), (300, 1000), (1000, 300)])
def test_the_size_that_is_said_to_fit_fits_and_a_larger_one_does_not(small_objective, shape):
    budget = needed_memory(small_objective, shape[0] // 2, shape[1] // 2) / 1e9
    with pytest.raises(MemoryBudgetError, match=rf"{shape[1]} x {shape[0]} painting.*are allowed\.\n") as caught:
        affordable([small_objective], shape, budget)
    fits = int(str(caught.value).split("largest size that fits is ")[1].split(".")[0])
    assert abs(fits - max(shape) / 2) <= 16

    def at(size):
        return tuple(round(side * size / max(shape)) for side in shape)

    affordable([small_objective], at(fits), budget)
    with pytest.raises(MemoryBudgetError):
        affordable([small_objective], at(fits + 32), budget)


def test_a_budget_too_small_for_anything_says_so(small_objective):
    with pytest.raises(MemoryBudgetError, match="No size fits"):
        affordable([small_objective], (64, 64), 1e-3)


def test_without_a_budget_the_free_memory_counts(small_objective, monkeypatch):
    monkeypatch.setattr(hardware, "free_memory", lambda: 1.01e8)
    with pytest.raises(MemoryBudgetError, match="are free"):
        affordable([small_objective], (2048, 2048))
    affordable([small_objective], (8, 8))


def test_strips_need_less_memory_than_the_whole():
    network = load_backbone("vgg19", "mini-random")
    style = (("block1_conv1", 1.0), ("block4_conv1", 1.0))
    whole, strips = (Objective(view(network), (("block4_conv2", 1.0),), style) for view in (Whole, Strips))
    assert 0.2 < needed_memory(strips, 1024, 1024) / needed_memory(whole, 1024, 1024) < 0.7
