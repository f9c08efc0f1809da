"""The features of an applicant's history: every aggregate, and what they say of each other and of the application.

Ratios of two aggregates are computed after the look-up, like all formulas; the store holds aggregates alone.
"""

from typing import Final

from creditrisk.features.declare import YEARS_AGO, ratio
from creditrisk.features.history import AGGREGATES
from creditrisk.features.spec import Column, Difference, FeatureSpec, Over, Scaled
from creditrisk.features.themes import (
    APPLIED_BEFORE,
    CARD_USE,
    DEBT_ELSEWHERE,
    LOANS_BEFORE,
    LOANS_ELSEWHERE,
    RECORD_BEFORE,
    RECORD_ELSEWHERE,
    REFUSED_BEFORE,
)

HISTORY_FEATURES: Final[tuple[FeatureSpec, ...]] = (
    *(
        FeatureSpec(one.name, one.meaning, one.unit, Column(one.name), one.reason, monotone=one.monotone)
        for one in AGGREGATES
    ),
    # Loans and debt with other lenders.
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
    # Earlier applications and loans.
    ratio("REFUSAL_RATE", "refused among earlier applications", "PREV_REFUSED", "PREV", REFUSED_BEFORE, 1),
    ratio("APPROVAL_RATE", "approved among earlier applications", "PREV_APPROVED", "PREV", APPLIED_BEFORE),
    ratio("CANCELLED_RATE", "cancelled among earlier applications", "PREV_CANCELLED", "PREV", APPLIED_BEFORE),
    ratio(
        "CREDIT_TO_BEFORE",
        "the loan against the mean of earlier ones",
        "AMT_CREDIT",
        "PREV_APPROVED_AMOUNT_MEAN",
        LOANS_BEFORE,
    ),
    ratio(
        "CREDIT_TO_MOST_BEFORE",
        "the loan against the greatest earlier one",
        "AMT_CREDIT",
        "PREV_APPROVED_AMOUNT_MAX",
        LOANS_BEFORE,
    ),
    ratio(
        "ANNUITY_TO_BEFORE",
        "the annuity against the mean of earlier ones",
        "AMT_ANNUITY",
        "PREV_APPROVED_ANNUITY_MEAN",
        LOANS_BEFORE,
    ),
    ratio(
        "ANNUITY_TO_MOST_BEFORE",
        "the annuity against the greatest earlier one",
        "AMT_ANNUITY",
        "PREV_APPROVED_ANNUITY_MAX",
        LOANS_BEFORE,
    ),
    ratio(
        "CREDIT_TO_LAST",
        "the loan against the last one applied for",
        "AMT_CREDIT",
        "PREV_LAST_AMOUNT_SUM",
        LOANS_BEFORE,
    ),
    ratio(
        "TERM_TO_BEFORE",
        "annuities in the loan against those of earlier ones",
        "CREDIT_TO_ANNUITY",
        "PREV_APPROVED_TERM_MEAN",
        LOANS_BEFORE,
    ),
    ratio(
        "REFUSED_ASKED_TO_CREDIT",
        "amount refused before against the loan",
        "PREV_REFUSED_ASKED_MEAN",
        "AMT_CREDIT",
        REFUSED_BEFORE,
    ),
    FeatureSpec(
        "ANNUITIES_DUE",
        "annuities of this loan, of loans running with us and of those active elsewhere",
        "currency",
        Over("sum", ("AMT_ANNUITY", "PREV_APPROVED_RUNNING_ANNUITY_SUM", "BUREAU_LOANS_ACTIVE_ANNUITY_SUM")),
        DEBT_ELSEWHERE,
    ),
    ratio(
        "ANNUITIES_TO_INCOME", "all annuities against income", "ANNUITIES_DUE", "AMT_INCOME_TOTAL", DEBT_ELSEWHERE, 1
    ),
    FeatureSpec(
        "YEARS_WITH_US",
        "since the first application with us",
        "years",
        Scaled("PREV_DECIDED_MIN", YEARS_AGO),
        APPLIED_BEFORE,
        (0.0, 120.0),
    ),
    # Payment record.
    ratio(
        "POS_LATE_SHARE", "past due among months of earlier loans", "POS_MONTHS_LATE", "POS_MONTHS", RECORD_BEFORE, 1
    ),
    ratio(
        "POS_LATE_DEF_SHARE",
        "past due among them, small debts aside",
        "POS_MONTHS_LATE_DEF",
        "POS_MONTHS",
        RECORD_BEFORE,
        1,
    ),
    ratio("POS_COMPLETED_SHARE", "completed among earlier loans", "POS_LOANS_COMPLETED", "POS_LOANS", LOANS_BEFORE),
    ratio(
        "LEFT_TO_TERM",
        "instalments left against the terms of earlier loans",
        "POS_LOANS_ACTIVE_LEFT_SUM",
        "POS_LOANS_TERM_MEAN",
        LOANS_BEFORE,
    ),
    ratio("CARD_LATE_SHARE", "past due among months of cards", "CARD_MONTHS_LATE", "CARD_MONTHS", RECORD_BEFORE, 1),
    ratio(
        "CARD_UNDERPAID_SHARE", "underpaid among months of cards", "CARD_MONTHS_UNDERPAID", "CARD_MONTHS", RECORD_BEFORE
    ),
    ratio("CARD_EMPTY_SHARE", "without balance among months of cards", "CARD_MONTHS_EMPTY", "CARD_MONTHS", CARD_USE),
    ratio("CARD_USED_NOW", "balance of cards against their limits", "CARDS_BALANCE_SUM", "CARDS_LIMIT_SUM", CARD_USE),
    ratio(
        "CARD_BALANCE_TO_INCOME", "balance of cards against income", "CARDS_BALANCE_SUM", "AMT_INCOME_TOTAL", CARD_USE
    ),
    ratio("CARD_LIMIT_TO_INCOME", "limits of cards against income", "CARDS_LIMIT_SUM", "AMT_INCOME_TOTAL", CARD_USE),
    ratio(
        "CARD_DRAWN_TO_USUAL",
        "drawn lately against the mean of all months",
        "CARD_MONTHS_LAST_3_DRAWN_MEAN",
        "CARD_MONTHS_DRAWN_MEAN",
        CARD_USE,
    ),
    ratio("LATE_SHARE", "late among instalments", "PAID_LATE", "PAID", RECORD_BEFORE, 1),
    ratio(
        "LATE_SHARE_YEAR", "late among instalments of the last year", "PAID_YEAR_LATE", "PAID_YEAR", RECORD_BEFORE, 1
    ),
    ratio("SHORT_SHARE", "paid short among instalments", "PAID_SHORT", "PAID", RECORD_BEFORE, 1),
    FeatureSpec(
        "DELAY_TREND",
        "mean delay of the last year less that of all",
        "days",
        Difference("PAID_YEAR_DELAY_MEAN", "PAID_DELAY_MEAN"),
        RECORD_BEFORE,
    ),
    ratio(
        "ANNUITY_TO_INSTALMENTS",
        "the annuity against the mean instalment",
        "AMT_ANNUITY",
        "PAID_AMOUNT_MEAN",
        LOANS_BEFORE,
    ),
    ratio(
        "PAID_YEAR_TO_INCOME",
        "instalments of the last year against income",
        "PAID_YEAR_AMOUNT_SUM",
        "AMT_INCOME_TOTAL",
        LOANS_BEFORE,
    ),
)
