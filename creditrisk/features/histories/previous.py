"""Earlier applications with Home Credit and what became of them."""

from typing import Final

from creditrisk.features.aggregates import Recency, RowFormula, TableAggregates
from creditrisk.features.histories.declare import Declare, Rows, at_least, at_most, equal, one_of
from creditrisk.features.spec import Difference, Product, Ratio
from creditrisk.features.themes import APPLIED_BEFORE, LOANS_BEFORE, REFUSED_BEFORE
from creditrisk.history import Table

_DERIVED: Final[dict[str, RowFormula]] = {
    "GRANTED_SHARE": Ratio("AMT_CREDIT", "AMT_APPLICATION"),
    "DOWN_SHARE": Ratio("AMT_DOWN_PAYMENT", "AMT_GOODS_PRICE"),
    "REPAID": Product("AMT_ANNUITY", "CNT_PAYMENT"),
    # What is repaid against what is lent: 1 and the interest over the term.
    "PRICE": Ratio("REPAID", "AMT_CREDIT"),
    "DAYS_MOVED": Difference("DAYS_LAST_DUE_1ST_VERSION", "DAYS_LAST_DUE"),
    "RECENCY": Recency("DAYS_DECISION", "SK_ID_CURR"),
}
_OF: Final = Declare(Table.PREVIOUS, _DERIVED)
_ALL: Final = Rows("PREV", "earlier applications")
_APPROVED: Final = _ALL.also("APPROVED", "that were approved", equal("NAME_CONTRACT_STATUS", "Approved"))
_REFUSED: Final = _ALL.also("REFUSED", "that were refused", equal("NAME_CONTRACT_STATUS", "Refused"))
_CANCELLED: Final = _ALL.also("CANCELLED", "that were cancelled", equal("NAME_CONTRACT_STATUS", "Canceled"))
_UNUSED: Final = _ALL.also("UNUSED", "whose offer was not used", equal("NAME_CONTRACT_STATUS", "Unused offer"))
_RUNNING: Final = _APPROVED.also("RUNNING", "and are not yet due in full", at_least("DAYS_LAST_DUE_1ST_VERSION", 0))
_LAST: Final = _ALL.also("LAST", "that are the latest", at_most("RECENCY", 1))
_LAST_3: Final = _ALL.also("LAST_3", "among the latest 3", at_most("RECENCY", 3))
_LAST_5: Final = _ALL.also("LAST_5", "among the latest 5", at_most("RECENCY", 5))
_KINDS: Final = (("CASH", "Cash loans"), ("CONSUMER", "Consumer loans"), ("REVOLVING", "Revolving loans"))
_SPANS: Final = (("90_DAYS", 90), ("180_DAYS", 180), ("YEAR", 365), ("2_YEARS", 730))
_RISKY_REASONS: Final = ("SCO", "SCOFR")


def _kind(rows: Rows, kind: str, name: str) -> Rows:
    return rows.also(kind, f"for {name.lower()}", equal("NAME_CONTRACT_TYPE", name))


def _since(rows: Rows, span: str, days: int) -> Rows:
    return rows.also(span, f"in the last {days} days", at_least("DAYS_DECISION", -days))


