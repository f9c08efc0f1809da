"""What scoring counts. Labels are bounded: no client can make one."""

from typing import Final

from prometheus_client import Counter, Histogram

from creditrisk.stores.writer import Recorded

DECISIONS: Final = Counter(
    "creditrisk_decisions_total", "Decisions recorded.", ["decision", "contract_type", "model_version"]
)
REPLAYED: Final = Counter("creditrisk_decisions_replayed_total", "Retries answered from the record.")
WARNINGS: Final = Counter("creditrisk_application_warnings_total", "Values scored as missing or unseen.")
PROBABILITIES: Final = Histogram(
    "creditrisk_probability_of_default", "PD of recorded decisions.", buckets=[n / 20 for n in range(1, 20)]
)
_CONTRACT_TYPES: Final = {"Cash loans", "Revolving loans"}


def count(outcome: Recorded) -> None:
    """Count one answer."""
    if outcome.replayed:
        REPLAYED.inc()
        return
    record = outcome.record
    contract_type = record.contract_type if record.contract_type in _CONTRACT_TYPES else "other"
    DECISIONS.labels(record.assessment.decision.value, contract_type, record.assessment.model_version).inc()
    WARNINGS.inc(len(record.assessment.warnings))
    PROBABILITIES.observe(record.assessment.pd)
