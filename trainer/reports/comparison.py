"""Models compared: their measures, and which differences are real."""

from typing import Final

import altair as alt

from trainer.evaluation.comparison import Comparison
from trainer.evaluation.measures import MEASURES, Measure
from trainer.reports.chart import Body, Chart, Row, Section
from trainer.reports.differences import differences_chart, ranked, titled
from trainer.reports.marks import across, heading, hints, table, upright
from trainer.reports.pairs import pairs_chart
from trainer.reports.theme import BLUE, GREY, ROW

SHOWN: Final = (
    Measure.AUC,
    Measure.AVERAGE_PRECISION,
    Measure.KS,
    Measure.BRIER,
    Measure.CALIBRATION_ERROR,
    Measure.COST,
)
_COLUMNS: Final = 3


def comparison_charts(found: Comparison, against: str) -> tuple[Chart, ...]:
    """Charts of ``found``: all models' measures, and their differences from the model ``against``, and among all."""
    if len(found.models) == 1:
        return (_measures(found),)
    differences = differences_chart(
        found,
        against,
        name="comparison_differences",
        section=Section.COMPARISON,
        title=f"Which differences from {against} are real",
    )
    return _measures(found), differences, pairs_chart(found, ranked(found))


def _measures(found: Comparison) -> Chart:
    order = ranked(found)
    rows: list[Row] = []
    for model in order:
        for measure in MEASURES:
            interval = found.interval(model, measure)
            rows.append(
                {
                    "model": model,
                    "measure": measure.value,
                    "estimate": interval.estimate,
                    "low": interval.low,
                    "high": interval.high,
                    "best": found.best(measure) == model,
                }
            )
    panels = [_panel(found, measure, order, at) for at, measure in enumerate(SHOWN)]
    lines = [alt.hconcat(*panels[at : at + _COLUMNS]) for at in range(0, len(panels), _COLUMNS)]
    best, cheapest = found.best(Measure.AUC), found.best(Measure.COST)
    auc, cost = found.interval(best, Measure.AUC), found.interval(cheapest, Measure.COST)
    who = "it" if cheapest == best else cheapest
    return Chart(
        name="comparison_measures",
        section=Section.COMPARISON,
        title="How good each model is",
        finding=(
            f"Best by AUC is {best}, {auc.estimate:.4f} ({auc.low:.4f} to {auc.high:.4f}); "
            f"{who} costs least, {cost.estimate:.3f} per applicant ({cost.low:.3f} to {cost.high:.3f})."
        ),
        basis=(
            f"Out-of-fold PDs, the same rows and folds for all; lines are 95 % bootstrap intervals "
            f"({len(found.measured.replicates):,} resamples), each for itself; dashed: the best estimate."
        ),
        body=alt.vconcat(*lines),
        tables={"measures": rows},
    )


def _panel(found: Comparison, measure: Measure, order: list[str], at: int) -> Body:
    base = table("measures").transform_filter(alt.datum.measure == measure.value)
    axis = alt.Axis(labels=at % _COLUMNS == 0)
    shade = alt.condition(alt.datum.best, alt.value(BLUE), alt.value(GREY))
    best = found.interval(found.best(measure), measure).estimate
    dots = across(
        base,
        alt.X("estimate:Q", title=None, scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=3)),
        alt.Y("model:N", sort=order, title=None, axis=axis),
        color=shade,
        tooltip=hints(("model:N", "model"), ("estimate:Q", titled(measure)), ("low:Q", "from"), ("high:Q", "to")),
    )
    title = heading(titled(measure), f"{'higher' if measure.more_is_better else 'lower'} is better")
    return alt.layer(upright(best), *dots, width=150, height=max(3, len(order)) * ROW, title=title)
