"""A file of applications: what was found in it, how far it is, what came of it."""

from typing import Final

from gateway.page.batch.batch import Batch
from gateway.page.batch.columns import ID, READ, BadFile, listed
from gateway.page.batch.outcome import DECISIONS, NONE, Outcome
from gateway.page.batch.results import DECISION, LOWERING, PD, RAISING
from gateway.page.batch.scoring import Scoring
from gateway.page.form.entries import label
from gateway.page.render import render
from gateway.page.views.result import decision_words
from gateway.page.views.spread import spread
from gateway.texts import Language

MINUTE: Final = 90
"""Seconds from which on time is told in minutes."""


def bad_file(error: BadFile, name: str, language: Language) -> str:
    """Why the file called ``name`` is not taken."""
    title = language.say("{name} cannot be taken", name=name)
    return render("problem", language, title=title, detail=f"{error.what} {error.mend}", violations=())


def checking(name: str, share: float, language: Language) -> str:
    """How much of the file called ``name`` is checked, 0 to 1."""
    what = language.say("Checking {name}; nothing is recorded yet", name=name)
    return render("batch_progress", language, what=what, share=share, told=language.percent(share, 0))


def report(batch: Batch, language: Language) -> str:
    """What was found in a file that was checked."""
    say, problems = language.say, batch.problems
    columns = batch.columns
    named = sorted(
        {*problems.fatal, *problems.others}, key=lambda one: (-problems.fatal[one], -problems.others[one], one)
    )
    rows = [
        {
            "row": one.row,
            "applicant": one.applicant or "",
            "column": one.column or say("the whole row"),
            "meaning": _meaning(one.column, language),
            "shown": one.shown,
            "what": one.what,
            "mend": one.mend,
            "fatal": one.fatal,
        }
        for one in problems.first
    ]
    notes = []
    if columns and columns.ignored:
        notes.append(say("Columns that are not an application's, not read: {names}.", names=listed(columns.ignored)))
    if columns and columns.absent:
        notes.append(say("Columns the file has not, so not known of anyone: {names}.", names=listed(columns.absent)))
    return render(
        "batch_report",
        language,
        name=batch.name,
        rows=batch.rows,
        sound=batch.sound,
        left_out=batch.rows - batch.sound,
        others=problems.others.total(),
        notes=notes,
        counting=say("The header is row {row}, as spreadsheet programs count.", row=batch.first_row - 1)
        if batch.first_row > 1
        else say("The first row is row 1."),
        counts=[(one, _meaning(one, language), problems.fatal[one], problems.others[one]) for one in named],
        problems=rows,
        total=problems.total,
    )


def progress(batch: Batch, scoring: Scoring, language: Language) -> str:
    """How far the scoring of a file is."""
    say = language.say
    what = say(
        "{scored} of {total} decided and recorded, {explained} explained",
        scored=language.number(batch.scored),
        total=language.number(batch.sound),
        explained=language.number(batch.explained),
    )
    told = language.percent(scoring.share, 0)
    if scoring.left is not None:
        rate = say("{rate} applications a second", rate=language.number(scoring.rate))
        told = f"{told} · {rate} · {_lasting(scoring.left, language)}"
    return render("batch_progress", language, what=what, share=scoring.share, told=told)


def ended(batch: Batch, language: Language) -> str:
    """How far the scoring of a file came, once it is not under way."""
    say = language.say
    values = {
        "scored": language.number(batch.scored),
        "total": language.number(batch.sound),
        "explained": language.number(batch.explained),
    }
    if not batch.left:
        return render("batch_ended", language, whole=True, what=say("All {total} decided and recorded.", **values))
    what = say("Stopped: {scored} of {total} are decided and recorded, {explained} of them explained.", **values)
    return render("batch_ended", language, whole=False, what=what)


def outcome(found: Outcome, language: Language) -> str:
    """The figures of what came of a file, and their charts."""
    words = decision_words(language)
    figures = render(
        "batch_outcome",
        language,
        decided=found.decided,
        again=found.again,
        none=found.counts.get(NONE, 0),
        decisions=[(one, words[one], found.counts.get(one, 0)) for one in DECISIONS],
    )
    if not found.decided:
        return figures
    chart = spread(found.bins, found.thresholds, words, language)
    reasons = [
        (language.say("Most often raising the risk"), "raising", found.raising),
        (language.say("Most often lowering the risk"), "lowering", found.lowering),
    ]
    frequent = render("batch_reasons", language, explained=found.explained, reasons=reasons)
    return f'{figures}<div class="cr-card">{chart}</div>{frequent}'


def results(found: Outcome, kind: str, start: int, count: int, language: Language) -> str:
    """The table of ``count`` rows from ``start`` on, of the ``kind`` that ``Outcome.rows`` has."""
    total = found.total(kind)
    frame = found.rows(kind, start, count)
    rows = [
        {
            "row": one["row"],
            "applicant": one[ID] or "",
            "decision": one[DECISION],
            "pd": one[PD],
            "points": one["points"],
            "raising": _begun(one[RAISING[0]]),
            "lowering": _begun(one[LOWERING[0]]),
            "notes": one["error"] or one["warnings"] or "",
            "wrong": bool(one["error"]),
        }
        for one in frame.iter_rows(named=True)
    ]
    shown = language.say(
        "Rows {first} to {last} of {total}",
        first=language.number(start + 1 if rows else 0),
        last=language.number(start + len(rows)),
        total=language.number(total),
    )
    return render("batch_results", language, rows=rows, shown=shown, words=decision_words(language))


def _meaning(column: str, language: Language) -> str:
    if column == ID:
        return language.say("Applicant's id")
    return label(READ[column], language) if column in READ else ""


def _begun(text: str | None) -> str:
    return text[:1].upper() + text[1:] if text else ""


def _lasting(seconds: float, language: Language) -> str:
    if seconds < MINUTE:
        return language.say("about {seconds} s left", seconds=language.number(max(seconds, 1)))
    return language.say("about {minutes} min left", minutes=language.number(seconds / 60))
