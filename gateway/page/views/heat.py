"""Drift as a table: what drifted most, by window or of the last decisions; every cell opens its quantity."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from creditrisk.api.drift.v1 import drift_pb2 as pb
from gateway.page.catalogue import Catalogue
from gateway.page.monitoring.reports import Reported
from gateway.page.monitoring.subject import Subject
from gateway.page.render import render
from gateway.page.views.empty import empty
from gateway.page.views.naming import DECISION, PD, band_name, band_tone, begun, quantity_name, segment_name, span
from gateway.texts import Language

SHOWN: Final = 15
"""Features."""
ALWAYS: Final = (PD, DECISION)


@dataclass(frozen=True, slots=True)
class Column:
    """A report under a ``title``; ``judged``: its alarms are a verdict; ``of``: its place, of no quantity yet."""

    title: str
    judged: bool
    report: pb.GetDriftReportResponse
    of: Subject


@dataclass(frozen=True, slots=True)
class Cell:
    """A PSI; ``mark``: as of ``mark_of``; ``key``: what it opens."""

    psi: float
    tone: str
    mark: str
    label: str
    key: str


def by_window(found: Sequence[Reported], segment: str, catalogue: Catalogue, language: Language) -> str:
    """The card of drift over ``found`` windows, newest first."""
    say = language.say
    columns = [
        Column(
            begun(one.window.begin, one.window.end, language),
            one.window.HasField("judged_at"),
            one.report,
            Subject("", segment, "").at(one.window),
        )
        for one in reversed(found)
        if one.report
    ]
    if not columns:
        return empty(say("No decision of this segment was counted in these windows."), language)
    note = say("How far each window is from the training data, in {segment}.", segment=segment_name(segment, language))
    return _card(columns, note, "", catalogue, language)


def of_last(report: pb.GetDriftReportResponse, decisions: int, catalogue: Catalogue, language: Language) -> str:
    """The card of drift of the last ``decisions``."""
    say = language.say
    column = Column(
        say("Last {count}", count=language.number(report.rows)),
        judged=False,
        report=report,
        of=Subject("", report.segment, report.bundle_hash, last=decisions),
    )
    note = say(
        "The last {count} decisions, in {segment}: {count_there} of them, {span} (UTC).",
        count=language.number(decisions),
        segment=segment_name(report.segment, language),
        count_there=language.number(report.rows),
        span=span(report.begin, report.end, language),
    )
    warning = say("This is no verdict: who looks often at what grows sees false alarms. Only windows are judged.")
    return _card([column], note, warning, catalogue, language)


def ranked(reports: Iterable[pb.GetDriftReportResponse]) -> list[str]:
    """Features that ``reports`` are of: those with an alarm first, then by the greatest PSI of any of them."""
    weights: dict[str, tuple[bool, float]] = {}
    for report in reports:
        for one in report.quantities:
            if one.name not in ALWAYS:
                alarm, psi = weights.get(one.name, (False, 0.0))
                weights[one.name] = (alarm or one.alarm, max(psi, one.psi))
    return sorted(weights, key=lambda name: (not weights[name][0], -weights[name][1], name))


def _card(columns: Sequence[Column], note: str, warning: str, catalogue: Catalogue, language: Language) -> str:
    features = ranked(one.report for one in columns)
    found = [{one.name: one for one in column.report.quantities} for column in columns]
    rows = []
    for name in (*ALWAYS, *features[:SHOWN]):
        meaning = quantity_name(name, catalogue, language)
        cells = [
            _cell(quantities[name], meaning, column, language) if name in quantities else None
            for column, quantities in zip(columns, found, strict=True)
        ]
        rows.append({"meaning": meaning, "name": name, "cells": cells, "key": _newest(columns, cells).key})
    return render(
        "heat",
        language,
        columns=columns,
        rows=rows,
        note=note,
        warning=warning,
        shown=min(SHOWN, len(features)),
        features=len(features),
        synthetic=any(column.report.synthetic_model for column in columns),
    )


def _newest(columns: Sequence[Column], cells: Sequence[Cell | None]) -> Cell:
    """The newest cell that is a verdict; the newest of all where none is."""
    there = [(column.judged, cell) for column, cell in zip(columns, cells, strict=True) if cell]
    return next((cell for judged, cell in reversed(there) if judged), there[-1][1])


def mark_of(one: pb.QuantityDrift, *, judged: bool) -> str:
    """``alarm``; ``likely``, where the test says so but it is no verdict; or nothing."""
    if not one.alarm:
        return ""
    return "alarm" if judged else "likely"


def _cell(one: pb.QuantityDrift, meaning: str, column: Column, language: Language) -> Cell:
    say = language.say
    mark = mark_of(one, judged=column.judged)
    said = {"alarm": say("alarm"), "likely": say("would be an alarm, no verdict"), "": say("no alarm")}[mark]
    label = say(
        "{quantity}, {window}: PSI {psi}, {band}, {alarm}",
        quantity=meaning,
        window=column.title,
        psi=language.fixed(one.psi, 2),
        band=band_name(one.psi_band, language),
        alarm=said,
    )
    return Cell(one.psi, band_tone(one.psi_band), mark, label, replace(column.of, quantity=one.name).key)
