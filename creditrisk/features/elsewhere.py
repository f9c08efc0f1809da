"""What the aggregates of loans with other lenders say of each other and of the application.

Ratios of two aggregates are computed after the look-up, like all formulas; the store holds aggregates alone.
"""

from typing import Final

from creditrisk.features.declare import YEARS_AGO, ratio
from creditrisk.features.spec import Difference, FeatureSpec, Scaled
from creditrisk.features.themes import (
    DEBT_ELSEWHERE,
    LOANS_ELSEWHERE,
    RECORD_ELSEWHERE,
)

ELSEWHERE: Final[tuple[FeatureSpec, ...]] = (
    ratio("ACTIVE_SHARE", "active among loans elsewhere", "BUREAU_LOANS_ACTIVE", "BUREAU_LOANS", LOANS_ELSEWHERE),
    ratio("YEAR_SHARE", "of the last year among loans elsewhere", "BUREAU_LOANS_YEAR", "BUREAU_LOANS", LOANS_ELSEWHERE),
    ratio("CARD_SHARE", "credit cards among loans elsewhere", "BUREAU_LOANS_CARD", "BUREAU_LOANS", LOANS_ELSEWHERE),
    ratio(
        "DEBT_TO_AMOUNT",
        "debt against amount of active loans elsewhere",
        "BUREAU_LOANS_ACTIVE_DEBT_SUM",
        "BUREAU_LOANS_ACTIVE_AMOUNT_SUM",
        DEBT_ELSEWHERE,
        1,
    ),
    ratio(
        "DEBT_TO_INCOME",
        "debt elsewhere against income",
        "BUREAU_LOANS_DEBT_SUM",
        "AMT_INCOME_TOTAL",
        DEBT_ELSEWHERE,
        1,
    ),
    ratio("DEBT_TO_CREDIT", "debt elsewhere against the loan", "BUREAU_LOANS_DEBT_SUM", "AMT_CREDIT", DEBT_ELSEWHERE),
    ratio(
        "DEBT_TO_ANNUITY", "debt elsewhere against the annuity", "BUREAU_LOANS_DEBT_SUM", "AMT_ANNUITY", DEBT_ELSEWHERE
    ),
    ratio(
        "OVERDUE_TO_DEBT",
        "past due against debt elsewhere",
        "BUREAU_LOANS_OVERDUE_SUM",
        "BUREAU_LOANS_DEBT_SUM",
        RECORD_ELSEWHERE,
        1,
    ),
    ratio(
        "OVERDUE_SHARE",
        "ever past due among loans elsewhere",
        "BUREAU_LOANS_EVER_OVERDUE",
        "BUREAU_LOANS",
        RECORD_ELSEWHERE,
        1,
    ),
    ratio(
        "CREDIT_TO_ELSEWHERE",
        "the loan against the mean of loans elsewhere",
        "AMT_CREDIT",
        "BUREAU_LOANS_AMOUNT_MEAN",
        LOANS_ELSEWHERE,
    ),
    FeatureSpec(
        "YEARS_WITH_OTHERS",
        "since the first loan elsewhere",
        "years",
        Scaled("BUREAU_LOANS_BEGUN_MIN", YEARS_AGO),
        LOANS_ELSEWHERE,
        (0.0, 120.0),
    ),
    ratio(
        "YEARS_WITH_OTHERS_TO_AGE",
        "share of life since the first loan elsewhere",
        "YEARS_WITH_OTHERS",
        "AGE_YEARS",
        LOANS_ELSEWHERE,
    ),
    FeatureSpec(
        "BORROWING_DAYS",
        "days from the first to the latest loan elsewhere",
        "days",
        Difference("BUREAU_LOANS_BEGUN_MAX", "BUREAU_LOANS_BEGUN_MIN"),
        LOANS_ELSEWHERE,
    ),
    ratio(
        "DAYS_BETWEEN_LOANS", "days of borrowing a loan elsewhere", "BORROWING_DAYS", "BUREAU_LOANS", LOANS_ELSEWHERE
    ),
    ratio(
        "BALANCE_OVERDUE_SHARE",
        "past due among months elsewhere",
        "BALANCE_MONTHS_OVERDUE",
        "BALANCE_MONTHS",
        RECORD_ELSEWHERE,
        1,
    ),
    ratio(
        "BALANCE_UNKNOWN_SHARE",
        "of unknown status among months elsewhere",
        "BALANCE_MONTHS_UNKNOWN",
        "BALANCE_MONTHS",
        LOANS_ELSEWHERE,
    ),
    ratio(
        "BALANCE_RECORDED_SHARE",
        "loans elsewhere with a monthly record",
        "BALANCE_MONTHS_LOANS",
        "BUREAU_LOANS",
        LOANS_ELSEWHERE,
    ),
)
