"""The command line as a user meets it: real processes for exit codes and Ctrl-C, `main` itself for the rest."""

import functools
import importlib
import inspect
import json
import os
import re
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import nst_utils.study.grid
from nst_utils import stylize
from nst_utils.cli import main
from nst_utils.engine.settings import SETTINGS
from nst_utils.images.gallery import pictures
from nst_utils.images.saving import save_picture
from nst_utils.study.tables import read_table, table_of
from nst_utils.web.collecting import collect

pytestmark = pytest.mark.usefixtures("shared_networks")
ROOT = Path(__file__).parents[1]
NOT_FLAGS = {"content", "style", "progress", "callback"}
SMALL = (
    *("--backbone", "vgg16", "--weights", "mini-random", "--sizes", "24,32", "--jitter", "2"),
    *("--content-layers", "block2_conv1", "--style-layers", "block1_conv1,block2_conv1"),
)
SMALL_KEYWORDS = {
    "backbone": "vgg16",
    "weights": "mini-random",
    "sizes": (24, 32),
    "jitter": 2,
    "content_layers": ["block2_conv1"],
    "style_layers": ["block1_conv1", "block2_conv1"],
}


@pytest.fixture(scope="module")
def two(tmp_path_factory, tiny_content, tiny_style):
    """Files of a content and a style."""
    folder = tmp_path_factory.mktemp("pictures")
    save_picture(tiny_content, folder / "content.png")
    save_picture(tiny_style, folder / "style.png")
    return str(folder / "content.png"), str(folder / "style.png")


@pytest.fixture
def out(tmp_path):
    return tmp_path / "painting.png"


def environment():
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def nst(*arguments):
    """``nst`` in a process of its own."""
    command = [sys.executable, "-m", "nst_utils", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=300)


def main_or_exit(*arguments):
    """The exit code of ``main``, or the one that argparse leaves with."""
    try:
        return main([str(argument) for argument in arguments])
    except SystemExit as end:
        return end.code


def run_python(code):
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment(), check=True, timeout=120
    ).stdout


# Painting


def test_the_command_says_what_it_paints_and_leaves_with_zero(two, tmp_path, capfd):
    painting, panels = tmp_path / "new" / "painting.png", tmp_path / "panels.png"
    asked = ("stylize", *two, "-o", painting, *SMALL, "--steps", "2,3", "--triptych", panels)
    assert main([str(argument) for argument in asked]) == 0
    out, err = capfd.readouterr()
    assert str(painting) in out
    assert str(panels) in out
    assert "100%" in err
    with Image.open(painting) as saved:
        assert saved.size == (32, 24)
    with Image.open(panels) as saved:
        assert saved.width > 2 * saved.height


def test_the_command_paints_what_the_function_paints(two, out):
    flags = ("--steps", "2,3", "--content-weight", "0.4", "--start", "noise", "--seed", "3", "--no-average", "--quiet")
    assert main(["stylize", *two, "-o", str(out), *SMALL, *flags]) == 0
    expected = stylize(
        *two,
        **SMALL_KEYWORDS,
        steps=(2, 3),
        content_weight=0.4,
        start="noise",
        seed=3,
        average=False,
        progress=False,
    )
    with Image.open(out) as saved:
        np.testing.assert_array_equal(np.asarray(saved), np.rint(expected.picture * 255))


def test_quiet_says_nothing(two, out, capfd):
    assert main(["stylize", *two, "-o", str(out), *SMALL, "--steps", "2", "--quiet"]) == 0
    assert capfd.readouterr() == ("", "")


def test_layers_can_have_weights(two, out):
    weighed = ("--style-layers", "block1_conv1=.2,block2_conv1=.8", "--content-layers", "block2_conv1=2")
    assert main(["stylize", *two, "-o", str(out), *SMALL, *weighed, "--steps", "2", "--quiet"]) == 0
    assert out.exists()


