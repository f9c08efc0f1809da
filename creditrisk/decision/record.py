"""The record of one decision: everything needed to reproduce it, and to answer a retry."""

from dataclasses import dataclass
from datetime import datetime

from creditrisk.decision.policy import Decision
from creditrisk.errors import Violation


@dataclass(frozen=True, slots=True)
class Assessment:
    """The score of one application and what the policy makes of it.

    ``vector``: the float32 values scored, little-endian. ``pd`` in [0, 1]; ``calibrated_margin`` its
    log-odds; ``margin`` the model's raw output before calibration.
    """

    pd: float
    calibrated_margin: float
    margin: float
    decision: Decision
    points: int
    threshold: float
    knock_outs: tuple[str, ...]
    warnings: tuple[Violation, ...]
    vector: bytes
    model_version: str
    bundle_hash: str
    policy_version: str
    policy_hash: str
    schema_fingerprint: str
    synthetic_model: bool


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """A decision as stored. ``body_hash`` is SHA-256 of the application as sent; times are UTC."""

    prediction_id: str
    client_id: str
    request_id: str
    body_hash: bytes
    applicant_id: int
    contract_type: str
    application_time: datetime
    decided_at: datetime
    assessment: Assessment
