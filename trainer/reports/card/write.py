"""The sections put together, and written."""

from collections.abc import Callable
from pathlib import Path
from typing import Final
from urllib.parse import quote

from creditrisk.model.reports import CARD, PAGE
from trainer.reports.card.assurance import certificate, monitoring, reproduction
from trainer.reports.card.cautions import ethics, limits
from trainer.reports.card.compared import others, rules
from trainer.reports.card.facts import CardFacts
from trainer.reports.card.fairness import fairness
from trainer.reports.card.inputs import data, directions, features
from trainer.reports.card.markdown import bullets, plain
from trainer.reports.card.overview import basis, details, ownership, summary, title, use, warnings
from trainer.reports.card.page import page
from trainer.reports.card.results import calibration, performance, threshold

_SECTIONS: Final[dict[str, Callable[[CardFacts], str]]] = {
    "Summary": summary,
    "Ownership and approval": ownership,
    "Model details": details,
    "Intended use": use,
    "Data": data,
    "Features": features,
    "Performance": performance,
    "Calibration": calibration,
    "Threshold": threshold,
    "Other models": others,
    "Attributes and constraints": rules,
    "Fairness": fairness,
    "Exactness of what is served": certificate,
    "Monitoring": monitoring,
    "Limits and risks": limits,
    "Ethical considerations": ethics,
    "Reproduction": reproduction,
    "Directions of features": directions,
}


def card(facts: CardFacts) -> str:
    """The card in GitHub-flavoured Markdown."""
    sections = [f"## {number}. {name}\n\n{of(facts)}" for number, (name, of) in enumerate(_SECTIONS.items(), start=1)]
    if facts.charts:
        links = [f"[{plain(name)}]({quote(stem)}.png)" for stem, name in facts.charts]
        every = bullets((f"[All of them, to explore]({PAGE})", *links))
        sections.append(f"## {len(sections) + 1}. Charts\n\n{every}")
    return "\n\n".join((f"# {plain(title(facts))}", *warnings(facts), basis(facts), *sections)) + "\n"


def write_card(folder: Path, facts: CardFacts) -> tuple[Path, Path]:
    """Write ``model_card.md`` and ``model_card.html`` to ``folder``; their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    text = card(facts)
    html, markdown = (folder / name for name in CARD)
    markdown.write_text(text, encoding="utf-8")
    html.write_text(page(title(facts), text), encoding="utf-8")
    return markdown, html
