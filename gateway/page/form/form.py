"""The whole form: its fields on the page, and the application in them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import gradio as gr

from creditrisk.api.application.v1.application_pb2 import LoanApplication
from creditrisk.application import BY_NAME, DOCUMENTS, Kind
from creditrisk.errors import InvalidArgument, Violation
from gateway.page.form.entries import (
    DAYS,
    CategoryEntry,
    DateEntry,
    Entry,
    FlagEntry,
    NotEmployedEntry,
    NumberEntry,
    TickedEntry,
    Value,
    applicant_id,
    today,
)
from gateway.page.form.groups import GROUPS, Group
from gateway.texts import Language

APPLICANT: Final = "sk_id_curr"


class Form:
    """Fields of an application in a language. Made within a Blocks; ``components``: the applicant's id, then them."""

    def __init__(self, language: Language, application: LoanApplication) -> None:
        """Lay out the fields, group by group, with ``application`` in them."""
        values = known(application)
        self._language = language
        self._made_on = today()
        self._entries: list[Entry] = []
        self.components: list[gr.components.Component] = [
            gr.Textbox(str(application.sk_id_curr or ""), label=language.say("Applicant's id") + " *")
        ]
        for group in GROUPS:
            with gr.Accordion(language.say(group.title), open=group.opened), gr.Row(elem_classes="cr-fields"):
                for entry in _entries(group):
                    self._entries.append(entry)
                    self.components.append(entry.component(language, entry.show(values, language)))

    def read(self, shown: Sequence[Any]) -> LoanApplication:
        """The application that ``components`` show; what is empty is left out.

        Raises:
            InvalidArgument: a field holds no such value.
        """
        application = LoanApplication()
        broken: list[Violation] = []
        try:
            if shown[0].strip():
                application.sk_id_curr = applicant_id(shown[0])
        except InvalidArgument as error:
            broken += error.violations
        for entry, one in zip(self._entries, shown[1:], strict=True):
            try:
                _put(application, entry.read(one, self._language))
            except InvalidArgument as error:
                broken += error.violations
        if broken:
            raise InvalidArgument(broken)
        return application

    def show(self, application: LoanApplication) -> list[Any]:
        """What ``components`` show of ``application``."""
        values = known(application)
        return [str(application.sk_id_curr or ""), *(entry.show(values, self._language) for entry in self._entries)]

    def update(self, application: LoanApplication, categories: Mapping[str, Sequence[str]]) -> list[Any]:
        """Updates of ``components`` for a page just opened: the names that can be picked, and dates of another day.

        ``application``: what they were made with; ``categories``: names that the model knows, by field. Nothing else
        is touched: a person may have begun to write.
        """
        values = known(application)
        updates: list[Any] = [gr.skip()]
        for entry in self._entries:
            names = categories.get(entry.columns[0].field)
            if isinstance(entry, CategoryEntry) and names:
                updates.append(gr.update(choices=entry.choices(names, self._language)))
            elif isinstance(entry, DateEntry) and today() != self._made_on:
                updates.append(gr.update(value=entry.show(values, self._language)))
            else:
                updates.append(gr.skip())
        return updates


def known(application: LoanApplication) -> dict[str, Value]:
    """What is known in ``application``, by column."""
    return {one.name.upper(): value for one, value in application.ListFields() if one.name.upper() in BY_NAME}


def _entries(group: Group) -> list[Entry]:
    if group.columns == DOCUMENTS:
        return [TickedEntry(*(BY_NAME[name] for name in DOCUMENTS))]
    entries: list[Entry] = []
    for name in group.columns:
        column = BY_NAME[name]
        if name in DAYS:
            entries.append(DateEntry(column))
        elif column.kind is Kind.CATEGORY:
            entries.append(CategoryEntry(column))
        elif column.kind is Kind.FLAG:
            entries.append(FlagEntry(column))
        else:
            entries.append(NumberEntry(column))
        if name == "DAYS_EMPLOYED":
            entries.append(NotEmployedEntry(column))
    return entries


def _put(application: LoanApplication, values: Mapping[str, Value]) -> None:
    for name, value in values.items():
        if value is None:
            continue
        try:
            setattr(application, BY_NAME[name].field, value)
        except (ValueError, TypeError) as error:
            raise InvalidArgument(
                [Violation(BY_NAME[name].field, f"{str(value)[:40]!r} does not fit: {error}")]
            ) from error
