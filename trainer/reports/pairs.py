"""Every model against every other: which differences in AUC are real."""

from typing import Final

import altair as alt

from trainer.evaluation.comparison import Comparison
from trainer.evaluation.measures import Measure
from trainer.reports.chart import Chart, Row, Section
from trainer.reports.marks import hints, table
from trainer.reports.theme import BELOW_AND_ABOVE, BLACK, PALE, ROW

_DARK: Final = 0.65
"""Share of the greatest difference from which a tile is too dark for black type."""


def pairs_chart(found: Comparison, order: list[str]) -> Chart:
    """Differences in AUC between all pairs of models, in ``order``."""
    differences = found.differences_of_all(Measure.AUC)
    rows: list[Row] = []
    for one in differences:
        # Both ways round, so that a line can be read by itself.
        for model, against, sign in ((one.model, one.against, 1), (one.against, one.model, -1)):
            apart = sign * one.interval.estimate
            rows.append(
                {
                    "model": model,
                    "against": against,
                    "difference": apart,
                    "p": one.p,
                    "real": one.real,
                    "shown": f"{1_000 * apart:+.0f}".replace("-", "−") if one.real else "·",
                }
            )
    most = max(abs(one.interval.estimate) for one in differences)
    base = table("pairs").encode(
        x=alt.X("against:N", sort=order, title="less this model", axis=alt.Axis(labelAngle=-40)),
        y=alt.Y("model:N", sort=order, title=None),
        tooltip=hints(
            ("model:N", "model"), ("against:N", "less"), ("difference:Q", "difference"), ("p:Q", "p, all at once")
        ),
    )
    scale = alt.Scale(scheme=BELOW_AND_ABOVE, domain=[-most, 0, most], reverse=True)
    shade = alt.Color("difference:Q", scale=scale, legend=None)
    tiles = base.mark_rect(stroke="white").encode(color=alt.condition(alt.datum.real, shade, alt.value(PALE)))
    dark = f"datum.real && abs(datum.difference) > {_DARK * most}"
    words = base.mark_text(fontSize=10).encode(
        text="shown:N", color=alt.condition(dark, alt.value("white"), alt.value(BLACK))
    )
    real = sum(one.real for one in differences)
    return Chart(
        name="comparison_pairs",
        section=Section.COMPARISON,
        title="ROC AUC: every model against every other, in thousandths",
        finding=f"{real} of {len(differences)} differences are real; grey with a dot: chance could have made it.",
        basis=(
            f"The model of the line less that of the column, paired over {len(found.measured.replicates):,} resamples; "
            f"judged at 95 % for all pairs at once (max-|t|)."
        ),
        body=alt.layer(tiles, words).properties(width=alt.Step(30), height=alt.Step(ROW + 4)),
        tables={"pairs": rows},
    )
