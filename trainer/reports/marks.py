"""Marks that several charts draw: a figure with its interval, a line to compare with."""

from collections.abc import Sequence
from typing import Any, Final

import altair as alt

from trainer.reports.chart import Body
from trainer.reports.theme import BLUE, GREY, OUTCOMES

PERCENT: Final = "format(100 * datum.value, '.3~g') + ' %'"
"""What an axis of shares writes (``alt.Axis(labelExpr=…)``)."""


def table(name: str) -> alt.Chart:
    """A chart of one of its tables."""
    return alt.Chart(alt.NamedData(name))


def hints(*fields: tuple[str, str]) -> list[alt.Tooltip]:
    """What is shown under the pointer: fields ("name:Q") with their titles."""
    return [alt.Tooltip(field, title=title) for field, title in fields]


def shares(*fields: tuple[str, str]) -> list[alt.Tooltip]:
    """As ``hints``, for shares."""
    return [alt.Tooltip(field, title=title, format=".1%") for field, title in fields]


def heading(text: str, below: str = "") -> alt.TitleParams:
    """The title of one of a chart's panels, and a word below it."""
    return alt.TitleParams(text, frame="group", subtitle=below, subtitleColor=GREY, subtitleFontSize=10)


def outcome_colors() -> alt.Color:
    """The colours of the column ``outcome``: "repaid" or "defaulted"."""
    return alt.Color("outcome:N", title=None, scale=alt.Scale(domain=list(OUTCOMES), range=list(OUTCOMES.values())))


def across(
    base: alt.Chart,
    x: alt.X,
    y: alt.Y,
    *,
    color: Any = None,
    tooltip: Sequence[alt.Tooltip],
) -> list[alt.Chart]:
    """Figures as dots with their intervals, columns ``low`` and ``high``, one a line of ``y``: layers."""
    paint = alt.value(BLUE) if color is None else color
    intervals = base.mark_rule().encode(x="low:Q", x2="high:Q", y=y, color=paint)
    return [intervals, base.mark_point().encode(x=x, y=y, color=paint, tooltip=list(tooltip))]


def upright(at: float, *, dash: Sequence[int] = (4, 3), color: str = GREY) -> Body:
    """A vertical line at ``at`` to compare with."""
    return _line(dash, color).encode(x=alt.datum(at))


def level(at: float, *, dash: Sequence[int] = (4, 3), color: str = GREY) -> Body:
    """A horizontal line at ``at`` to compare with."""
    return _line(dash, color).encode(y=alt.datum(at))


def _line(dash: Sequence[int], color: str) -> alt.Chart:
    # One empty row: there is one line to draw.
    rule: alt.Chart = alt.Chart(alt.InlineData([{}])).mark_rule(strokeDash=list(dash), color=color, strokeWidth=1)
    return rule
