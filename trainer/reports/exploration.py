"""The data: how many default, what is missing, and how amounts and default rates lie."""

import re
from typing import Final

import altair as alt
import numpy as np
import polars as pl

from creditrisk.application import BY_NAME, COLUMNS
from creditrisk.errors import InvalidData
from trainer.evaluation.proportions import wilson
from trainer.frames import TARGET
from trainer.reports.chart import Chart, Row, Section, percent
from trainer.reports.marks import PERCENT, hints, outcome_colors, shares, table
from trainer.reports.rates import by_category_chart, by_value_chart
from trainer.reports.theme import BLUE, OUTCOMES, ROW

AMOUNTS: Final = ("AMT_INCOME_TOTAL", "AMT_CREDIT", "AMT_ANNUITY", "AMT_GOODS_PRICE")
FEWEST_ROWS: Final = 1_000
"""With fewer a tenth of the values known would be a few applicants."""
_MOST_MISSING: Final = 40
_STATISTIC: Final = re.compile("_(AVG|MODE|MEDI)$")
_PER_STEP: Final = 25
"""Defaulters to a step of a distribution, on average: below that steps are chance, and near to persons."""
_MOST_STEPS: Final = 40
_TAIL: Final = 0.01


def exploration_charts(frame: pl.DataFrame) -> tuple[Chart, ...]:
    """Charts of ``frame``, a canonical frame with TARGET (see ``trainer.frames``).

    Raises:
        InvalidData: there are fewer than ``FEWEST_ROWS`` rows.
    """
    if frame.height < FEWEST_ROWS:
        raise InvalidData(f"{frame.height} applications are too few to chart; prepare {FEWEST_ROWS:,} or more")
    charts = [
        _outcomes(frame[TARGET]),
        _missing(frame),
        _amounts(frame),
        by_category_chart(frame),
        by_value_chart(frame),
    ]
    return tuple(charts)


def _outcomes(target: pl.Series) -> Chart:
    defaults, total = int(target.sum()), len(target)
    low, high = wilson(np.array([float(defaults)]), np.array([float(total)]))
    rows: list[Row] = [
        {"outcome": name, "applicants": count, "share": count / total, "text": f"{count:,} ({percent(count / total)})"}
        for name, count in zip(OUTCOMES, (total - defaults, defaults), strict=True)
    ]
    base = table("outcomes").encode(
        x=alt.X("applicants:Q", title="Applicants"), y=alt.Y("outcome:N", sort=list(OUTCOMES), title=None)
    )
    shown = [*hints(("outcome:N", "outcome"), ("applicants:Q", "applicants")), *shares(("share:Q", "share"))]
    colors = outcome_colors().legend(None)
    bars = base.mark_bar().encode(color=colors, tooltip=shown)
    words = base.mark_text(align="left", dx=6).encode(text="text:N")
    return Chart(
        name="data_outcomes",
        section=Section.DATA,
        title="How many default",
        finding=(
            f"{percent(defaults / total, 2)} of {total:,} applicants had payment difficulties (95 % interval "
            f"{percent(float(low[0]), 2)} to {percent(float(high[0]), 2)})."
        ),
        basis="Defaulted: late by some days on one of the first instalments; the source tells neither number.",
        body=alt.layer(bars, words).properties(width=480, height=alt.Step(30)),
        tables={"outcomes": rows},
    )


