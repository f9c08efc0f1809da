"""The page speaks French whole, and each language writes numbers, times and choices as it should."""

import ast
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from string import Formatter
from typing import Final

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from hypothesis import example, given
from hypothesis import strategies as st

import gateway
from creditrisk.application import COLUMNS
from creditrisk.drift.performance import ASSUMES
from creditrisk.features import themes
from creditrisk.features.catalogue import CATALOGUE
from creditrisk.features.spec import Protected
from creditrisk.model.bundle import Bundle
from gateway.examples import EXAMPLES
from gateway.login.users import Role
from gateway.page.form.entries import CALLED, DAYS
from gateway.page.form.groups import GROUPS
from gateway.page.levers import LEVERS
from gateway.texts import ENGLISH, LANGUAGES, Language, preferred
from services.drift.vintages import NO_COST, NO_OUTCOME, NOT_MATURED

FRENCH: Final = LANGUAGES["fr"]
SOURCE: Final = Path(gateway.__file__).parent
FILES: Final = ("fr.po", "fr.catalogue.po")
TIGHT: Final = re.compile(r"(?: |^)[;:?!%]")
"""French sets a no-break space, if any, before these."""


def entries(file: str) -> Iterator[tuple[str, str]]:
    """English and French of a PO file."""
    with resources.files("gateway.texts").joinpath(file).open("rb") as stream:
        yield from ((str(one.id), str(one.string)) for one in read_po(stream, "fr", abort_invalid=True) if one.id)


def said_by_code(folder: Path) -> dict[str, str]:
    """Texts that code and templates give ``say``, and where; Babel does not look into f-strings, so code is parsed."""
    found: dict[str, str] = {}
    for file in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and _name(node.func) == "say":
                found |= dict.fromkeys(_literals(node.args[0]), f"{file.relative_to(folder)}:{node.lineno}")
    for name, line, text, _, _ in extract_from_dir(
        folder, [("**.html", "jinja2")], {"**.html": {"silent": "false"}}, {"say": None}
    ):
        found[str(text)] = f"{name}:{line}"
    return found


