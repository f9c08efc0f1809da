"""One field of the form: what is seen for a column, and the column's value in it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import gradio as gr
from typing_extensions import override

from creditrisk.application import NOT_EMPLOYED, Column, Kind
from creditrisk.errors import InvalidArgument, Violation
from gateway.texts import Language

Value = str | float | int | bool | None
"""A column's value as the message has it; None: not known."""
YES: Final = "yes"
NO: Final = "no"
CALLED: Final[dict[str, str]] = {
    "NAME_CONTRACT_TYPE": "kind of loan",
    "CODE_GENDER": "sex",
    "AMT_ANNUITY": "annuity: one regular payment",
    "AMT_GOODS_PRICE": "price of the goods",
    "ORGANIZATION_TYPE": "kind of employer",
    "REGION_RATING_CLIENT_W_CITY": "rating of the region and city",
    "EMERGENCYSTATE_MODE": "building is in a state of emergency",
    "EXT_SOURCE_1": "external score 1 (higher is safer)",
    "EXT_SOURCE_2": "external score 2 (higher is safer)",
    "EXT_SOURCE_3": "external score 3 (higher is safer)",
    "AMT_REQ_CREDIT_BUREAU_HOUR": "enquiries in the last hour",
    "AMT_REQ_CREDIT_BUREAU_DAY": "enquiries in the day before that",
    "AMT_REQ_CREDIT_BUREAU_WEEK": "enquiries in the week before that",
    "AMT_REQ_CREDIT_BUREAU_MON": "enquiries in the month before that",
    "AMT_REQ_CREDIT_BUREAU_QRT": "enquiries in the quarter before that",
    "AMT_REQ_CREDIT_BUREAU_YEAR": "enquiries in the year before that",
}
"""Shorter than a column's meaning, where its place in the form says the rest."""
DAYS: Final[dict[str, str]] = {
    "DAYS_BIRTH": "date of birth",
    "DAYS_EMPLOYED": "start of the current employment",
    "DAYS_REGISTRATION": "last change of the registration",
    "DAYS_ID_PUBLISH": "last change of the identity document",
    "DAYS_LAST_PHONE_CHANGE": "last change of the phone",
}
"""Days before the application, asked for as dates."""


def label(column: Column, language: Language) -> str:
    """What a column is called."""
    said = language.say((CALLED | DAYS).get(column.name, column.meaning))
    return said[:1].upper() + said[1:]


class Entry(ABC):
    """Columns that one component holds the values of."""

    def __init__(self, *columns: Column) -> None:
        """Hold ``columns``."""
        self.columns = columns

    @abstractmethod
    def component(self, language: Language, shown: Any) -> gr.components.Component:
        """The component, which shows ``shown``."""

    @abstractmethod
    def read(self, shown: Any, language: Language) -> dict[str, Value]:
        """Values by column of what the component shows.

        Raises:
            InvalidArgument: it is none; the field is named.
        """

    @abstractmethod
    def show(self, values: Mapping[str, Value], language: Language) -> Any:
        """What the component shows of ``values`` by column."""


class _One(Entry):
    """An entry of one column."""

    @property
    def column(self) -> Column:
        return self.columns[0]

    @override
    def read(self, shown: Any, language: Language) -> dict[str, Value]:
        return {self.column.name: shown}

    @override
    def show(self, values: Mapping[str, Value], language: Language) -> Any:
        return values.get(self.column.name)

    def _title(self, language: Language) -> str:
        return label(self.column, language) + (" *" if self.column.required else "")


class NumberEntry(_One):
    """A number, with its unit and plausible range. As text, for Gradio's field of numbers begins with 0, not empty."""

    @override
    def component(self, language: Language, shown: Any) -> gr.components.Component:
        low = max(self.column.plausible[0], self.column.valid[0])
        high = min(self.column.plausible[1], self.column.valid[1])
        scope = language.say("{low} to {high}", low=language.number(low, 2), high=language.number(high, 2))
        info = f"{language.say(self.column.unit)} · {scope}"
        return gr.Textbox(shown, label=self._title(language), info=info, max_length=30)

    @override
    def read(self, shown: Any, language: Language) -> dict[str, Value]:
        if not str(shown or "").strip():
            return {self.column.name: None}
        value = language.parse(str(shown))
        whole = self.column.kind is Kind.INTEGER
        if value is None or (whole and not value.is_integer()):
            example = language.write(12 if whole else 12.5)
            rule = language.say(
                "{text} is no such number; write it like {example}", text=repr(shown)[:40], example=example
            )
            raise InvalidArgument([Violation(self.column.field, rule)])
        return {self.column.name: int(value) if whole else value}

    @override
    def show(self, values: Mapping[str, Value], language: Language) -> Any:
        value = values.get(self.column.name)
        return "" if value is None else language.write(float(value))


