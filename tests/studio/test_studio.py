"""The Studio without a browser: orders that can be painted again to the bit, pictures from outside, its buttons."""

import base64
import datetime
import functools
import io
import json
import re
import time
import zlib
from types import SimpleNamespace

import ipywidgets
import numpy as np
import pytest
from misbehaving import Misbehaving, serving
from PIL import Image
from quick import QUICK

import nst_utils as nst
from nst_utils.base.errors import BackboneError, DownloadError, MemoryBudgetError, NSTError, PictureError, SettingError
from nst_utils.cli import main
from nst_utils.engine.settings import SETTINGS
from nst_utils.images.download import downloaded_picture
from nst_utils.studio import order as orders
from nst_utils.studio.order import Order, Source, from_address, from_file, from_gallery
from nst_utils.studio.picker import uploaded_files
from nst_utils.studio.session import before_and_after
from nst_utils.studio.settings_file import read_settings
from nst_utils.studio.slots import Slot
from nst_utils.widgets.painting import WAITING
from nst_utils.widgets.panel import IPYWIDGETS_8

pytestmark = pytest.mark.usefixtures("shared_networks", "own_folders")
PATIENCE = 120
ENTER = {"event": "submit"}  # what the page sends


@pytest.fixture(scope="module")
def png(tiny_content):
    return file_of(tiny_content, "PNG")


def file_of(shown, kind):
    file = io.BytesIO()
    Image.fromarray(np.uint8(np.rint(np.kron(shown, np.ones((4, 4, 1))) * 255))).save(file, kind)
    return file.getvalue()


def until(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "it never came to be"
        time.sleep(0.01)


def painted(studio):
    studio.generate_button.click()
    assert studio.wait(PATIENCE)
    return studio


def links(markup):
    """Names and contents of the files that a page offers."""
    found = re.findall(r'download="([^"]+)" href="data:[^;]+;base64,([^"]*)"', markup)
    return {name: base64.b64decode(data) for name, data in found}


def pixels(data):
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image)


# From outside


def huge_png():
    """A picture of 30000 x 30000 pixels in a few bytes."""

    def chunk(kind, data):
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    header = (30000).to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0])
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")
    )


def large_png():
    file = io.BytesIO()
    Image.new("L", (6000, 5000)).save(file, "PNG")
    return file.getvalue()