def _name(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""


def _literals(text: ast.expr) -> list[str]:
    if isinstance(text, ast.IfExp):
        return [*_literals(text.body), *_literals(text.orelse)]
    return [text.value] if isinstance(text, ast.Constant) and isinstance(text.value, str) else []


def said_of_the_catalogue(bundle: Bundle) -> set[str]:
    """Texts that come from the declarations of features and fields, and the categories of ``bundle``."""
    return {
        *(text for one in CATALOGUE for text in (one.meaning, one.unit, one.missing)),
        *Protected,
        *(text for one in COLUMNS for text in (one.meaning, one.unit)),
        *(text for name, text in vars(themes).items() if name.isupper()),
        *CALLED.values(),
        *DAYS.values(),
        *(word for words in bundle.schema.vocabularies.values() for word in words),
    }


SAID_BY_SERVICES: Final = (ASSUMES, NOT_MATURED, NO_OUTCOME, NO_COST)
"""What services say in words that never change, beside the catalogue."""


def faults(texts: Iterable[str], said: Mapping[str, str]) -> list[str]:
    """What is wrong with the French ``said`` for ``texts``: none, other placeholders, or a break before a sign."""
    wrong = []
    for text in texts:
        french = said.get(text)
        if not french:
            wrong.append(f"{text!r} has no French")
        elif placeholders(french) != placeholders(text):
            wrong.append(f"{text!r} has other placeholders in {french!r}")
        elif TIGHT.search(french):
            wrong.append(f"{french!r} may break before a sign; put a no-break space there")
    return wrong


def placeholders(text: str) -> set[str] | None:
    """Names in braces; None: the braces do not match."""
    try:
        return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError:
        return None


@pytest.mark.parametrize(
    ("text", "french", "fault"),
    [
        ("age", "âge", ""),
        ("kept {days} days", "gardé {days} jours", ""),
        ("wrong: {rule}", "erreur\u00a0: {rule}", ""),
        ("income", "", "no French"),
        ("kept {days} days", "gardé {jours} jours", "placeholders"),
        ("kept {days} days", "gardé {days jours", "placeholders"),
        ("kept", "gardé {days}", "placeholders"),
        ("wrong: {rule}", "erreur : {rule}", "no-break"),
    ],
)
def test_a_planted_fault_is_found(text: str, french: str, fault: str) -> None:
    found = faults([text], {text: french})
    assert len(found) == bool(fault)
    assert all(fault in one for one in found)


def test_a_text_without_entry_is_found() -> None:
    assert faults(["age", "income"], {"age": "âge"}) == ["'income' has no French"]


def test_texts_are_found_in_code_and_templates(tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text(
        "language.say('one')\nf'<p>{say(\"two\")}</p>'\nsay('three' if it else 'four')\nsay(of_a_variable)\n"
        "say(\n    'fi'\n    've', of=1\n)\nlog('six')\n",
        encoding="utf-8",
    )
    (tmp_path / "page.html").write_text("<p title=\"{{ say('seven {of}', of=1) }}\">{{ say(that) }}</p>", "utf-8")
    assert said_by_code(tmp_path) == {
        "one": "code.py:1",
        "two": "code.py:2",
        "three": "code.py:3",
        "four": "code.py:3",
        "five": "code.py:5",
        "seven {of}": "page.html:1",
    }


def test_every_text_of_the_catalogue_has_its_french(bundle: Bundle) -> None:
    assert faults(sorted(said_of_the_catalogue(bundle)), dict(entries("fr.catalogue.po"))) == []


def test_every_text_of_the_page_has_its_french() -> None:
    found = said_by_code(SOURCE)
    found |= dict.fromkeys((one.title for one in GROUPS), "form/groups.py")
    found |= dict.fromkeys((one.text for one in LEVERS if one.text), "levers.py")
    found |= dict.fromkeys((one.title for one in EXAMPLES), "examples.py")
    found |= dict.fromkeys(Role, "login/users.py")
    found |= dict.fromkeys(SAID_BY_SERVICES, "services")
    said = {text: french for file in FILES for text, french in entries(file)}
    wrong = [f"{where}: {fault}" for text, where in found.items() for fault in faults([text], said)]
    assert not wrong, "\n".join(sorted(wrong))


@pytest.mark.parametrize("file", FILES)
def test_every_entry_is_sound(file: str) -> None:
    said = dict(entries(file))
    assert said
    assert faults(said, said) == []


def test_no_text_is_in_two_files() -> None:
    texts = [text for file in FILES for text, _ in entries(file)]
    assert sorted({text for text in texts if texts.count(text) > 1}) == []


@pytest.mark.parametrize("file", FILES)
def test_what_is_in_a_file_is_said(file: str) -> None:
    for text, french in entries(file):
        assert FRENCH.say(text) == french
        assert ENGLISH.say(text) == text


def test_values_stand_where_they_are_named() -> None:
    assert ENGLISH.say("Signed in as {name}.", name="Zoé {x}") == "Signed in as Zoé {x}."
    assert FRENCH.say("Signed in as {name}.", name="Zoé {x}") == "Connecté en tant que Zoé {x}."
    assert FRENCH.say("said by a {service} alone") == "said by a {service} alone"


@pytest.mark.parametrize(
    ("value", "places", "english", "french"),
    [
        (1234567.891, 2, "1,234,567.89", "1\u202f234\u202f567,89"),
        (1234567.891, 0, "1,234,568", "1\u202f234\u202f568"),
        (2.0, 2, "2", "2"),
        (0.25, 3, "0.25", "0,25"),
        (-606.0, 1, "−606", "−606"),
        (-1234.5, 1, "−1,234.5", "−1\u202f234,5"),
        (-0.001, 2, "0", "0"),
        (-0.005001, 2, "−0.01", "−0,01"),
        (-0.0, 0, "0", "0"),
        (math.nan, 2, "—", "—"),
        (math.inf, 0, "—", "—"),
    ],
)
def test_numbers(value: float, places: int, english: str, french: str) -> None:
    assert (ENGLISH.number(value, places), FRENCH.number(value, places)) == (english, french)


@pytest.mark.parametrize(
    ("value", "places", "english", "french"),
    [
        (1234.5, 2, "1,234.50", "1\u202f234,50"),
        (-606.0, 1, "−606.0", "−606,0"),
        (-0.001, 2, "0.00", "0,00"),
        (math.nan, 2, "—", "—"),
    ],
)
def test_numbers_with_all_their_places(value: float, places: int, english: str, french: str) -> None:
    assert (ENGLISH.fixed(value, places), FRENCH.fixed(value, places)) == (english, french)


@pytest.mark.parametrize(
    ("share", "places", "english", "french"),
    [
        (0.1234, 1, "12.3%", "12,3\u00a0%"),
        (0.5, 0, "50%", "50\u00a0%"),
        (0.5, 2, "50.00%", "50,00\u00a0%"),
        (12.5, 0, "1,250%", "1\u202f250\u00a0%"),
        (-0.25, 0, "−25%", "−25\u00a0%"),
        (-5e-324, 1, "0.0%", "0,0\u00a0%"),
        (math.nan, 1, "—", "—"),
        (-math.inf, 1, "—", "—"),
    ],
)
def test_percentages(share: float, places: int, english: str, french: str) -> None:
    assert (ENGLISH.percent(share, places), FRENCH.percent(share, places)) == (english, french)


@pytest.mark.parametrize(
    ("value", "places", "english", "french"),
    [
        (0.5, 2, "+0.50", "+0,50"),
        (-1.005e3, 1, "−1005.0", "−1005,0"),
        (-0.12345, 4, "−0.1234", "−0,1234"),
        (0.0, 2, "+0.00", "+0,00"),
        (3.0, 0, "+3", "+3"),
        (math.nan, 2, "—", "—"),
    ],
)
def test_numbers_with_signs(value: float, places: int, english: str, french: str) -> None:
    assert (ENGLISH.signed(value, places), FRENCH.signed(value, places)) == (english, french)


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
@given(value=st.floats(allow_nan=False, allow_infinity=False))
@example(value=1.5e-7)
@example(value=-1e22)
@example(value=-0.0)
def test_what_is_written_is_read_as_it_was(language: Language, value: float) -> None:
    assert language.parse(language.write(value)) == value
    assert language.parse(language.write(value).replace("-", "−")) == value


@pytest.mark.parametrize("language", LANGUAGES.values(), ids=LANGUAGES)
@given(value=st.integers(-(10**9), 10**9))
def test_what_is_shown_is_read_as_it_was(language: Language, value: int) -> None:
    assert language.parse(language.number(value / 100, 2)) == value / 100
    assert language.parse(language.signed(value / 100)) == value / 100


@pytest.mark.parametrize("text", ["", "−", "1−2", "−−1", "twelve", "nan", "inf", "−inf", "1,2,3.4.5"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert [language.parse(text) for language in LANGUAGES.values()] == [None, None]


def test_times() -> None:
    moment = datetime(2026, 4, 3, 7, 5, 59, tzinfo=UTC)
    assert ENGLISH.time(moment) == "2026-04-03 07:05"
    assert FRENCH.time(moment) == "03/04/2026 07:05"


def test_languages_are_called_by_their_own_names() -> None:
    assert [(one.code, one.name) for one in LANGUAGES.values()] == [("en", "English"), ("fr", "Français")]


@pytest.mark.parametrize(
    ("accept_language", "code"),
    [
        ("fr", "fr"),
        ("FR-ca", "fr"),
        ("fr-Latn-CH-1996", "fr"),
        ("fr-CH, fr;q=0.9, en;q=0.8, de;q=0.7, *;q=0.5", "fr"),
        ("en,fr", "en"),
        ("fr,en", "fr"),
        ("en;q=0.3,fr;q=0.8", "fr"),
        ("en;q=0.3, fr ; q=0.800", "fr"),
        ("en;q=0.8;fr;q=0.9", "en"),
        ("fr;q=0", "en"),
        ("fr;q=0.0, en;q=0.1", "en"),
        ("de, it;q=0.5, fr;q=0.1", "fr"),
        # Nothing asked for that there is.
        ("", "en"),
        ("de, it;q=0.5", "en"),
        ("*", "en"),
        ("*, fr;q=0.1", "fr"),
        ("frr", "en"),
        # Malformed parts ask for nothing.
        ("fr;q=", "en"),
        ("fr;q=high, en", "en"),
        ("fr;q=nan", "en"),
        ("fr;q=2", "en"),
        ("fr;q=-1", "en"),
        ("en;q=0.1, fr;level=1", "en"),
        ("fr_FR", "en"),
        (";;,,q=1,-,fr", "fr"),
        ("fr\x00", "en"),
    ],
)
def test_the_language_a_browser_prefers(accept_language: str, code: str) -> None:
    assert preferred(accept_language) == code


@given(st.text() | st.text("enfr-*;q=.01, \t"))
@example("f" * 100_000)
@example(" " * 10_000 + "x")
@example("fr" + "-" * 100_000 + "_")
def test_whatever_a_browser_sends_one_language_is_preferred(accept_language: str) -> None:
    assert preferred(accept_language) in LANGUAGES
