"""Windows or months along an axis, at equal steps: those without decisions leave no gap."""

from collections.abc import Sequence
from typing import Final

from gateway.page.views.lines import Axis

ROOM: Final = 36
"""Characters that names on the axis have together, at most; the table beside has all."""


def timeline(title: str, names: Sequence[str]) -> Axis:
    """The axis of ``names``, oldest first, one step apart from 0."""
    ticks = max(ROOM // max(map(len, names), default=1), 1)
    step = max(-(-len(names) // ticks), 1)
    # Counted from the newest, which is what one looks for.
    marked = [place for place in range(len(names)) if (len(names) - 1 - place) % step == 0]
    return Axis(
        title,
        lambda at: names[round(at)],
        -0.5,
        len(names) - 0.5,
        ticks=[(float(place), names[place]) for place in marked],
    )
