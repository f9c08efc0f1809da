"""Instalments of earlier loans: when due and paid, how much."""

from typing import Final

from creditrisk.features.aggregates import Recency, RowFormula, TableAggregates
from creditrisk.features.histories.declare import Declare, Rows, at_least, at_most
from creditrisk.features.spec import Difference, Ratio
from creditrisk.features.themes import LOANS_BEFORE, RECORD_BEFORE
from creditrisk.history import Table

_DERIVED: Final[dict[str, RowFormula]] = {
    "DAYS_LATE": Difference("DAYS_ENTRY_PAYMENT", "DAYS_INSTALMENT"),
    "SHORT": Difference("AMT_INSTALMENT", "AMT_PAYMENT"),
    "PAID_SHARE": Ratio("AMT_PAYMENT", "AMT_INSTALMENT"),
    "RECENCY": Recency("DAYS_INSTALMENT", "SK_ID_CURR"),
}
_OF: Final = Declare(Table.INSTALMENTS, _DERIVED)
_ALL: Final = Rows("PAID", "instalments of earlier loans")
_LATE: Final = _ALL.also("LATE", "that were paid late", at_least("DAYS_LATE", 1))
_EARLY: Final = _ALL.also("EARLY", "that were paid early", at_most("DAYS_LATE", -1))
_SHORT: Final = _ALL.also("SHORT", "that were paid short", at_least("SHORT", 0.001))
_LAST_10: Final = _ALL.also("LAST_10", "among the latest 10", at_most("RECENCY", 10))
_SPANS: Final = tuple(
    _ALL.also(span, f"of the last {days} days", at_least("DAYS_INSTALMENT", -days))
    for span, days in (("90_DAYS", 90), ("YEAR", 365), ("2_YEARS", 730))
)

INSTALMENTS: Final = TableAggregates(
    Table.INSTALMENTS,
    _DERIVED,
    (
        *(_OF.count(rows, LOANS_BEFORE) for rows in (_ALL, *_SPANS)),
        _OF.distinct(_ALL, "SK_ID_PREV", "LOANS", LOANS_BEFORE),
        *_OF.each(_ALL, ("max", "min"), "DAYS_INSTALMENT", "DUE", "day due", LOANS_BEFORE),
        *_OF.each(_ALL, ("mean", "max"), "AMT_INSTALMENT", "AMOUNT", "amount due", LOANS_BEFORE),
        *_OF.each(_ALL, ("max",), "NUM_INSTALMENT_VERSION", "VERSION", "version of the plan", LOANS_BEFORE),
        *_OF.each(_ALL, ("max", "mean"), "DAYS_LATE", "DELAY", "days paid late", RECORD_BEFORE, 1),
        *_OF.each(_LATE, ("mean", "sum"), "DAYS_LATE", "DELAY", "days paid late", RECORD_BEFORE, 1),
        *_OF.each(_LATE, ("max",), "DAYS_INSTALMENT", "DUE", "day due", RECORD_BEFORE, 1),
        *_OF.each(_EARLY, ("mean",), "DAYS_LATE", "DELAY", "days paid late", RECORD_BEFORE, 1),
        _OF.count(_LATE, RECORD_BEFORE, 1),
        *(
            _OF.count(
                _ALL.also(f"LATE_{days}", f"paid over {days} days late", at_least("DAYS_LATE", days + 1)),
                RECORD_BEFORE,
                1,
            )
            for days in (7, 30)
        ),
        _OF.count(_SHORT, RECORD_BEFORE, 1),
        *_OF.each(_SHORT, ("sum", "max"), "SHORT", "BY", "amount short", RECORD_BEFORE, 1),
        *_OF.each(_ALL, ("mean", "min"), "PAID_SHARE", "SHARE", "paid against due", RECORD_BEFORE, -1),
        *(
            one
            for span in (*_SPANS, _LAST_10)
            for one in (
                *_OF.each(span, ("max", "mean"), "DAYS_LATE", "DELAY", "days paid late", RECORD_BEFORE, 1),
                *_OF.each(span, ("mean",), "PAID_SHARE", "SHARE", "paid against due", RECORD_BEFORE, -1),
                _OF.count(span.also("LATE", "paid late", at_least("DAYS_LATE", 1)), RECORD_BEFORE, 1),
            )
        ),
        *_OF.each(_SPANS[1], ("sum",), "AMT_INSTALMENT", "AMOUNT", "amount due", LOANS_BEFORE),
    ),
)
