"""The applicant's history as Home Credit records it: six tables beside the application.

``TABLES`` is the one list of what they hold; reading, the generator and the aggregates follow it. Days and
months are relative to the application, negative before it. As in ``application``, a value outside its valid
range is an error of the file, one outside its plausible range counts as missing.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from creditrisk.application import Column, Kind

NEVER: Final = 365243.0
"""A date of the source that means "not yet", in columns that list it as a sentinel."""
_CENTURY: Final = 36_525.0


class Table(StrEnum):
    """The tables, by Kaggle's file stems."""

    BUREAU = "bureau"
    BUREAU_BALANCE = "bureau_balance"
    PREVIOUS = "previous_application"
    POS = "POS_CASH_balance"
    CARD = "credit_card_balance"
    INSTALMENTS = "installments_payments"


@dataclass(frozen=True, slots=True)
class TableSpec:
    """One table.

    ``columns``: all of the source's, ids first. ``owner``: the column that leads to the applicant, SK_ID_CURR
    itself or the SK_ID_BUREAU of a loan in ``bureau``. ``unique``: the columns that name a row, where a table
    has such. ``dated``: the columns that date a row: one above 0 lies after the application.
    """

    columns: tuple[Column, ...]
    owner: str
    unique: tuple[str, ...]
    dated: tuple[str, ...]


def _id(name: str, meaning: str) -> Column:
    return Column(name, Kind.INTEGER, "id", meaning, (1.0, 2.0**53), required=True)


def _money(name: str, meaning: str, least: float = 0.0) -> Column:
    return Column(name, Kind.NUMBER, "currency", meaning, (-1e12, 1e12), (least, 1e9))


def _count(name: str, meaning: str, most: float = 1e5) -> Column:
    return Column(name, Kind.INTEGER, "count", meaning, (0.0, 1e6), (0.0, most))


def _flag(name: str, meaning: str) -> Column:
    return Column(name, Kind.FLAG, "yes/no", meaning, (0.0, 1.0), (0.0, 1.0))


def _name(name: str, meaning: str) -> Column:
    return Column(name, Kind.CATEGORY, "name", meaning)


def _dated(name: str, meaning: str) -> Column:
    """The day that dates a row. Required, or a row could not be placed before or after the application."""
    return Column(name, Kind.INTEGER, "days", meaning, (-1e5, 1e5), (-_CENTURY, 0.0), required=True)


def _fact(name: str, meaning: str, sentinels: tuple[float, ...] = ()) -> Column:
    """The day of something that happened: one after the application is not known yet."""
    return Column(name, Kind.INTEGER, "days", meaning, (-1e5, 1e5), (-_CENTURY, 0.0), sentinels=sentinels)


def _plan(name: str, meaning: str, sentinels: tuple[float, ...] = ()) -> Column:
    """The day something is due, after the application too."""
    return Column(name, Kind.INTEGER, "days", meaning, (-1e5, 1e5), (-_CENTURY, _CENTURY), sentinels=sentinels)


_APPLICANT: Final = _id("SK_ID_CURR", "the applicant")
_LOAN: Final = _id("SK_ID_PREV", "the previous loan with Home Credit")
_BUREAU_LOAN: Final = _id("SK_ID_BUREAU", "the loan at the credit bureau")
_MONTH: Final = Column(
    "MONTHS_BALANCE", Kind.INTEGER, "months", "the month", (-1_200.0, 1_200.0), (-1_200.0, 0.0), required=True
)