BAD = {
    "text.png": (lambda good: b"this is no picture, whatever its name says", "not a picture in a known format"),
    "half.jpg": (lambda good: file_of(np.random.default_rng(0).random((24, 32, 3)), "JPEG")[:900], "half.jpg"),
    "bomb.png": (lambda good: huge_png(), "megapixels"),
    "large.png": (lambda good: large_png(), "30 megapixels; at most 24"),
    "dot.png": (lambda good: file_of(np.zeros((1, 1, 3)), "PNG"), "too small"),
    "empty.png": (lambda good: b"", "empty.png"),
    "heavy.png": (lambda good: good + bytes(orders.MAX_BYTES), "MB; at most 10"),
    "page.svg": (lambda good: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture in a known format"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_picture_is_refused_by_its_name(name, png):
    make, message = BAD[name]
    with pytest.raises(PictureError, match=re.escape(message)) as caught:
        from_file(name, make(png))
    assert str(caught.value).startswith(name)


def test_a_picture_that_was_sent_is_that_of_the_door(png):
    np.testing.assert_array_equal(from_file("mine.png", png).picture(), nst.picture(png))


@pytest.mark.parametrize(
    ("name", "tidy"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\pictures\\cat.png", "cat.png"),
        ("<img src=x onerror=alert(1)>.png", "<img src=x onerror=alert(1)>.png"),  # text, escaped where it is shown
        ("a\nb\x00c\u202egnp.png", "abcgnp.png"),
        ("", "picture"),
        ("///", "picture"),
        ("x" * 300 + ".jpeg", "x" * 74 + ".jpeg"),
    ],
)
def test_a_name_from_outside_is_a_short_printable_word(name, tidy, png):
    assert from_file(name, png).name == tidy


@pytest.mark.parametrize("address", ["", "harbor", "/etc/passwd", "file:///etc/passwd", "ftp://host/a.png", "http://"])
def test_only_web_addresses_are_fetched(address):
    with pytest.raises(DownloadError, match="begins with http"):
        from_address(address)


@pytest.mark.parametrize("host", ["127.0.0.1:9", "localhost:9", "169.254.169.254", "10.0.0.1", "[::1]:9"])
def test_addresses_of_this_machine_and_its_network_are_not_visited(host):
    with pytest.raises(DownloadError, match=r"not a public address|cannot be found"):
        from_address(f"http://{host}/picture.png")


def test_a_server_that_misbehaves_is_told_in_a_sentence(png, monkeypatch):
    monkeypatch.setattr(orders, "downloaded_picture", functools.partial(downloaded_picture, allow_private=True))
    with serving(Misbehaving, png) as server:
        assert from_address(f"{server}/good.png").data == png
        for name in ("noise", "hangup", "squeezed", "short", "circle", "inside", "missing", "page", "empty"):
            with pytest.raises(PictureError) as caught:
                from_address(f"{server}/{name}.png")
            assert len(str(caught.value)) < 400


def test_an_endless_address_is_refused_in_a_short_sentence():
    with pytest.raises(DownloadError, match="at most 2,000") as caught:
        from_address("http://example.org/" + "x" * 100_000)
    assert len(str(caught.value)) < 200


def test_an_unknown_name_is_no_picture_of_the_gallery():
    with pytest.raises(PictureError, match="no picture has this name"):
        from_gallery("/etc/passwd")


# Orders


@pytest.fixture
def order():
    return Order(from_gallery("harbor"), from_gallery("swirls"), {**QUICK, "style_weight": 0.3})


def test_an_order_is_a_line_of_python_that_paints_it(order):
    line = order.python()
    assert line == (
        "nst.stylize('harbor', 'swirls', size=48, backbone='vgg16', weights='mini-random', steps=4, "
        "content_layers=['block2_conv1'], style_layers=['block1_conv1', 'block2_conv1'], style_weight=0.3)"
    )
    result = eval(line.replace("steps=4", "steps=4, progress=False"), {"nst": nst})
    expected = nst.stylize("harbor", "swirls", **order.settings, progress=False)
    np.testing.assert_array_equal(result.picture, expected.picture)


def test_a_name_cannot_break_out_of_the_line_or_the_command(png):
    evil = Order(from_file("a'); import os; os.system('x') #`$(id)`;.png", png), from_gallery("swirls"))
    assert evil.python().startswith("nst.stylize(\"./a'); import os;")
    assert evil.command().startswith("nst stylize './a'\"'\"'); import os;")


@pytest.mark.parametrize("sent", [False, True], ids=["gallery", "file"])
def test_the_settings_paint_the_same_picture_on_the_command_line(order, png, tmp_path, sent):
    if sent:
        order = Order(from_file("mine.png", png), order.style, order.settings)
        (tmp_path / "mine.png").write_bytes(png)
    (tmp_path / "settings.json").write_text(order.to_json())
    expected = nst.stylize(order.content.picture(), "swirls", **order.settings, progress=False)
    pair = [str(tmp_path / "mine.png"), "swirls"] if sent else []
    out = tmp_path / "painting.png"
    assert main(["stylize", *pair, "--settings", str(tmp_path / "settings.json"), "-o", str(out), "--quiet"]) == 0
    np.testing.assert_array_equal(pixels(out.read_bytes()), np.rint(expected.picture * 255))


def test_flags_win_over_the_settings_and_names_over_its_pictures(order, tmp_path):
    (tmp_path / "settings.json").write_text(order.to_json())
    command = [
        "stylize",
        "portrait",
        "woodcut",
        "--settings",
        str(tmp_path / "settings.json"),
        "--seed",
        "0",
        "--steps",
        "2",
    ]
    assert main([*command, "-o", str(tmp_path / "out.png"), "--start", "noise", "--quiet"]) == 0
    changed = {**order.settings, "steps": 2, "start": "noise"}
    expected = nst.stylize("portrait", "woodcut", **changed, progress=False)
    np.testing.assert_array_equal(pixels((tmp_path / "out.png").read_bytes()), np.rint(expected.picture * 255))


def test_another_picture_than_that_of_the_settings_is_told(order, tmp_path, capsys):
    (tmp_path / "settings.json").write_text(order.to_json())
    command = ["stylize", "portrait", "swirls", "--settings", str(tmp_path / "settings.json")]
    assert main([*command, "-o", str(tmp_path / "out.png"), "--quiet"]) == 0
    assert "made with another content" in capsys.readouterr().err


def test_a_result_saves_settings_that_the_command_reads(tmp_path):
    result = nst.stylize("harbor", "swirls", **QUICK, progress=False)
    result.save(tmp_path / "settings.json")
    command = ["stylize", "harbor", "swirls", "--settings", str(tmp_path / "settings.json")]
    assert main([*command, "-o", str(tmp_path / "out.png"), "--quiet"]) == 0
    np.testing.assert_array_equal(pixels((tmp_path / "out.png").read_bytes()), np.rint(result.picture * 255))


def test_a_file_that_was_sent_has_to_be_named_to_the_command(order, png, tmp_path, capsys):
    sent = Order(from_file("mine.png", png), order.style, order.settings)
    (tmp_path / "settings.json").write_text(sent.to_json())
    command = ["stylize", "--settings", str(tmp_path / "settings.json"), "-o", str(tmp_path / "out.png")]
    assert main(command) == 2
    assert "Name the content" in capsys.readouterr().err
    assert read_settings(tmp_path / "settings.json").pictures == {"style": "swirls"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not JSON"),
        ("[1, 2]", "holds no settings"),
        ('{"settings": {"colour": 1}}', "There is no setting colour"),
        ('{"settings": {"size": -3}}', "size is -3"),
        ('{"settings": {"size": 64}, "stopped_after": 0}', "stopped_after is 0"),
    ],
)
def test_settings_that_make_no_sense_leave_with_two(text, message, tmp_path, capsys):
    (tmp_path / "settings.json").write_text(text)
    file = str(tmp_path / "settings.json")
    assert main(["stylize", "harbor", "swirls", "--settings", file, "-o", str(tmp_path / "out.png")]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out.png").exists()


@pytest.mark.parametrize(
    ("error", "control"),
    [
        (SettingError("steps is 0; it is a whole number"), "steps"),
        (SettingError("style_layers holds a weight that is not"), "style_layers"),
        (SettingError("At size 16 the content is 16 x 12; the layers need 32"), "size"),
        (MemoryBudgetError("A 4000 x 3000 painting needs about 90 GB"), "size"),
        (BackboneError("vgg19 has no layer 'block9'. Did you mean block5"), "content_layers"),
        (BackboneError("No mini weights for inception_v3: only vgg16 have a mini twin."), "weights"),
        (BackboneError("There is no network vgg23"), "backbone"),
        (PictureError("mine.png: damaged"), ""),
        (ZeroDivisionError("by zero"), ""),
    ],
)
def test_an_error_is_told_beside_the_control_that_caused_it(error, control):
    assert orders.control_at_fault(error, {"content_layers": ["block9"], "style_layers": None}) == control


# The Studio


def test_generate_paints_what_stylize_paints(new_studio):
    studio = painted(new_studio())
    expected = nst.stylize("harbor", "swirls", **QUICK, progress=False)
    files = links(studio._downloads.value)
    assert set(files) == {"painting.png", "settings.json"}
    np.testing.assert_array_equal(pixels(files["painting.png"]), np.rint(expected.picture * 255))
    assert ": done" in studio._sentence.value


def test_its_settings_give_its_picture_back_on_the_command_line(new_studio, tmp_path):
    studio = new_studio()
    studio.controls["content_weight"].value = 2.0
    studio.controls["content_layers"].value = "block2_conv1=.3, block3_conv1=.7"
    studio.controls["method"].value = "lbfgs"
    studio.controls["seed"].value = 5
    files = links(painted(studio)._downloads.value)
    (tmp_path / "settings.json").write_bytes(files["settings.json"])
    line = ["stylize", "--settings", str(tmp_path / "settings.json"), "-o", str(tmp_path / "painting.png"), "--quiet"]
    assert main(line) == 0
    assert (tmp_path / "painting.png").read_bytes() == files["painting.png"]
    assert json.loads(files["settings.json"])["settings"]["content_layers"] == {
        "block2_conv1": 0.3,
        "block3_conv1": 0.7,
    }


def test_what_was_stopped_is_given_back_too_and_can_be_resumed(new_studio, tmp_path):
    studio = new_studio(steps=100)
    studio.generate_button.click()
    until(lambda: studio.job.result is not None and studio.job.result.run.step > 3)
    studio.stop_button.click()
    assert studio.wait(PATIENCE)
    files = links(studio._downloads.value)
    assert 3 < json.loads(files["settings.json"])["stopped_after"] < 100
    assert len(studio.history) == 1
    (tmp_path / "settings.json").write_bytes(files["settings.json"])
    line = ["stylize", "--settings", str(tmp_path / "settings.json"), "-o", str(tmp_path / "painting.png"), "--quiet"]
    assert main(line) == 0
    assert (tmp_path / "painting.png").read_bytes() == files["painting.png"]
    assert not studio.resume_button.disabled
    studio.resume_button.click()
    assert studio.wait(PATIENCE)
    assert studio.job.state == "done"
    assert len(studio.history) == 1  # the whole run takes the place of its beginning
    expected = nst.stylize("harbor", "swirls", **{**QUICK, "steps": 100}, progress=False)
    whole = links(studio._downloads.value)
    np.testing.assert_array_equal(pixels(whole["painting.png"]), np.rint(expected.picture * 255))
    assert "stopped_after" not in json.loads(whole["settings.json"])


def test_a_wrong_setting_is_told_beside_its_control(new_studio):
    studio = new_studio()
    studio.controls["style_layers"].value = "block9_conv1"
    painted(studio)
    assert "block9_conv1" in studio.errors["style_layers"].value
    assert all(line.value == "" for name, line in studio.errors.items() if name != "style_layers")
    studio.controls["style_layers"].value = "block1_conv1=much"
    studio.generate_button.click()
    assert "write names, or name=weight" in studio.errors["style_layers"].value
    studio.controls["style_layers"].value = "block1_conv1"
    painted(studio)
    assert all(line.value == "" for line in studio.errors.values())
    assert len(studio.history) == 1


def test_every_keyword_of_its_settings_has_a_control_of_that_name(new_studio):
    studio = new_studio()
    for name, control in studio.controls.items():
        assert control.description == name
        assert len(getattr(control, "tooltip", None) or control.description_tooltip) > 5
    assert set(studio.controls) <= set(SETTINGS)


def test_what_a_control_says_comes_before_what_the_studio_began_with(new_studio):
    studio = new_studio(content_weight=0.3, style_weight=2.0, tv_weight=0.1, seed=5, method="lbfgs", jitter=3)
    said = {"seed": 7, "method": "adam", "steps": 9, "size": 64, "content_weight": 0.02, "weights": "random"}
    for name, value in said.items():
        studio.controls[name].value = value
    expected = {**said, "style_weight": 2.0, "jitter": 3}
    assert {name: studio.settings[name] for name in expected} == expected
    assert not set(studio.controls) & set(studio._fixed)


def test_before_and_after(new_studio):
    studio = painted(new_studio())
    after = studio._picture.value
    studio.compare.value = 1.0
    before = studio._picture.value
    studio.compare.value = 0.5
    assert len({after, before, studio._picture.value}) == 3
    studio.compare.value = 0.0
    assert studio._picture.value == after


def test_the_one_picture_is_shown_over_the_other(tiny_content, tiny_style):
    after = np.ascontiguousarray(tiny_style[:24])
    np.testing.assert_array_equal(before_and_after(tiny_content, after, 0), after)
    np.testing.assert_array_equal(before_and_after(tiny_content, after, 1), tiny_content)
    half = before_and_after(tiny_content, after, 0.5)
    np.testing.assert_array_equal(half[:, :16], tiny_content[:, :16])
    np.testing.assert_array_equal(half[:, 16:], after[:, 16:])


def test_a_result_of_the_session_can_be_had_back_with_its_settings(new_studio):
    studio = painted(new_studio())
    first = links(studio._downloads.value)
    studio.controls["seed"].value, studio.controls["size"].value = 3, 64
    studio.style.take(from_gallery("woodcut"))
    painted(studio)
    assert len(studio.history) == 2
    assert links(studio._downloads.value) != first
    keys = list(studio._thumbnails._buttons)
    studio._thumbnails._buttons[
        keys[1] if studio._thumbnails._buttons[keys[1]].description[-1] == "1" else keys[0]
    ].click()
    assert links(studio._downloads.value) == first
    assert (studio.controls["seed"].value, studio.controls["size"].value) == (0, 48)
    assert studio.style.source == from_gallery("swirls")
    again = painted(studio)
    assert links(again._downloads.value) == first


def test_old_results_make_room(new_studio, monkeypatch):
    monkeypatch.setattr("nst_utils.studio.app.KEPT", 2)
    studio = painted(new_studio(steps=1))
    oldest = studio.history[0]
    for _ in range(2):
        painted(studio)
    assert len(studio.history) == len(studio._thumbnails.grid.children) == 2
    assert all(kept is not oldest for kept in studio.history)


def test_the_way_there_as_a_gif(new_studio):
    studio = painted(new_studio())
    studio.gif_button.click()
    assert studio._gif_job.wait(PATIENCE)
    with Image.open(io.BytesIO(links(studio._gif.value)["painting.gif"])) as movie:
        assert movie.format == "GIF"
        assert movie.n_frames > 3


def test_good_and_bad_files_at_once(new_studio, png):
    studio = new_studio()
    name = '<img src=x onerror="alert(1)">.png'
    studio.content.add_files(
        [("text.png", b"no picture"), (name, png), ("dot.png", file_of(np.zeros((1, 1, 3)), "PNG"))]
    )
    assert studio.content.job.wait(PATIENCE)
    assert studio.content.source.data == png
    assert "text.png: damaged" in studio.content.error.value
    assert "dot.png" in studio.content.error.value
    shown = "".join(w.value for w in ipywidgets_html(studio.view))
    assert "<img src=x" not in shown
    painted(studio)
    assert "<img src=x" not in "".join(w.value for w in ipywidgets_html(studio.view))
    expected = nst.stylize(nst.picture(png), "swirls", **QUICK, progress=False)
    np.testing.assert_array_equal(
        pixels(links(studio._downloads.value)["painting.png"]), np.rint(expected.picture * 255)
    )


def ipywidgets_html(widget):
    if isinstance(widget, ipywidgets.HTML):
        yield widget
    for child in getattr(widget, "children", ()):
        yield from ipywidgets_html(child)


def test_files_come_in_the_form_of_either_ipywidgets(png):
    seven = SimpleNamespace(value={"a.png": {"metadata": {"name": "a.png"}, "content": png}})
    eight = SimpleNamespace(value=({"name": "a.png", "content": memoryview(png)},))
    assert uploaded_files(seven) == uploaded_files(eight) == [("a.png", png)]


def test_a_sent_file_is_chosen(new_studio, png):
    studio = new_studio()
    about = {"name": "mine.png", "type": "image/png", "size": len(png), "last_modified": datetime.datetime.now()}
    if IPYWIDGETS_8:
        studio.content.upload.value = ({**about, "content": memoryview(png)},)
    else:
        studio.content.upload.set_trait("value", {"mine.png": {"metadata": about, "content": png}})
    assert studio.content.job.wait(PATIENCE)
    assert studio.content.source == Source("file", "mine.png", png)


@pytest.mark.parametrize(
    "ask",
    [lambda picker: picker.fetch_button.click(), lambda picker: picker.address._handle_custom_msg(ENTER, [])],
    ids=["by the button", "by Enter"],
)
def test_a_wrong_address_is_told_beside_it(new_studio, ask):
    studio = new_studio()
    studio.content.address.value = "/etc/passwd"
    ask(studio.content)
    assert studio.content.job.wait(PATIENCE)
    assert "&#x27;/etc/passwd&#x27; is no address: an address begins with http" in studio.content.error.value
    assert studio.style.error.value == ""
    assert studio.content.source == from_gallery("harbor")


def test_a_picture_of_the_gallery_is_chosen_by_its_thumbnail(new_studio):
    studio = new_studio()
    button = studio.style._thumbnails._buttons["stained_glass"]
    assert button.description == "stained glass"
    button.click()
    assert studio.style.source == from_gallery("stained_glass")
    assert button.description == "✓ stained glass"


def test_two_studios_wait_for_each_other_and_closing_ends_the_work(new_studio):
    first, second = new_studio(steps=5000), new_studio()
    first.generate_button.click()
    until(lambda: first.job.result is not None and first.job.result.run.step)
    second.generate_button.click()
    until(lambda: WAITING in second._sentence.value)
    job = first.job
    first.close()
    assert job.wait(PATIENCE)
    assert job.state == "stopped"
    assert second.wait(PATIENCE)
    assert second.job.state == "done"
    assert Slot().take()  # nobody holds it any more
    with pytest.raises(NSTError, match="has been closed"):
        first.generate()


def test_it_is_displayed_with_a_picture(new_studio):
    studio = new_studio()
    assert "press Generate" in studio.bundle()[0]["text/plain"]
    assert painted(studio).figure().get_suptitle() == "Studio: a painting of this session"
