"""A bundle's charts that are lines, drawn anew from their numbers: sharp, in the page's colours, fit for a phone."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from gateway.page.views.lines import Axis, Series, lines
from gateway.texts import Language

Rows = Sequence[Mapping[str, Any]]
Tables = Mapping[str, Rows]
Draw = Callable[[Tables, Language], list[str]]

PDS: Final = (0.0, 0.01, 0.05, 0.1, 0.2, 0.4, 0.7, 1.0)
"""Marked on axes of PDs by their square roots."""


def curves(name: str, document: bytes, language: Language) -> list[str]:
    """Figures of the chart ``name`` (one of ``DRAWN``) from its JSON; none where that is not as it should be."""
    try:
        return DRAWN[name](json.loads(document)["data"], language)
    except (ValueError, KeyError, TypeError, ArithmeticError, StopIteration, RecursionError):
        return []


def _calibration(tables: Tables, language: Language) -> list[str]:
    say = language.say
    levels = [_numbers(row, "mean_pd", "default_rate", "low", "high") for row in tables["reliability"]]
    roots = [tuple(map(math.sqrt, row)) for row in levels]
    most = max(value for row in roots for value in row)
    observed = Series(
        say("Default rate"), [(x, y) for x, y, _, _ in roots], band=[(x, low, high) for x, _, low, high in roots]
    )
    exact = Series(say("PDs equal to default rates"), [(x, x) for x, *_ in roots], "level", dotted=True)
    by_outcome = {
        outcome: [(math.sqrt(low), share) for low, share in _columns(rows, "low", "share")]
        for outcome in ("repaid", "defaulted")
        if (rows := [row for row in tables["levels"] if row["outcome"] == outcome])
    }
    names = {"repaid": say("repaid"), "defaulted": say("defaulted")}
    tones = {"repaid": "first", "defaulted": "second"}
    return [
        lines(
            say("Default rate by PD"),
            [observed, exact],
            _roots(say("Mean PD of the level"), most, language),
            _roots(say("Default rate"), most, language),
            language,
            note=say("Axes by square roots. {shaded}", shaded=_shaded(language)),
        ),
        lines(
            say("How PDs are spread, by outcome"),
            [Series(names[outcome], points, tones[outcome]) for outcome, points in by_outcome.items()],
            _roots(say("PD"), max(x for points in by_outcome.values() for x, _ in points), language),
            Axis(say("Share of the outcome"), language.percent, 0.0),
            language,
        ),
    ]


def _cost(tables: Tables, language: Language) -> list[str]:
    say = language.say
    rows = tables["curves"]
    # The first mark is the threshold that the costs ask for.
    theory = float(next(iter(tables["marks"]))["threshold"])
    costs = _columns(rows, "threshold", "cost", "low", "high")
    at, cost, *_ = min(costs, key=lambda row: abs(row[0] - theory))
    x = Axis(say("Threshold (PD)"), language.percent, 0.0, max(row[0] for row in costs))
    share = Axis(say("Share"), lambda at: language.percent(at, 0), 0.0)
    return [
        lines(
            say("Cost per applicant"),
            [_banded(say("Cost"), costs)],
            x,
            Axis(say("Cost"), lambda at: language.number(at, 3)),
            language,
            mark=(at, cost),
            note=say(
                "The dot: the threshold that the costs ask for, {pd}. {shaded}",
                pd=language.percent(theory),
                shaded=_shaded(language),
            ),
        ),
        lines(
            say("Approvals, and defaults among them"),
            [
                Series(say("Approved"), _columns(rows, "threshold", "approval_rate")),
                Series(say("Of these default"), _columns(rows, "threshold", "default_rate"), "second"),
            ],
            x,
            share,
            language,
        ),
        lines(
            say("Loss per applicant"),
            [
                Series(say("Expected, by PD"), _columns(rows, "threshold", "expected_loss")),
                Series(
                    say("Realised, by outcome"), _columns(rows, "threshold", "realised_loss"), "second", dotted=True
                ),
            ],
            x,
            Axis(say("Loss"), language.number),
            language,
        ),
    ]


def _sensitivity(tables: Tables, language: Language) -> list[str]:
    say = language.say
    rows = tables["ratios"]
    ratio = Axis(say("Cost of a default approved, in refusals of a good applicant"), lambda at: language.number(at, 1))
    best = _columns(rows, "ratio", "optimum", "optimum_low", "optimum_high")
    theory = Series(say("by theory"), _columns(rows, "ratio", "theory"), "level", dotted=True)
    return [
        lines(
            say("Threshold by ratio of costs"),
            [_banded(say("best on these rows"), best), theory],
            ratio,
            Axis(say("Threshold (PD)"), language.percent, 0.0),
            language,
            note=_shaded(language),
        ),
        lines(
            say("Cost by ratio of costs"),
            [_banded(say("Cost"), _columns(rows, "ratio", "cost", "cost_low", "cost_high"))],
            ratio,
            Axis(say("Cost per applicant"), lambda at: language.number(at, 3)),
            language,
            note=_shaded(language),
        ),
        lines(
            say("Approvals by ratio of costs"),
            [Series(say("Approved"), _columns(rows, "ratio", "approval_rate"))],
            ratio,
            Axis(say("Approved"), lambda at: language.percent(at, 0)),
            language,
        ),
    ]


DRAWN: Final[Mapping[str, Draw]] = {
    "calibration": _calibration,
    "threshold_cost": _cost,
    "threshold_sensitivity": _sensitivity,
}
"""Charts by name, and what draws them."""


def _numbers(row: Mapping[str, Any], *columns: str) -> tuple[float, ...]:
    """A row's values; NaN where one is not known."""
    return tuple(math.nan if row[name] is None else float(row[name]) for name in columns)


def _columns(rows: Rows, *columns: str) -> list[Any]:
    return [_numbers(row, *columns) for row in rows]


def _banded(name: str, rows: Sequence[tuple[float, float, float, float]]) -> Series:
    """A line of (x, y, low, high)."""
    return Series(name, [(x, y) for x, y, _, _ in rows], band=[(x, low, high) for x, _, low, high in rows])


def _shaded(language: Language) -> str:
    return language.say("Shaded: intervals of {level}.", level=language.percent(0.95, 0))


def _roots(title: str, most: float, language: Language) -> Axis:
    """An axis of PDs by their square roots, from 0 to ``most`` (a root)."""
    ticks = [(math.sqrt(pd), language.percent(pd, 0)) for pd in PDS if math.sqrt(pd) <= most]
    return Axis(title, lambda at: language.percent(at * at), 0.0, most, ticks)
