"""Differences from one model, and which of them are real."""

from typing import Final

import altair as alt

from trainer.evaluation.comparison import COMPARED, Comparison, Difference
from trainer.evaluation.measures import Measure
from trainer.reports.chart import Chart, Row, Section
from trainer.reports.marks import across, heading, hints, table, upright
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
_FEW: Final = 5
"""Models up to which they are named in a sentence."""
VERDICTS: Final = {"better": BLUE, "worse": VERMILION, "not told apart": GREY}


def statement(differences: tuple[Difference, ...]) -> str:
    """Which differences from one model are real, in a sentence."""
    measures = tuple(dict.fromkeys(one.measure for one in differences))
    others, against = len(differences) // len(measures), differences[0].against

    def counted(*, better: bool) -> str:
        found = [one for one in differences if one.real and one.better is better]
        if others > _FEW:
            of = [one.measure for one in found]
            return ", ".join(f"{of.count(measure)} in {NAMES[measure]}" for measure in measures if measure in of)
        by_model: dict[str, list[str]] = {}
        for one in found:
            by_model.setdefault(one.model, []).append(NAMES[one.measure])
        return "; ".join(f"{model} in {', '.join(named)}" for model, named in by_model.items())

    better, worse = counted(better=True) or "none", counted(better=False) or "none"
    among = f"{others} others" if others > 1 else "1 other"
    return f"Of {among}, really better than {against}: {better}; worse: {worse}."


def titled(measure: Measure) -> str:
    """A measure's name, as a heading."""
    return NAMES[measure][0].upper() + NAMES[measure][1:]


def ranked(found: Comparison) -> list[str]:
    """The models, best AUC first."""
    return sorted(found.models, key=lambda name: -found.interval(name, Measure.AUC).estimate)


def differences_chart(found: Comparison, against: str, *, name: str, section: Section, title: str) -> Chart:
    """Every other model of ``found`` less ``against``, in the measures that are judged together."""
    differences = found.differences_from(against)
    order = [model for model in ranked(found) if model != against]
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
        above = heading(titled(measure), f"better to the {'right' if measure.more_is_better else 'left'}")
        panels.append(alt.layer(upright(0, dash=()), *dots, width=215, height=max(3, len(order)) * ROW, title=above))
    return Chart(
        name=name,
        section=section,
        title=title,
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
