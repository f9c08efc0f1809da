"""How the PD depends on the values of the strongest features.

A point is one applicant's value of one feature and its contribution, both rounded. Each feature has a sample of its
own, ordered by value, so that the points of one applicant cannot be put together; the ends of the range are left out.
"""

from collections.abc import Sequence
from typing import Final

import altair as alt
import numpy as np
from numpy.typing import NDArray

from trainer.evaluation.resampling import Vector
from trainer.reports.chart import Body, Chart, Row, Section, percent, rounded
from trainer.reports.feature import Feature
from trainer.reports.marks import heading, hints, level, table
from trainer.reports.theme import BLACK, BLUE, GREY

UNIT: Final = "log-odds of default"
_POINTS: Final = 800
"""Applicants a feature."""
_LEVELS: Final = 20
_TAIL: Final = 0.01
_DIGITS: Final = 3
_LARGE: Final = 10_000.0
"""Size of values from which an axis writes thousands as k."""


def dependence_chart(
    features: Sequence[Feature],
    matrix: NDArray[np.float32],
    contributions: Vector,
    shown: Sequence[int],
    random: np.random.Generator,
) -> Chart:
    """Contributions (n, F) against values (n, F) of the features at ``shown``, each known in some, strongest first."""
    points: list[Row] = []
    medians: list[Row] = []
    for at in shown:
        known = np.flatnonzero(~np.isnan(matrix[:, at]))
        values, moved = matrix[known, at].astype(np.float64), contributions[known, at]
        first, last = np.quantile(values, [_TAIL, 1 - _TAIL])
        inside = (values >= first) & (values <= last)
        values, moved = values[inside], moved[inside]
        some = random.choice(len(values), min(len(values), _POINTS), replace=False)
        some = some[np.argsort(values[some], kind="stable")]
        points += [
            _row(features[at], *point) for point in zip(values[some].tolist(), moved[some].tolist(), strict=True)
        ]
        levels = _levels(values)
        for of in (levels == one for one in np.unique(levels)):
            medians.append(_row(features[at], float(np.median(values[of])), float(np.median(moved[of]))))
    panels = [_panel(features[at], matrix[:, at], contributions[:, at]) for at in shown]
    first_of = [float(row["contribution"] or 0) for row in medians if row["feature"] == features[shown[0]].name]
    return Chart(
        name="explanation_dependence",
        section=Section.EXPLANATION,
        title="How the PD depends on the strongest features",
        finding=(
            f"From its lowest to its highest values {features[shown[0]].name} moves the {UNIT} from "
            f"{_signed(first_of[0])} to {_signed(first_of[-1])}."
        ),
        basis=(
            f"SHAP values, {UNIT}, against the feature's own value; above 0 it raises the PD. Points: up to {_POINTS} "
            f"applicants a feature, a sample of its own each; line: median by level. The first and last hundredth of "
            f"values are left out."
        ),
        body=alt.vconcat(*(alt.hconcat(*panels[at : at + 2]) for at in range(0, len(panels), 2))),
        tables={"points": points, "medians": medians},
    )


def _panel(feature: Feature, values: NDArray[np.float32], moved: Vector) -> Body:
    missing = np.isnan(values)
    below = (
        f"missing in {percent(missing.mean())}: median {_signed(np.median(moved[missing]))}" if missing.any() else ""
    )
    large = np.nanmax(np.abs(values), initial=0.0) >= _LARGE
    of = alt.datum.feature == feature.name
    axis = alt.Axis(tickCount=5, format="~s" if large else ".3~g")
    x = alt.X("value:Q", title=feature.unit, scale=alt.Scale(zero=False), axis=axis)
    y = alt.Y("contribution:Q", title=None, axis=alt.Axis(tickCount=5))
    shown = hints(("value:Q", feature.unit), ("contribution:Q", "contribution"))
    points = table("points").transform_filter(of).mark_circle(size=9, opacity=0.35, color=BLUE)
    medians = table("medians").transform_filter(of).mark_line(color=BLACK, strokeWidth=1.5)
    layers = (level(0.0, dash=(), color=GREY), points.encode(x=x, y=y, tooltip=shown), medians.encode(x=x, y=y))
    return alt.layer(*layers, width=270, height=150, title=heading(feature.name, below))


def _levels(values: Vector) -> NDArray[np.int64]:
    """The level of each value: the value itself where there are few, else its twentieth."""
    distinct, at = np.unique(values, return_inverse=True)
    if len(distinct) <= _LEVELS:
        return np.asarray(at)
    edges = np.unique(np.quantile(values, np.linspace(0, 1, _LEVELS + 1)[1:-1]))
    return np.asarray(np.searchsorted(edges, values, side="right"))


def _row(feature: Feature, value: float, contribution: float) -> Row:
    return {
        "feature": feature.name,
        "value": rounded(value, _DIGITS),
        "contribution": rounded(contribution, _DIGITS),
    }


def _signed(value: float) -> str:
    return f"{round(value, 2) + 0.0:+.2f}".replace("-", "−")
