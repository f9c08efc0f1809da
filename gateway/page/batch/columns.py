"""Which columns of a file are an application's, which are none, and which are lacking."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from creditrisk.application import BY_NAME, Column, Kind
from gateway.texts import Language

ID: Final = "SK_ID_CURR"
LARGEST_ID: Final = 2**63 - 1
READ: Final[Mapping[str, Column]] = {
    ID: Column(ID, Kind.INTEGER, "id", "the applicant's id", (1, LARGEST_ID), (1, LARGEST_ID), required=True),
    **BY_NAME,
}
"""What is read of a file, by the names Home Credit gives."""
REQUIRED: Final = tuple(name for name, column in READ.items() if column.required)


LISTED: Final = 12
LONGEST: Final = 40


class BadFile(Exception):
    """A file that cannot be taken: what is wrong with it, and the mend; both in words."""

    def __init__(self, what: str, mend: str) -> None:
        """``what`` is wrong, and how to ``mend`` it."""
        super().__init__(f"{what} {mend}")
        self.what = what
        self.mend = mend


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a file.

    ``places``: of those that are read, the place in the file, from 0; ``ignored``: the others, as the file has them;
    ``absent``: those of ``READ`` that the file does without, known of none of its rows.
    """

    places: Mapping[str, int]
    ignored: tuple[str, ...]
    absent: tuple[str, ...]


def find_columns(header: Sequence[str], language: Language) -> Columns:
    """The columns that ``header`` names, in upper or lower case.

    Raises:
        BadFile: one that every application needs is missing, or one is there twice.
    """
    say = language.say
    places: dict[str, int] = {}
    ignored = []
    for place, written in enumerate(header):
        name = written.strip().upper()
        if name not in READ:
            ignored.append(written.strip())
        elif name in places:
            raise BadFile(say("The column {name} is there twice.", name=name), say("Keep one of them."))
        else:
            places[name] = place
    if not places:
        what = say("The first row names no column of an application.")
        mend = say("It has to name the columns as Home Credit does: {names} and others.", names=", ".join(REQUIRED))
        raise BadFile(what, mend)
    if lacking := [name for name in REQUIRED if name not in places]:
        what = say("Columns are missing: {names}.", names=", ".join(lacking))
        if ignored:
            what += " " + say("Columns that are not known: {names}.", names=listed(ignored))
        raise BadFile(what, say("Every application needs them; add them, or correct how they are spelt."))
    return Columns(places, tuple(ignored), tuple(name for name in READ if name not in places))


def listed(names: Sequence[str]) -> str:
    """The first of ``names``, cut short, and how many there are where that is not all."""
    shown = ", ".join(name[:LONGEST] for name in names[:LISTED])
    return f"{shown}, … ({len(names)})" if len(names) > LISTED else shown


def recognised(header: Sequence[str]) -> int:
    """How many names in ``header`` are columns of an application."""
    return len({name.strip().upper() for name in header} & READ.keys())
