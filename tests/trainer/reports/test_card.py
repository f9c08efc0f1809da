"""The model card: every figure it was given, true of every family, and nothing in it that acts."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from creditrisk.features.spec import Protected
from creditrisk.model.certificate import CHECKS
from creditrisk.model.families import ModelFamily
from tests.trainer.reports.card_facts import NASTY, ROWS, facts_of, retold
from trainer.evaluation.measures import MEASURES
from trainer.reports.card import CardFacts, card, write_card
from trainer.reports.card.assurance import CHECKED
from trainer.reports.card.overview import FAMILIES
from trainer.reports.differences import NAMES


@pytest.fixture(scope="module")
def facts() -> CardFacts:
    """Facts of a LightGBM on real rows."""
    return facts_of(ModelFamily.LIGHTGBM, synthetic=False)


def tables(text: str) -> Iterator[list[list[str]]]:
    """The rows of every table, cells as they read."""
    rows: list[list[str]] = []
    inside = False
    for token in MarkdownIt("commonmark", {"html": False}).enable("table").parse(text):
        if token.type in {"th_open", "td_open", "th_close", "td_close"}:
            inside = token.type.endswith("open")
        elif token.type == "table_open":
            rows = []
        elif token.type == "tr_open":
            rows.append([])
        elif inside:
            rows[-1].append("".join(part.content for part in token.children or ()))
        elif token.type == "table_close":
            yield rows


def under(text: str, first: str) -> list[list[str]]:
    """The table whose header begins with ``first``, below it."""
    (found,) = (rows for rows in tables(text) if rows[0][0] == first)
    return found[1:]


class Page(HTMLParser):
    """What of a page a browser would act on, and its words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.policy = ""
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = dict(attrs)
        self.tags.add(tag)
        self.attributes |= of.keys()
        self.links += [str(of[name]) for name in ("src", "href", "data", "action") if name in of]
        if of.get("http-equiv") == "Content-Security-Policy":
            self.policy = str(of["content"])

    def handle_data(self, data: str) -> None:
        self.words += data


def test_every_fact_is_told(facts: CardFacts) -> None:
    text = card(facts)
    theory, curve = facts.curve.by_theory, facts.curve
    told = ["2026.11.24-0123abcd", "2026-11-24T12:00:00", "d" * 64, "e" * 64, "f" * 64, "lightgbm 4.7.0"]
    told += ["onnxruntime 1.31.1", "--seed 42", "1234", "1001, 1002", "0.015", f"{ROWS:,}", "493 features"]
    told += ["123,456", "1.5e-15", "2.5e-14", "3.5e-13", "4 units in the last place", "1e-9 in log-odds"]
    told += [f"{auc:.4f}" for auc in facts.auc_by_fold]
    told += ["9.09 %", f"{100 * theory.approval_rate:.1f} %", f"{100 * theory.default_rate:.2f} %"]
    told += [f"{theory.expected_loss:.1f}", f"{theory.realised_loss:.1f}"]
    told += [f"{one.estimate:.4f} ({one.low:.4f} to {one.high:.4f})" for one in (curve.least, curve.at_theoretical)]
    told += [f"{100 * facts.reliability.error:.2f} percentage points", f"{100 * facts.default_rate:.2f} %"]
    told += ["[Whether PDs are default rates](calibration.png)", "(report.html)", *facts.tables]
    assert [one for one in told if one not in text] == []


def test_tables_hold_the_measures_and_the_groups(facts: CardFacts) -> None:
    text = card(facts)
    measured = {row[0]: row[-2:] for row in under(text, "Measure")}
    assert measured == {
        NAMES[of]: [f"{one.estimate:.4f}", f"{one.low:.4f} to {one.high:.4f}"] for of, one in facts.measured.items()
    }
    assert len(measured) == len(MEASURES)
    assert len(under(text, "Mean PD")) == len(facts.reliability.rows)
    groups = [rows[1:] for rows in tables(text) if rows[0][0] == "Group"]
    for found, rows in zip(facts.fairness, groups, strict=True):
        assert [(row[0].removesuffix(" (few)"), row[1]) for row in rows] == [
            (group.group, f"{group.rows:,}") for group in found.groups
        ]
    assert [row[0] for row in under(text, "Model")] == ["this one", NASTY, "other"]
    assert [row[0] for row in under(text, "this one, but")] == ["without age"]
    assert "is not this model" not in text
    assert "**this one is not this model**" in card(replace(facts, comparison=None, against="another"))


@pytest.mark.parametrize("family", list(ModelFamily))
def test_synthetic_is_said_first_and_real_is_not_called_so(facts: CardFacts, family: ModelFamily) -> None:
    synthetic = card(retold(facts, family, synthetic=True))
    assert synthetic.split("\n\n")[1].startswith("> **SYNTHETIC DATA.**")
    assert FAMILIES[family] in synthetic.splitlines()[0]
    assert f"trainer data --rows {ROWS}" in synthetic
    real = card(retold(facts, family, synthetic=False))
    assert not re.search("synthetic|generated|generator|imitate", real, re.IGNORECASE)
    assert "trainer data --source" in real


