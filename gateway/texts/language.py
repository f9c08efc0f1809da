"""A language: its texts, and how it writes numbers and times."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from importlib import resources
from types import MappingProxyType
from typing import Final

from babel import Locale
from babel.dates import format_datetime
from babel.messages.pofile import read_po
from babel.numbers import NumberFormatError, format_decimal, format_percent, get_decimal_symbol, parse_decimal

NOT_KNOWN: Final = "—"
MINUS: Final = "−"
WHOLE: Final = "#,##0"
SPACE: Final = re.compile(r"(?<=\d)\s(?=\d{3})")
"""Between thousands, of whatever width."""
MOMENTS: Final = {"en": "yyyy-MM-dd HH:mm", "fr": "dd/MM/yyyy HH:mm"}
"""English has no one order of day and month, so ISO's."""
DAYS: Final = {"en": "yyyy-MM-dd", "fr": "dd/MM/yyyy"}
MONTHS: Final = {"en": "yyyy-MM", "fr": "MM/yyyy"}
OFFER: Final = re.compile(
    r"\s*([a-z]+)(?:-[a-z\d-]*)?\s*(?:;\s*q=(0(?:\.\d*)?|1(?:\.0*)?)\s*)?", re.ASCII | re.IGNORECASE
)
"""A language of Accept-Language, and its weight if it has one."""


class Language:
    """Texts and formats of one language."""

    def __init__(self, code: str) -> None:
        """``code``: as in HTML's ``lang``; PO files of its name are beside this module, but for English."""
        self.code = code
        self.name = str(Locale(code).get_display_name(code)).capitalize()
        self._locale = Locale(code)
        self._texts = _texts(code)

    def say(self, text: str, /, **values: object) -> str:
        """``text`` in this language, ``values`` put where it names them in braces."""
        said = self._texts.get(text, text)
        return said.format(**values) if values else said

    def number(self, value: float, places: int = 0) -> str:
        """A number with at most ``places`` decimal places; a dash where it is not finite."""
        return _negated(value, lambda size: format_decimal(size, WHOLE + _point("#" * places), self._locale))

    def write(self, value: float) -> str:
        """A number exactly, as a person would type it."""
        plain = f"{value:.0f}" if value.is_integer() and abs(value) < 2**53 else repr(value)
        return plain.replace(".", get_decimal_symbol(self._locale))

    def parse(self, text: str) -> float | None:
        """The number that a person typed, as this language or a program writes it; None: it is none."""
        closed = SPACE.sub("", text).replace(MINUS, "-")
        try:
            value = float(closed)
        except ValueError:
            try:
                value = float(parse_decimal(closed, self._locale, strict=True))
            except NumberFormatError:
                return None
        return value if math.isfinite(value) else None

    def fixed(self, value: float, places: int) -> str:
        """A number with exactly ``places`` decimal places; a dash where it is not finite."""
        return _negated(value, lambda size: format_decimal(size, WHOLE + _point("0" * places), self._locale))

    def percent(self, share: float, places: int = 1) -> str:
        """A share, 0 to 1, in percent with ``places`` decimal places; a dash where it is not finite."""
        pattern = str(self._locale.percent_formats[None].pattern).replace(WHOLE, WHOLE + _point("0" * places))
        return _negated(share, lambda size: format_percent(size, pattern, self._locale))

    def signed(self, value: float, places: int = 2) -> str:
        """A number with its sign and ``places`` decimal places; a dash where it is not finite."""
        if not math.isfinite(value):
            return NOT_KNOWN
        shown = "0" + _point("0" * places)
        return str(format_decimal(value, f"+{shown};{MINUS}{shown}", self._locale))

    def time(self, moment: datetime) -> str:
        """Date and time of ``moment``, in its own time zone."""
        return str(format_datetime(moment, MOMENTS[self.code], locale=self._locale))

    def day(self, moment: datetime) -> str:
        """The date of ``moment``, in its own time zone."""
        return str(format_datetime(moment, DAYS[self.code], locale=self._locale))

    def month(self, moment: datetime) -> str:
        """Month and year of ``moment``, in its own time zone."""
        return str(format_datetime(moment, MONTHS[self.code], locale=self._locale))


def _negated(value: float, write: Callable[[float], str]) -> str:
    """What ``write`` makes of the size of ``value``, after a minus where that is not zero; a dash: it is not finite."""
    if not math.isfinite(value):
        return NOT_KNOWN
    said = str(write(abs(value)))
    return f"{MINUS}{said}" if value < 0 and said != str(write(0.0)) else said


def _point(places: str) -> str:
    return f".{places}" if places else ""


def preferred(accept_language: str) -> str:
    """The code of the language that a browser's Accept-Language asks for first, of those there are.

    A wildcard, and what is malformed, asks for none.
    """
    offers = []
    for place, part in enumerate(accept_language.split(",")):
        offer = OFFER.fullmatch(part)
        if offer and offer[1].lower() in LANGUAGES and (weight := float(offer[2] or 1)) > 0:
            offers.append((-weight, place, offer[1].lower()))
    return min(offers)[2] if offers else ENGLISH.code


def _texts(code: str) -> Mapping[str, str]:
    """Translations by their English, of all the language's PO files; those without one are left out."""
    said: dict[str, str] = {}
    for file in resources.files(__package__).iterdir():
        if file.name.startswith(f"{code}.") and file.name.endswith(".po"):
            with file.open("rb") as stream:
                said |= {str(one.id): str(one.string) for one in read_po(stream, code) if one.id and one.string}
    return said


ENGLISH: Final = Language("en")
LANGUAGES: Final[Mapping[str, Language]] = MappingProxyType({"en": ENGLISH, "fr": Language("fr")})
"""By code."""