class FlagEntry(_One):
    """Yes, no, or not known."""

    @override
    def component(self, language: Language, shown: Any) -> gr.components.Component:
        choices = [(language.say("yes"), YES), (language.say("no"), NO), (language.say("not known"), "")]
        return gr.Radio(choices, value=shown, label=self._title(language))

    @override
    def read(self, shown: Any, language: Language) -> dict[str, Value]:
        return {self.column.name: shown == YES if shown in {YES, NO} else None}

    @override
    def show(self, values: Mapping[str, Value], language: Language) -> Any:
        value = values.get(self.column.name)
        return "" if value is None else YES if value else NO


class CategoryEntry(_One):
    """One of the names that the model knows, or another."""

    @override
    def component(self, language: Language, shown: Any) -> gr.components.Component:
        known = ["Cash loans", "Revolving loans"] if self.column.required else []
        return gr.Dropdown(
            self.choices(known, language), value=shown, label=self._title(language), allow_custom_value=True
        )

    def choices(self, known: Sequence[str], language: Language) -> list[tuple[str, str]]:
        """What can be picked where the model knows ``known``."""
        return [(language.say("not known"), ""), *((language.say(name), name) for name in known)]

    @override
    def read(self, shown: Any, language: Language) -> dict[str, Value]:
        return {self.column.name: shown or None}

    @override
    def show(self, values: Mapping[str, Value], language: Language) -> Any:
        return values.get(self.column.name) or ""


class DateEntry(_One):
    """A date, which the column has in days from today."""

    @override
    def component(self, language: Language, shown: Any) -> gr.components.Component:
        info = language.say("year-month-day")
        return gr.Textbox(shown, label=self._title(language), info=info, placeholder="1985-04-30", max_length=10)

    @override
    def read(self, shown: Any, language: Language) -> dict[str, Value]:
        if not shown:
            return {self.column.name: None}
        try:
            return {self.column.name: (date.fromisoformat(str(shown).strip()) - today()).days}
        except ValueError as error:
            rule = f"{str(shown)[:20]!r} is no date; write it as year-month-day, such as 1985-04-30"
            raise InvalidArgument([Violation(self.column.field, rule)]) from error

    @override
    def show(self, values: Mapping[str, Value], language: Language) -> Any:
        days = values.get(self.column.name)
        if days is None or days == NOT_EMPLOYED:
            return ""
        return (today() + timedelta(days=int(days))).isoformat()


class NotEmployedEntry(_One):
    """Whether there is no employment that could have begun."""

    @override
    def component(self, language: Language, shown: Any) -> gr.components.Component:
        return gr.Checkbox(value=shown, label=language.say("Has no employment"))

    @override
    def read(self, shown: Any, language: Language) -> dict[str, Value]:
        return {self.column.name: NOT_EMPLOYED} if shown else {}

    @override
    def show(self, values: Mapping[str, Value], language: Language) -> Any:
        return values.get(self.column.name) == NOT_EMPLOYED


class TickedEntry(Entry):
    """Flags of one kind: those ticked are yes, the others no."""

    @override
    def component(self, language: Language, shown: Any) -> gr.components.Component:
        choices = [(label(column, language), column.name) for column in self.columns]
        return gr.CheckboxGroup(choices, value=shown, label=language.say("Documents provided"))

    @override
    def read(self, shown: Any, language: Language) -> dict[str, Value]:
        return {column.name: column.name in (shown or ()) for column in self.columns}

    @override
    def show(self, values: Mapping[str, Value], language: Language) -> Any:
        return [column.name for column in self.columns if values.get(column.name)]


def today() -> date:
    """The application's date: days count from it."""
    return datetime.now(UTC).date()


def applicant_id(text: str) -> int:
    """The applicant's id that was written.

    Raises:
        InvalidArgument: it is none.
    """
    written = text.strip()
    if not (written.isdecimal() and 0 < int(written) < 2**63):
        raise InvalidArgument(
            [Violation("sk_id_curr", f"{written[:20]!r} is no id: a whole number above 0, such as 100001")]
        )
    return int(written)