def test_several_styles_have_masks_and_shares(two, out, tmp_path):
    content, style = two
    left, right = (tmp_path / f"{side}.png" for side in ("left", "right"))
    half = np.repeat(np.arange(32)[None] < 16, 24, axis=0)
    for path, mask in ((left, half), (right, ~half)):
        save_picture(np.repeat(mask[..., None], 3, axis=-1).astype(np.float32), path)
    flags = ("--mask", f"{left},{right}", "--shares", "1,.5", "--colors", "luminance", "--steps", "2,3", "--quiet")
    assert main(["stylize", content, style, content, "-o", str(out), *SMALL, *flags]) == 0
    expected = stylize(
        content,
        [style, content],
        mask=[half, ~half],
        shares=[1, 0.5],
        colors="luminance",
        **SMALL_KEYWORDS,
        steps=(2, 3),
        progress=False,
    )
    with Image.open(out) as saved:
        np.testing.assert_array_equal(np.asarray(saved), np.rint(expected.picture * 255))


def test_one_size_can_be_given_as_sizes(two, out):
    assert main(["stylize", *two, "-o", str(out), *SMALL, "--sizes", "24", "--steps", "2", "--quiet"]) == 0
    with Image.open(out) as saved:
        assert max(saved.size) == 24


def test_a_gif_shows_the_way_without_being_asked_for_snapshots(two, tmp_path):
    assert main(["stylize", *two, "-o", str(tmp_path / "way.gif"), *SMALL, "--steps", "4,6", "--quiet"]) == 0
    with Image.open(tmp_path / "way.gif") as movie:
        assert movie.n_frames > 5


def test_a_second_call_goes_on_from_the_checkpoint(two, out, tmp_path):
    flags = ["stylize", *two, *SMALL, "--steps", "2", "--quiet", "--checkpoint", str(tmp_path / "run.npz")]
    assert main([*flags, "-o", str(out)]) == 0
    assert main([*flags, "-o", str(tmp_path / "again.png")]) == 0
    assert out.read_bytes() == (tmp_path / "again.png").read_bytes()


# Ctrl-C


def interrupted(arguments, after):
    """The process after Ctrl-C at the moment when ``after`` has appeared on its stderr."""
    command = [sys.executable, "-m", "nst_utils", *map(str, arguments)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()) as process:
        seen = b""
        while after not in seen:
            piece = os.read(process.stderr.fileno(), 1000)
            assert piece, seen
            seen += piece
        process.send_signal(signal.SIGINT)
        _, rest = process.communicate(timeout=300)
    return process.returncode, (seen + rest).decode()


def test_ctrl_c_saves_the_picture_so_far_and_leaves_with_130(two, out):
    code, message = interrupted(["stylize", *two, "-o", out, *SMALL, "--steps", "1000000"], after=b"loss")
    assert code == 130
    assert "Traceback" not in message
    assert str(out) in message
    with Image.open(out) as saved:
        assert np.asarray(saved).std() > 1


def test_ctrl_c_saves_a_gif_too(two, tmp_path, monkeypatch, capsys):
    """Even before the first snapshot there is a picture that must not be lost."""
    monkeypatch.setattr("nst_utils.engine.run.Run.advance", lambda run: signal.raise_signal(signal.SIGINT))
    assert main(["stylize", *two, "-o", str(tmp_path / "way.gif"), *SMALL, "--steps", "5", "--quiet"]) == 130
    assert (tmp_path / "way.gif").exists()


def test_ctrl_c_before_the_first_step_leaves_with_130(two, out, monkeypatch, capsys):
    monkeypatch.setattr("nst_utils.engine.run.Run.__init__", lambda *a, **k: signal.raise_signal(signal.SIGINT))
    assert main(["stylize", *two, "-o", str(out), *SMALL]) == 130
    assert "interrupted" in capsys.readouterr().err
    assert not out.exists()


# Sweeps


@pytest.fixture
def config(two, tmp_path):
    """A function that writes a configuration of two runs, with lines of its own, and returns its path."""

    def written(*lines):
        path = tmp_path / "config.toml"
        given = {line.split("=")[0].strip(" []") for line in lines}
        keywords = {
            "contents": [two[0]],
            "styles": [two[1]],
            "into": str(tmp_path / "runs"),
            "backbones": ["vgg16"],
            "weights": "mini-random",
            "content_layers": ["block2_conv1"],
            "style_layers": ["block1_conv1", "block2_conv1"],
            "sizes": [24, 32],
            "steps": [[2, 3]],
            "jitter": 2,
            "judge": "none",
            "content_weight": [0.1, 1.0],
        }
        usual = [f"{name} = {json.dumps(value)}" for name, value in keywords.items() if name not in given]
        path.write_text("\n".join([*usual, *lines]))
        return path

    return written


