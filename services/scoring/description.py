"""What GetModel answers: the bundle and the policy that are served, in words and numbers."""

from datetime import datetime
from typing import Any

from creditrisk.api.scoring.v1 import scoring_pb2 as pb
from creditrisk.decision.policy import Decision, Domain, KnockOut, Policy
from creditrisk.features.spec import FeatureSpec
from creditrisk.model.bundle import Bundle
from creditrisk.wire import to_decision, to_timestamp


def describe(bundle: Bundle, policy: Policy) -> pb.GetModelResponse:
    """``bundle``, and ``policy``, which is bound to it."""
    manifest, scorecard = bundle.manifest, policy.scorecard
    specs = {spec.name: spec for spec in bundle.schema.specs}
    return pb.GetModelResponse(
        model_version=manifest.model_version,
        bundle_hash=bundle.hash,
        schema_fingerprint=bundle.schema.fingerprint,
        feature_names=bundle.schema.names,
        synthetic_model=manifest.synthetic,
        proposed_threshold=manifest.proposed_threshold,
        policy_version=policy.version,
        policy_hash=policy.hash,
        base_points=scorecard.base_points,
        base_odds=scorecard.base_odds,
        points_to_double_odds=scorecard.points_to_double_odds,
        family=manifest.family,
        created_at=to_timestamp(datetime.fromisoformat(manifest.created)),
        data_source=manifest.source,
        data_fingerprint=manifest.data_fingerprint,
        libraries=[pb.Library(name=name, version=version) for name, version in sorted(manifest.libraries.items())],
        # No contract type has the empty name, so the last is what holds for any other.
        cut_offs=[_cut_off(policy, name) for name in (*Domain.of(bundle.schema).contract_types, "")],
        knock_out_rules=[_rule(one, specs[one.feature]) for one in policy.knock_outs],
    )


def _cut_off(policy: Policy, contract_type: str) -> pb.CutOff:
    cut_off = policy.cut_off(contract_type)
    refer_from, decline_from = cut_off.band
    return pb.CutOff(
        contract_type=contract_type, threshold=cut_off.threshold, refer_from=refer_from, decline_from=decline_from
    )


def _rule(rule: KnockOut, feature: FeatureSpec) -> pb.KnockOutRule:
    return pb.KnockOutRule(
        name=rule.name,
        feature=rule.feature,
        meaning=feature.meaning,
        unit=feature.unit,
        decision=to_decision(Decision(rule.decision)),
        contract_types=rule.contract_types or (),
        **_condition(rule),
    )


def _condition(rule: KnockOut) -> dict[str, Any]:
    """The one condition that a rule has, by the name of its field."""
    if rule.missing:
        return {"missing": True}
    return {"above": rule.above} if rule.below is None else {"below": rule.below}
