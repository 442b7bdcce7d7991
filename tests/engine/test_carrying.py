"""Settings in a file, pictures among them: what comes back is what was there, to the bit, or it is refused."""

import json

import numpy as np
import pytest
from PIL import Image

import nst_utils as nst
from nst_utils.base.errors import SettingError
from nst_utils.cli import main
from nst_utils.control.masks import mask_of
from nst_utils.engine.carrying import MOST_BYTES, carried_settings, mask_png, png_of, received_settings

QUICK = {
    "size": 48,
    "backbone": "vgg16",
    "weights": "mini-random",
    "steps": 3,
    "content_layers": ["block2_conv1"],
    "style_layers": ["block1_conv1"],
}


@pytest.fixture
def disk():
    """A mask (36, 48) with a soft edge."""
    y, x = np.mgrid[0:36, 0:48]
    return np.clip((14 - np.hypot(y - 18, x - 24)) / 6, 0, 1).astype(np.float32)


def there_and_back(**settings):
    return received_settings(json.loads(json.dumps(carried_settings(settings))))


def test_every_gray_of_a_mask_comes_back_to_the_bit():
    grays = np.arange(256, dtype=np.uint8).reshape(8, 32)
    for given in (grays, grays / 255, grays.astype(np.float32) / np.float32(255), Image.fromarray(grays), grays > 100):
        np.testing.assert_array_equal(nst.picture(there_and_back(mask=given)["mask"]), nst.picture(given))


def test_a_colored_picture_comes_back_in_its_colors():
    shown = np.random.default_rng(0).integers(0, 256, (9, 11, 3), np.uint8)
    np.testing.assert_array_equal(nst.picture(there_and_back(content_map=shown)["content_map"]), nst.picture(shown))


def test_names_paths_and_nothing_stay_what_they_are(tmp_path):
    path = tmp_path / "mask.png"
    given = {"mask": [path, "other.png"], "content_map": None, "size": 64, "shares": (0.5, 1)}
    assert there_and_back(**given) == {
        "mask": [str(path), "other.png"],
        "content_map": None,
        "size": 64,
        "shares": [0.5, 1],
    }


def test_one_mask_stays_one_and_a_list_stays_a_list(disk):
    assert isinstance(there_and_back(mask=disk)["mask"], bytes)
    assert len(there_and_back(mask=[disk])["mask"]) == 1
    assert len(there_and_back(mask=(disk, 1 - disk))["mask"]) == 2
    assert isinstance(there_and_back(mask=disk.tolist())["mask"], bytes)  # a list of numbers is one picture


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (np.random.default_rng(0).integers(0, 256, (600, 600), np.uint8), f"settings carry {MOST_BYTES:,}"),
        (np.zeros((3, 3)), "mask is no picture"),
        (7, "mask is no picture"),
    ],
    ids=["large", "small", "number"],
)
def test_what_cannot_be_carried_is_refused_in_a_sentence(mask, message):
    with pytest.raises(SettingError, match=message) as caught:
        carried_settings({"mask": mask})
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200


def test_a_png_is_carried_as_it_is(disk):
    png = mask_png(disk)
    assert png_of("mask", png) is png


def test_a_result_with_a_mask_and_two_styles_is_painted_again_from_its_settings(disk, tmp_path):
    result = nst.stylize(
        "harbor", ["swirls", "woodcut"], mask=[disk, 1 - disk], colors="monge", style_scale=2.0, progress=False, **QUICK
    )
    settings, out = result.save(tmp_path / "settings.json"), tmp_path / "again.png"
    assert main(["stylize", "harbor", "swirls", "woodcut", "--settings", str(settings), "-o", str(out), "--quiet"]) == 0
    np.testing.assert_array_equal(np.asarray(Image.open(out)), np.rint(result.picture * 255))


def test_a_mask_of_any_numbers_is_the_same_mask_after_its_way():
    found = nst.select(nst.picture("harbor", 96), [(48, 36)])
    for mask in (found, 1 - found, np.random.default_rng(0).random((30, 40))):
        for shape in ((30, 40), (36, 48), (72, 96)):
            np.testing.assert_array_equal(mask_of(there_and_back(mask=mask)["mask"], shape), mask_of(mask, shape))