def test_the_command_sweeps_and_leaves_with_zero(config, tmp_path, capfd):
    assert main(["sweep", str(config())]) == 0
    out, err = capfd.readouterr()
    assert "2 of 2 runs" in err
    assert out == f"2 runs, with their table in {tmp_path / 'runs' / 'table.csv'}\n"
    table = read_table(tmp_path / "runs" / "table.csv")
    assert table["content_weight"].tolist() == [0.1, 1.0]
    assert table["status"].tolist() == ["done", "done"]
    assert len(list((tmp_path / "runs" / "pictures").glob("*.png"))) == 2


def test_the_configuration_has_the_keywords_of_the_function(config, monkeypatch):
    given, known = {}, {*inspect.signature(nst_utils.study.grid.sweep).parameters, *SETTINGS}
    none = table_of([{"status": "done"}])
    monkeypatch.setattr("nst_utils.study.grid.sweep", lambda **keywords: given.update(keywords) or none)
    lines = ("executor = 2", "seeds = [0, 1]", "[style_layers]", "block1_conv1 = 0.5")
    assert main(["sweep", str(config(*lines))]) == 0
    assert given["executor"] == 2
    assert given["seeds"] == [0, 1]
    assert given["style_layers"] == {"block1_conv1": 0.5}
    assert set(given) <= known


def test_a_quiet_sweep_says_nothing(config, capfd):
    assert main(["sweep", str(config()), "--quiet"]) == 0
    assert capfd.readouterr() == ("", "")


def test_runs_of_a_sweep_that_fail_leave_with_two_and_their_reasons(config, capsys, tmp_path):
    assert main(["sweep", str(config('statistic = ["gram", "grams"]')), "--quiet"]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert all(re.search(r"^nst: .*vgg16, seed 0 failed: .*'grams'; choose one of gram", line) for line in lines)
    assert len(read_table(tmp_path / "runs" / "table.csv")) == 4


def test_ctrl_c_leaves_a_sweep_with_130_and_what_is_done(config, tmp_path):
    endless = config("steps = [[2, 3], [1, 999999]]", "content_weight = 0.1")
    code, message = interrupted(["sweep", endless], after=b"1 of 2 runs")
    assert code == 130
    assert "Traceback" not in message
    assert "the same command goes on from there" in message
    assert read_table(tmp_path / "runs" / "table.csv")["status"][0] == "done"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["contents = []"], "contents is empty"),
        (['contents = ["no_such_picture"]'], "no_such_picture"),
        (["contentz = 3"], "no setting contentz"),
        (['backbones = ["vgg17"]'], "vgg17"),
        (["executor = 0"], "executor is 0"),
        (["progress = false"], "progress; use --quiet"),
        (["this is no TOML"], r"config\.toml is not TOML.*line 13"),
        (["content_weight = " + 5000 * "[" + 5000 * "]"], r"config\.toml is nested too deeply"),
        (["into = 3"], r"into is 3; give the path of a folder"),
    ],
)
def test_a_wrong_configuration_of_a_sweep_leaves_with_two_and_one_sentence(config, capsys, tmp_path, lines, message):
    assert main(["sweep", str(config(*lines))]) == 2
    shown = capsys.readouterr().err
    assert re.search(message, shown), shown
    assert shown.splitlines()[-1].startswith("nst: ")
    assert "Traceback" not in shown
    assert not list(tmp_path.rglob("*.png"))


@pytest.mark.parametrize("content", [None, b"", b"contents = ['harbor']", b"\xff"])
def test_a_configuration_that_is_missing_or_lacks_keywords_is_told_by_name(tmp_path, capsys, content):
    path = tmp_path / "config.toml"
    if content is not None:
        path.write_bytes(content)
    assert main(["sweep", str(path)]) == 2
    assert re.search(r"config\.toml (cannot be read|lacks .*styles, into)", capsys.readouterr().err)


# Errors


