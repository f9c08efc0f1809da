"""Panels over a common axis of thresholds, with the threshold of theory and the best one marked in each."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import altair as alt

from trainer.evaluation.resampling import Interval, Vector
from trainer.reports.chart import Body, Row
from trainer.reports.marks import PERCENT, heading, table
from trainer.reports.theme import BLACK, BLUE, SKY, VERMILION

WIDTH: Final = 590
BASIS: Final = "Out-of-fold PDs; bands are 95 % bootstrap intervals."
_AXIS: Final = "Decline from PD"
_BEST: Final = "best on these rows, with its interval"
_WHOLE: Final = [1, 0]
_DASHED: Final = [5, 4]
_POINTED: Final = alt.selection_point(
    name="pointed", on="pointermove", nearest=True, fields=["threshold"], empty=False, clear="pointerout"
)


class Curves:
    """Columns of one length, one of them ``threshold``."""

    def __init__(
        self,
        columns: Mapping[str, Vector],
        theory: tuple[float, str],
        optimum: Interval,
        shown: Sequence[alt.Tooltip],
    ) -> None:
        """Draw ``columns``, marking ``theory``, a threshold and its name; ``shown`` is told under the pointer."""
        values = zip(*(column.tolist() for column in columns.values()), strict=True)
        at, name = theory
        self._looks = {name: (BLACK, _DASHED), _BEST: (VERMILION, _WHOLE)}
        self.tables: dict[str, list[Row]] = {
            "curves": [dict(zip(columns, row, strict=True)) for row in values],
            "marks": [
                {"threshold": at, "low": None, "high": None, "name": name},
                {"threshold": optimum.estimate, "low": optimum.low, "high": optimum.high, "name": _BEST},
            ],
        }
        self._shown = list(shown)

    def leading(self, value: str, title: str, height: int) -> Body:
        """The first panel: the column ``value`` with its bounds ``low`` and ``high``, following the pointer."""
        x = _x(None)
        y = alt.Y(f"{value}:Q", title=None, axis=alt.Axis(tickCount=5), scale=alt.Scale(zero=False))
        band = table("curves").mark_area(color=SKY, opacity=0.35).encode(x=x, y=alt.Y("low:Q"), y2="high:Q")
        line = table("curves").mark_line(color=BLUE).encode(x=x, y=y)
        return self._finished([band, line, self._dots(x, value).add_params(_POINTED)], title, height)

    def share(self, value: str, title: str, height: int, *, last: bool = False) -> Body:
        """A panel of the column ``value``, shares; ``last``: the last panel."""
        x = _x(_AXIS if last else None)
        y = alt.Y(f"{value}:Q", title=None, axis=alt.Axis(labelExpr=PERCENT, tickCount=4))
        line = table("curves").mark_line(color=BLUE).encode(x=x, y=y)
        return self._finished([line, self._dots(x, value)], title, height)

    def several(self, values: Mapping[str, str], title: str, height: int) -> Body:
        """The last panel, of several columns; ``values`` are their colours."""
        names = {name.replace("_", " "): color for name, color in values.items()}
        x = _x(_AXIS)
        folded = table("curves").transform_fold(list(values), as_=["which", "value"])
        lines = (
            folded.transform_calculate(kind="replace(datum.which, '_', ' ')")
            .mark_line()
            .encode(
                x=x,
                y=alt.Y("value:Q", title=None, axis=alt.Axis(tickCount=4)),
                color=alt.Color("kind:N", title=None, scale=_looks(list(names), list(names.values()))),
                strokeDash=alt.StrokeDash("kind:N", title=None, scale=_looks(list(names), [_WHOLE, _DASHED])),
            )
        )
        return self._finished([lines, *(self._dots(x, value) for value in values)], title, height)

    def stacked(self, first: Body, *others: Body) -> Body:
        """The panels one below the other; the first names the marks."""
        named = alt.layer(first, *self._marks(), self._names())
        panels = [named, *(alt.layer(panel, *self._marks()) for panel in others)]
        whole: Body = alt.vconcat(*panels).resolve_scale(color="independent", strokeDash="independent")
        return whole

    def _finished(self, layers: list[Body], title: str, height: int) -> Body:
        return alt.layer(*layers, width=WIDTH, height=height, title=heading(title))

    def _dots(self, x: alt.X, value: str) -> alt.Chart:
        """A dot at the threshold under the pointer, which tells all figures there."""
        opacity = alt.when(_POINTED).then(alt.value(1)).otherwise(alt.value(0))
        dots: alt.Chart = (
            table("curves").mark_point(color=BLUE).encode(x=x, y=f"{value}:Q", opacity=opacity, tooltip=self._shown)
        )
        return dots

    def _marks(self) -> list[Body]:
        """The threshold of theory, and the best one on its interval."""
        theory, best = (table("marks").transform_filter(alt.datum.name == name) for name in self._looks)
        return [
            best.mark_rect(color=VERMILION, opacity=0.15).encode(x="low:Q", x2="high:Q"),
            best.mark_rule(color=VERMILION).encode(x="threshold:Q"),
            theory.mark_rule(color=BLACK, strokeDash=_DASHED).encode(x="threshold:Q"),
        ]

    def _names(self) -> Body:
        """The marks again, for their legend."""
        colors, dashes = zip(*self._looks.values(), strict=True)
        legend: Body = (
            table("marks")
            .mark_rule()
            .encode(
                x="threshold:Q",
                color=alt.Color("name:N", title=None, scale=_looks(list(self._looks), list(colors))),
                strokeDash=alt.StrokeDash("name:N", title=None, scale=_looks(list(self._looks), list(dashes))),
            )
        )
        return legend


def _x(title: str | None) -> alt.X:
    return alt.X(
        "threshold:Q", title=title, axis=alt.Axis(labelExpr=PERCENT, tickCount=10), scale=alt.Scale(nice=False)
    )


def _looks(names: list[str], looks: list[Any]) -> alt.Scale:
    return alt.Scale(domain=names, range=looks)
