"""Recorded decisions: a list of them, and the vector that one was scored with."""

from collections.abc import Iterable

from creditrisk.api.explain.v1 import explain_pb2
from creditrisk.api.scoring.v1 import scoring_pb2 as pb
from gateway.page.catalogue import Catalogue
from gateway.page.render import render
from gateway.page.views.result import decision_name, decision_words
from gateway.texts import Language


def decisions(found: Iterable[pb.RecordedDecision], language: Language) -> str:
    """A table of decisions, a button in each row to open it (``data-open``: its id)."""
    rows = [
        {
            "id": one.prediction_id,
            "time": language.time(one.decided_at.ToDatetime()),
            "applicant": one.applicant_id,
            "loan": language.say(one.contract_type),
            "decision": decision_name(one.assessment.decision),
            "pd": one.assessment.probability_of_default,
            "points": one.assessment.points,
            "client": one.client_id,
            "model": one.assessment.model_version,
        }
        for one in found
    ]
    return render("decisions", language, rows=rows, words=decision_words(language))


def scored(explained: explain_pb2.ExplainResponse, catalogue: Catalogue, language: Language) -> str:
    """Every feature of a decision's vector, its value and contribution, strongest first."""
    rows = [
        {
            "name": one.feature,
            "meaning": catalogue.meaning(one.feature, language),
            "value": catalogue.value(one.feature, one.value if one.HasField("value") else None, language),
            "exact": repr(one.value) if one.HasField("value") else "",
            "contribution": one.contribution,
        }
        for one in sorted(explained.attributions, key=lambda one: -abs(one.contribution))
    ]
    return render("scored", language, rows=rows)