def _missing(frame: pl.DataFrame) -> Chart:
    total = frame.height
    lacking = {column.name: frame[column.name].null_count() / total for column in COLUMNS}
    # A part of the building is given as three statistics, missing together: one bar says it.
    bars: dict[tuple[str, float], list[str]] = {}
    for name, share in lacking.items():
        if share > 0:
            bars.setdefault((_STATISTIC.sub("", name), share), []).append(name)
    shown = sorted(bars, key=lambda bar: -bar[1])[:_MOST_MISSING]
    rows: list[Row] = [
        {
            "columns": bars[bar][0] if len(bars[bar]) == 1 else f"{bar[0]}, {len(bars[bar])} columns",
            "meaning": BY_NAME[bars[bar][0]].meaning,
            "missing": bar[1],
        }
        for bar in shown
    ]
    drawn = (
        table("missing")
        .mark_bar(color=BLUE)
        .encode(
            x=alt.X("missing:Q", title="Missing, share of applications", axis=alt.Axis(labelExpr=PERCENT)),
            y=alt.Y("columns:N", sort=[str(row["columns"]) for row in rows], title=None),
            tooltip=[*hints(("columns:N", "columns"), ("meaning:N", "meaning")), *shares(("missing:Q", "missing"))],
        )
    )
    always, often = sum(share == 0 for share in lacking.values()), sum(share > 0.5 for share in lacking.values())
    return Chart(
        name="data_missing",
        section=Section.DATA,
        title="What applications leave out",
        finding=f"Of {len(lacking)} columns {always} are always given, {often} are missing in over half of cases.",
        basis="Columns ever missing." if len(bars) == len(shown) else f"The {len(shown)} columns missing most often.",
        body=drawn.properties(width=360, height=alt.Step(ROW)),
        tables={"missing": rows},
    )


def _amounts(frame: pl.DataFrame) -> Chart:
    rows: list[Row] = []
    medians = {}
    for name in AMOUNTS:
        known = frame.select(name, TARGET).filter(pl.col(name) > 0)
        values, target = known[name].to_numpy(), known[TARGET].to_numpy()
        steps = int(np.clip(np.count_nonzero(target) // _PER_STEP, 1, _MOST_STEPS))
        first, last = np.quantile(values, [_TAIL, 1 - _TAIL])
        edges = np.geomspace(first, max(last, first * 1.01), steps + 1)
        for outcome, called in enumerate(OUTCOMES):
            # What lies beyond the ends is in the first and last step.
            inside = np.clip(values[target == outcome], edges[0], edges[-1])
            found = (np.histogram(inside, edges)[0] / max(len(inside), 1)).tolist()
            for low, share in zip(edges.tolist(), [*found, found[-1]], strict=True):
                rows.append({"column": name, "outcome": called, "low": low, "share": share})
        medians[name] = [float(np.median(values[target == outcome])) for outcome in (0, 1)]
    panels = [
        table("amounts")
        .transform_filter(alt.datum.column == name)
        .mark_area(interpolate="step-after", opacity=0.2, line={"strokeWidth": 1.5})
        .encode(
            x=alt.X(
                "low:Q",
                title="currency, logarithmic",
                scale=alt.Scale(type="log", nice=False),
                axis=alt.Axis(format="~s", tickCount=5),
            ),
            y=alt.Y("share:Q", title=None, stack=None, axis=alt.Axis(labelExpr=PERCENT, tickCount=4)),
            color=outcome_colors(),
            tooltip=[*hints(("outcome:N", "outcome"), ("low:Q", "from")), *shares(("share:Q", "share"))],
        )
        .properties(width=270, height=130, title=alt.TitleParams(BY_NAME[name].meaning.split(":")[0], frame="group"))
        for name in AMOUNTS
    ]
    most = max(medians, key=lambda name: abs(np.log(medians[name][1] / medians[name][0])))
    repaid, defaulted = medians[most]
    return Chart(
        name="data_amounts",
        section=Section.DATA,
        title="Amounts by outcome",
        finding=(
            f"The outcomes differ most in the {BY_NAME[most].meaning.split(':')[0]}: half of those who repaid are "
            f"below {repaid:,.0f}, half of those who defaulted below {defaulted:,.0f}."
        ),
        basis="Share of each outcome's applicants by step; the first and last hundredth are in the end steps.",
        body=alt.vconcat(alt.hconcat(*panels[:2]), alt.hconcat(*panels[2:])),
        tables={"amounts": rows},
    )
