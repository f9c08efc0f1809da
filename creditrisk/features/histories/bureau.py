"""Loans with other lenders, as the credit bureau knows them."""

from typing import Final

from creditrisk.features.aggregates import Recency, RowFormula, TableAggregates
from creditrisk.features.histories.declare import Declare, Rows, at_least, at_most, equal
from creditrisk.features.spec import Difference, Ratio
from creditrisk.features.themes import DEBT_ELSEWHERE, LOANS_ELSEWHERE, RECORD_ELSEWHERE
from creditrisk.history import Table

_DERIVED: Final[dict[str, RowFormula]] = {
    "DAYS_PLANNED": Difference("DAYS_CREDIT_ENDDATE", "DAYS_CREDIT"),
    "DAYS_EARLY": Difference("DAYS_CREDIT_ENDDATE", "DAYS_ENDDATE_FACT"),
    "DEBT_SHARE": Ratio("AMT_CREDIT_SUM_DEBT", "AMT_CREDIT_SUM"),
    "LIMIT_USED": Ratio("AMT_CREDIT_SUM_DEBT", "AMT_CREDIT_SUM_LIMIT"),
    "RECENCY": Recency("DAYS_CREDIT", "SK_ID_CURR"),
}
_OF: Final = Declare(Table.BUREAU, _DERIVED)
_ALL: Final = Rows("BUREAU_LOANS", "loans with other lenders")
_ACTIVE: Final = _ALL.also("ACTIVE", "that are active", equal("CREDIT_ACTIVE", "Active"))
_CLOSED: Final = _ALL.also("CLOSED", "that are closed", equal("CREDIT_ACTIVE", "Closed"))
_LAST_3: Final = _ALL.also("LAST_3", "among the latest 3", at_most("RECENCY", 3))
_YEAR: Final = _ALL.also("YEAR", "of the last year", at_least("DAYS_CREDIT", -365))
_KINDS: Final = (
    ("CONSUMER", "Consumer credit"),
    ("CARD", "Credit card"),
    ("CAR", "Car loan"),
    ("MORTGAGE", "Mortgage"),
    ("MICRO", "Microloan"),
)
_OF_KIND: Final = {kind: _ALL.also(kind, f"of kind {name}", equal("CREDIT_TYPE", name)) for kind, name in _KINDS}
_ACTIVE_OF_KIND: Final = {
    kind: _ACTIVE.also(kind, f"of kind {name}", equal("CREDIT_TYPE", name)) for kind, name in _KINDS
}
_SPANS: Final = (("90_DAYS", 90), ("180_DAYS", 180), ("2_YEARS", 730))

