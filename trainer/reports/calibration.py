"""Whether PDs are rates: default rates by level of PD, and where the PDs of either outcome lie."""

from typing import Final

import altair as alt
import numpy as np
from numpy.typing import NDArray

from trainer.evaluation.reliability import Reliability
from trainer.evaluation.resampling import Vector
from trainer.evaluation.thresholds import HIGHEST
from trainer.reports.chart import Chart, Row, Section
from trainer.reports.marks import PERCENT, heading, hints, outcome_colors, shares, table
from trainer.reports.theme import BLUE, GREY

_WIDTH: Final = 590
_TICKS: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0)
_LEVELS: Final = 40


def calibration_chart(found: Reliability, pd: Vector, target: NDArray[np.int8]) -> Chart:
    """The reliability curve ``found``, over the distribution of ``pd`` (n,) by outcome ``target`` (n,; 1: default)."""
    columns = (found.mean_pd, found.default_rate, found.low, found.high, found.rows)
    rows: list[Row] = [
        {"mean_pd": mean, "default_rate": rate, "low": low, "high": high, "rows": int(count)}
        for mean, rate, low, high, count in zip(*(column.tolist() for column in columns), strict=True)
    ]
    # Most PDs are low: a scale of square roots shows them, and 0 as well.
    top = float(max(found.high.max(), found.mean_pd.max(), np.quantile(pd, HIGHEST)))
    scale = alt.Scale(type="sqrt", domain=[0.0, top], nice=False)
    axis = alt.Axis(labelExpr=PERCENT, values=[0.0, *(tick for tick in _TICKS if tick <= top)])
    x = alt.X("mean_pd:Q", title=None, scale=scale, axis=axis)
    base = table("reliability")
    diagonal = (
        table("diagonal")
        .mark_line(color=GREY, strokeDash=[4, 3], strokeWidth=1)
        .encode(x=alt.X("at:Q"), y=alt.Y("at:Q"))
    )
    lines = base.mark_rule(color=BLUE).encode(x=x, y=alt.Y("low:Q"), y2="high:Q")
    dots = base.mark_point(color=BLUE).encode(
        x=x,
        y=alt.Y("default_rate:Q", title=None, scale=scale, axis=axis),
        tooltip=[
            *shares(("mean_pd:Q", "mean PD"), ("default_rate:Q", "default rate"), ("low:Q", "from"), ("high:Q", "to")),
            *hints(("rows:Q", "applicants")),
        ],
    )
    title = heading("Default rate by level of PD", "dashed: PD and default rate agree")
    reliability = alt.layer(diagonal, lines, dots, width=_WIDTH, height=330, title=title)
    heights = (
        table("levels")
        .mark_area(interpolate="step-after", opacity=0.25, line={"strokeWidth": 1.5})
        .encode(
            x=alt.X("low:Q", title="PD", scale=scale, axis=axis),
            y=alt.Y("share:Q", title=None, stack=None, axis=alt.Axis(labelExpr=PERCENT, tickCount=4)),
            color=outcome_colors(),
        )
        .properties(width=_WIDTH, height=120, title=heading("Where the PDs lie, share of each outcome's applicants"))
    )
    off = int(((found.low > found.mean_pd) | (found.mean_pd > found.high)).sum())
    beyond = "no more than" if found.error <= found.error_by_chance else "more than"
    return Chart(
        name="calibration",
        section=Section.CALIBRATION,
        title="Whether PDs are default rates",
        finding=(
            f"PD and default rate differ by {100 * found.error:.2f} points on average, {beyond} chance would make of "
            f"right PDs (95 % of samples: up to {100 * found.error_by_chance:.2f}); at {off} of {len(rows)} levels the "
            f"PD lies outside the rate's interval."
        ),
        basis=(
            f"Out-of-fold PDs; {len(rows)} levels of {int(found.rows.min()):,} applicants or one more, lines are 95 % "
            f"intervals (Wilson), both axes are scaled by square roots."
        ),
        body=alt.vconcat(reliability, heights).resolve_scale(color="independent"),
        tables={"reliability": rows, "diagonal": [{"at": 0.0}, {"at": top}], "levels": _levels(pd, target, top)},
    )


def _levels(pd: Vector, target: NDArray[np.int8], top: float) -> list[Row]:
    """Shares of each outcome's applicants by PD, in steps of one width on the chart."""
    edges = np.linspace(0.0, np.sqrt(top), _LEVELS + 1) ** 2
    rows: list[Row] = []
    for outcome, name in enumerate(("repaid", "defaulted")):
        inside = np.minimum(pd[target == outcome], top)
        found = (np.histogram(inside, edges)[0] / max(len(inside), 1)).tolist()
        # The last step is drawn up to its end.
        for low, share in zip(edges.tolist(), [*found, found[-1]], strict=True):
            rows.append({"outcome": name, "low": low, "share": share})
    return rows
