"""The fields that What-if moves: how each is seen on a slider, and what it is in the application."""

from dataclasses import dataclass
from typing import Final

from creditrisk.api.application.v1.application_pb2 import LoanApplication
from creditrisk.application import BY_NAME, NOT_EMPLOYED
from gateway.page.form.entries import label
from gateway.page.form.form import known
from gateway.texts import Language

DAYS_A_YEAR: Final = 365.25


@dataclass(frozen=True, slots=True)
class Lever:
    """A field on a scale of its own: ``unit`` of the field are one of the slider's.

    The slider reaches from ``low`` to ``high``, where ``relative`` times the application's value.
    ``usual``: where it stands while the value is not known.
    """

    name: str
    low: float
    high: float
    usual: float
    step: float
    unit: float = 1.0
    relative: bool = False
    text: str = ""

    @property
    def places(self) -> int:
        """Decimal places its values are written with."""
        return 2 if self.step < 1 else 0

    def title(self, language: Language) -> str:
        """What it is called."""
        said = language.say(self.text) if self.text else label(BY_NAME[self.name], language)
        return said[:1].upper() + said[1:]

    def value(self, application: LoanApplication) -> float | None:
        """The slider's value of ``application``; None: not known, or no employment."""
        found = known(application).get(self.name)
        return None if found is None or found == NOT_EMPLOYED else float(found) / self.unit

    def put(self, application: LoanApplication, value: float) -> None:
        """Give ``application`` the slider's ``value``."""
        column = BY_NAME[self.name]
        scaled = value * self.unit
        setattr(application, column.field, round(scaled) if self.unit != 1.0 else scaled)

    def around(self, application: LoanApplication) -> tuple[float, float, float]:
        """Least, present and greatest value of the slider for ``application``."""
        found = self.value(application)
        value = self.usual if found is None else found
        low, high = (self.low * value, self.high * value) if self.relative and value > 0 else (self.low, self.high)
        return self._whole(low), self._whole(min(max(value, low), high)), self._whole(high)

    def grid(self, application: LoanApplication, points: int, also: float | None) -> list[float]:
        """``points`` values over the slider, and ``also``."""
        low, _, high = self.around(application)
        even = {low + (high - low) * place / (points - 1) for place in range(points)}
        return sorted(even if also is None else even | {also})

    def _whole(self, value: float) -> float:
        return round(value / self.step) * self.step


def _money(name: str, usual: float) -> Lever:
    return Lever(name, 0.25, 3.0, usual, 500.0, relative=True)


LEVERS: Final = (
    _money("AMT_CREDIT", 500_000),
    _money("AMT_ANNUITY", 25_000),
    _money("AMT_GOODS_PRICE", 450_000),
    _money("AMT_INCOME_TOTAL", 150_000),
    Lever("EXT_SOURCE_1", 0, 1, 0.5, 0.01),
    Lever("EXT_SOURCE_2", 0, 1, 0.5, 0.01),
    Lever("EXT_SOURCE_3", 0, 1, 0.5, 0.01),
    Lever("DAYS_BIRTH", 19, 80, 40, 1, -DAYS_A_YEAR, text="age, years"),
    Lever("DAYS_EMPLOYED", 0, 50, 5, 1, -DAYS_A_YEAR, text="time in the current employment, years"),
)