def test_a_users_error_leaves_the_process_with_two_and_one_sentence(two, out):
    done = nst("stylize", "no_such_picture.png", two[1], "-o", out)
    assert done.returncode == 2
    assert done.stderr.startswith("nst: ")
    assert "no_such_picture.png" in done.stderr
    assert len(done.stderr.splitlines()) <= 3
    assert done.stdout == ""
    assert not out.exists()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (["--method", "sgd"], r"'sgd'.*adam, lbfgs"),
        (["--statistic", "grams"], r"'grams'.*gram, softmax_gram"),
        (["--backbone", "vgg17"], "'vgg17'.*vgg19"),
        (["--weights", "no_such_file.npz"], r"no_such_file\.npz"),
        (["--style-layers", "block1_conv9"], "'block1_conv9'.*block1_conv1"),
        (["--style-layers", "block1_conv1=much"], "block1_conv1=much"),
        (["--steps", "0"], "steps is 0"),
        (["--steps", "many"], "--steps.*many"),
        (["--steps", "1,2,3"], "steps is"),
        (["--sizes", "64,32"], "sizes is.*rising"),
        (["--content-weight", "-1"], "content_weight is -1"),
        (["--content-weight", "nan"], "content_weight is nan"),
        (["--content-weight", "heavy"], "--content-weight.*heavy"),
        (["--memory", "0.0001"], "GB"),
        (["--seed", "-1"], "seed is -1"),
        (["--checkpoint", "/proc/no/run.npz"], "checkpoint /proc/no/run"),
        (["--mask", "no_mask.png"], "mask.*no_mask.png"),
        (["--mask", "a.png,b.png"], "mask has 2 and style 1"),
        (["--shares", "half"], "--shares.*'half'"),
        (["--colors", "blue"], "'blue'.*luminance"),
        (["--start", "nowhere"], "'nowhere'.*content.*gray"),
        (["--no-such-flag"], "--no-such-flag"),
    ],
)
def test_a_wrong_option_leaves_with_two_and_says_why(two, out, capsys, changed, message):
    assert main_or_exit("stylize", *two, "-o", out, *SMALL, "--steps", "2", "--quiet", *changed) == 2
    shown = capsys.readouterr().err
    assert re.search(message, shown), shown
    assert "Traceback" not in shown
    assert "_numbers" not in shown
    assert not out.exists()


@pytest.mark.parametrize("path", ["painting.xyz", "painting", "file.txt/painting.png", "."])
def test_an_output_that_cannot_be_written_is_told_before_painting(two, tmp_path, capsys, monkeypatch, path):
    (tmp_path / "file.txt").write_text("in the way")
    monkeypatch.setattr("nst_utils.engine.run.Run.advance", lambda run: pytest.fail("painted first"))
    assert main_or_exit("stylize", *two, "-o", tmp_path / path, *SMALL) == 2
    assert capsys.readouterr().err.startswith("nst: ")


