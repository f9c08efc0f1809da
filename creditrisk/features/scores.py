"""Features of the external scores: each, all together, and against age, employment and the loan."""

from typing import Final

from creditrisk.application import BY_NAME
from creditrisk.features.declare import called, missing, product, ratio
from creditrisk.features.spec import Column, Difference, FeatureSpec, Over, Statistic
from creditrisk.features.themes import EXTERNAL

_AVERAGES: Final[tuple[tuple[Statistic, str], ...]] = (("mean", "mean"), ("min", "lowest"), ("max", "highest"))
EXT: Final = ("EXT_SOURCE_1", "EXT_SOURCE_2", "EXT_SOURCE_3")

SCORES: Final = (
    *(
        FeatureSpec(name, BY_NAME[name].meaning, "share", Column(name), EXTERNAL, (0.0, 1.0), monotone=-1)
        for name in EXT
    ),
    *(missing(f"{name}_MISSING", name, EXTERNAL) for name in EXT),
    FeatureSpec("EXT_SOURCE_KNOWN", "external scores known", "count", Over("known", EXT), EXTERNAL, (0.0, 3.0)),
    *(
        FeatureSpec(
            f"EXT_SOURCE_{statistic.upper()}",
            f"{words} external score",
            "share",
            Over(statistic, EXT),
            EXTERNAL,
            (0.0, 1.0),
            monotone=-1,
        )
        for statistic, words in _AVERAGES
    ),
    FeatureSpec(
        "EXT_SOURCE_RANGE",
        "highest external score less the lowest",
        "share",
        Difference("EXT_SOURCE_MAX", "EXT_SOURCE_MIN"),
        EXTERNAL,
        (0.0, 1.0),
    ),
    product("EXT_1_2", "external scores 1 and 2 multiplied", "EXT_SOURCE_1", "EXT_SOURCE_2", EXTERNAL, -1),
    product("EXT_1_3", "external scores 1 and 3 multiplied", "EXT_SOURCE_1", "EXT_SOURCE_3", EXTERNAL, -1),
    product("EXT_2_3", "external scores 2 and 3 multiplied", "EXT_SOURCE_2", "EXT_SOURCE_3", EXTERNAL, -1),
    product("EXT_1_2_3", "the three external scores multiplied", "EXT_1_2", "EXT_SOURCE_3", EXTERNAL, -1),
    *(
        product(f"{name}_BY_AGE", f"{called(name)} times age", name, "AGE_YEARS", EXTERNAL, -1)
        for name in (*EXT, "EXT_SOURCE_MEAN")
    ),
    product(
        "EXT_MEAN_BY_EMPLOYED",
        "mean external score times years employed",
        "EXT_SOURCE_MEAN",
        "EMPLOYED_YEARS",
        EXTERNAL,
        -1,
    ),
    ratio("CREDIT_TO_EXT_MEAN", "loan against the mean external score", "AMT_CREDIT", "EXT_SOURCE_MEAN", EXTERNAL),
    ratio(
        "ANNUITIES_TO_EXT_MEAN",
        "annuities in the loan against the mean external score",
        "CREDIT_TO_ANNUITY",
        "EXT_SOURCE_MEAN",
        EXTERNAL,
    ),
)
