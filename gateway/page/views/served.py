"""The model and the policy that decide now, in words."""

from collections.abc import Sequence

from creditrisk.api.scoring.v1 import scoring_pb2 as pb
from gateway.page.render import render
from gateway.page.views.gauge import gauge
from gateway.page.views.result import decision_name, decision_words
from gateway.texts import Language


def served(model: pb.GetModelResponse, language: Language) -> str:
    """The cards of the model being served and of its policy."""
    say = language.say
    facts = [
        (say("Version"), model.model_version),
        (say("Family"), _family(model.family, language)),
        (say("Made (UTC)"), language.time(model.created_at.ToDatetime())),
        (say("Fitted on"), _source(model.data_source, language)),
        (say("Features"), language.number(len(model.feature_names))),
    ]
    record = [
        (say("Bundle (SHA-256)"), model.bundle_hash),
        (say("Features (SHA-256)"), model.schema_fingerprint),
        (say("Data (SHA-256)"), model.data_fingerprint),
        (say("Policy (SHA-256)"), model.policy_hash),
        *((one.name, one.version) for one in model.libraries),
    ]
    points = say(
        "{points} points at odds of {odds} good to 1 bad; {double} points more double the odds.",
        points=language.number(model.base_points, 2),
        odds=language.number(model.base_odds, 2),
        double=language.number(model.points_to_double_odds, 2),
    )
    return render(
        "served",
        language,
        synthetic=model.synthetic_model,
        facts=facts,
        record=record,
        points=points,
        policy=model.policy_version,
        proposed=model.proposed_threshold,
        bands=[_band(one, model.cut_offs, language) for one in model.cut_offs],
        rules=[_rule(one, language) for one in model.knock_out_rules],
    )


def _family(family: str, language: Language) -> str:
    say = language.say
    known = {
        "lightgbm": say("gradient-boosted decision trees (LightGBM)"),
        "forest": say("random forest"),
        "logistic": say("logistic regression"),
    }
    return known.get(family, family)


def _source(source: str, language: Language) -> str:
    say = language.say
    known = {"kaggle": say("real applications (Home Credit, by Kaggle)"), "synthetic": say("GENERATED applications")}
    return known.get(source, source)


def _band(cut_off: pb.CutOff, every: Sequence[pb.CutOff], language: Language) -> dict[str, object]:
    """A contract type's bands on the gauge, and in words."""
    say = language.say
    low, high = cut_off.refer_from, cut_off.decline_from
    said = {"low": language.percent(low, 2), "high": language.percent(high, 2)}
    if low < high:
        words = say("approved under {low}, referred to a person from {low}, declined from {high}", **said)
    else:
        words = say("approved under {high}, declined from {high}", **said)
    other = say("Any other kind of loan") if len(every) > 1 else say("Every kind of loan")
    return {
        "loan": say(cut_off.contract_type) if cut_off.contract_type else other,
        "words": words,
        "gauge": gauge(cut_off.threshold, cut_off.threshold, (low, high)),
        "threshold": cut_off.threshold,
    }


def _rule(rule: pb.KnockOutRule, language: Language) -> tuple[str, str]:
    """A knock-out rule's name, and what it decides when."""
    say = language.say
    meaning = say(rule.meaning)

    def value(number: float) -> str:
        return f"{language.number(number, 6)} {say(rule.unit)}"

    match rule.WhichOneof("condition"):
        case "below":
            when = say("{feature} is below {value}", feature=meaning, value=value(rule.below))
        case "above":
            when = say("{feature} is above {value}", feature=meaning, value=value(rule.above))
        case _:
            when = say("{feature} is not known", feature=meaning)
    loans = ", ".join(map(say, rule.contract_types)) or say("every kind of loan")
    decided = decision_words(language)[decision_name(rule.decision)]
    return rule.name, say("{decision} where {condition} ({loans})", decision=decided, condition=when, loans=loans)
