"""What the model is expected to achieve, window by window, before any outcome is known."""

import math
from collections.abc import Sequence

from creditrisk.api.drift.v1 import drift_pb2 as pb
from gateway.page.monitoring.reports import Reported
from gateway.page.render import render
from gateway.page.views.empty import empty
from gateway.page.views.lines import Axis, Format, Series, lines
from gateway.page.views.naming import begun, segment_name
from gateway.page.views.timeline import timeline
from gateway.texts import Language


def performance(found: Sequence[Reported], segment: str, language: Language) -> str:
    """The card of the estimates over ``found`` windows, newest first."""
    say = language.say
    past = [(one.window, one.report) for one in reversed(found) if one.report]
    if not past:
        return empty(say("No decision of this segment was counted in these windows."), language)
    axis = timeline(say("Window (UTC)"), [begun(window.begin, window.end, language) for window, _ in past])
    estimates = [report.estimated for _, report in past]

    measures: Sequence[tuple[str, str, Format]] = (
        ("auc", say("AUC"), lambda value: language.number(value, 3)),
        ("default_rate", say("Default rate, would all be approved"), language.percent),
        ("brier", say("Brier score"), lambda value: language.number(value, 3)),
        ("cost", say("Cost per applicant decided"), lambda value: language.number(value, 3)),
    )
    charts = [_estimated(estimates, name, title, axis, write, language) for name, title, write in measures]
    return render(
        "performance",
        language,
        charts=[*charts, _rates(estimates, axis, language)],
        segment=segment_name(segment, language),
        assumption=say(estimates[-1].assumption),
    )


def _estimated(
    estimates: Sequence[pb.EstimatedPerformance], name: str, title: str, axis: Axis, write: Format, language: Language
) -> str:
    """A figure over windows, with its band; a gap where nothing tells it."""
    figures: list[pb.Figure | None] = [getattr(one, name) if one.HasField(name) else None for one in estimates]  # type: ignore[arg-type]
    points = [(float(place), one.value if one else math.nan) for place, one in enumerate(figures)]
    band = [(float(place), one.low, one.high) for place, one in enumerate(figures) if one]
    return lines(
        title,
        [Series(title, points, band=band)],
        axis,
        Axis("", write),
        language,
        mark=_newest(points),
        note=language.say("estimated, with 95 % intervals"),
    )


def _rates(estimates: Sequence[pb.EstimatedPerformance], axis: Axis, language: Language) -> str:
    say = language.say
    approved = [(float(place), one.approval_rate) for place, one in enumerate(estimates)]
    referred = [(float(place), one.referral_rate) for place, one in enumerate(estimates)]
    return lines(
        say("Approved and referred"),
        [Series(say("approved"), approved), Series(say("referred to a person"), referred, "second", dotted=True)],
        axis,
        Axis(say("share of decisions"), lambda share: language.percent(share, 0), 0.0),
        language,
        mark=approved[-1],
        note=say("observed"),
    )


def _newest(points: Sequence[tuple[float, float]]) -> tuple[float, float] | None:
    """The newest point that there is: of one window alone, a line would not be seen."""
    return next((point for point in reversed(points) if math.isfinite(point[1])), None)
