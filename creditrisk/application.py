"""The application as Home Credit records it: the columns, and a batch of applications as arrays.

``COLUMNS`` is the one list of what an application holds. The protobuf message, the data checks, the
synthetic generator and the features all follow it; a contract test holds the message to it.

A number has two ranges. Outside ``valid`` it cannot be true (a negative income): the application is
refused. Outside ``plausible`` it may be an error of entry (a billion of income): it is scored as
missing, with a warning. A category outside the model's vocabulary is scored as missing, with a warning.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

INFINITE: Final = math.inf
NOT_EMPLOYED: Final = 365243
"""DAYS_EMPLOYED of people without employment (pensioners, unemployed), a sentinel of the source."""


class Kind(StrEnum):
    """What a column holds; decides its protobuf type."""

    NUMBER = "number"
    """A real number: ``double``."""
    INTEGER = "integer"
    """A whole number: ``int32``."""
    FLAG = "flag"
    """Yes or no, 1 or 0 in arrays, ``Y``/``N`` or 1/0 in Kaggle's files: ``bool``."""
    CATEGORY = "category"
    """One of a set of names: ``string``."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the application table.

    ``valid`` and ``plausible`` are closed ranges in ``unit``; ``required`` columns must be known.
    ``sentinels`` are values of the source that mean "not applicable".
    """

    name: str
    kind: Kind
    unit: str
    meaning: str
    valid: tuple[float, float] = (-INFINITE, INFINITE)
    plausible: tuple[float, float] = (-INFINITE, INFINITE)
    required: bool = False
    sentinels: tuple[float, ...] = ()

    @property
    def field(self) -> str:
        """Name of the protobuf field."""
        return self.name.lower()


def _money(name: str, meaning: str, most: float, *, required: bool = False) -> Column:
    valid = (0.0, 1e12)
    return Column(name, Kind.NUMBER, "currency", meaning, valid, (0.0, most), required)


def _flag(name: str, meaning: str) -> Column:
    return Column(name, Kind.FLAG, "yes/no", meaning, (0.0, 1.0), (0.0, 1.0))


def _category(name: str, meaning: str, *, required: bool = False) -> Column:
    return Column(name, Kind.CATEGORY, "name", meaning, required=required)


def _count(name: str, meaning: str, most: float) -> Column:
    return Column(name, Kind.INTEGER, "count", meaning, (0.0, 1e6), (0.0, most))


def _days_before(name: str, meaning: str, most: int) -> Column:
    return Column(name, Kind.INTEGER, "days", meaning, (-most, 0.0), (-most, 0.0))


def _share(name: str, meaning: str) -> Column:
    return Column(name, Kind.NUMBER, "share", meaning, (0.0, 1.0), (0.0, 1.0))


_BUILDING: Final = (
    ("APARTMENTS", "size of the apartments"),
    ("BASEMENTAREA", "area of the basement"),
    ("YEARS_BEGINEXPLUATATION", "years since the building came into use"),
    ("YEARS_BUILD", "age of the building"),
    ("COMMONAREA", "area in common use"),
    ("ELEVATORS", "number of lifts"),
    ("ENTRANCES", "number of entrances"),
    ("FLOORSMAX", "highest number of floors"),
    ("FLOORSMIN", "lowest number of floors"),
    ("LANDAREA", "area of the land"),
    ("LIVINGAPARTMENTS", "number of apartments lived in"),
    ("LIVINGAREA", "area lived in"),
    ("NONLIVINGAPARTMENTS", "number of apartments not lived in"),
    ("NONLIVINGAREA", "area not lived in"),
)
_STATISTICS: Final = (("AVG", "mean"), ("MODE", "mode"), ("MEDI", "median"))


def _building() -> tuple[Column, ...]:
    return tuple(
        _share(f"{part}_{suffix}", f"{meaning} of the applicant's building, {statistic}, normalised to 0–1")
        for suffix, statistic in _STATISTICS
        for part, meaning in _BUILDING
    )


