"""Requests and problems that the description shows."""

from typing import Any, Final

from creditrisk.errors import Violation
from gateway.examples import EXAMPLES as APPLICATIONS
from gateway.rest.problems import WITHOUT_A_WORD, Problem

_APPLICATION: Final = APPLICATIONS[0].application
_DECISION: Final = "01890000-0000-7000-8000-000000000000"
_SCORE: Final = {"requestId": "loan-2026-0001", "application": _APPLICATION}
EXAMPLES: Final[dict[str, Any]] = {
    "Score": _SCORE,
    "BatchScore": {"requests": [_SCORE]},
    "Simulate": {"application": _APPLICATION},
    "BatchGetDecisions": {"predictionIds": [_DECISION]},
    "Explain": {"predictionId": _DECISION, "topReasons": 4},
    "BatchExplain": {"predictionIds": [_DECISION], "topReasons": 4},
    "RecordOutcomes": {
        "outcomes": [
            {
                "predictionId": _DECISION,
                "defaulted": False,
                "observedAt": "2026-01-31T12:00:00Z",
            }
        ]
    },
}
"""By method."""

REQUEST_ID: Final = "5bf32f7693464198b1fc9841cc97ddf9"
_RULE: Final = "-1 currency is outside 0 to 1e+12"
PROBLEMS: Final[dict[int, Problem]] = {
    400: Problem(
        400,
        f"application.amt_credit: {_RULE}",
        code="INVALID_ARGUMENT",
        violations=[Violation("application.amtCredit", _RULE)],
    ),
    404: Problem(404, f"no decision {_DECISION} is recorded", code="NOT_FOUND"),
    408: Problem(408, "the body did not arrive within 5 s"),
    409: Problem(
        409, "request_id 'loan-2026-0001' was used for another application; use a new one", code="ALREADY_EXISTS"
    ),
    413: Problem(413, "the body is larger than 8,388,608 bytes; send less at once"),
    415: Problem(415, "Content-Type must be application/json, in UTF-8"),
    429: Problem(429, WITHOUT_A_WORD[429].format("scoring"), code="RESOURCE_EXHAUSTED"),
    500: Problem(500, "internal error, incident 0123456789ab", code="INTERNAL"),
    503: Problem(503, WITHOUT_A_WORD[503].format("scoring"), code="UNAVAILABLE"),
    504: Problem(504, WITHOUT_A_WORD[504].format("scoring"), code="DEADLINE_EXCEEDED"),
}
"""By status."""
