"""Default rates by category, and by tenths of a number's values."""

from itertools import pairwise
from typing import Final

import altair as alt
import numpy as np
import polars as pl

from creditrisk.application import BY_NAME
from trainer.evaluation.proportions import wilson
from trainer.evaluation.resampling import Vector
from trainer.frames import TARGET
from trainer.reports.chart import Body, Chart, Row, Section, percent, rounded
from trainer.reports.marks import PERCENT, across, heading, hints, level, shares, table, upright
from trainer.reports.theme import BLUE, GREY

CATEGORIES: Final = (
    ("NAME_CONTRACT_TYPE", "CODE_GENDER", "NAME_INCOME_TYPE", "NAME_EDUCATION_TYPE", "NAME_FAMILY_STATUS"),
    ("OCCUPATION_TYPE", "NAME_HOUSING_TYPE"),
)
"""Columns of categories, as they stand beside each other."""
VALUES: Final = ("EXT_SOURCE_1", "EXT_SOURCE_2", "EXT_SOURCE_3", "DAYS_BIRTH", "DAYS_EMPLOYED", "AMT_CREDIT")
FEWEST: Final = 30
"""Applicants below which a category's rate says too little to be shown."""
_TENTHS: Final = 10
_STEP: Final = 15
_MISSING: Final = "none"


def by_category_chart(frame: pl.DataFrame) -> Chart:
    """Default rates by category of the columns ``CATEGORIES`` of a canonical ``frame``."""
    rows: list[Row] = []
    overall = _share(frame[TARGET])
    orders: dict[str, list[str]] = {}
    columns = [name for group in CATEGORIES for name in group]
    for name in columns:
        counted = (
            frame.select(pl.col(name).fill_null(_MISSING), TARGET)
            .group_by(name)
            .agg(pl.len().alias("rows"), pl.col(TARGET).sum().alias("defaults"))
            .filter(pl.col("rows") >= FEWEST)
            .sort(pl.col("defaults") / pl.col("rows"), name, descending=[True, False])
        )
        found = _rates(counted["defaults"].to_numpy().astype(np.float64), counted["rows"].to_numpy().astype(np.float64))
        labels = [f"{value} ({count:,})" for value, count in zip(counted[name], counted["rows"], strict=True)]
        orders[name] = labels
        rows += [{"column": name, "category": label, **rate} for label, rate in zip(labels, found, strict=True)]
    most = max(float(row["high"] or 0) for row in rows)
    drawn = [alt.vconcat(*(_categories(name, orders[name], overall, most) for name in group)) for group in CATEGORIES]
    highest = max(rows, key=lambda row: float(row["low"] or 0))
    return Chart(
        name="data_rates_by_category",
        section=Section.DATA,
        title="Default rate by category",
        finding=(
            f"Of the categories shown, {str(highest['category']).rsplit(' (', 1)[0]} stands out most: "
            f"{percent(float(highest['rate'] or 0))} default ({percent(float(highest['low'] or 0))} to "
            f"{percent(float(highest['high'] or 0))}), against {percent(overall)} of all."
        ),
        basis=(
            f"Number of applicants in brackets; categories with under {FEWEST} are left out. Lines are 95 % intervals "
            f"(Wilson), each for itself; dashed: all applicants."
        ),
        body=alt.hconcat(*drawn),
        tables={"rates": rows},
    )


def _categories(name: str, order: list[str], overall: float, most: float) -> Body:
    dots = across(
        table("rates").transform_filter(alt.datum.column == name),
        alt.X("rate:Q", title=None, axis=alt.Axis(labelExpr=PERCENT, tickCount=4), scale=alt.Scale(domain=[0, most])),
        alt.Y("category:N", sort=order, title=None, axis=alt.Axis(labelLimit=212)),
        tooltip=[
            *hints(("category:N", "category"), ("rows:Q", "applicants")),
            *shares(("rate:Q", "default rate"), ("low:Q", "from"), ("high:Q", "to")),
        ],
    )
    title = heading(BY_NAME[name].meaning.split(":")[0])
    return alt.layer(upright(overall), *dots, width=120, height=alt.Step(_STEP), title=title)


