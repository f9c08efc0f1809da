"""What windows, segments, quantities and measures of drift are called."""

from datetime import time, timedelta
from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from creditrisk.api.drift.v1 import drift_pb2 as pb
from gateway.page.catalogue import Catalogue
from gateway.texts import Language

PD: Final = "PD"
DECISION: Final = "DECISION"
ALL: Final = "ALL"
SHORT: Final = 12
"""Characters of a bundle's hash that tell it from others."""
LEAST_P: Final = 0.0001
"""Smaller p-values are not told apart."""


def quantity_name(name: str, catalogue: Catalogue, language: Language) -> str:
    """What a quantity is called."""
    named = {PD: language.say("Probability of default"), DECISION: language.say("Decision")}
    return named.get(name) or catalogue.meaning(name, language)


def segment_name(segment: str, language: Language) -> str:
    """What a segment is called."""
    return language.say("All loans") if segment == ALL else language.say(segment)


def begun(begin: Timestamp, end: Timestamp, language: Language) -> str:
    """A window by its begin: the day alone where windows are days or weeks."""
    first, last = begin.ToDatetime(), end.ToDatetime()
    midnight = first.time() == last.time() == time()
    return language.day(first) if midnight and last > first else language.time(first)


def span(begin: Timestamp, end: Timestamp, language: Language) -> str:
    """A window from its first to its last moment; days where it is of whole ones."""
    first, last = begin.ToDatetime(), end.ToDatetime()
    if first.time() == last.time() == time() and last > first:
        last -= timedelta(days=1)
        if first == last:
            return language.day(first)
        return language.say("{first} to {last}", first=language.day(first), last=language.day(last))
    return language.say("{first} to {last}", first=language.time(first), last=language.time(last))


def band_name(band: "pb.PsiBand.ValueType", language: Language) -> str:
    """What the conventional bands call a PSI."""
    say = language.say
    names = {
        pb.PSI_BAND_SMALL: say("small"),
        pb.PSI_BAND_MODERATE: say("moderate"),
        pb.PSI_BAND_LARGE: say("large"),
    }
    return names.get(band, "")


def band_tone(band: "pb.PsiBand.ValueType") -> str:
    """small, moderate or large."""
    return pb.PsiBand.Name(band).removeprefix("PSI_BAND_").lower()


def p_value(p: float, language: Language) -> str:
    """A p-value, small ones as less than ``LEAST_P``."""
    if p < LEAST_P:
        return f"< {language.number(LEAST_P, 4)}"
    return language.number(p, 4)
