"""What is known of features and fields, as the feature service tells it; asked for again after a while."""

import asyncio
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from creditrisk.api.feature.v1 import feature_pb2 as pb
from creditrisk.application import BY_NAME
from gateway.page.calls import CallFailed, Calls
from gateway.page.form.entries import label
from gateway.texts import Language

FRESH: Final = 60.0
"""Seconds until it is asked for again: another model may be served by then."""
PLACES: Final = {"share": 3, "ratio": 3, "product": 3, "currency": 0, "count": 2, "hour": 0, "grade": 0, "rank": 0}
"""Decimal places by unit, of units that need not be named."""
NAMED: Final = {"ratio a month": 3}
"""Decimal places by unit, of units that are named; one of all others."""
SMALL: Final = 100
"""From here on no decimal place says anything."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Features by name, and the categories that the model knows by field; empty where they cannot be had."""

    features: Mapping[str, pb.Feature] = field(default_factory=dict)
    categories: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def meaning(self, feature: str, language: Language) -> str:
        """What a feature is called; its name where nothing is known of it."""
        known = self.features.get(feature)
        said = language.say(known.meaning) if known else feature
        return said[:1].upper() + said[1:]

    def value(self, feature: str, value: float | None, language: Language) -> str:
        """A feature's value in words, with its unit; ``value`` None or NaN: missing."""
        if value is None or math.isnan(value):
            return language.say("not known")
        known = self.features.get(feature)
        unit = known.unit if known else "ratio"
        if unit == "yes/no":
            return language.say("yes") if value else language.say("no")
        if unit == "code" and known:
            return self._category(known, value, language)
        places = (PLACES | NAMED).get(unit, 1) if abs(value) < SMALL else 0
        said = language.number(value, places)
        return said if unit in PLACES else f"{said} {language.say(unit)}"

    def _category(self, feature: pb.Feature, code: float, language: Language) -> str:
        categories = self.categories.get(feature.source_columns[0].lower(), ()) if feature.source_columns else ()
        if 0 <= code < len(categories):
            return language.say(categories[int(code)])
        return language.say("another") if code < 0 else language.number(code)


class Catalogues:
    """The catalogue of the model being served."""

    def __init__(self, calls: Calls) -> None:
        """Ask by ``calls``."""
        self._calls = calls
        self._held = Catalogue()
        self._until = -math.inf
        self._asking = asyncio.Lock()

    async def get(self) -> Catalogue:
        """The catalogue, not older than ``FRESH`` seconds.

        Raises:
            CallFailed: the feature service did not answer.
        """
        async with self._asking:
            if time.monotonic() >= self._until:
                features, fields = await asyncio.gather(
                    self._calls.ask(self._calls.feature.ListFeatures, pb.ListFeaturesRequest()),
                    self._calls.ask(self._calls.feature.ListFields, pb.ListFieldsRequest()),
                )
                self._held = Catalogue(
                    {one.name: one for one in features.features},
                    {one.name: tuple(one.categories) for one in fields.fields if one.categories},
                )
                self._until = time.monotonic() + FRESH
            return self._held

    async def held(self) -> Catalogue:
        """As ``get``; where the feature service does not answer, what was last known: names instead of meanings."""
        try:
            return await self.get()
        except CallFailed:
            return self._held


def field_label(path: str, language: Language) -> str:
    """What a field of the application is called, by its path in a request, such as application.amtCredit."""
    name = path.rpartition(".")[2]
    column = BY_NAME.get(name.upper()) or next(
        (one for one in BY_NAME.values() if one.field.replace("_", "") == name.lower()), None
    )
    return label(column, language) if column else name
