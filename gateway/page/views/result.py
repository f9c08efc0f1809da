"""A score and what the policy made of it."""

from collections.abc import Sequence

from creditrisk.api.scoring.v1 import scoring_pb2 as pb
from gateway.page.catalogue import field_label
from gateway.page.render import render
from gateway.page.views.gauge import gauge
from gateway.texts import Language


def decision_name(decision: pb.Decision.ValueType) -> str:
    """APPROVE, REFER or DECLINE."""
    return pb.Decision.Name(decision).removeprefix("DECISION_")


def decision_words(language: Language) -> dict[str, str]:
    """What decisions are called, by name."""
    say = language.say
    return {"APPROVE": say("Approve"), "REFER": say("Refer to a person"), "DECLINE": say("Decline")}


def refer_band(model: pb.GetModelResponse, policy_hash: str, contract_type: str) -> tuple[float, float] | None:
    """PDs from and to which the policy of that hash refers applications of ``contract_type``.

    None: it has no such band, or it is not the policy that ``model`` tells of.
    """
    if policy_hash != model.policy_hash:
        return None
    named = {one.contract_type: one for one in model.cut_offs}
    cut_off = named.get(contract_type) or named.get("")
    if cut_off is None or not cut_off.refer_from < cut_off.decline_from:
        return None
    return cut_off.refer_from, cut_off.decline_from


def result(
    assessment: pb.Assessment,
    band: tuple[float, float] | None,
    record: Sequence[tuple[str, str]],
    language: Language,
    *,
    beside: tuple[str, str] | None = None,
    simulated: bool = False,
    replayed: bool = False,
) -> str:
    """The card of an assessment.

    ``band``: as ``refer_band``; ``record``: further facts by their names; ``beside``: a figure to compare the PD with,
    and its name.
    """
    name = decision_name(assessment.decision)
    pd, threshold = assessment.probability_of_default, assessment.threshold
    words = decision_words(language)
    told = language.say(
        "Probability of default {pd}; threshold {threshold}: {decision}",
        pd=language.percent(pd),
        threshold=language.percent(threshold),
        decision=words[name],
    )
    facts = [
        (language.say("Model"), assessment.model_version),
        (language.say("Policy"), assessment.policy_version),
        (language.say("Bundle"), assessment.bundle_hash),
        *record,
    ]
    return render(
        "result",
        language,
        decision=name,
        words=words,
        pd=pd,
        points=assessment.points,
        threshold=threshold,
        band=band,
        gauge=gauge(pd, threshold, band),
        gauge_text=told,
        knock_outs=list(assessment.knock_outs),
        warnings=[(field_label(one.field, language), one.description) for one in assessment.warnings],
        synthetic=assessment.synthetic_model,
        record=facts,
        beside=beside,
        simulated=simulated,
        replayed=replayed,
    )
