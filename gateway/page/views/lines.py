"""Lines over two axes, as SVG that stretches, with its texts beside it so that they do not."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from gateway.page.render import render
from gateway.texts import Language

STEPS: Final = (1, 2, 2.5, 5, 10)
Format = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Series:
    """A line through ``points`` (x, y), a gap where y is NaN; ``band``: (x, low, high) around it."""

    name: str
    points: Sequence[tuple[float, float]]
    tone: str = "first"
    band: Sequence[tuple[float, float, float]] = ()
    dotted: bool = False


@dataclass(frozen=True, slots=True)
class Axis:
    """What is along an axis and how its values are written; ``ticks``: set where round numbers mean nothing."""

    title: str
    write: Format
    low: float | None = None
    high: float | None = None
    ticks: Sequence[tuple[float, str]] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A level to compare with."""

    level: float
    name: str


@dataclass(frozen=True, slots=True)
class _Scale:
    low: float
    high: float

    def place(self, value: float) -> float:
        """In percent of the axis."""
        return 100.0 * (value - self.low) / (self.high - self.low)


def lines(
    title: str,
    series: Sequence[Series],
    x: Axis,
    y: Axis,
    language: Language,
    *,
    rules: Sequence[Rule] = (),
    mark: tuple[float, float] | None = None,
    note: str = "",
) -> str:
    """A figure of ``series``; ``mark``: a point to point at, as (x, y)."""
    xs = [one for line in series for one, _ in line.points]
    ys = [one for line in series for _, one in line.points if math.isfinite(one)]
    ys += [edge for line in series for _, low, high in line.band for edge in (low, high)]
    ys += [rule.level for rule in rules]
    across = _scale(xs, x.low, x.high)
    up = _scale(ys, y.low, y.high)
    drawn = [
        {
            "name": line.name,
            "tone": line.tone,
            "dotted": line.dotted,
            "path": _path(line.points, across, up),
            "band": _band(line.band, across, up),
        }
        for line in series
    ]
    return render(
        "lines",
        language,
        title=title,
        note=note,
        series=drawn,
        rules=[(rule.name, 100 - up.place(rule.level)) for rule in rules],
        mark=None if mark is None else (across.place(mark[0]), 100 - up.place(mark[1])),
        x_title=x.title,
        y_title=y.title,
        x_ticks=[(across.place(at), text) for at, text in x.ticks or _ticks(across, x.write, 5)],
        y_ticks=[(100 - up.place(at), text) for at, text in y.ticks or _ticks(up, y.write, 4)],
        rows=_rows(series, x, y),
        names=[line.name for line in series],
    )


def _scale(values: Sequence[float], low: float | None, high: float | None) -> _Scale:
    least = min(values, default=0.0) if low is None else low
    most = max(values, default=1.0) if high is None else high
    if not most > least:
        least, most = least - 0.5, most + 0.5
    free = 0.05 * (most - least)
    return _Scale(least - free if low is None else least, most + free if high is None else most)


def _ticks(scale: _Scale, write: Format, about: int) -> list[tuple[float, str]]:
    rough = (scale.high - scale.low) / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * one for one in STEPS if power * one >= rough * 0.999)
    first, last = math.ceil(scale.low / step - 1e-9), math.floor(scale.high / step + 1e-9)
    return [(place * step, write(place * step)) for place in range(first, last + 1)]


def _path(points: Sequence[tuple[float, float]], across: _Scale, up: _Scale) -> str:
    parts, pen = [], "M"
    for x, y in points:
        if not math.isfinite(y):
            pen = "M"
            continue
        parts.append(f"{pen}{across.place(x):.2f},{100 - up.place(y):.2f}")
        pen = "L"
    return " ".join(parts)


def _band(band: Sequence[tuple[float, float, float]], across: _Scale, up: _Scale) -> str:
    if not band:
        return ""
    there = [f"{across.place(x):.2f},{100 - up.place(high):.2f}" for x, _, high in band]
    back = [f"{across.place(x):.2f},{100 - up.place(low):.2f}" for x, low, _ in reversed(band)]
    return f"M{' L'.join([*there, *back])} Z"


def _rows(series: Sequence[Series], x: Axis, y: Axis) -> list[tuple[str, list[str]]]:
    """The figure's numbers as a table, with those of bands."""
    named = dict(x.ticks)
    values = [
        {at: y.write(value) for at, value in line.points}
        | {at: f"{y.write(value)} ({y.write(low)}–{y.write(high)})" for at, value, low, high in _banded(line)}
        for line in series
    ]
    every = sorted({at for line in series for at, _ in line.points})
    return [(named.get(at) or x.write(at), [one.get(at, "") for one in values]) for at in every]


def _banded(line: Series) -> list[tuple[float, float, float, float]]:
    """Points with the band around them: x, y, low, high."""
    edges = {x: (low, high) for x, low, high in line.band}
    return [(x, y, *edges[x]) for x, y in line.points if x in edges]
