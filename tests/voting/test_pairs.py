"""What can be voted on: mappings, folders, results and sweeps become the same pairs."""

import numpy as np
import pytest

import nst_utils as nst
from nst_utils.base.errors import NSTError, PictureError, SettingError
from nst_utils.engine.result import Result
from nst_utils.study.tables import table_of
from nst_utils.voting.pairs import measures_of, open_all, pairs_of

GRAY = np.full((16, 24, 3), 0.5, np.float32)
WHITE = np.ones((16, 24, 3), np.float32)


@pytest.fixture
def folder(tmp_path):
    """PAIR/METHOD.png, and what does not belong there."""
    for pair in ("harbor_in_swirls", "cat in mandala"):
        for name in ("vgg16", "vgg19", "style"):
            nst.save_picture(GRAY if name == "vgg16" else WHITE, tmp_path / pair / f"{name}.png")
        (tmp_path / pair / "notes.txt").write_text("not a picture")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "votes.csv").write_text("")
    return tmp_path


def test_a_folder_and_a_mapping_are_the_same_pairs(folder):
    pairs = pairs_of(folder)
    assert list(pairs) == ["cat in mandala", "harbor_in_swirls"]
    pair = pairs["harbor_in_swirls"]
    assert (list(pair.paintings), list(pair.references)) == (["vgg16", "vgg19"], ["style"])
    np.testing.assert_allclose(pair.painting("vgg16"), GRAY, atol=1 / 255)
    given = {name: {**one.paintings, **one.references} for name, one in pairs.items()}
    assert pairs_of(given) == pairs == pairs_of(str(folder))


def test_a_result_brings_its_content_and_its_style():
    result = Result(GRAY, WHITE / 2, WHITE, {}, {}, (), None)
    pair = pairs_of({"gray in white": {"one": result, "other": GRAY}})["gray in white"]
    np.testing.assert_array_equal(pair.painting("one"), result.picture)
    np.testing.assert_array_equal(pair.reference("style"), result.style)
    open_all({"gray in white": pair}, "content")


def test_a_sweep_is_pairs_and_seeds_of_methods_told_apart_by_what_differs(tmp_path):
    nst.save_picture(GRAY, tmp_path / "a.png")
    rows = [
        {
            "content": "harbor",
            "style": "swirls",
            "backbone": backbone,
            "content_weight": weight,
            "style_layers": [backbone],
            "seed": seed,
            "status": "done",
            "picture": str(tmp_path / "a.png"),
        }
        for backbone in ("vgg16", "vgg19")
        for weight in (0.1, 1.0)
        for seed in (0, 1)
    ]
    rows.append({**rows[0], "content": "cat", "status": "failed", "picture": None})
    pairs = pairs_of(table_of(rows))
    assert list(pairs) == ["harbor in swirls, seed 0", "harbor in swirls, seed 1"]
    pair = pairs["harbor in swirls, seed 0"]
    told = [f"{backbone}, content_weight {weight}" for backbone in ("vgg16", "vgg19") for weight in (0.1, 1.0)]
    assert list(pair.paintings) == told
    assert pair.references == {"content": "harbor", "style": "swirls"}
    one_seed = [row for row in rows if row["seed"] == 0 and row["content_weight"] == 1.0]
    assert list(pairs_of(table_of(one_seed))["harbor in swirls"].paintings) == ["vgg16", "vgg19"]
    with pytest.raises(SettingError, match="was painted twice by vgg16; take a part of the table"):
        pairs_of(table_of([*one_seed, one_seed[0]]))


def test_what_a_sweep_has_measured_is_of_the_paintings_that_were_voted_on():
    row = {"content": "harbor", "style": "swirls", "picture": "a.png", "status": "done", "palette_distance": 0.25}
    rows = [{**row, "backbone": "vgg16"}, {**row, "backbone": "vgg19", "palette_distance": 0.5}]
    found = measures_of(table_of(rows), "palette_distance", "-palette_distance")
    paintings = {(pair, method) for pair, one in pairs_of(table_of(rows)).items() for method in one.paintings}
    assert set(found["palette_distance"]) == set(found["-palette_distance"]) == paintings
    assert [*found["palette_distance"].values()] == [0.25, 0.5]
    assert [*found["-palette_distance"].values()] == [-0.25, -0.5]
    with pytest.raises(SettingError, match="There is no column 'gap'; the columns are content"):
        measures_of(table_of(rows), "-gap")


def test_the_folder_of_a_sweep_is_voted_on_as_it_is(tmp_path):
    quick = {"size": 32, "steps": 1, "style_layers": ["block1_conv1"], "content_layers": ["block1_conv2"]}
    given = {"contents": {"gray": GRAY}, "styles": "swirls", "content_weight": [0.1, 1.0], "judge": "none"}
    nst.sweep(into=tmp_path, weights="mini-random", progress=False, **given, **quick)
    (name, pair), *_ = pairs_of(tmp_path).items()
    assert (name, list(pair.paintings)) == ("gray in swirls", ["content_weight 0.1", "content_weight 1.0"])
    assert list(pair.references) == ["style"]  # gray was an array, whose name opens nothing
    open_all({name: pair}, "style")
    with pytest.raises(SettingError, match=r'gray in swirls has no content to show .* pictures\["gray in swirls"\]'):
        open_all({name: pair}, "content")


@pytest.mark.parametrize(
    ("pictures", "says"),
    [
        (3, "pictures is 3; give a mapping"),
        ({"harbor": GRAY}, "give a mapping"),
        ({}, "no pair with two paintings"),
        ({"harbor": {"vgg16": GRAY, "style": GRAY}}, "no pair with two paintings"),
        ({"har\nbor": {"vgg16": GRAY, "vgg19": GRAY}}, "called 'har"),
        ({"harbor": {16: GRAY, 19: GRAY}}, "is called 16"),
        ("nowhere", "nowhere is no folder"),
        (table_of([{"content": "a"}]), "The table lacks style, picture"),
    ],
    ids=range(8),
)
def test_what_cannot_be_voted_on_is_refused(pictures, says):
    with pytest.raises(NSTError, match=says):
        pairs_of(pictures)


def test_a_folder_without_pictures_or_with_a_broken_one_is_refused(folder, tmp_path_factory):
    with pytest.raises(PictureError, match=r"holds no files PAIR/METHOD\.png"):
        pairs_of(tmp_path_factory.mktemp("empty"))
    (folder / "cat in mandala" / "vgg16.png").write_bytes(b"no picture")
    with pytest.raises(PictureError, match=r"vgg16\.png"):
        open_all(pairs_of(folder), None)
