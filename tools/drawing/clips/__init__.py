"""The clips: frames (h, w, 3) in [0, 1] whose motion is known, to be painted as films."""

from tools.drawing.clips.balloon import balloon

CLIPS = {"balloon": balloon}
