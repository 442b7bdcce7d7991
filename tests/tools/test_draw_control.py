"""The tool that paints the README's sheet of lesson 09."""

import draw_control
import numpy as np

import nst_utils as nst


def test_the_sheet_shows_what_its_labels_say(tmp_path, capsys):
    assert draw_control.main(["--size", "48", "--steps", "2", "--into", str(tmp_path / "sheet.jpg")]) == 0
    assert capsys.readouterr().out.split("\n")[:-1] == list(draw_control.ASKED)
    height, width, _ = nst.picture(tmp_path / "sheet.jpg").shape
    assert 2 * height < width < 3 * height
    assert np.std(nst.picture(tmp_path / "sheet.jpg")) > 0.1
