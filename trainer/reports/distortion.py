"""What handling rare defaults does to probabilities, and what calibration mends of it."""

from collections.abc import Mapping
from typing import Final

import altair as alt
import numpy as np
from numpy.typing import NDArray

from trainer.evaluation.measures import calibration_error
from trainer.evaluation.resampling import Vector
from trainer.reports.chart import Chart, Row, Section, percent
from trainer.reports.marks import PERCENT, heading, hints, shares, table, upright
from trainer.reports.theme import BLUE, ROW, VERMILION

_BEFORE: Final = "as the model gives them"
_AFTER: Final = "as they are used"


def distortion_chart(models: Mapping[str, tuple[Vector, Vector]], target: NDArray[np.int8]) -> Chart:
    """Mean PD and calibration error of ``models``: by name PDs (n,) as the model gives them, and as they are used."""
    rate = float(target.mean())
    rows: list[Row] = [
        {
            "model": name,
            "which": which,
            "mean_pd": float(pd.mean()),
            "error": calibration_error(pd, target),
        }
        for name, both in models.items()
        for which, pd in zip((_BEFORE, _AFTER), both, strict=True)
    ]
    order = sorted(models, key=lambda name: float(models[name][0].mean()))
    color = alt.Color("which:N", title=None, scale=alt.Scale(domain=[_BEFORE, _AFTER], range=[VERMILION, BLUE]))
    shown = [
        *hints(("model:N", "model"), ("which:N", "PDs")),
        *shares(("mean_pd:Q", "mean PD"), ("error:Q", "calibration error")),
    ]

    def panel(column: str, title: str, below: str, *, labels: bool) -> alt.Chart:
        dots: alt.Chart = (
            table("models")
            .mark_point()
            .encode(
                x=alt.X(f"{column}:Q", title=None, axis=alt.Axis(labelExpr=PERCENT, tickCount=5)),
                y=alt.Y("model:N", sort=order, title=None, axis=alt.Axis(labels=labels)),
                color=color,
                tooltip=shown,
            )
            .properties(width=210, height=len(order) * ROW, title=heading(title, below))
        )
        return dots

    mean = panel("mean_pd", "Mean PD", f"dashed: the default rate, {percent(rate)}", labels=True)
    error = panel("error", "Calibration error", "mean gap of PD and default rate", labels=False)
    worst = order[-1]
    raw, used = (float(pd.mean()) for pd in models[worst])
    return Chart(
        name="comparison_distortion",
        section=Section.COMPARISON,
        title="What handling rare defaults does to PDs",
        finding=(
            f"{worst} gives a mean PD of {percent(raw)} where {percent(rate)} default; as its PDs are used the mean is "
            f"{percent(used)}."
        ),
        basis=(
            "Out-of-fold PDs, before and after calibration (Platt scaling); the reference system's are used as they "
            "are. Calibration error over tenths of the applicants by PD."
        ),
        body=alt.hconcat(alt.layer(upright(rate), mean), error),
        tables={"models": rows},
    )
