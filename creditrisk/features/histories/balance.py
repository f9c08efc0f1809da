"""The monthly record of loans with other lenders."""

from typing import Final

from creditrisk.features.aggregates import Grade, RowFormula, TableAggregates
from creditrisk.features.histories.declare import Declare, Rows, at_least, equal, one_of
from creditrisk.features.themes import LOANS_ELSEWHERE, RECORD_ELSEWHERE
from creditrisk.history import Table

_DERIVED: Final[dict[str, RowFormula]] = {
    # X, status not known, has no grade: it is neither good nor bad.
    "GRADE": Grade("STATUS", (("C", 0), ("0", 0), ("1", 1), ("2", 2), ("3", 3), ("4", 4), ("5", 5))),
}
_OF: Final = Declare(Table.BUREAU_BALANCE, _DERIVED)
_ALL: Final = Rows("BALANCE_MONTHS", "months of loans with other lenders")
_OPEN: Final = _ALL.also("OPEN", "in which the loan was open and its status known", one_of("STATUS", *"012345"))
_OVERDUE: Final = _ALL.also("OVERDUE", "past due", at_least("GRADE", 1))
_SPANS: Final = tuple(
    _ALL.also(f"LAST_{months}", f"among the last {months}", at_least("MONTHS_BALANCE", 1 - months))
    for months in (3, 12, 24, 36)
)

BALANCE: Final = TableAggregates(
    Table.BUREAU_BALANCE,
    _DERIVED,
    (
        _OF.count(_ALL, LOANS_ELSEWHERE),
        _OF.count(_OPEN, LOANS_ELSEWHERE),
        _OF.count(_ALL.also("CLOSED", "in which the loan was closed", equal("STATUS", "C")), LOANS_ELSEWHERE),
        _OF.count(_ALL.also("UNKNOWN", "in which its status was not known", equal("STATUS", "X")), LOANS_ELSEWHERE),
        _OF.distinct(_ALL, "SK_ID_BUREAU", "LOANS", LOANS_ELSEWHERE),
        *_OF.each(_ALL, ("min",), "MONTHS_BALANCE", "MONTH", "month", LOANS_ELSEWHERE),
        _OF.count(_OVERDUE, RECORD_ELSEWHERE, 1),
        _OF.count(_ALL.also("OVERDUE_60", "past due by over 60 days", at_least("GRADE", 3)), RECORD_ELSEWHERE, 1),
        _OF.count(_ALL.also("WRITTEN_OFF", "past due by over 120 days", equal("GRADE", 5)), RECORD_ELSEWHERE, 1),
        *_OF.each(_OVERDUE, ("max",), "MONTHS_BALANCE", "MONTH", "month", RECORD_ELSEWHERE, 1),
        *_OF.each(_ALL, ("max", "mean", "sum"), "GRADE", "GRADE", "grade past due", RECORD_ELSEWHERE, 1),
        *(
            one
            for span in _SPANS
            for one in (
                *_OF.each(span, ("max", "sum"), "GRADE", "GRADE", "grade past due", RECORD_ELSEWHERE, 1),
                _OF.count(span.also("OVERDUE", "past due", at_least("GRADE", 1)), RECORD_ELSEWHERE, 1),
            )
        ),
    ),
)
