"""What a chart is: a picture, the numbers in it, and what they say."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final

import altair as alt

from creditrisk.model.reports import ChartText
from trainer.reports.text import wrapped
from trainer.reports.theme import CONFIG, GREY, WIDTH

Row = Mapping[str, str | float | bool | None]
Body = alt.Chart | alt.LayerChart | alt.FacetChart | alt.HConcatChart | alt.VConcatChart

DIGITS: Final = 4
"""Significant digits of the numbers in a chart's data."""
_OF_THE_WHOLE: Final = ("$schema", "datasets", "config", "params")
"""What a specification has once, whatever it is made of."""
_TITLE_SIZE: Final = 16
_FINDING_SIZE: Final = CONFIG["title"]["subtitleFontSize"]
_FOOT_SIZE: Final = 10


class Section(StrEnum):
    """Parts of a report, in its order."""

    DATA = "Data"
    FEATURES = "Features"
    COMPARISON = "Models compared"
    THRESHOLD = "Threshold and cost"
    CALIBRATION = "Calibration"
    EXPLANATION = "What the model goes by"
    EXAMPLES = "Four applicants"
    FAIRNESS = "Fairness"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a report's numbers come from: ``data`` by name, its ``rows``, and the ``day`` they were taken."""

    data: str
    rows: int
    day: date
    synthetic: bool

    @property
    def line(self) -> str:
        """The source in one line."""
        about = " SYNTHETIC: says nothing about people." if self.synthetic else ""
        return f"Data: {self.data}, {self.rows:,} applications, {self.day:%Y-%m-%d}.{about}"


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart.

    ``name`` is its files' stem; ``finding`` says in a sentence what is to be seen, ``basis`` what the numbers are of
    and how they were got. ``body`` draws the ``tables``, which it reads by name (``alt.NamedData``).
    """

    name: str
    section: Section
    title: str
    finding: str
    basis: str
    body: Body
    tables: Mapping[str, Sequence[Row]]

    @property
    def text(self) -> ChartText:
        """The chart in words."""
        return ChartText(self.name, str(self.section), self.title, self.finding, self.basis)

    def data(self) -> dict[str, list[dict[str, Any]]]:
        """The tables as JSON can hold them: numbers of ``DIGITS`` significant digits, null for what is not finite."""
        return {name: [_plain(row) for row in rows] for name, rows in self.tables.items()}

    def picture(self) -> dict[str, Any]:
        """The Vega-Lite specification of the picture alone."""
        # Altair files data given in place, such as lines to compare with, under names of its own.
        specification: dict[str, Any] = self.body.to_dict()
        return specification | {"datasets": specification.get("datasets", {}) | self.data(), "config": CONFIG}

    def page(self, source: Source) -> dict[str, Any]:
        """The Vega-Lite specification of the chart as it stands in a paper, with all its texts."""
        picture = self.picture()
        whole = {key: picture.pop(key) for key in _OF_THE_WHOLE if key in picture}
        above = {
            "text": wrapped(self.title, _TITLE_SIZE, WIDTH),
            "fontSize": _TITLE_SIZE,
            "subtitle": wrapped(self.finding, _FINDING_SIZE, WIDTH),
            "offset": 12,
        }
        below = {
            "text": wrapped(f"{self.basis} {source.line}", _FOOT_SIZE, WIDTH),
            "fontSize": _FOOT_SIZE,
            "fontWeight": "normal",
            "color": GREY,
            "orient": "bottom",
            "offset": 10,
        }
        # Altair could nest the chart as well, but copies all of it several times for that.
        return whole | {"title": above, "vconcat": [{"title": below, "vconcat": [picture]}]}


@dataclass(frozen=True, slots=True)
class Report:
    """Charts of one source."""

    title: str
    source: Source
    charts: tuple[Chart, ...]

    def by_section(self) -> list[tuple[Section, list[Chart]]]:
        """The charts as a reader meets them: section by section, those without any left out."""
        every = [(section, [chart for chart in self.charts if chart.section is section]) for section in Section]
        return [(section, charts) for section, charts in every if charts]


def percent(share: float, digits: int = 1) -> str:
    """A share in words: "9.1 %"."""
    return f"{100 * share:.{digits}f} %"


def rounded(value: float, digits: int = DIGITS) -> float:
    """``value`` to so many significant digits."""
    return float(f"{value:.{digits}g}")


def _plain(row: Row) -> dict[str, Any]:
    return {key: _number(value) if isinstance(value, float) else value for key, value in row.items()}


def _number(value: float) -> float | None:
    return rounded(value) if math.isfinite(value) else None
