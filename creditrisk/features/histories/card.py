"""The monthly record of earlier credit cards."""

from typing import Final

from creditrisk.features.aggregates import Recency, RowFormula, TableAggregates
from creditrisk.features.histories.declare import Declare, Rows, at_least, at_most, equal
from creditrisk.features.spec import Difference, Ratio
from creditrisk.features.themes import CARD_USE, RECORD_BEFORE
from creditrisk.history import Table

_DERIVED: Final[dict[str, RowFormula]] = {
    "USED": Ratio("AMT_BALANCE", "AMT_CREDIT_LIMIT_ACTUAL"),
    "PAID_TO_LEAST": Ratio("AMT_PAYMENT_CURRENT", "AMT_INST_MIN_REGULARITY"),
    "OVER_LEAST": Difference("AMT_PAYMENT_CURRENT", "AMT_INST_MIN_REGULARITY"),
    "CASH_SHARE": Ratio("AMT_DRAWINGS_ATM_CURRENT", "AMT_DRAWINGS_CURRENT"),
    "CARD_RECENCY": Recency("MONTHS_BALANCE", "SK_ID_PREV"),
}
_OF: Final = Declare(Table.CARD, _DERIVED)
_ALL: Final = Rows("CARD_MONTHS", "months of earlier credit cards")
_NOW: Final = Rows("CARDS", "earlier credit cards in their latest month", (equal("CARD_RECENCY", 1),))
_LAST_3, _LAST_12 = (
    _ALL.also(f"LAST_{months}", f"among the last {months}", at_least("MONTHS_BALANCE", -months)) for months in (3, 12)
)
_LATE: Final = _ALL.also("LATE", "past due", at_least("SK_DPD", 1))

CARD: Final = TableAggregates(
    Table.CARD,
    _DERIVED,
    (
        _OF.count(_ALL, CARD_USE),
        _OF.count(_NOW, CARD_USE),
        *_OF.each(_ALL, ("max", "min"), "MONTHS_BALANCE", "MONTH", "month", CARD_USE),
        *_OF.each(_ALL, ("mean", "max"), "AMT_BALANCE", "BALANCE", "balance", CARD_USE),
        *_OF.each(_NOW, ("sum",), "AMT_BALANCE", "BALANCE", "balance", CARD_USE),
        *_OF.each(_NOW, ("sum",), "AMT_CREDIT_LIMIT_ACTUAL", "LIMIT", "limit", CARD_USE),
        *_OF.each(_ALL, ("mean", "max"), "USED", "USED", "balance against limit", CARD_USE),
        *_OF.each(_NOW, ("max",), "USED", "USED", "balance against limit", CARD_USE),
        *_OF.each(_LAST_3, ("mean",), "USED", "USED", "balance against limit", CARD_USE),
        *_OF.each(_LAST_12, ("mean", "max", "slope"), "USED", "USED", "balance against limit", CARD_USE),
        *_OF.each(_LAST_12, ("slope",), "AMT_BALANCE", "BALANCE", "balance", CARD_USE),
        _OF.count(_ALL.also("OVER_LIMIT", "over the limit", at_least("USED", 1.000001)), CARD_USE),
        _OF.count(_ALL.also("EMPTY", "without a balance", at_most("AMT_BALANCE", 0)), CARD_USE),
        *_OF.each(_ALL, ("mean", "max"), "AMT_DRAWINGS_CURRENT", "DRAWN", "amount drawn", CARD_USE),
        *_OF.each(_LAST_3, ("mean",), "AMT_DRAWINGS_CURRENT", "DRAWN", "amount drawn", CARD_USE),
        *_OF.each(_LAST_12, ("mean", "sum"), "AMT_DRAWINGS_CURRENT", "DRAWN", "amount drawn", CARD_USE),
        *_OF.each(_ALL, ("mean",), "CNT_DRAWINGS_CURRENT", "DRAWINGS", "number of drawings", CARD_USE),
        *_OF.each(_LAST_12, ("mean",), "CNT_DRAWINGS_CURRENT", "DRAWINGS", "number of drawings", CARD_USE),
        *_OF.each(_LAST_12, ("mean",), "CNT_DRAWINGS_ATM_CURRENT", "CASH_DRAWINGS", "drawings of cash", CARD_USE),
        *_OF.each(_ALL, ("mean",), "CASH_SHARE", "CASH", "cash against all drawn", CARD_USE),
        *_OF.each(_ALL, ("mean",), "PAID_TO_LEAST", "PAID", "paid against the least due", RECORD_BEFORE),
        *_OF.each(_LAST_12, ("mean",), "PAID_TO_LEAST", "PAID", "paid against the least due", RECORD_BEFORE),
        _OF.count(_ALL.also("UNDERPAID", "paid less than the least due", at_most("OVER_LEAST", -0.001)), RECORD_BEFORE),
        _OF.count(_LATE, RECORD_BEFORE, 1),
        *_OF.each(_LATE, ("max",), "MONTHS_BALANCE", "MONTH", "month", RECORD_BEFORE, 1),
        *_OF.each(_ALL, ("max", "mean"), "SK_DPD", "DPD", "days past due", RECORD_BEFORE, 1),
        *_OF.each(_ALL, ("max",), "SK_DPD_DEF", "DPD_DEF", "days past due, small debts aside", RECORD_BEFORE, 1),
        *_OF.each(_LAST_12, ("max",), "SK_DPD", "DPD", "days past due", RECORD_BEFORE, 1),
    ),
)
