"""Whom decisions favour, by group of an attribute."""

from collections.abc import Sequence
from typing import Final

import altair as alt

from trainer.evaluation.fairness import FEWEST, FOUR_FIFTHS, SMALL, Fairness
from trainer.evaluation.resampling import Interval
from trainer.reports.chart import Body, Chart, Row, Section, percent
from trainer.reports.marks import PERCENT, across, heading, hints, shares, table, upright
from trainer.reports.theme import BLUE, GREY, VERMILION

_PANELS: Final = ("default_rate", "approval", "approval_ratio", "opportunity_gap")
_STEP: Final = 22


def fairness_chart(found: Fairness) -> Chart:
    """Default rate, approval, its ratio and the equal-opportunity gap by group."""
    rows: list[Row] = []
    order = []
    for group in found.groups:
        name = f"{group.group} ({group.rows:,}{', few' if group.small else ''})"
        order.append(name)
        for panel in _PANELS:
            figure: Interval = getattr(group, panel)
            rows.append(
                {
                    "group": name,
                    "rows": group.rows,
                    "small": group.small,
                    "figure": panel,
                    "estimate": figure.estimate,
                    "low": figure.low,
                    "high": figure.high,
                    "mean_pd": group.mean_pd if panel == "default_rate" else None,
                }
            )
    mean_pd = (
        table("groups")
        .transform_filter(alt.datum.figure == "default_rate")
        .mark_point(filled=False, color=VERMILION, size=70)
        .encode(x="mean_pd:Q", y=alt.Y("group:N", sort=order), tooltip=shares(("mean_pd:Q", "mean PD")))
    )
    ratios = [upright(FOUR_FIFTHS, color=VERMILION), upright(1.0, dash=())]
    panels = [
        _panel("default_rate", "Default rate", "ring: mean PD", order, over=[mean_pd]),
        _panel("approval", "Approved", "share of the group", order),
        _panel("approval_ratio", "Approval ratio", f"to {found.reference}; dashed: 4/5", order, under=ratios),
        _panel(
            "opportunity_gap",
            "Equal opportunity",
            f"points, less {found.reference}",
            order,
            under=[upright(0.0, dash=())],
        ),
    ]
    lowest = min(found.groups, key=lambda group: group.approval_ratio.estimate)
    ratio, gap = lowest.approval_ratio, lowest.opportunity_gap
    few = f" Few: under {SMALL} applicants." if any(group.small for group in found.groups) else ""
    # A count of a few applicants would be a fact about them.
    number = f"{found.left_out:,}" if found.left_out >= FEWEST else f"Fewer than {FEWEST}"
    left_out = f" {number} applicants of unknown or very small groups are left out." if found.left_out else ""
    return Chart(
        name=f"fairness_{found.attribute.lower().replace(' ', '_')}",
        section=Section.FAIRNESS,
        title=f"Approval by {found.attribute}",
        finding=(
            f"{lowest.group} is approved {ratio.estimate:.2f} times as often as {found.reference} ({ratio.low:.2f} to "
            f"{ratio.high:.2f}); among those who repaid the gap is {_points(gap.estimate)} ({_points(gap.low)} to "
            f"{_points(gap.high)}) points."
        ),
        basis=(
            f"Out-of-fold PDs, declined from {percent(found.threshold)}; lines are 95 % bootstrap intervals. Equal "
            f"opportunity: approval among those who repaid. Approval differs where default rates do; four fifths is a "
            f"convention of hiring, not a verdict.{few}{left_out}"
        ),
        body=alt.hconcat(*panels, spacing=18),
        tables={"groups": rows},
    )


def _panel(
    figure: str, title: str, below: str, order: list[str], *, under: Sequence[Body] = (), over: Sequence[Body] = ()
) -> Body:
    labels = figure == _PANELS[0]
    ratio = figure == "approval_ratio"
    axis = alt.Axis(tickCount=4) if ratio else alt.Axis(tickCount=4, labelExpr=PERCENT)
    tooltip = [alt.Tooltip("group:N", title="group"), alt.Tooltip("rows:Q", title="applicants", format=",")]
    figures = (("estimate:Q", title.lower()), ("low:Q", "from"), ("high:Q", "to"))
    dots = across(
        table("groups").transform_filter(alt.datum.figure == figure),
        alt.X("estimate:Q", title=None, axis=axis, scale=alt.Scale(zero=False, padding=6)),
        alt.Y("group:N", sort=order, title=None, axis=alt.Axis(labels=labels)),
        color=alt.condition(alt.datum.small, alt.value(GREY), alt.value(BLUE)),
        tooltip=[*tooltip, *(hints(*figures) if ratio else shares(*figures))],
    )
    return alt.layer(*under, *dots, *over, width=125, height=alt.Step(_STEP), title=heading(title, below))


def _points(share: float) -> str:
    return f"{100 * share:+.1f}".replace("-", "−")