TABLES: Final[dict[Table, TableSpec]] = {
    Table.BUREAU: TableSpec(
        columns=(
            _APPLICANT,
            _BUREAU_LOAN,
            _name("CREDIT_ACTIVE", "status: Active, Closed, Sold or Bad debt"),
            _name("CREDIT_CURRENCY", "currency, recoded"),
            _dated("DAYS_CREDIT", "day the loan was applied for"),
            _count("CREDIT_DAY_OVERDUE", "days past due at the application"),
            _plan("DAYS_CREDIT_ENDDATE", "day the loan is to end"),
            _fact("DAYS_ENDDATE_FACT", "day the loan ended"),
            _money("AMT_CREDIT_MAX_OVERDUE", "most that was ever overdue"),
            _count("CNT_CREDIT_PROLONG", "times prolonged"),
            _money("AMT_CREDIT_SUM", "amount of the loan"),
            _money("AMT_CREDIT_SUM_DEBT", "debt now", least=-1e9),
            _money("AMT_CREDIT_SUM_LIMIT", "limit of the credit card now", least=-1e9),
            _money("AMT_CREDIT_SUM_OVERDUE", "overdue now"),
            _name("CREDIT_TYPE", "kind of loan"),
            _dated("DAYS_CREDIT_UPDATE", "day of the bureau's last news of the loan"),
            _money("AMT_ANNUITY", "annuity"),
        ),
        owner="SK_ID_CURR",
        unique=("SK_ID_BUREAU",),
        dated=("DAYS_CREDIT", "DAYS_CREDIT_UPDATE"),
    ),
    Table.BUREAU_BALANCE: TableSpec(
        columns=(
            _BUREAU_LOAN,
            _MONTH,
            Column(
                "STATUS",
                Kind.CATEGORY,
                "code",
                "C: closed, X: not known, 0: not past due, 1 to 5: past due by 30 days each, or written off",
            ),
        ),
        owner="SK_ID_BUREAU",
        unique=("SK_ID_BUREAU", "MONTHS_BALANCE"),
        dated=("MONTHS_BALANCE",),
    ),
    Table.PREVIOUS: TableSpec(
        columns=(
            _LOAN,
            _APPLICANT,
            _name("NAME_CONTRACT_TYPE", "kind of loan"),
            _money("AMT_ANNUITY", "annuity"),
            _money("AMT_APPLICATION", "amount asked for"),
            _money("AMT_CREDIT", "amount granted or offered"),
            _money("AMT_DOWN_PAYMENT", "down payment", least=-1e3),
            _money("AMT_GOODS_PRICE", "price of the goods"),
            _name("WEEKDAY_APPR_PROCESS_START", "weekday of the application"),
            Column("HOUR_APPR_PROCESS_START", Kind.INTEGER, "hour", "hour of it", (0.0, 23.0), (0.0, 23.0)),
            _flag("FLAG_LAST_APPL_PER_CONTRACT", "was the last application for its contract"),
            _flag("NFLAG_LAST_APPL_IN_DAY", "was the applicant's last of the day"),
            Column("RATE_DOWN_PAYMENT", Kind.NUMBER, "share", "down payment, normalised", (-1.0, 10.0), (-0.01, 1.0)),
            Column("RATE_INTEREST_PRIMARY", Kind.NUMBER, "share", "interest, normalised", (-10.0, 1e3), (0.0, 10.0)),
            Column(
                "RATE_INTEREST_PRIVILEGED",
                Kind.NUMBER,
                "share",
                "privileged interest, normalised",
                (-10.0, 1e3),
                (0.0, 10.0),
            ),
            _name("NAME_CASH_LOAN_PURPOSE", "purpose of a cash loan"),
            _name("NAME_CONTRACT_STATUS", "Approved, Canceled, Refused or Unused offer"),
            _dated("DAYS_DECISION", "day of the decision"),
            _name("NAME_PAYMENT_TYPE", "way of payment"),
            _name("CODE_REJECT_REASON", "reason of a refusal"),
            _name("NAME_TYPE_SUITE", "who came with the applicant"),
            _name("NAME_CLIENT_TYPE", "New, Repeater or Refreshed"),
            _name("NAME_GOODS_CATEGORY", "kind of goods"),
            _name("NAME_PORTFOLIO", "Cash, POS, Cards or Cars"),
            _name("NAME_PRODUCT_TYPE", "x-sell or walk-in"),
            _name("CHANNEL_TYPE", "channel of the application"),
            Column(
                "SELLERPLACE_AREA",
                Kind.INTEGER,
                "area",
                "area of the seller's place",
                (0.0, 1e8),
                (0.0, 1e7),
                sentinels=(-1.0,),
            ),
            _name("NAME_SELLER_INDUSTRY", "the seller's industry"),
            Column("CNT_PAYMENT", Kind.INTEGER, "months", "term applied for", (0.0, 1e4), (0.0, 600.0)),
            _name("NAME_YIELD_GROUP", "group of interest rates"),
            _name("PRODUCT_COMBINATION", "product in detail"),
            _plan("DAYS_FIRST_DRAWING", "day of the first disbursement", (NEVER,)),
            _plan("DAYS_FIRST_DUE", "day the first payment was due", (NEVER,)),
            _plan("DAYS_LAST_DUE_1ST_VERSION", "day the last payment was first due", (NEVER,)),
            _plan("DAYS_LAST_DUE", "day the last payment is due", (NEVER,)),
            _fact("DAYS_TERMINATION", "day the loan ended", (NEVER,)),
            _flag("NFLAG_INSURED_ON_APPROVAL", "asked for insurance"),
        ),
        owner="SK_ID_CURR",
        unique=("SK_ID_PREV",),
        dated=("DAYS_DECISION",),
    ),
    Table.POS: TableSpec(
        columns=(
            _LOAN,
            _APPLICANT,
            _MONTH,
            _count("CNT_INSTALMENT", "term of the loan"),
            _count("CNT_INSTALMENT_FUTURE", "instalments left"),
            _name("NAME_CONTRACT_STATUS", "status in the month"),
            _count("SK_DPD", "days past due"),
            _count("SK_DPD_DEF", "days past due, small debts left aside"),
        ),
        owner="SK_ID_CURR",
        unique=("SK_ID_PREV", "MONTHS_BALANCE"),
        dated=("MONTHS_BALANCE",),
    ),
    Table.CARD: TableSpec(
        columns=(
            _LOAN,
            _APPLICANT,
            _MONTH,
            _money("AMT_BALANCE", "balance", least=-1e9),
            _money("AMT_CREDIT_LIMIT_ACTUAL", "limit"),
            _money("AMT_DRAWINGS_ATM_CURRENT", "drawn at cash machines in the month", least=-1e9),
            _money("AMT_DRAWINGS_CURRENT", "drawn in the month", least=-1e9),
            _money("AMT_DRAWINGS_OTHER_CURRENT", "drawn otherwise in the month"),
            _money("AMT_DRAWINGS_POS_CURRENT", "spent in shops in the month"),
            _money("AMT_INST_MIN_REGULARITY", "least to be paid in the month"),
            _money("AMT_PAYMENT_CURRENT", "paid in the month"),
            _money("AMT_PAYMENT_TOTAL_CURRENT", "paid in the month in all"),
            _money("AMT_RECEIVABLE_PRINCIPAL", "principal receivable", least=-1e9),
            _money("AMT_RECIVABLE", "receivable", least=-1e9),
            _money("AMT_TOTAL_RECEIVABLE", "receivable in all", least=-1e9),
            _count("CNT_DRAWINGS_ATM_CURRENT", "drawings at cash machines in the month"),
            _count("CNT_DRAWINGS_CURRENT", "drawings in the month"),
            _count("CNT_DRAWINGS_OTHER_CURRENT", "other drawings in the month"),
            _count("CNT_DRAWINGS_POS_CURRENT", "purchases in the month"),
            _count("CNT_INSTALMENT_MATURE_CUM", "instalments paid so far"),
            _name("NAME_CONTRACT_STATUS", "status in the month"),
            _count("SK_DPD", "days past due"),
            _count("SK_DPD_DEF", "days past due, small debts left aside"),
        ),
        owner="SK_ID_CURR",
        unique=("SK_ID_PREV", "MONTHS_BALANCE"),
        dated=("MONTHS_BALANCE",),
    ),
    Table.INSTALMENTS: TableSpec(
        columns=(
            _LOAN,
            _APPLICANT,
            _count("NUM_INSTALMENT_VERSION", "version of the plan of payments; 0: credit card"),
            _count("NUM_INSTALMENT_NUMBER", "number of the instalment"),
            _dated("DAYS_INSTALMENT", "day the instalment was due"),
            _fact("DAYS_ENTRY_PAYMENT", "day it was paid; missing: not paid"),
            _money("AMT_INSTALMENT", "amount due"),
            _money("AMT_PAYMENT", "amount paid"),
        ),
        owner="SK_ID_CURR",
        # An instalment may be paid in parts, even equal ones: no column names a row.
        unique=(),
        dated=("DAYS_INSTALMENT",),
    ),
}