@pytest.mark.parametrize("family", list(ModelFamily))
def test_it_is_true_of_every_family(facts: CardFacts, family: ModelFamily) -> None:
    text = card(retold(facts, family, synthetic=False))
    lightgbm = family is ModelFamily.LIGHTGBM
    assert ("The model keeps to all of them" in text) is lightgbm
    assert ("The model does not keep to them" in text) is not lightgbm
    assert ("TreeSHAP" in text) is (family is not ModelFamily.LOGISTIC)
    assert [row[0] for row in under(text, "Compared")] == [CHECKED[name] for name in CHECKS[family]]
    for other in set(FAMILIES) - {family}:
        assert FAMILIES[other] not in text


def test_directions_and_protected_attributes_are_the_features(facts: CardFacts) -> None:
    text = card(facts)
    *_, directions = (rows[1:] for rows in tables(text) if rows[0][0] == "Theme")
    assert set(" ".join(row[1] for row in directions).split()) == {s.name for s in facts.specs if s.monotone == 1}
    assert set(" ".join(row[2] for row in directions).split()) == {s.name for s in facts.specs if s.monotone == -1}
    assert {row[0]: row[1] for row in under(text, "Attribute")} == {"sex": "out", "age": "in", "family status": "in"}
    ageless = tuple(spec for spec in facts.specs if spec.name == "EXT_SOURCE_1")
    told = card(replace(facts, specs=ageless, allowed=frozenset({Protected.AGE})))
    assert {row[0]: row[1] for row in under(told, "Attribute")} == {
        "sex": "out",
        "age": "out, though allowed",
        "family status": "out",
    }


def test_what_was_not_done_is_said(facts: CardFacts) -> None:
    text = card(replace(facts, comparison=None, governance=(), fairness=(), charts=()))
    for said in (
        "compared with no other",
        "was not measured. `python -m trainer compare",
        "by group were not measured",
    ):
        assert said in text
    assert "report.html" not in text
    assert "though the model draws on it: family status.**" in card(facts)
    alone = card(replace(facts, manifest=replace(facts.manifest, files={}), specs=facts.specs[-1:], tables=frozenset()))
    assert "Hashes of all files are in the bundle's `manifest.json`" in alone
    assert "the model reads the application alone" in alone


def test_a_failed_certificate_is_said_first(facts: CardFacts) -> None:
    first, *others = facts.certificate.checks
    failed = replace(facts.certificate, checks=(replace(first, differing=3), *others))
    text = card(replace(facts, certificate=failed))
    assert text.split("\n\n")[1] == (
        "> **NOT CERTIFIED.** The exported model differs from the fitted one (ordinary). Do not use it."
    )
    assert under(text, "Compared")[0][2] == "3"
    lacking = card(replace(facts, certificate=replace(facts.certificate, checks=(first,))))
    assert lacking.split("\n\n")[1].startswith("> **NOT CERTIFIED.** The certificate lacks checks")


def test_every_table_is_whole(facts: CardFacts) -> None:
    text = card(facts)
    for rows in tables(text):
        assert len(rows) > 1
        assert {len(row) for row in rows} == {len(rows[0])}
    # A row with more cells than its header would be cut, not refused.
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert len(lines) == sum(len(rows) + 1 for rows in tables(text))
    blocks = re.findall(r"(?:^\|.*\n?)+", text, re.MULTILINE)
    for block in blocks:
        assert len({len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in block.splitlines()}) == 1


def test_nothing_on_the_page_acts_or_is_fetched(facts: CardFacts, tmp_path: Path) -> None:
    markdown, html = write_card(tmp_path / "new", retold(facts, ModelFamily.FOREST, synthetic=True))
    assert (markdown.name, html.name) == ("model_card.md", "model_card.html")
    text = html.read_text(encoding="utf-8")
    page = Page(text)
    assert page.tags.isdisjoint({"script", "img", "iframe", "link", "object", "form"})
    assert not [name for name in page.attributes if name.startswith("on")]
    assert page.policy == "default-src 'none'; style-src 'unsafe-inline'"
    assert not re.search(r"@import|url\(", text)
    assert {link for link in page.links if not link.startswith("#")} == {"report.html", "calibration.png"}
    assert page.words.count(NASTY) >= 3
    assert "SYNTHETIC DATA" in page.words
    assert not re.search(r"https?://|//www", markdown.read_text(encoding="utf-8"))


def test_the_page_leads_to_every_section(facts: CardFacts, tmp_path: Path) -> None:
    _, html = write_card(tmp_path, facts)
    text = html.read_text(encoding="utf-8")
    sections = re.findall(r'<h2 id="(\w+)">', text)
    assert sections == re.findall(r'<a href="#(\w+)">', text)
    assert len(sections) == card(facts).count("\n## ")
