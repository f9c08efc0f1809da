"""One page of all charts, to explore: it opens from disk and asks no network."""

import json
from html import escape
from typing import Final

import vl_convert

from trainer.reports.chart import Chart, Report, Section
from trainer.reports.style import STYLE
from trainer.reports.theme import WIDTH

_POLICY: Final = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
"""Nothing may be fetched from anywhere, and no text be compiled to code: Vega interprets its expressions (``ast``)."""
_STYLE: Final = f"""{STYLE}
figure {{ margin: 2rem 0; overflow-x: auto; }} figure p {{ margin: .2rem 0 .8rem; }}
@media screen and (max-width: {WIDTH}px) {{ .chart::before {{ content: "↔ scroll sideways"; font-size: .7rem; }} }}
@media print {{ figure {{ break-inside: avoid; overflow: visible; }} summary {{ display: none; }} }}
"""
_LIBRARIES: Final = "window.vegaEmbed = vegaEmbed;"
_DRAW: Final = """
for (const figure of document.querySelectorAll("figure")) {
  const specification = JSON.parse(figure.querySelector("script").textContent);
  const actions = {export: true, source: false, compiled: false, editor: false};
  const options = {actions, ast: true, renderer: "svg", downloadFileName: figure.id};
  vegaEmbed(figure.querySelector(".chart"), specification, options);
}
"""


def page(report: Report, vega_lite: str) -> str:
    """The page as HTML, with everything it needs in it; drawn by that version of Vega-Lite."""
    source = escape(report.source.line)
    kind = ' class="synthetic"' if report.source.synthetic else ' class="source"'
    sections = report.by_section()
    body = "".join(_section(section, charts) for section, charts in sections)
    links = "".join(
        f'<li><a href="#{chart.name}">{escape(chart.title)}</a></li>' for _, some in sections for chart in some
    )
    library = vl_convert.javascript_bundle(_LIBRARIES, vega_lite)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(report.title)}</title>'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>\n'
        f"<body><h1>{escape(report.title)}</h1><p{kind}>{source}</p><nav><ul>{links}</ul></nav>\n{body}"
        f'<script type="module">{library}\n{_DRAW}</script></body></html>\n'
    )


def _section(section: Section, charts: list[Chart]) -> str:
    return f"<section><h2>{escape(section)}</h2>\n{''.join(map(_figure, charts))}</section>\n"


def _figure(chart: Chart) -> str:
    specification = json.dumps(chart.picture(), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    # As an escape, "<" cannot end the script element that the JSON stands in.
    specification = specification.replace("<", "\\u003c")
    return (
        f'<figure id="{chart.name}"><h3>{escape(chart.title)}</h3><p>{escape(chart.finding)}</p>'
        f'<div class="chart" role="img" aria-label="{escape(chart.finding)}"></div>'
        f"<figcaption>{escape(chart.basis)}</figcaption>"
        f'<script type="application/json">{specification}</script></figure>\n'
    )
