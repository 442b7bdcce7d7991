"""The style pictures, each drawn to exercise other features of a network: strokes, cells, line, panes, dots, flats.

A drawing is a function without arguments that returns a canvas (h, w, 3). All of them first compose a picture in smooth
fields or shapes, then render it with the marks of one technique: brush, ink, glass, dots, or printed blocks.
"""

from tools.drawing.styles.crying_sky import crying_sky
from tools.drawing.styles.honeycomb import honeycomb
from tools.drawing.styles.mandala import mandala
from tools.drawing.styles.pointillism import pointillism
from tools.drawing.styles.stained_glass import stained_glass
from tools.drawing.styles.swirls import swirls
from tools.drawing.styles.woodcut import woodcut

STYLES = {
    "swirls": swirls,
    "honeycomb": honeycomb,
    "mandala": mandala,
    "crying_sky": crying_sky,
    "stained_glass": stained_glass,
    "pointillism": pointillism,
    "woodcut": woodcut,
}
