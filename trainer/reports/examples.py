"""Four applicants, one of each kind of decision, and what made each PD."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import altair as alt
import numpy as np
from numpy.typing import NDArray

from trainer.evaluation.resampling import Vector
from trainer.reports.chart import Body, Chart, Row, Section, percent, rounded
from trainer.reports.feature import Feature
from trainer.reports.marks import heading, hints, table, upright
from trainer.reports.theme import BLACK, BLUE, VERMILION

_SHOWN: Final = 7
"""Contributions shown singly; the others are added up."""
_STEP: Final = 16
_DIGITS: Final = 2
"""Significant digits of an applicant's values."""


class Kind(StrEnum):
    """Kinds of decision, a default being the positive."""

    TRUE_POSITIVE = "true positive: declined, and defaulted"
    FALSE_POSITIVE = "false positive: declined, would have repaid"
    FALSE_NEGATIVE = "false negative: approved, and defaulted"
    TRUE_NEGATIVE = "true negative: approved, and repaid"


@dataclass(frozen=True, slots=True)
class Example:
    """One applicant: ``values`` (F,) and ``contributions`` (F,) to the log-odds, which with ``base`` give the PD."""

    kind: Kind
    values: NDArray[np.float32]
    contributions: Vector
    base: float


def typical(pd: Vector, target: NDArray[np.int8], threshold: float) -> dict[Kind, int]:
    """The row with the middle PD of each kind of decision there is, of ``pd`` (n,) and ``target`` (n,; 1: default).

    ``pd`` are the PDs that the contributions to be shown add up to, so that picture and kind agree.
    """
    declined = pd >= threshold
    kinds = {
        Kind.TRUE_POSITIVE: declined & (target == 1),
        Kind.FALSE_POSITIVE: declined & (target == 0),
        Kind.FALSE_NEGATIVE: ~declined & (target == 1),
        Kind.TRUE_NEGATIVE: ~declined & (target == 0),
    }
    found = {}
    for kind, inside in kinds.items():
        rows = np.flatnonzero(inside)
        if len(rows):
            found[kind] = int(rows[np.argsort(pd[rows], kind="stable")[len(rows) // 2]])
    return found


def examples_chart(features: Sequence[Feature], examples: Sequence[Example], threshold: float) -> Chart:
    """What made the PD of each of ``examples``, from the average applicant's log-odds."""
    rows: list[Row] = []
    for example in examples:
        rows += _steps(features, example)
    ends = [value for row in rows for value in (float(row["from"] or 0), float(row["to"] or 0))]
    domain = [min(ends) - 0.1, max(ends) + 0.1]
    panels = [_panel(example, domain, threshold, last=example is examples[-1]) for example in examples]
    strongest = features[int(np.argmax(sum(np.abs(example.contributions) for example in examples)))].name
    return Chart(
        name="examples",
        section=Section.EXAMPLES,
        title="What made four decisions",
        finding=f"From the average applicant's PD to each one's; over the four, {strongest} moves most.",
        basis=(
            f"SHAP values of the applicant with the middle PD of each kind, of whom values are rounded to {_DIGITS} "
            f"digits; dashed: declined from a PD of {percent(threshold)}."
        ),
        body=alt.vconcat(*panels),
        tables={"steps": rows},
    )


def _steps(features: Sequence[Feature], example: Example) -> list[Row]:
    order = [int(at) for at in np.argsort(-np.abs(example.contributions), kind="stable")]
    at = example.base
    rows: list[Row] = [_step(example.kind, "average applicant", at, at, "level")]
    moves = [(_valued(features[one], float(example.values[one])), example.contributions[one]) for one in order[:_SHOWN]]
    if others := order[_SHOWN:]:
        moves.append((f"{len(others)} other features", example.contributions[others].sum()))
    for name, move in moves:
        after = at + float(move)
        rows.append(_step(example.kind, name, at, after, "raises the PD" if move > 0 else "lowers the PD"))
        at = after
    return [*rows, _step(example.kind, "this applicant", at, at, "level")]


def _step(kind: Kind, name: str, before: float, after: float, how: str) -> Row:
    pd = 1 / (1 + np.exp(-after))
    return {
        "kind": kind.value,
        "step": name,
        "from": before,
        "to": after,
        "how": how,
        "pd": float(rounded(pd, 2)),
        "text": f"PD {percent(pd)}" if how == "level" else f"{after - before:+.2f}".replace("-", "−"),
    }


def _valued(feature: Feature, value: float) -> str:
    """A feature with its value, rounded so that it is nobody's in particular."""
    if np.isnan(value):
        return f"{feature.name}: missing"
    return f"{feature.name} = {rounded(value, _DIGITS):,.10g}"


def _panel(example: Example, domain: list[float], threshold: float, *, last: bool) -> Body:
    base = table("steps").transform_filter(alt.datum.kind == example.kind.value)
    y = alt.Y("step:N", sort=None, title=None)
    title = "Log-odds of default" if last else None
    x = alt.X("from:Q", title=title, scale=alt.Scale(domain=domain, nice=False, zero=False))
    hows = {"raises the PD": VERMILION, "lowers the PD": BLUE, "level": BLACK}
    color = alt.Color(
        "how:N",
        title=None,
        scale=alt.Scale(domain=list(hows), range=list(hows.values())),
        legend=alt.Legend(values=["raises the PD", "lowers the PD"]),
    )
    shown = hints(("step:N", "step"), ("text:N", "moves by"), ("pd:Q", "PD so far"))
    bars = base.mark_bar(height=11, minBandSize=2).encode(x=x, x2="to:Q", y=y, color=color, tooltip=shown)
    ends = base.transform_filter(alt.datum.how == "level")
    ticks = ends.mark_tick(thickness=2, size=13, color=BLACK).encode(x=x, y=y)
    right = base.transform_calculate(right="max(datum.from, datum.to)")
    words = right.mark_text(align="left", dx=5, fontSize=10).encode(x="right:Q", y=y, text="text:N")
    line = upright(float(np.log(threshold / (1 - threshold))))
    name = example.kind.value
    return alt.layer(
        line, bars, ticks, words, width=360, height=alt.Step(_STEP), title=heading(name[0].upper() + name[1:])
    )
