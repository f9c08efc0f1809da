"""Where to decline: cost, approvals and losses by threshold, and what the ratio of costs changes."""

from collections.abc import Sequence
from typing import Final

import altair as alt

from trainer.evaluation.thresholds import RatioOutcome, ThresholdCurve
from trainer.reports.chart import Chart, Row, Section, percent
from trainer.reports.curves import BASIS, WIDTH, Curves
from trainer.reports.marks import PERCENT, heading, hints, shares, table
from trainer.reports.theme import BLACK, BLUE, GREEN, ORANGE

_RATIO: Final = "Cost of approving a default, in costs of declining a good applicant"


def threshold_chart(curve: ThresholdCurve) -> Chart:
    """Cost, approvals, defaults among the approved, and losses, all by threshold."""
    costs, theory, least, optimum = curve.costs, curve.at_theoretical, curve.least, curve.optimum
    curves = Curves(
        {
            "threshold": curve.thresholds,
            "cost": curve.cost,
            "low": curve.cost_low,
            "high": curve.cost_high,
            "approval_rate": curve.approval_rate,
            "default_rate": curve.default_rate,
            "expected_loss": curve.expected_loss,
            "realised_loss": curve.realised_loss,
        },
        (costs.threshold, f"by theory, {costs.false_positive:g}/{costs.false_positive + costs.false_negative:g}"),
        optimum,
        [
            *shares(("threshold:Q", "decline from PD"), ("approval_rate:Q", "approved")),
            *shares(("default_rate:Q", "defaults among the approved")),
            *hints(("cost:Q", "cost per applicant"), ("low:Q", "from"), ("high:Q", "to")),
            *hints(("expected_loss:Q", "expected loss per 1,000"), ("realised_loss:Q", "realised loss per 1,000")),
        ],
    )
    losses = "Loss from defaults approved, per 1,000 applicants, in the unit of the costs"
    return Chart(
        name="threshold_cost",
        section=Section.THRESHOLD,
        title="What each threshold costs",
        finding=(
            f"Declining from a PD of {percent(costs.threshold)}, as costs of {costs.false_negative:g} to "
            f"{costs.false_positive:g} ask, costs {theory.estimate:.3f} per applicant; the least on these rows is "
            f"{least.estimate:.3f}, at {percent(optimum.estimate)} ({percent(optimum.low)} to {percent(optimum.high)})."
        ),
        basis=(
            f"{BASIS} Approving a default costs {costs.false_negative:g}, declining a good applicant "
            f"{costs.false_positive:g}. Expected loss by PD, realised loss by outcome."
        ),
        body=curves.stacked(
            curves.leading("cost", "Cost per applicant", 170),
            curves.share("approval_rate", "Approved, share of applicants", 90),
            curves.share("default_rate", "Defaults, share of the approved", 90),
            curves.several({"expected_loss": ORANGE, "realised_loss": GREEN}, losses, 90),
        ),
        tables=curves.tables,
    )


def sensitivity_chart(outcomes: Sequence[RatioOutcome]) -> Chart:
    """Threshold, cost and approvals by the ratio of costs."""
    rows: list[Row] = [
        {
            "ratio": one.costs.false_negative,
            "theory": one.costs.threshold,
            "optimum": one.optimum.estimate,
            "optimum_low": one.optimum.low,
            "optimum_high": one.optimum.high,
            "cost": one.cost.estimate,
            "cost_low": one.cost.low,
            "cost_high": one.cost.high,
            "approval_rate": one.approval_rate,
        }
        for one in outcomes
    ]
    theory = table("ratios").mark_line(color=BLACK, strokeDash=[4, 3], strokeWidth=1).encode(x=_ratio(), y="theory:Q")
    below = "dots: least cost on these rows; dashed: theory, 1/(ratio + 1)"
    panels = [
        ([*_by_ratio("optimum", share=True), theory], heading("Threshold, PD", below)),
        (_by_ratio("cost"), heading("Cost per applicant at the theoretical threshold")),
        (
            _by_ratio("approval_rate", ends=False, share=True, axis=_RATIO),
            heading("Approved at the theoretical threshold, share of applicants"),
        ),
    ]
    inside = sum(one.optimum.low <= one.costs.threshold <= one.optimum.high for one in outcomes)
    first, last = outcomes[0], outcomes[-1]
    return Chart(
        name="threshold_sensitivity",
        section=Section.THRESHOLD,
        title="What the ratio of costs changes",
        finding=(
            f"From {first.costs.false_negative:g}:1 to {last.costs.false_negative:g}:1 the threshold falls from "
            f"{percent(first.costs.threshold)} to {percent(last.costs.threshold)} and approvals from "
            f"{percent(first.approval_rate, 0)} to {percent(last.approval_rate, 0)}; theory lies in the interval of "
            f"the optimum at {inside} of {len(outcomes)} ratios."
        ),
        basis="Out-of-fold PDs; lines are 95 % bootstrap intervals, each for itself.",
        body=alt.vconcat(*(alt.layer(*layers, width=WIDTH, height=140, title=title) for layers, title in panels)),
        tables={"ratios": rows},
    )


def _by_ratio(value: str, *, ends: bool = True, share: bool = False, axis: str | None = None) -> list[alt.Chart]:
    """Dots of the column ``value``; ``ends``: with their intervals."""
    base = table("ratios")
    shown = [
        *hints(("ratio:Q", "ratio"), ("cost:Q", "cost per applicant")),
        *shares(("theory:Q", "threshold by theory"), ("optimum:Q", "least cost on these rows at")),
        *shares(("approval_rate:Q", "approved")),
    ]
    x = _ratio(axis)
    ticks = alt.Axis(labelExpr=PERCENT, tickCount=5) if share else alt.Axis(tickCount=5)
    y = alt.Y(f"{value}:Q", title=None, axis=ticks, scale=alt.Scale(zero=False))
    dots = base.mark_point(color=BLUE).encode(x=x, y=y, tooltip=shown)
    if not ends:
        return [dots]
    lines = base.mark_rule(color=BLUE).encode(x=x, y=alt.Y(f"{value}_low:Q"), y2=f"{value}_high:Q")
    return [lines, dots]


def _ratio(title: str | None = None) -> alt.X:
    return alt.X("ratio:Q", title=title, scale=alt.Scale(zero=False, nice=False, padding=12))
