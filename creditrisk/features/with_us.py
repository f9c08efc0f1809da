"""What the aggregates of earlier applications, loans and cards with us say of each other and of the application."""

from typing import Final

from creditrisk.features.declare import YEARS_AGO, ratio
from creditrisk.features.spec import Difference, FeatureSpec, Over, Scaled
from creditrisk.features.themes import (
    APPLIED_BEFORE,
    CARD_USE,
    DEBT_ELSEWHERE,
    LOANS_BEFORE,
    RECORD_BEFORE,
    REFUSED_BEFORE,
)

WITH_US: Final[tuple[FeatureSpec, ...]] = (
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
