"""How the strongest features move the PD, applicant by applicant.

A point is one applicant's contribution of one feature, with the value's rank in twentieths. Each feature has a sample
of its own, ordered by contribution, so that the points of one applicant cannot be put together.
"""

from collections.abc import Sequence
from typing import Final

import altair as alt
import numpy as np
from numpy.typing import NDArray

from trainer.evaluation.resampling import Vector
from trainer.reports.chart import Chart, Row, Section, rounded
from trainer.reports.dependence import UNIT
from trainer.reports.feature import Feature
from trainer.reports.marks import hints, table, upright
from trainer.reports.theme import GREY, LESS_TO_MORE

_POINTS: Final = 300
"""Applicants a feature."""
_RANKS: Final = 20
_COLUMNS: Final = 60
"""Steps of the contributions' range in which points are put beside each other."""
_TOLD: Final = 3


def summary_chart(
    features: Sequence[Feature],
    matrix: NDArray[np.float32],
    contributions: Vector,
    shown: Sequence[int],
    random: np.random.Generator,
) -> Chart:
    """Contributions (n, F) of the features at ``shown``, strongest first, over samples of the applicants."""
    rows: list[Row] = []
    for at in shown:
        some = random.choice(len(matrix), min(len(matrix), _POINTS), replace=False)
        moved = contributions[some, at]
        drawn = np.stack([moved, _ranks(matrix[:, at], some), _beside(moved)], axis=1)
        for contribution, rank, beside in drawn[np.argsort(moved, kind="stable")].tolist():
            rows.append(
                {
                    "feature": features[at].name,
                    "contribution": rounded(contribution, 3),
                    "value": rank,
                    "beside": rounded(beside, 2),
                }
            )
    points = (
        table("points")
        .mark_circle(size=12, opacity=0.8)
        .encode(
            x=alt.X("contribution:Q", title=f"Contribution, {UNIT}; to the right it raises the PD"),
            y=alt.Y("feature:N", sort=[features[at].name for at in shown], title=None),
            yOffset=alt.YOffset("beside:Q", scale=alt.Scale(domain=[-1, 1])),
            tooltip=hints(("feature:N", "feature"), ("contribution:Q", "contribution")),
        )
    )
    color = alt.Color(
        "value:Q",
        title="Value of the feature; grey: missing",
        scale=alt.Scale(scheme=LESS_TO_MORE, domain=[0, 1]),
        legend=alt.Legend(gradientLength=180, values=[0, 1], labelExpr="datum.value ? 'highest' : 'lowest'"),
    )
    unknown = points.transform_filter("datum.value === null").encode(color=alt.value(GREY))
    known = points.transform_filter("datum.value !== null").encode(color=color)
    return Chart(
        name="explanation_summary",
        section=Section.EXPLANATION,
        title="How the strongest features move the PD",
        finding=_told(features, matrix, contributions, shown[:_TOLD]),
        basis=f"SHAP values of up to {_POINTS} applicants a feature, a sample of its own each; the strongest on top.",
        body=alt.layer(upright(0.0, dash=()), unknown, known).properties(width=430, height=alt.Step(30)),
        tables={"points": rows},
    )


def _ranks(values: NDArray[np.float32], some: NDArray[np.int64]) -> Vector:
    """Ranks of ``some`` of the values among all known ones, in twentieths from 0 to 1; NaN where missing."""
    known = np.sort(values[~np.isnan(values)])
    below = np.searchsorted(known, values[some]) / max(len(known), 1)
    ranks = np.minimum(np.floor(_RANKS * below), _RANKS - 1) / (_RANKS - 1)
    return np.where(np.isnan(values[some]), np.nan, ranks)


def _beside(moved: Vector) -> Vector:
    """Offsets in [-1, 1] that spread points of about the same contribution to both sides."""
    width = (moved.max() - moved.min()) / _COLUMNS or 1.0
    counts: dict[int, int] = {}
    offsets = np.empty(len(moved))
    for at, column in enumerate(np.floor(moved / width).astype(int).tolist()):
        nth = counts.get(column, 0)
        counts[column] = nth + 1
        offsets[at] = (nth + 1) // 2 * (1 if nth % 2 else -1)
    return offsets / max(1.0, float(np.abs(offsets).max()))


def _told(features: Sequence[Feature], matrix: NDArray[np.float32], contributions: Vector, shown: Sequence[int]) -> str:
    """Which way each of a few features moves the PD, by the means of the upper and the lower half of its values."""
    ways: dict[str, list[str]] = {"raise": [], "lower": []}
    for at in shown:
        high = matrix[:, at] > np.nanmedian(matrix[:, at])
        low = ~high & ~np.isnan(matrix[:, at])
        if high.any() and low.any():
            raises = contributions[high, at].mean() > contributions[low, at].mean()
            ways["raise" if raises else "lower"].append(features[at].name)
    told = "; ".join(f"high values of {', '.join(names)} {way} the PD" for way, names in ways.items() if names)
    return f"{told[:1].upper()}{told[1:]}." if told else "The strongest features have one value each."
