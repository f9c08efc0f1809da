"""What a scoring request must hold beside its features: ids and times."""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from creditrisk.api.application.v1.application_pb2 import LoanApplication
from creditrisk.api.scoring.v1.scoring_pb2 import ScoreRequest
from creditrisk.errors import InvalidArgument, Violation
from creditrisk.wire import from_timestamp

LONGEST_ID: Final = 128
LONGEST_CONTRACT_TYPE: Final = 64
AHEAD: Final = timedelta(days=1)
"""How far an application's time may lie ahead of this machine's clock."""


def request_violations(request: ScoreRequest) -> list[Violation]:
    """What is wrong with a request's id, and its application's id and time."""
    found = application_violations(request.application, needs_applicant=True)
    if not (1 <= len(request.request_id) <= LONGEST_ID and request.request_id.isprintable()):
        rule = f"is required: 1 to {LONGEST_ID} printable characters, new for each decision, the same for its retries"
        found.append(Violation("request_id", rule))
    return found


def application_violations(application: LoanApplication, *, needs_applicant: bool) -> list[Violation]:
    """What is wrong with an application's id and time."""
    found = []
    if (needs_applicant or application.HasField("sk_id_curr")) and application.sk_id_curr < 1:
        found.append(Violation("application.sk_id_curr", "is required: the applicant's id, above 0"))
    contract_type = application.name_contract_type
    if len(contract_type) > LONGEST_CONTRACT_TYPE or not contract_type.isprintable():
        rule = f"must be at most {LONGEST_CONTRACT_TYPE} printable characters"
        found.append(Violation("application.name_contract_type", rule))
    if application.HasField("application_time"):
        try:
            time = from_timestamp(application.application_time)
        except (ValueError, OverflowError):
            found.append(Violation("application.application_time", "is no time of the years 1 to 9999"))
        else:
            if time > datetime.now(UTC) + AHEAD:
                found.append(Violation("application.application_time", "lies more than a day ahead"))
    return found


def parse_prediction_id(text: str) -> str:
    """A UUID in its canonical form.

    Raises:
        InvalidArgument: it is none.
    """
    try:
        return str(UUID(text))
    except ValueError as error:
        raise InvalidArgument([Violation("prediction_id", "is no UUID; take it from ScoreResponse")]) from error
