"""A model card: its Markdown as sections that open, whatever is in it shown as text."""

from collections.abc import Iterable, Mapping
from itertools import count
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup, escape

from gateway.page.render import render
from gateway.texts import Language

LOWEST: Final = 6
LINK: Final = ("link_open", "link_close")


def card(markdown: str, addresses: Mapping[str, str], language: Language) -> str:
    """The card that ``markdown`` is.

    Its headings go one level down, under the page's. Markup in it is text, no picture of it is fetched, and links
    lead nowhere but to ``addresses`` by name: those of the bundle's reports.
    """
    reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    lead: list[Token] = []
    sections: list[tuple[str, list[Token]]] = []
    tokens = reader.parse(markdown)
    for place, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag == "h2" and not token.level:
            sections.append((_text(tokens[place + 1]), []))
        (sections[-1][1] if sections else lead).append(token)
    # The first three tokens of a section are its heading.
    bodies = [(title, _body(reader, found[3:], addresses, title)) for title, found in sections]
    return render("card", language, lead=_body(reader, lead, addresses, ""), sections=bodies)


def _body(reader: MarkdownIt, tokens: list[Token], addresses: Mapping[str, str], title: str) -> Markup:
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = "p" if token.tag == "h1" else f"h{min(int(token.tag[1:]) + 1, LOWEST)}"
        if token.type == "th_open":
            token.attrSet("scope", "col")
        if token.type == "table_open":
            token.attrSet("class", "cr-table")
        if token.children:
            token.children = _linked(token.children, addresses)
    numbers = count(1)

    def begin(self: Any, tokens: list[Token], place: int, options: Any, env: Any) -> str:
        opened = self.renderToken(tokens, place, options, env)
        region = escape(f"{title} ({next(numbers)})")
        return f'<div class="cr-scroll" tabindex="0" role="region" aria-label="{region}">{opened}'

    def end(self: Any, tokens: list[Token], place: int, options: Any, env: Any) -> str:
        return f"{self.renderToken(tokens, place, options, env)}</div>"

    reader.add_render_rule("table_open", begin)
    reader.add_render_rule("table_close", end)
    # Without HTML of its own what is rendered is markdown-it's alone, all texts escaped.
    return Markup(reader.renderer.render(tokens, reader.options, {}))  # noqa: S704 - rendered with HTML off


def _linked(children: Iterable[Token], addresses: Mapping[str, str]) -> list[Token]:
    """A line with its links to ``addresses``; of any other the text stays."""
    kept, known = [], False
    for token in children:
        if token.type == "link_open":
            address = addresses.get(str(token.attrs.get("href", "")))
            known = address is not None
            token.attrs = {"href": address or "", "target": "_blank", "rel": "noopener"}
        if known or token.type not in LINK:
            kept.append(token)
    return kept


def _text(heading: Token) -> str:
    return "".join(part.content for part in heading.children or ())
