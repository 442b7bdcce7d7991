"""Files of settings from anybody: settings of the right kinds, or one short sentence."""

import json

import numpy as np
import pytest

from nst_utils.base.errors import SettingError
from nst_utils.engine.carrying import mask_png
from nst_utils.engine.settings import SETTINGS
from nst_utils.studio.order import Order, from_gallery
from nst_utils.studio.settings_file import LARGEST_FILE, read_settings


@pytest.fixture
def read(tmp_path):
    """A function from what stands in a file to what is read of it."""

    def reader(content):
        path = tmp_path / "settings.json"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_settings(path)

    return reader


def refused(read, content) -> str:
    with pytest.raises(SettingError) as caught:
        read(content)
    sentence = str(caught.value)
    assert len(sentence.replace(", ".join(SETTINGS), "")) < 400
    assert "\n" not in sentence
    return sentence


def test_what_the_studio_writes_is_read(read):
    given = {"size": 64, "content_layers": {"block2_conv1": 0.3, "block3_conv1": 1}, "steps": [4, 2], "tv_weight": None}
    order = Order(from_gallery("harbor"), from_gallery("swirls"), given)
    written = read(order.to_json(stopped_after=3))
    assert written.settings == order.all_settings()
    assert written.pictures == {"content": "harbor", "style": "swirls"}
    assert set(written.fingerprints) == {"content", "style"}
    assert written.stopped_after == 3


def test_masks_shares_colors_and_several_styles_are_read_as_they_were(read):
    png = mask_png(np.tri(12, 16))
    given = {"mask": [png, "mask.png"], "shares": [0.7, 0.3], "colors": "monge", "style_scale": 2.0, "content_map": png}
    order = Order(from_gallery("harbor"), (from_gallery("swirls"), from_gallery("woodcut")), given)
    written = read(order.to_json())
    assert written.settings == order.all_settings()
    assert written.pictures == {"content": "harbor", "style": ["swirls", "woodcut"]}
    assert len(written.fingerprints["style"]) == 2


def test_the_bare_settings_are_read_too(read):
    assert read('{"size": 64, "tv_weight": 1}').settings == {"size": 64, "tv_weight": 1}


def test_a_value_of_a_wrong_kind_is_refused_by_its_name(read):
    for name, usual in SETTINGS.items():
        for wrong in ([[[1]]], {"a": {"b": 1}}, [None], True, float("nan"), 10**400, "x" * 5000):
            if not (wrong is True and usual is True):
                assert f": {name} is " in refused(read, json.dumps({name: wrong}))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is not JSON"),
        ("{", "is not JSON"),
        (b"\xff\xfe{}", "it is no text"),
        ("[1, 2]", "holds no settings"),
        ("null", "holds no settings"),
        ('{"settings": 3}', "holds no settings"),
        ("[" * 200_000, "nested too deeply"),
        ('{"size": ' + "[" * 400_000 + "]" * 400_000 + "}", "nested too deeply"),
        ('{"size": ' + "[" * 300 + "]" * 300 + "}", "size is [["),
        ('{"size": ' + "9" * 5000 + "}", "is not JSON"),
        ('{"size": 1e999}', "size is inf"),
        (json.dumps({"x" * 90_000: 1}), "There is no setting xxx"),
        ('{"settings": {}, "stopped_after": 0}', "stopped_after is 0"),
        ('{"settings": {}, "stopped_after": true}', "stopped_after is True"),
        ('{"settings": {}, "nst_utils": "99.0"}', "written by nst_utils 99.0, newer than this"),
        ('{"settings": {}, "nst_utils": 99}', "nst_utils is 99; it is the version"),
        ('{"settings": {}, "nst_utils": [[1]]}', "nst_utils is [[1]]; it is the version"),
        ('{"settings": {}, "content": "harbor"}', "content is 'harbor'; it is a table"),
        ('{"settings": {}, "style": {"kind": "gallery", "name": ["swirls"]}}', "it is a table with a kind"),
        ('{"settings": {}, "style": [{"kind": "gallery", "name": "swirls"}, 3]}', "style is 3; it is a table"),
        ('{"mask": "data:image/png;base64,AAAA"}', "mask is no picture"),
        ('{"mask": "data:image/png;base64,?"}', "mask is no picture"),
        ('{"mask": "data:text/html,<b>"}', "mask is no picture: it begins with 'data:text/html,<b>'"),
        ('{"mask": ["one.png", 2]}', "mask is ['one.png', 2]; in a file it is a picture's name or path"),
        ('{"mask": []}', "mask is []; in a file it is"),
        ('{"content_map": ["one.png"]}', "content_map is ['one.png']; in a file it is"),
        (" " * (LARGEST_FILE + 1), "more than 1,000,000 bytes"),
    ],
    ids=lambda text: text[:20],
)
def test_what_makes_no_sense_is_told_in_a_sentence(content, message, read):
    assert message in refused(read, content)


@pytest.mark.parametrize("name", ["/dev/zero", "/dev/full"])
def test_a_file_without_an_end_is_read_to_its_limit(name):
    with pytest.raises(SettingError, match="more than 1,000,000 bytes"):
        read_settings(name)


@pytest.mark.parametrize("name", ["nowhere.json", ".", "a\x00b", "x" * 300])
def test_a_file_that_cannot_be_read_is_told(name, tmp_path):
    with pytest.raises(SettingError, match="cannot be read"):
        read_settings(tmp_path / name)