def by_value_chart(frame: pl.DataFrame) -> Chart:
    """Default rates by tenths of the columns ``VALUES`` of a canonical ``frame``."""
    rows: list[Row] = []
    overall = _share(frame[TARGET])
    reach = {}
    for name in VALUES:
        values, target, unit = _values(frame, name)
        edges = np.unique(np.quantile(values[~np.isnan(values)], np.linspace(0, 1, _TENTHS + 1)[1:-1]))
        place = np.where(np.isnan(values), len(edges) + 1, np.searchsorted(edges, values, side="right"))
        counts = np.bincount(place, minlength=len(edges) + 2).astype(np.float64)
        defaults = np.bincount(place, weights=target, minlength=len(edges) + 2)
        names = _steps([rounded(edge, 3) for edge in edges.tolist()])
        for at, rate in enumerate(_rates(np.asarray(defaults, dtype=np.float64), np.maximum(counts, 1.0))):
            if counts[at] >= FEWEST:
                tenth = at + 1 if at <= len(edges) else _TENTHS + 2
                rows.append({"column": name, "unit": unit, "place": tenth, "values": names[at], **rate})
        known = [float(row["rate"] or 0) for row in rows if row["column"] == name and row["values"] != "missing"]
        reach[name] = (known[0], known[-1])
    most = max(float(row["high"] or 0) for row in rows)
    panels = [_tenths(name, overall, most) for name in VALUES]
    widest = max(reach, key=lambda name: abs(reach[name][0] - reach[name][1]))
    return Chart(
        name="data_rates_by_value",
        section=Section.DATA,
        title="Default rate by tenths of values",
        finding=(
            f"{_called(widest)} tells most apart: from {percent(reach[widest][0])} in its lowest tenth to "
            f"{percent(reach[widest][1])} in its highest."
        ),
        basis=(
            "Lowest tenth of the known values at the left; none: not known. Lines are 95 % intervals (Wilson), each "
            "for itself; dashed: all applicants."
        ),
        body=alt.vconcat(*(alt.hconcat(*panels[at : at + 3]) for at in range(0, len(panels), 3))),
        tables={"rates": rows},
    )


def _tenths(name: str, overall: float, most: float) -> Body:
    base = table("rates").transform_filter(alt.datum.column == name)
    # A gap before the place of what is missing.
    names = f"datum.value > {_TENTHS + 1} ? 'none' : datum.value > {_TENTHS} ? '' : datum.value"
    places = alt.Scale(domain=list(range(1, _TENTHS + 3)))
    x = alt.X("place:O", title=None, scale=places, axis=alt.Axis(labelExpr=names, labelAngle=0, ticks=False))
    color = alt.condition("datum.values === 'missing'", alt.value(GREY), alt.value(BLUE))
    lines = base.mark_rule().encode(x=x, y=alt.Y("low:Q"), y2="high:Q", color=color)
    dots = base.mark_point().encode(
        x=x,
        y=alt.Y("rate:Q", title=None, axis=alt.Axis(labelExpr=PERCENT, tickCount=4), scale=alt.Scale(domain=[0, most])),
        color=color,
        tooltip=[
            *hints(("values:N", "values"), ("unit:N", "unit"), ("rows:Q", "applicants")),
            *shares(("rate:Q", "default rate"), ("low:Q", "from"), ("high:Q", "to")),
        ],
    )
    return alt.layer(level(overall), lines, dots, width=165, height=130, title=heading(_called(name)))


def _called(name: str) -> str:
    return {"DAYS_BIRTH": "Age", "DAYS_EMPLOYED": "Years employed", "AMT_CREDIT": "Amount of the loan"}.get(name, name)


def _values(frame: pl.DataFrame, name: str) -> tuple[Vector, Vector, str]:
    """The column's values, NaN where missing or a sentinel, in years where it counts days; TARGET; and the unit."""
    column = BY_NAME[name]
    values = frame[name].cast(pl.Float64).fill_null(float("nan")).to_numpy().copy()
    values[np.isin(values, column.sentinels)] = np.nan
    in_days = column.unit == "days"
    return (
        -values / 365.25 if in_days else values,
        frame[TARGET].to_numpy().astype(np.float64),
        "years" if in_days else column.unit,
    )


def _steps(edges: list[float]) -> list[str]:
    """Names of the steps between ``edges``; the ends are open, for they are single applicants' values."""
    if not edges:
        return ["all", "missing"]
    inner = [f"{low:g} to {high:g}" for low, high in pairwise(edges)]
    return [f"under {edges[0]:g}", *inner, f"{edges[-1]:g} and more", "missing"]


def _rates(defaults: Vector, rows: Vector) -> list[dict[str, float]]:
    low, high = wilson(defaults, rows)
    figures = zip(rows.tolist(), (defaults / rows).tolist(), low.tolist(), high.tolist(), strict=True)
    return [{"rows": int(count), "rate": rate, "low": least, "high": most} for count, rate, least, most in figures]


def _share(target: pl.Series) -> float:
    return float(target.to_numpy().mean())
