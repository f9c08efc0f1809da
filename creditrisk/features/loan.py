"""Features of the loan: its terms, and its burden on income."""

from typing import Final

from creditrisk.features.declare import code, columns, ratio
from creditrisk.features.spec import Difference, FeatureSpec, Over, Scaled
from creditrisk.features.themes import BURDEN, TERMS

LOAN: Final = (
    code("NAME_CONTRACT_TYPE", TERMS),
    *columns(TERMS, "AMT_CREDIT", "AMT_ANNUITY", "AMT_GOODS_PRICE"),
    ratio("CREDIT_TO_ANNUITY", "number of annuities in the loan", "AMT_CREDIT", "AMT_ANNUITY", TERMS),
    ratio("CREDIT_TO_GOODS", "loan against the price of the goods", "AMT_CREDIT", "AMT_GOODS_PRICE", TERMS, 1),
    ratio("ANNUITY_TO_GOODS", "annuity against the price of the goods", "AMT_ANNUITY", "AMT_GOODS_PRICE", TERMS),
    FeatureSpec(
        "CREDIT_OVER_GOODS",
        "loan beyond the price of the goods",
        "currency",
        Difference("AMT_CREDIT", "AMT_GOODS_PRICE"),
        TERMS,
    ),
    ratio("CREDIT_TO_INCOME", "loan against income", "AMT_CREDIT", "AMT_INCOME_TOTAL", BURDEN),
    ratio("ANNUITY_TO_INCOME", "annuity against income", "AMT_ANNUITY", "AMT_INCOME_TOTAL", BURDEN),
    ratio("GOODS_TO_INCOME", "price of the goods against income", "AMT_GOODS_PRICE", "AMT_INCOME_TOTAL", BURDEN),
    FeatureSpec(
        "INCOME_LEFT", "income less annuity", "currency", Difference("AMT_INCOME_TOTAL", "AMT_ANNUITY"), BURDEN
    ),
    ratio("INCOME_LEFT_PER_MEMBER", "income less annuity per family member", "INCOME_LEFT", "CNT_FAM_MEMBERS", BURDEN),
    ratio("CREDIT_TO_AGE", "loan per year of age", "AMT_CREDIT", "AGE_YEARS", TERMS),
    ratio("CREDIT_TO_EMPLOYED", "loan per year in employment", "AMT_CREDIT", "EMPLOYED_YEARS", BURDEN),
    ratio("ANNUITY_TO_AGE", "annuity per year of age", "AMT_ANNUITY", "AGE_YEARS", TERMS),
    ratio("CREDIT_PER_MEMBER", "loan per member of the family", "AMT_CREDIT", "CNT_FAM_MEMBERS", BURDEN),
    FeatureSpec(
        "TERM_YEARS", "length of the loan, at one annuity a month", "years", Scaled("CREDIT_TO_ANNUITY", 1 / 12), TERMS
    ),
    FeatureSpec(
        "AGE_AT_END",
        "age when the last annuity is due, at one annuity a month",
        "years",
        Over("sum", ("AGE_YEARS", "TERM_YEARS")),
        TERMS,
    ),
)