PREVIOUS: Final = TableAggregates(
    Table.PREVIOUS,
    _DERIVED,
    (
        *(_OF.count(rows, APPLIED_BEFORE) for rows in (_ALL, _APPROVED, _CANCELLED, _UNUSED, _RUNNING)),
        _OF.count(_REFUSED, REFUSED_BEFORE, 1),
        *(_OF.count(_kind(_ALL, *kind), APPLIED_BEFORE) for kind in _KINDS),
        *(_OF.count(_kind(_REFUSED, *kind), REFUSED_BEFORE) for kind in _KINDS),
        *(_OF.count(_since(_ALL, *span), APPLIED_BEFORE) for span in _SPANS),
        *(_OF.count(_since(_REFUSED, *span), REFUSED_BEFORE, 1) for span in _SPANS),
        *(_OF.count(_since(_APPROVED, *span), APPLIED_BEFORE) for span in _SPANS[2:]),
        *(
            _OF.count(rows.also("REFUSED", "that were refused", *_REFUSED.where), REFUSED_BEFORE, 1)
            for rows in (_LAST, _LAST_3, _LAST_5)
        ),
        *(
            _OF.count(_REFUSED.also(code, f"for reason {code}", equal("CODE_REJECT_REASON", code)), REFUSED_BEFORE)
            for code in ("HC", "LIMIT", "VERIF")
        ),
        _OF.count(
            _REFUSED.also("SCORE", "for their score", one_of("CODE_REJECT_REASON", *_RISKY_REASONS)), REFUSED_BEFORE, 1
        ),
        # Kinds of client, offer and channel.
        _OF.count(_ALL.also("NEW", "as a new client", equal("NAME_CLIENT_TYPE", "New")), APPLIED_BEFORE),
        _OF.count(_ALL.also("WALK_IN", "of a walk-in product", equal("NAME_PRODUCT_TYPE", "walk-in")), APPLIED_BEFORE),
        _OF.count(_ALL.also("X_SELL", "of an offered product", equal("NAME_PRODUCT_TYPE", "x-sell")), APPLIED_BEFORE),
        *(
            _OF.count(
                _APPROVED.also(f"YIELD_{group.upper()}", f"at {group} interest", equal("NAME_YIELD_GROUP", group)),
                LOANS_BEFORE,
            )
            for group in ("high", "middle", "low_normal", "low_action")
        ),
        _OF.count(_APPROVED.also("INSURED", "with insurance", equal("NFLAG_INSURED_ON_APPROVAL", 1)), LOANS_BEFORE),
        # When.
        *_OF.each(_ALL, ("max", "min", "mean"), "DAYS_DECISION", "DECIDED", "day of decision", APPLIED_BEFORE),
        *_OF.each(_APPROVED, ("max", "min"), "DAYS_DECISION", "DECIDED", "day of decision", APPLIED_BEFORE),
        *_OF.each(_REFUSED, ("max", "min"), "DAYS_DECISION", "DECIDED", "day of decision", REFUSED_BEFORE),
        *_OF.each(_APPROVED, ("max", "mean"), "DAYS_TERMINATION", "ENDED", "day of the end", LOANS_BEFORE),
        *_OF.each(_APPROVED, ("max",), "DAYS_LAST_DUE_1ST_VERSION", "LAST_DUE", "day last due", LOANS_BEFORE),
        *_OF.each(_APPROVED, ("mean", "min"), "DAYS_MOVED", "MOVED", "days the end moved nearer", LOANS_BEFORE),
        *_OF.each(_APPROVED, ("max",), "DAYS_FIRST_DRAWING", "DRAWN", "day first drawn", LOANS_BEFORE),
        # How much, how long, at what price.
        *_OF.each(_APPROVED, ("mean", "max", "sum"), "AMT_CREDIT", "AMOUNT", "amount", LOANS_BEFORE),
        *_OF.each(_APPROVED, ("mean", "max"), "AMT_ANNUITY", "ANNUITY", "annuity", LOANS_BEFORE),
        *_OF.each(_APPROVED, ("mean", "max"), "CNT_PAYMENT", "TERM", "term", LOANS_BEFORE),
        *_OF.each(_APPROVED, ("mean", "max"), "PRICE", "PRICE", "repaid against lent", LOANS_BEFORE),
        *_OF.each(_APPROVED, ("mean", "min"), "GRANTED_SHARE", "GRANTED", "granted against asked", LOANS_BEFORE),
        *_OF.each(_APPROVED, ("mean", "max"), "DOWN_SHARE", "DOWN", "down payment against price", LOANS_BEFORE),
        *_OF.each(_REFUSED, ("mean", "max"), "AMT_APPLICATION", "ASKED", "amount asked for", REFUSED_BEFORE),
        *_OF.each(_RUNNING, ("sum",), "AMT_CREDIT", "AMOUNT", "amount", LOANS_BEFORE),
        *_OF.each(_RUNNING, ("sum",), "AMT_ANNUITY", "ANNUITY", "annuity", LOANS_BEFORE),
        *_OF.each(_LAST, ("sum",), "AMT_CREDIT", "AMOUNT", "amount", LOANS_BEFORE),
        *_OF.each(_LAST, ("sum",), "AMT_ANNUITY", "ANNUITY", "annuity", LOANS_BEFORE),
        *_OF.each(_LAST, ("sum",), "CNT_PAYMENT", "TERM", "term", LOANS_BEFORE),
        *_OF.each(_LAST_3, ("mean",), "GRANTED_SHARE", "GRANTED", "granted against asked", LOANS_BEFORE),
        *_OF.each(_LAST_3, ("mean",), "AMT_CREDIT", "AMOUNT", "amount", LOANS_BEFORE),
        *_OF.each(_LAST_3, ("mean",), "PRICE", "PRICE", "repaid against lent", LOANS_BEFORE),
        *_OF.each(_LAST_5, ("mean",), "CNT_PAYMENT", "TERM", "term", LOANS_BEFORE),
        *_OF.each(_ALL, ("mean",), "HOUR_APPR_PROCESS_START", "HOUR", "hour of application", APPLIED_BEFORE),
    ),
)
