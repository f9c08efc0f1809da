"""How charts look: colours that the colour-blind can tell apart, sizes that are legible on A4."""

from typing import Any, Final

# Okabe & Ito 2008, "Color universal design".
BLUE: Final = "#0072B2"
VERMILION: Final = "#D55E00"
GREEN: Final = "#009E73"
ORANGE: Final = "#E69F00"
SKY: Final = "#56B4E9"
PURPLE: Final = "#CC79A7"
BLACK: Final = "#222222"
GREY: Final = "#767676"
PALE: Final = "#D9D9D9"

KINDS: Final = (BLUE, ORANGE, GREEN, PURPLE, SKY, VERMILION, GREY, BLACK)
"""Colours of kinds that have no order."""
OUTCOMES: Final = {"repaid": BLUE, "defaulted": VERMILION}
SHADES: Final = ("#E3E3E3", "#BDD0E3", "#86AAD0", "#3F79B5", "#0B3C78")
"""From nothing to much, told apart by lightness alone."""
LESS_TO_MORE: Final = "viridis"
"""Scheme of quantities from little to much; even in lightness, and the same to the colour-blind."""
BELOW_AND_ABOVE: Final = "blueorange"
"""Scheme of quantities on both sides of 0."""

PIXELS_PER_INCH: Final = 102
"""Of a chart's own units, on paper: WIDTH is then 170 mm, a text column of A4, and 11 units are 8 points."""
WIDTH: Final = 682
"""A chart's greatest width with all labels."""
ROW: Final = 17
"""Height of a line in a list of names."""
FONT: Final = "Liberation Sans, Arial, Helvetica, sans-serif"
"""The renderer brings the first; Arial and Helvetica measure the same."""

CONFIG: Final[dict[str, Any]] = {
    "font": FONT,
    "background": "white",
    "padding": 8,
    "view": {"stroke": None},
    "concat": {"spacing": 14},
    "title": {
        "anchor": "start",
        "fontSize": 12,
        "fontWeight": "bold",
        "color": BLACK,
        "subtitleFontSize": 12,
        "subtitleColor": BLACK,
        "offset": 6,
    },
    "axis": {
        "labelFontSize": 11,
        "titleFontSize": 11,
        "titleFontWeight": "normal",
        "labelColor": BLACK,
        "titleColor": BLACK,
        "domainColor": GREY,
        "tickColor": GREY,
        "gridColor": "#E4E4E4",
        "labelSeparation": 8,
        "labelLimit": 340,
        "titlePadding": 6,
    },
    "axisX": {"labelFlush": False},
    "axisY": {"domain": False, "ticks": False, "labelPadding": 6},
    "axisQuantitative": {"grid": True},
    "axisBand": {"grid": False},
    "axisPoint": {"grid": False},
    "legend": {
        "labelFontSize": 11,
        "titleFontSize": 11,
        "titleFontWeight": "normal",
        "orient": "top",
        "labelLimit": 260,
        "titleLimit": 400,
    },
    "text": {"fontSize": 11, "color": BLACK},
    "point": {"filled": True, "size": 36, "opacity": 1},
    "rule": {"strokeWidth": 1.5},
    "line": {"strokeWidth": 2},
}