def test_a_triptych_that_cannot_be_written_is_told_before_painting(two, out, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("nst_utils.engine.run.Run.advance", lambda run: pytest.fail("painted first"))
    assert main_or_exit("stylize", *two, "-o", out, "--triptych", tmp_path / "panels.xyz", *SMALL) == 2
    assert "panels.xyz" in capsys.readouterr().err


def test_a_run_that_diverges_saves_the_best_picture_and_leaves_with_two(two, out, capsys):
    flags = ["--content-weight", "0", "--style-weight", "3e38", "--normalization", "keras-io", "--steps", "4"]
    assert main(["stylize", *two, "-o", str(out), *SMALL, *flags, "--quiet"]) == 2
    assert str(out) in capsys.readouterr().err
    assert out.exists()


@pytest.mark.parametrize("arguments", [[], ["paint"], ["stylize"], ["stylize", "harbor"], ["stylize", "a", "b"]])
def test_missing_words_leave_with_two_and_the_usage(arguments, capsys):
    assert main_or_exit(*arguments) == 2
    assert "usage: nst" in capsys.readouterr().err


# Help and lists


@functools.cache
def help_of(*command):
    return " ".join(run_python(f"import sys; from nst_utils.cli import main; main({[*command, '--help']!r})").split())


def test_help_lists_every_keyword_of_stylize_with_its_default():
    help_text = help_of("stylize")
    for name, parameter in inspect.signature(stylize).parameters.items():
        if name in NOT_FLAGS:
            continue
        flag = "--" + name.replace("_", "-")
        described = re.search(rf"{flag}\b.*?(?= --[a-z]|$)", help_text.split("options:", 1)[1])
        assert described, flag
        if parameter.default is not None and not isinstance(parameter.default, bool):
            assert f"(default {parameter.default})" in help_text, flag


def test_flags_and_keywords_are_the_same_words():
    flags = set(re.findall(r"--([a-z][a-z-]*)", help_of("stylize")))
    negated = {flag for flag in flags if flag.startswith("no-")}
    keywords = {name.replace("_", "-") for name in inspect.signature(stylize).parameters if name not in NOT_FLAGS}
    assert flags - negated == keywords | {"help", "output", "triptych", "quiet", "settings"}


def test_collect_has_a_flag_for_every_keyword_of_the_function():
    help_text = help_of("collect")
    flags = {flag for flag in re.findall(r"--([a-z][a-z-]*)", help_text) if not flag.startswith("no-")}
    keywords = {name: parameter.default for name, parameter in inspect.signature(collect).parameters.items()}
    assert flags == {name.replace("_", "-") for name in keywords} - {"url", "progress"} | {"help", "quiet"}
    for name in keywords.keys() - {"url", "into", "progress"}:
        assert f"(default {keywords[name]})" in help_text, name


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["http://127.0.0.1/page"], "nst: http://127.0.0.1/page: 127.0.0.1 is not a public address"),
        (["page.html"], "nst: page.html: only http and https addresses are visited"),
        (["http://127.0.0.1/page", "--limit", "0"], "nst: limit is 0; it is a whole number, 1 or more."),
        (["http://127.0.0.1/page", "--pause", "often"], "--pause"),
        ([], "usage: nst"),
    ],
)
def test_what_cannot_be_collected_leaves_with_two_and_says_why(tmp_path, capsys, arguments, message):
    assert main_or_exit("collect", *arguments, "--into", tmp_path / "found", "--quiet") == 2
    complaint = capsys.readouterr().err
    assert message in complaint
    assert "Traceback" not in complaint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["stylize", "--help"],
        ["video", "--help"],
        ["collect", "--help"],
        ["sweep", "--help"],
        ["studio", "--help"],
        ["--version"],
        ["pictures"],
        ["backbones"],
    ],
)
def test_what_only_tells_does_not_import_tensorflow(arguments):
    large = {"tensorflow", "keras", "scipy", "matplotlib", "pandas", "skimage"}
    code = (
        "import contextlib, sys\n"
        "from nst_utils.cli import main\n"
        f"with contextlib.suppress(SystemExit): main({arguments!r})\n"
        f"print('imported:', *sorted({large} & set(sys.modules)))"
    )
    assert run_python(code).splitlines()[-1].strip() == "imported:"


def test_importing_the_package_imports_nothing_large():
    code = "import sys, nst_utils; print({'tensorflow', 'keras', 'numpy', 'PIL', 'pandas', 'scipy'} & set(sys.modules))"
    assert run_python(code).strip() == "set()"


def test_version_is_that_of_the_package():
    assert nst("--version").stdout.strip() == f"nst {nst_utils.__version__}"


def test_pictures_lists_every_name(capsys):
    assert main(["pictures"]) == 0
    listing = capsys.readouterr().out
    assert all(record.name in listing for record in pictures())


@pytest.mark.parametrize("role", ["content", "style"])
def test_pictures_can_be_listed_by_role(capsys, role):
    assert main(["pictures", "--role", role]) == 0
    words = capsys.readouterr().out.split()
    assert {record.name for record in pictures()} & set(words) == {record.name for record in pictures(role=role)}


def test_backbones_lists_the_networks_and_the_layers_of_one(capsys):
    assert main(["backbones"]) == 0
    assert {"vgg16", "vgg19", "resnet50"} <= set(capsys.readouterr().out.split())
    assert main(["backbones", "vgg16"]) == 0
    layers = capsys.readouterr().out.split()
    assert layers[0] == "block1_conv1"
    assert {"block4_conv3", "block5_conv3"} <= set(layers)


def test_layers_of_an_unknown_backbone_leave_with_two(capsys):
    assert main(["backbones", "vgg17"]) == 2
    assert "vgg19" in capsys.readouterr().err


def test_a_closed_pipe_is_no_error():
    """``nst pictures | head -1``."""
    command = [sys.executable, "-m", "nst_utils", "pictures"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()) as process:
        process.stdout.close()
        complaint = process.stderr.read().decode()
    assert "Traceback" not in complaint
    assert "BrokenPipe" not in complaint


def test_the_installed_command_is_main():
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    module, _, function = scripts["nst"].partition(":")
    assert getattr(importlib.import_module(module), function) is main
