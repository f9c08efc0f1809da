"""What core-banking systems import.

Score an application, and ask why it came out as it did::

    from creditrisk.client import Client, LoanApplication

    with Client("127.0.0.1:50052", explain="127.0.0.1:50053", client_id="core-banking") as bank:
        answer = bank.score(
            LoanApplication(
                sk_id_curr=1,
                name_contract_type="Cash loans",
                amt_income_total=200_000,
                amt_credit=400_000,
                days_birth=-14_000,
            )
        )
        print(answer.assessment.probability_of_default, bank.explain(answer.prediction_id).raising)
"""

from creditrisk.api.application.v1.application_pb2 import LoanApplication
from creditrisk.api.drift.v1.drift_pb2 import LoanOutcome
from creditrisk.api.scoring.v1.scoring_pb2 import (
    DECISION_APPROVE,
    DECISION_DECLINE,
    DECISION_REFER,
    Decision,
)
from creditrisk.client.client import Client, new_request_id

__all__ = [
    "DECISION_APPROVE",
    "DECISION_DECLINE",
    "DECISION_REFER",
    "Client",
    "Decision",
    "LoanApplication",
    "LoanOutcome",
    "new_request_id",
]