BUILDING_PARTS: Final = tuple(part for part, _ in _BUILDING)
DOCUMENTS: Final = tuple(f"FLAG_DOCUMENT_{number}" for number in range(2, 22))

COLUMNS: Final[tuple[Column, ...]] = (
    _category("NAME_CONTRACT_TYPE", "kind of loan: Cash loans or Revolving loans", required=True),
    _category("CODE_GENDER", "sex: F, M or XNA"),
    _flag("FLAG_OWN_CAR", "owns a car"),
    _flag("FLAG_OWN_REALTY", "owns a house or flat"),
    _count("CNT_CHILDREN", "number of children", 25),
    _money("AMT_INCOME_TOTAL", "income of the applicant", 1e8, required=True),
    _money("AMT_CREDIT", "amount of the loan", 1e8, required=True),
    _money("AMT_ANNUITY", "annuity of the loan: one regular payment", 1e7),
    _money("AMT_GOODS_PRICE", "price of the goods the loan is for", 1e8),
    _category("NAME_TYPE_SUITE", "who came with the applicant"),
    _category("NAME_INCOME_TYPE", "kind of income"),
    _category("NAME_EDUCATION_TYPE", "highest education"),
    _category("NAME_FAMILY_STATUS", "family status"),
    _category("NAME_HOUSING_TYPE", "housing situation"),
    _share("REGION_POPULATION_RELATIVE", "population of the region, normalised"),
    Column(
        "DAYS_BIRTH",
        Kind.INTEGER,
        "days",
        "date of birth, in days relative to the application",
        # From the 18th birthday, 6,574 or 6,575 days after birth, to the 100th.
        (-36_525.0, -6_574.0),
        (-36_525.0, -6_574.0),
        required=True,
    ),
    Column(
        "DAYS_EMPLOYED",
        Kind.INTEGER,
        "days",
        f"start of the current employment relative to the application; {NOT_EMPLOYED}: not employed",
        (-80 * 365.25, 0.0),
        (-60 * 365.25, 0.0),
        sentinels=(NOT_EMPLOYED,),
    ),
    _days_before("DAYS_REGISTRATION", "last change of the registration", 36525),
    _days_before("DAYS_ID_PUBLISH", "last change of the identity document", 36525),
    Column("OWN_CAR_AGE", Kind.INTEGER, "years", "age of the applicant's car", (0.0, 150.0), (0.0, 100.0)),
    _flag("FLAG_MOBIL", "gave a mobile phone"),
    _flag("FLAG_EMP_PHONE", "gave the employer's phone"),
    _flag("FLAG_WORK_PHONE", "gave a phone at work"),
    _flag("FLAG_CONT_MOBILE", "mobile phone could be reached"),
    _flag("FLAG_PHONE", "gave a home phone"),
    _flag("FLAG_EMAIL", "gave an e-mail address"),
    _category("OCCUPATION_TYPE", "occupation"),
    _count("CNT_FAM_MEMBERS", "members of the family", 30),
    Column("REGION_RATING_CLIENT", Kind.INTEGER, "grade", "rating of the region", (1.0, 3.0), (1.0, 3.0)),
    Column(
        "REGION_RATING_CLIENT_W_CITY",
        Kind.INTEGER,
        "grade",
        "rating of the region, the city considered; -1 in the source: not rated",
        (1.0, 3.0),
        (1.0, 3.0),
        sentinels=(-1.0,),
    ),
    _category("WEEKDAY_APPR_PROCESS_START", "weekday of the application"),
    Column("HOUR_APPR_PROCESS_START", Kind.INTEGER, "hour", "hour of the application", (0.0, 23.0), (0.0, 23.0)),
    _flag("REG_REGION_NOT_LIVE_REGION", "permanent address is outside the region of the contact address"),
    _flag("REG_REGION_NOT_WORK_REGION", "permanent address is outside the region of work"),
    _flag("LIVE_REGION_NOT_WORK_REGION", "contact address is outside the region of work"),
    _flag("REG_CITY_NOT_LIVE_CITY", "permanent address is outside the city of the contact address"),
    _flag("REG_CITY_NOT_WORK_CITY", "permanent address is outside the city of work"),
    _flag("LIVE_CITY_NOT_WORK_CITY", "contact address is outside the city of work"),
    _category("ORGANIZATION_TYPE", "kind of employer; XNA: none"),
    _share("EXT_SOURCE_1", "score 1 of an external source; higher is safer"),
    _share("EXT_SOURCE_2", "score 2 of an external source; higher is safer"),
    _share("EXT_SOURCE_3", "score 3 of an external source; higher is safer"),
    *_building(),
    _category("FONDKAPREMONT_MODE", "fund for the building's repair"),
    _category("HOUSETYPE_MODE", "kind of building"),
    _share("TOTALAREA_MODE", "total area of the applicant's building, mode, normalised to 0–1"),
    _category("WALLSMATERIAL_MODE", "material of the building's walls"),
    _category("EMERGENCYSTATE_MODE", "building is in a state of emergency: Yes or No"),
    _count("OBS_30_CNT_SOCIAL_CIRCLE", "acquaintances observable for 30 days past due", 400),
    _count("DEF_30_CNT_SOCIAL_CIRCLE", "acquaintances who defaulted, 30 days past due", 60),
    _count("OBS_60_CNT_SOCIAL_CIRCLE", "acquaintances observable for 60 days past due", 400),
    _count("DEF_60_CNT_SOCIAL_CIRCLE", "acquaintances who defaulted, 60 days past due", 60),
    _days_before("DAYS_LAST_PHONE_CHANGE", "last change of the phone", 36525),
    *(_flag(name, f"provided document {name.removeprefix('FLAG_DOCUMENT_')}") for name in DOCUMENTS),
    *(
        _count(f"AMT_REQ_CREDIT_BUREAU_{code}", f"enquiries to the credit bureau in {span}", most)
        for code, span, most in (
            ("HOUR", "the hour before the application", 50),
            ("DAY", "the day before the application, the last hour excepted", 100),
            ("WEEK", "the week before the application, the last day excepted", 200),
            ("MON", "the month before the application, the last week excepted", 300),
            ("QRT", "the quarter before the application, the last month excepted", 500),
            ("YEAR", "the year before the application, the last quarter excepted", 500),
        )
    ),
)

