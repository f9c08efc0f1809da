"""Requests that the description shows."""

from typing import Any, Final

_APPLICATION: Final = {
    "skIdCurr": 100001,
    "nameContractType": "Cash loans",
    "amtIncomeTotal": 202500,
    "amtCredit": 406597.5,
    "amtAnnuity": 24700.5,
    "amtGoodsPrice": 351000,
    "daysBirth": -9461,
    "daysEmployed": -637,
    "nameEducationType": "Secondary / secondary special",
    "extSource2": 0.263,
    "extSource3": 0.139,
}
_SCORE: Final = {"requestId": "loan-2026-0001", "application": _APPLICATION}
EXAMPLES: Final[dict[str, Any]] = {
    "Score": _SCORE,
    "BatchScore": {"requests": [_SCORE]},
    "Simulate": {"application": _APPLICATION},
    "Explain": {"predictionId": "01890000-0000-7000-8000-000000000000", "topReasons": 4},
    "RecordOutcomes": {
        "outcomes": [
            {
                "predictionId": "01890000-0000-7000-8000-000000000000",
                "defaulted": False,
                "observedAt": "2026-01-31T12:00:00Z",
            }
        ]
    },
}
"""By method."""
