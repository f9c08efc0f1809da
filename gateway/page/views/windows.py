"""The windows that decisions are counted in."""

from collections.abc import Sequence

from gateway.page.monitoring.reports import Reported
from gateway.page.render import render
from gateway.page.views.empty import empty
from gateway.page.views.naming import SHORT, span
from gateway.texts import Language


def windows(found: Sequence[Reported], language: Language) -> str:
    """The card of ``found``, newest first."""
    say = language.say
    if not found:
        return empty(say("No decision was counted yet."), language)
    rows = [
        {
            "span": span(one.window.begin, one.window.end, language),
            "model": one.report.model_version if one.report else one.window.bundle_hash[:SHORT],
            "rows": one.window.rows,
            "judged": language.time(one.window.judged_at.ToDatetime()) if one.window.HasField("judged_at") else "",
            "alarms": one.window.alarms,
        }
        for one in found
    ]
    judged = any(row["judged"] for row in rows)
    return render("windows", language, rows=rows, judged=judged)
