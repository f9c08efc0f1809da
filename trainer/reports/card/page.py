"""The card as a page: for a screen, for A4, with nothing to fetch and nothing that runs."""

from html import escape
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from trainer.reports.style import STYLE
from trainer.reports.theme import VERMILION

_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
"""Nothing may be fetched, nothing may run."""
_STYLE: Final = f"""{STYLE}
body {{ max-width: 860px; }} h2 {{ font-size: 1.35rem; }} h3 {{ margin-top: 1.6rem; font-size: 1.1rem; }}
blockquote {{ margin: 1rem 0; padding: .1rem .9rem; border-left: 5px solid {VERMILION}; background: #fff3d6; }}
.table {{ overflow-x: auto; margin: 1rem 0; }} li {{ margin: .35rem 0; }}
nav ul {{ list-style: none; padding: 0; }} nav li {{ margin: 0 0 .2rem; }}
table {{ border-collapse: collapse; width: 100%; font-size: .85rem; line-height: 1.35; }}
th, td {{ text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0; border-bottom: 1px solid #ddd; }}
th {{ border-bottom: 1px solid #767676; }} td {{ overflow-wrap: break-word; }}
td:first-child:not([style]) {{ min-width: 6rem; }} td:has(code) {{ min-width: 11rem; }}
td[style] {{ white-space: nowrap; font-variant-numeric: tabular-nums; }}
code {{ font-size: .85em; overflow-wrap: anywhere; }}
pre {{ background: #f4f4f4; padding: .7rem; white-space: pre-wrap; }}
@media print {{
  @page {{ size: A4; margin: 18mm 16mm; }}
  body {{ font-size: 10pt; max-width: none; margin: 0; padding: 0; }} table {{ font-size: 8pt; }}
  tr, blockquote {{ break-inside: avoid; }} thead {{ display: table-header-group; }}
  .table {{ overflow: visible; }}
}}
"""


def page(title: str, markdown: str) -> str:
    """``markdown``, a card, as HTML; markup of its own in it, whoever wrote it, is shown as text."""
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    reader.add_render_rule("table_open", _table_open)
    reader.add_render_rule("table_close", _table_close)
    tokens = reader.parse(markdown)
    links: list[str] = []
    for at, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag == "h2":
            anchor = f"s{len(links) + 1}"
            token.attrSet("id", anchor)
            links.append(f'<li><a href="#{anchor}">{escape(_text(tokens[at + 1]))}</a></li>')
    body = reader.renderer.render(tokens, reader.options, {})
    head, first, rest = body.partition("<h2")
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>\n'
        f"<body>{head}<nav><ul>{''.join(links)}</ul></nav>\n{first}{rest}</body></html>\n"
    )


def _text(heading: Token) -> str:
    """The words of a heading."""
    return "".join(part.content for part in heading.children or ())


def _table_open(*_: Any) -> str:
    return '<div class="table"><table>'


def _table_close(*_: Any) -> str:
    return "</table></div>\n"
