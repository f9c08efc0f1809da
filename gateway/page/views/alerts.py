"""Alerts that were raised."""

from collections.abc import Sequence

from creditrisk.api.drift.v1 import drift_pb2 as pb
from gateway.page.catalogue import Catalogue
from gateway.page.monitoring.subject import Subject
from gateway.page.render import render
from gateway.page.views.empty import empty
from gateway.page.views.naming import p_value, quantity_name, segment_name, span
from gateway.texts import Language


def alerts(found: Sequence[pb.DriftAlert], catalogue: Catalogue, language: Language) -> str:
    """The card of ``found``, newest first, a button in each row to open its quantity."""
    if not found:
        return empty(language.say("No alert was raised."), language)
    rows = [
        {
            "raised": language.time(one.raised_at.ToDatetime()),
            "span": span(one.window_begin, one.window_end, language),
            "segment": segment_name(one.segment, language),
            "quantity": quantity_name(one.quantity, catalogue, language),
            "name": one.quantity,
            "rows": one.rows,
            "psi": one.psi,
            "p": p_value(one.adjusted_p_value, language),
            "change": language.say(one.change),
            "key": Subject(one.quantity, one.segment, one.bundle_hash, one.window_begin.ToMicroseconds()).key,
        }
        for one in found
    ]
    return render("alerts", language, rows=rows)
