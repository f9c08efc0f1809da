"""The error tree. Nothing here knows a transport; ``runtime.interceptors`` maps it to gRPC.

CreditRiskError
├── InvalidApplication   a field breaks a rule; carries one Violation per field
├── InvalidArgument      any other argument of a call is wrong; carries Violations too
├── NotFound             what was named does not exist
├── RequestConflict      a request id was used before for another body
├── Unavailable          a dependency did not answer; the call may be retried
├── Exhausted            a bound was reached; the call may be retried later
├── Overtaken            another consumer has moved on from where this one was
├── InvalidData          training data is wrong; carries file, row and column in its text
├── InvalidPolicy        the policy file is wrong
├── UnsupportedModel     a trained model cannot be exported or explained exactly
├── InvalidSettings      a setting of the environment is wrong
├── InvalidBundle        a bundle is damaged, uncertified or of another format
└── InvalidHistories     stored histories are of another layout, or damaged
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken rule: ``field`` is the request's field path, ``rule`` says what is wrong and the mend."""

    field: str
    rule: str


class CreditRiskError(Exception):
    """Base of every error this project raises on purpose."""


class _Violations(CreditRiskError):
    def __init__(self, violations: Sequence[Violation]) -> None:
        super().__init__("; ".join(f"{v.field}: {v.rule}" for v in violations))
        self.violations = tuple(violations)


class InvalidApplication(_Violations):
    """An application breaks at least one rule and was not scored."""


class InvalidArgument(_Violations):
    """An argument that is not part of an application is wrong."""


class NotFound(CreditRiskError):
    """What was named does not exist."""


class RequestConflict(CreditRiskError):
    """The request id belongs to a decision on another body."""


class Unavailable(CreditRiskError):
    """A dependency did not answer in time; nothing was recorded, the call may be retried."""


class Exhausted(CreditRiskError):
    """A bound was reached, so nothing was recorded; the call may be retried once there is room again."""


class Overtaken(CreditRiskError):
    """Another consumer moved the position this one read from; nothing was changed, read again from there."""


class InvalidData(CreditRiskError):
    """Training data is wrong; the text names file, row, column and the mend."""


class InvalidPolicy(CreditRiskError):
    """The policy file is wrong; the text names the key and the mend."""


class InvalidSettings(CreditRiskError):
    """A setting of the environment is wrong; the text names it and the mend."""


class UnsupportedModel(CreditRiskError):
    """A trained model cannot be exported or explained exactly; the text says why and how to train instead."""


class InvalidBundle(CreditRiskError):
    """A bundle is damaged, uncertified or of another format; the text says which file and why."""


class InvalidHistories(CreditRiskError):
    """Histories, stored or to be, are of another layout, damaged or contradictory; the text says the mend."""
