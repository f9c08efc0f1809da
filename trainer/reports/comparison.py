"""Models compared: their measures, and which differences are real."""

from typing import Final

import altair as alt

from trainer.evaluation.comparison import COMPARED, Comparison, Difference
from trainer.evaluation.measures import MEASURES, Measure
from trainer.reports.chart import Body, Chart, Row, Section
from trainer.reports.marks import across, heading, hints, table, upright
from trainer.reports.pairs import pairs_chart
from trainer.reports.theme import BLUE, GREY, ROW, VERMILION

NAMES: Final = {
    Measure.AUC: "ROC AUC",
    Measure.GINI: "Gini",
    Measure.KS: "KS",
    Measure.AVERAGE_PRECISION: "average precision",
    Measure.BRIER: "Brier score",
    Measure.LOG_LOSS: "log loss",
    Measure.CALIBRATION_ERROR: "calibration error",
    Measure.COST: "cost per applicant",
}
SHOWN: Final = (
    Measure.AUC,
    Measure.AVERAGE_PRECISION,
    Measure.KS,
    Measure.BRIER,
    Measure.CALIBRATION_ERROR,
    Measure.COST,
)
VERDICTS: Final = {"better": BLUE, "worse": VERMILION, "not told apart": GREY}
_COLUMNS: Final = 3


def comparison_charts(found: Comparison, against: str) -> tuple[Chart, ...]:
    """Charts of ``found``: all models' measures, and their differences from the model ``against``, and among all."""
    if len(found.models) == 1:
        return (_measures(found),)
    return _measures(found), _differences(found, against), pairs_chart(found, _ranked(found))


def statement(differences: tuple[Difference, ...]) -> str:
    """Which differences from one model are real, in a sentence."""
    measures = tuple(dict.fromkeys(one.measure for one in differences))

    def counted(*, better: bool) -> str:
        found = [one.measure for one in differences if one.real and one.better is better]
        return ", ".join(f"{found.count(of)} in {NAMES[of]}" for of in measures if of in found) or "none"

    others, against = len(differences) // len(measures), differences[0].against
    return f"Of {others} others, really better than {against}: {counted(better=True)}; worse: {counted(better=False)}."


def _title(measure: Measure) -> str:
    return NAMES[measure][0].upper() + NAMES[measure][1:]


def _ranked(found: Comparison) -> list[str]:
    """The models, best AUC first."""
    return sorted(found.models, key=lambda name: -found.interval(name, Measure.AUC).estimate)


def _measures(found: Comparison) -> Chart:
    order = _ranked(found)
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
        tooltip=hints(("model:N", "model"), ("estimate:Q", _title(measure)), ("low:Q", "from"), ("high:Q", "to")),
    )
    title = heading(_title(measure), f"{'higher' if measure.more_is_better else 'lower'} is better")
    return alt.layer(upright(best), *dots, width=150, height=max(3, len(order)) * ROW, title=title)


def _differences(found: Comparison, against: str) -> Chart:
    differences = found.differences_from(against)
    order = [model for model in _ranked(found) if model != against]
    rows: list[Row] = [_row(one) for one in differences]
    panels = []
    for at, measure in enumerate(COMPARED):
        dots = across(
            table("differences").transform_filter(alt.datum.measure == measure.value),
            alt.X("difference:Q", title=None, axis=alt.Axis(tickCount=4, format="+")),
            alt.Y("model:N", sort=order, title=None, axis=alt.Axis(labels=at % 2 == 0)),
            color=alt.Color(
                "verdict:N",
                title=None,
                scale=alt.Scale(domain=list(VERDICTS), range=list(VERDICTS.values())),
            ),
            tooltip=hints(
                ("model:N", "model"),
                ("difference:Q", "difference"),
                ("low:Q", "from"),
                ("high:Q", "to"),
                ("p:Q", "p, all at once"),
                ("verdict:N", "verdict"),
            ),
        )
        title = heading(_title(measure), f"better to the {'right' if measure.more_is_better else 'left'}")
        panels.append(alt.layer(upright(0, dash=()), *dots, width=215, height=max(3, len(order)) * ROW, title=title))
    return Chart(
        name="comparison_differences",
        section=Section.COMPARISON,
        title=f"Which differences from {against} are real",
        finding=statement(differences),
        basis=(
            f"Each model less {against}, paired over {len(found.measured.replicates):,} resamples; intervals hold at "
            f"95 % for all {len(differences)} differences at once (max-|t|). Real: the interval leaves out 0."
        ),
        body=alt.vconcat(*(alt.hconcat(*panels[at : at + 2]) for at in range(0, len(panels), 2))),
        tables={"differences": rows},
    )


def _row(one: Difference) -> dict[str, str | float | bool | None]:
    verdict = "not told apart" if not one.real else "better" if one.better else "worse"
    return {
        "model": one.model,
        "against": one.against,
        "measure": one.measure.value,
        "difference": one.interval.estimate,
        "low": one.interval.low,
        "high": one.interval.high,
        "p": one.p,
        "real": one.real,
        "verdict": verdict,
    }
