"""The monthly record of earlier cash and consumer loans."""

from typing import Final

from creditrisk.features.aggregates import Recency, RowFormula, TableAggregates
from creditrisk.features.histories.declare import Declare, Rows, at_least, equal, one_of
from creditrisk.features.themes import LOANS_BEFORE, RECORD_BEFORE
from creditrisk.history import Table

_DERIVED: Final[dict[str, RowFormula]] = {"LOAN_RECENCY": Recency("MONTHS_BALANCE", "SK_ID_PREV")}
_OF: Final = Declare(Table.POS, _DERIVED)
_ALL: Final = Rows("POS_MONTHS", "months of earlier loans")
_ENDS: Final = Rows("POS_LOANS", "earlier loans in their latest month", (equal("LOAN_RECENCY", 1),))
_ACTIVE: Final = _ENDS.also(
    "ACTIVE", "that are active", equal("NAME_CONTRACT_STATUS", "Active"), at_least("MONTHS_BALANCE", -2)
)
_LATE: Final = _ALL.also("LATE", "past due", at_least("SK_DPD", 1))
_LATE_DEF: Final = _ALL.also("LATE_DEF", "past due with more than a small debt", at_least("SK_DPD_DEF", 1))
_SPANS: Final = tuple(
    _ALL.also(f"LAST_{months}", f"among the last {months}", at_least("MONTHS_BALANCE", -months))
    for months in (3, 12, 24)
)

POS: Final = TableAggregates(
    Table.POS,
    _DERIVED,
    (
        _OF.count(_ALL, LOANS_BEFORE),
        _OF.count(_ENDS, LOANS_BEFORE),
        _OF.count(_ACTIVE, LOANS_BEFORE),
        _OF.count(
            _ENDS.also("COMPLETED", "that are completed", equal("NAME_CONTRACT_STATUS", "Completed")), LOANS_BEFORE
        ),
        _OF.count(
            _ALL.also(
                "DEMAND", "under demand or written down", one_of("NAME_CONTRACT_STATUS", "Demand", "Amortized debt")
            ),
            RECORD_BEFORE,
            1,
        ),
        _OF.count(
            _ALL.also("RETURNED", "with the goods returned", equal("NAME_CONTRACT_STATUS", "Returned to the store")),
            LOANS_BEFORE,
        ),
        *_OF.each(_ALL, ("max", "min"), "MONTHS_BALANCE", "MONTH", "month", LOANS_BEFORE),
        *_OF.each(_ACTIVE, ("sum", "max"), "CNT_INSTALMENT_FUTURE", "LEFT", "instalments left", LOANS_BEFORE),
        *_OF.each(_ENDS, ("mean", "max"), "CNT_INSTALMENT", "TERM", "term", LOANS_BEFORE),
        _OF.count(_LATE, RECORD_BEFORE, 1),
        _OF.count(_LATE_DEF, RECORD_BEFORE, 1),
        *_OF.each(_LATE, ("max",), "MONTHS_BALANCE", "MONTH", "month", RECORD_BEFORE, 1),
        *_OF.each(_ALL, ("max", "mean"), "SK_DPD", "DPD", "days past due", RECORD_BEFORE, 1),
        *_OF.each(_ALL, ("max", "mean"), "SK_DPD_DEF", "DPD_DEF", "days past due, small debts aside", RECORD_BEFORE, 1),
        *(
            one
            for span in _SPANS
            for one in (
                *_OF.each(span, ("max", "mean"), "SK_DPD", "DPD", "days past due", RECORD_BEFORE, 1),
                *_OF.each(
                    span, ("max",), "SK_DPD_DEF", "DPD_DEF", "days past due, small debts aside", RECORD_BEFORE, 1
                ),
                _OF.count(span.also("LATE", "past due", at_least("SK_DPD", 1)), RECORD_BEFORE, 1),
            )
        ),
    ),
)
