"""The tool that paints the README's sheet of lesson 09."""

import draw_control
import numpy as np

import nst_utils as nst


def test_the_sheet_shows_what_its_labels_say(tmp_path, capsys, monkeypatch):
    for title in ("the flower alone", "all but the flower", "both, mixed", "the content's colors"):
        monkeypatch.setitem(draw_control.ASKED, title, draw_control.ASKED["twice as coarse"])  # one graph for these
    assert draw_control.main(["--size", "48", "--steps", "2", "--into", str(tmp_path / "sheet.jpg")]) == 0
    assert capsys.readouterr().out.split("\n")[:-1] == list(draw_control.ASKED)
    height, width, _ = nst.picture(tmp_path / "sheet.jpg").shape
    assert 2 * height < width < 3 * height
    assert np.std(nst.picture(tmp_path / "sheet.jpg")) > 0.1
