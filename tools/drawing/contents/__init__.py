"""The contents: five pictures with light, depth and texture, to be repainted in the manner of others.

Each is a function without arguments that returns a canvas (h, w, 3) in [0, 1]. Where volume matters (`canyon`,
`cartoon`, `portrait`, `harbor`) a small ray marcher lights a scene of distance functions; `skyline` is painted flat,
layer over layer.
"""

from tools.drawing.contents.canyon import canyon
from tools.drawing.contents.cartoon import cartoon
from tools.drawing.contents.harbor import harbor
from tools.drawing.contents.portrait import portrait
from tools.drawing.contents.skyline import skyline

CONTENTS = {"skyline": skyline, "canyon": canyon, "cartoon": cartoon, "portrait": portrait, "harbor": harbor}