NUMERIC: Final = tuple(column for column in COLUMNS if column.kind is not Kind.CATEGORY)
CATEGORICAL: Final = tuple(column for column in COLUMNS if column.kind is Kind.CATEGORY)
BY_NAME: Final = {column.name: column for column in COLUMNS}


@dataclass(frozen=True, slots=True)
class ApplicationBatch:
    """``n`` applications, column-wise; what trainer and services alike compute features from.

    ``numbers``: float64 of shape (len(NUMERIC), n), one row a column of ``NUMERIC``; flags are 1 or 0,
    missing is NaN. ``categories``: one sequence of length n a column of ``CATEGORICAL``; missing is None.
    ``histories``: the applicants' histories, float32 of shape (n, aggregates) as ``features.history`` declares
    them, NaN missing; None: no history is known of any.
    """

    numbers: NDArray[np.float64]
    categories: tuple[Sequence[str | None], ...]
    histories: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        return int(self.numbers.shape[1])

    def take(self, rows: NDArray[np.intp]) -> "ApplicationBatch":
        """The applications at positions ``rows``, in that order."""
        positions = rows.tolist()
        words = tuple([column[row] for row in positions] for column in self.categories)
        histories = None if self.histories is None else self.histories[rows]
        return ApplicationBatch(self.numbers[:, rows], words, histories)
