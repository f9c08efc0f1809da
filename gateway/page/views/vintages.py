"""How loans turned out, by the month they were approved in, beside what had been expected of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from creditrisk.api.drift.v1 import drift_pb2 as pb
from gateway.page.render import render
from gateway.page.views.empty import empty
from gateway.page.views.lines import Axis, Series, lines
from gateway.page.views.timeline import timeline
from gateway.texts import Language

MEASURES: Final = ("default_rate", "auc", "brier")
"""Realised of approved loans, and expected of the same."""


@dataclass(frozen=True, slots=True)
class Beside:
    """A realised figure and the expected one, written; ``outside`` of its interval or not."""

    realised: str
    expected: str
    outside: bool


def vintages(found: Sequence[pb.Vintage], language: Language) -> str:
    """The card of ``found`` months, newest first."""
    say = language.say
    if not found:
        return empty(say("No decision was counted yet."), language)
    rows = [
        {
            "month": language.month(one.month.ToDatetime()),
            "matured": one.matured,
            "decisions": one.decisions,
            "approved": one.approved,
            "labelled": one.labelled,
            "figures": [_beside(one, name, language) for name in MEASURES] if one.HasField("realised") else [],
            "calibration": one.realised.calibration_error,
            "cost": one.realised.cost if one.realised.HasField("cost") else None,
            "notes": [say(note) for note in one.notes],
        }
        for one in found
    ]
    known = [one for one in reversed(found) if one.HasField("realised")]
    charts = [_chart(known, name, language) for name in MEASURES] if len(known) > 1 else []
    return render("vintages", language, rows=rows, titles=titles(language), charts=charts, known=bool(known))


def titles(language: Language) -> dict[str, str]:
    """What the measures are called."""
    say = language.say
    return {"default_rate": say("Default rate"), "auc": say("AUC"), "brier": say("Brier score")}


def _writer(name: str, language: Language) -> Callable[[float], str]:
    if name == "default_rate":
        return language.percent
    return lambda value: language.fixed(value, 3)


def _beside(one: pb.Vintage, name: str, language: Language) -> Beside:
    write = _writer(name, language)
    realised, expected = _realised(one, name), _expected(one, name)
    return Beside(
        "—" if realised is None else write(realised),
        "—" if expected is None else f"{write(expected.value)} ({write(expected.low)}–{write(expected.high)})",
        name in one.outside,
    )


def _chart(known: Sequence[pb.Vintage], name: str, language: Language) -> str:
    """A measure over the months whose outcomes are known."""
    say = language.say
    title = titles(language)[name]
    points, expected, band = [], [], []
    for place, one in enumerate(known):
        if (figure := _realised(one, name)) is not None:
            points.append((float(place), figure))
        if (interval := _expected(one, name)) is not None:
            expected.append((float(place), interval.value))
            band.append((float(place), interval.low, interval.high))
    series = [
        Series(say("realised"), points, "second"),
        Series(say("expected, with its 95 % interval"), expected, "first", band=band, dotted=True),
    ]
    months = [language.month(one.month.ToDatetime()) for one in known]
    return lines(title, series, timeline(say("Month of approval"), months), Axis("", _writer(name, language)), language)


def _realised(one: pb.Vintage, name: str) -> float | None:
    if name == "auc" and not one.realised.HasField("auc"):
        return None
    figure: float = getattr(one.realised, name)
    return figure


def _expected(one: pb.Vintage, name: str) -> pb.Figure | None:
    return getattr(one.expected, name) if one.expected.HasField(name) else None  # type: ignore[arg-type]