BUREAU: Final = TableAggregates(
    Table.BUREAU,
    _DERIVED,
    (
        _OF.count(_ALL, LOANS_ELSEWHERE),
        _OF.count(_ACTIVE, LOANS_ELSEWHERE),
        _OF.count(_CLOSED, LOANS_ELSEWHERE),
        _OF.count(_ALL.also("SOLD", "that were sold", equal("CREDIT_ACTIVE", "Sold")), RECORD_ELSEWHERE),
        _OF.count(_YEAR, LOANS_ELSEWHERE),
        *(
            _OF.count(_ALL.also(span, f"of the last {days} days", at_least("DAYS_CREDIT", -days)), LOANS_ELSEWHERE)
            for span, days in _SPANS
        ),
        *(_OF.count(rows, LOANS_ELSEWHERE) for rows in (*_OF_KIND.values(), *_ACTIVE_OF_KIND.values())),
        # When.
        *_OF.each(_ALL, ("max", "min", "mean"), "DAYS_CREDIT", "BEGUN", "day applied for", LOANS_ELSEWHERE),
        *_OF.each(_ACTIVE, ("max", "min"), "DAYS_CREDIT", "BEGUN", "day applied for", LOANS_ELSEWHERE),
        *(
            one
            for kind in ("CONSUMER", "CARD", "MORTGAGE", "MICRO")
            for one in _OF.each(_OF_KIND[kind], ("max",), "DAYS_CREDIT", "BEGUN", "day applied for", LOANS_ELSEWHERE)
        ),
        *_OF.each(_CLOSED, ("max", "mean"), "DAYS_ENDDATE_FACT", "ENDED", "day of the end", LOANS_ELSEWHERE),
        *_OF.each(_CLOSED, ("mean", "min"), "DAYS_EARLY", "EARLY", "days ended before the plan", LOANS_ELSEWHERE),
        *_OF.each(
            _ACTIVE, ("max", "min", "mean"), "DAYS_CREDIT_ENDDATE", "ENDS", "day of the planned end", DEBT_ELSEWHERE
        ),
        *_OF.each(_ALL, ("mean", "max"), "DAYS_PLANNED", "PLANNED", "planned length", LOANS_ELSEWHERE),
        *_OF.each(_ACTIVE, ("max", "mean"), "DAYS_CREDIT_UPDATE", "NEWS", "day of the last news", LOANS_ELSEWHERE),
        # How much.
        *_OF.each(_ALL, ("sum", "mean", "max"), "AMT_CREDIT_SUM", "AMOUNT", "amount", LOANS_ELSEWHERE),
        *_OF.each(_ACTIVE, ("sum", "mean", "max"), "AMT_CREDIT_SUM", "AMOUNT", "amount", DEBT_ELSEWHERE),
        *_OF.each(_LAST_3, ("mean",), "AMT_CREDIT_SUM", "AMOUNT", "amount", LOANS_ELSEWHERE),
        *_OF.each(_ALL, ("sum",), "AMT_CREDIT_SUM_DEBT", "DEBT", "debt", DEBT_ELSEWHERE),
        *_OF.each(_ACTIVE, ("sum", "mean", "max"), "AMT_CREDIT_SUM_DEBT", "DEBT", "debt", DEBT_ELSEWHERE),
        *_OF.each(_LAST_3, ("sum",), "AMT_CREDIT_SUM_DEBT", "DEBT", "debt", DEBT_ELSEWHERE),
        *(
            one
            for kind in ("CONSUMER", "CARD", "MORTGAGE", "CAR")
            for one in _OF.each(_ACTIVE_OF_KIND[kind], ("sum",), "AMT_CREDIT_SUM_DEBT", "DEBT", "debt", DEBT_ELSEWHERE)
        ),
        *_OF.each(_ACTIVE, ("mean", "max"), "DEBT_SHARE", "DEBT_SHARE", "debt against amount", DEBT_ELSEWHERE, 1),
        *_OF.each(_ACTIVE_OF_KIND["CARD"], ("sum",), "AMT_CREDIT_SUM_LIMIT", "LIMIT", "limit", DEBT_ELSEWHERE),
        *_OF.each(_ACTIVE_OF_KIND["CARD"], ("mean", "max"), "LIMIT_USED", "USED", "debt against limit", DEBT_ELSEWHERE),
        *_OF.each(_ACTIVE, ("sum", "max"), "AMT_ANNUITY", "ANNUITY", "annuity", DEBT_ELSEWHERE),
        # How paid.
        *_OF.each(_ALL, ("max",), "CREDIT_DAY_OVERDUE", "DAYS_OVERDUE", "days past due", RECORD_ELSEWHERE, 1),
        _OF.count(_ALL.also("OVERDUE", "that are past due", at_least("CREDIT_DAY_OVERDUE", 1)), RECORD_ELSEWHERE, 1),
        *_OF.each(_ALL, ("sum",), "AMT_CREDIT_SUM_OVERDUE", "OVERDUE", "amount past due", RECORD_ELSEWHERE, 1),
        *_OF.each(
            _ALL, ("max", "mean"), "AMT_CREDIT_MAX_OVERDUE", "MOST_OVERDUE", "most past due", RECORD_ELSEWHERE, 1
        ),
        _OF.count(
            _ALL.also("EVER_OVERDUE", "ever past due", at_least("AMT_CREDIT_MAX_OVERDUE", 0.001)), RECORD_ELSEWHERE, 1
        ),
        *_OF.each(_YEAR, ("max",), "AMT_CREDIT_MAX_OVERDUE", "MOST_OVERDUE", "most past due", RECORD_ELSEWHERE, 1),
        *_OF.each(_ALL, ("sum",), "CNT_CREDIT_PROLONG", "PROLONGED", "times prolonged", RECORD_ELSEWHERE, 1),
    ),
)
