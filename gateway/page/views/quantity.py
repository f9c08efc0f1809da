"""One quantity opened: where its values are, beside the training data, and how that came over windows."""

from collections.abc import Sequence
from typing import Final

from creditrisk.api.drift.v1 import drift_pb2 as pb
from gateway.page.catalogue import Catalogue
from gateway.page.monitoring.reports import Reported
from gateway.page.monitoring.subject import Subject
from gateway.page.render import render
from gateway.page.views.distribution import shares
from gateway.page.views.heat import mark_of
from gateway.page.views.lines import Axis, Rule, Series, lines
from gateway.page.views.naming import (
    band_name,
    begun,
    p_value,
    quantity_name,
    segment_name,
    span,
)
from gateway.page.views.timeline import timeline
from gateway.texts import Language

LARGE: Final = 0.25
"""A PSI that the conventional bands call so, see PsiBand."""


def quantity(
    report: pb.GetDriftReportResponse,
    subject: Subject,
    windows: Sequence[Reported],
    catalogue: Catalogue,
    language: Language,
) -> str:
    """The card of ``subject``, whose ``report`` has its bins; ``windows``: the newest, newest first."""
    say = language.say
    (one,) = report.quantities
    known, apart = shares(one, catalogue, language)
    past = [(seen.window, found) for seen in reversed(windows) if (found := _found(seen, one.name))]
    where = span(report.begin, report.end, language)
    return render(
        "quantity",
        language,
        title=quantity_name(one.name, catalogue, language),
        name=one.name,
        mark=mark_of(one, judged=report.HasField("judged_at")),
        where=say("Last {count} decisions: {span}", count=language.number(report.rows), span=where)
        if subject.last
        else where,
        verdict=_verdict(one, subject, report, language),
        change=say(one.change),
        facts=[*_counted(report, language), *_measures(one, language)],
        known=known,
        apart=apart,
        windows=[
            {
                "begun": begun(window.begin, window.end, language),
                "key": subject.at(window).key,
                "mark": mark_of(found, judged=window.HasField("judged_at")),
                "psi": found.psi,
                "here": subject.at(window) == subject,
            }
            for window, found in past
        ],
        line=_line(past, language) if len(past) > 1 else "",
    )


def _verdict(one: pb.QuantityDrift, subject: Subject, report: pb.GetDriftReportResponse, language: Language) -> str:
    """What the test says, and what that is worth."""
    say = language.say
    if not one.HasField("adjusted_p_value"):
        return say(
            "Not tested: the policy decides by more than the model's threshold, so it is the policy that differs."
        )
    if report.HasField("judged_at"):
        judged = language.time(report.judged_at.ToDatetime())
        if one.alarm:
            return say("Alarm: it drifted. Judged {time} (UTC).", time=judged)
        return say("No alarm. Judged {time} (UTC).", time=judged)
    if subject.last:
        return say("The last decisions are no window: this is no verdict.")
    return say("The window is not judged yet: this is no verdict.")


def _counted(report: pb.GetDriftReportResponse, language: Language) -> list[tuple[str, str]]:
    say = language.say
    return [
        (say("Segment"), segment_name(report.segment, language)),
        (say("Decisions"), language.number(report.rows)),
        (say("Rows of the training data"), language.number(report.reference_rows)),
        (say("Model"), report.model_version),
    ]


def _measures(one: pb.QuantityDrift, language: Language) -> list[tuple[str, str]]:
    """How far, by each measure that there is."""
    say = language.say
    facts = [(say("PSI"), f"{language.fixed(one.psi, 3)} ({band_name(one.psi_band, language)})")]
    if one.HasField("p_value"):
        facts.append((say("p-value, adjusted for all tests of the window"), p_value(one.adjusted_p_value, language)))
        facts.append((say("p-value, alone"), p_value(one.p_value, language)))
    facts.append((say("Jensen–Shannon distance, 0 to 1"), language.fixed(one.jensen_shannon, 3)))
    if one.HasField("wasserstein"):
        facts.append((say("Wasserstein distance, in standard deviations"), language.fixed(one.wasserstein, 3)))
    if one.HasField("kolmogorov_smirnov"):
        facts.append((say("Kolmogorov–Smirnov distance, 0 to 1"), language.fixed(one.kolmogorov_smirnov, 3)))
    if one.HasField("chi_square"):
        freedom = language.number(one.chi_square_df)
        name = say("Chi-square with {df} degrees of freedom", df=freedom)
        facts.append((name, language.fixed(one.chi_square, 1)))
    return facts


def _found(seen: Reported, name: str) -> pb.QuantityDrift | None:
    if seen.report is None:
        return None
    return next((one for one in seen.report.quantities if one.name == name), None)


def _line(past: Sequence[tuple[pb.Window, pb.QuantityDrift]], language: Language) -> str:
    """Its PSI over windows."""
    say = language.say
    names = [begun(window.begin, window.end, language) for window, _ in past]
    points = [(float(place), one.psi) for place, (_, one) in enumerate(past)]
    return lines(
        say("PSI over the newest windows"),
        [Series(say("PSI"), points)],
        timeline(say("Window (UTC)"), names),
        Axis("", lambda at: language.number(at, 2), 0.0),
        language,
        rules=[Rule(LARGE, say("large"))],
        mark=points[-1],
    )
