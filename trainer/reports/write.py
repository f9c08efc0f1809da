"""From charts to files: a PNG and a JSON of each, and one page of all."""

import json
from pathlib import Path
from typing import Final

import vl_convert

from creditrisk.errors import InvalidData
from trainer.reports.chart import Chart, Report, Source
from trainer.reports.page import page
from trainer.reports.theme import PIXELS_PER_INCH

PAGE: Final = "report.html"
VEGA_LITE: Final = "6.4"
PPI: Final = 220
"""Dots per inch on paper."""
_SCREEN: Final = 72
"""Units per inch that the renderer assumes of a chart."""


def write_report(folder: Path, report: Report) -> tuple[Path, ...]:
    """Write ``<name>.png`` and ``<name>.json`` of each chart, and ``report.html``, to ``folder``; their paths.

    Raises:
        InvalidData: two charts have one name.
    """
    names = [chart.name for chart in report.charts]
    if again := {name for name in names if names.count(name) > 1}:
        raise InvalidData(f"two charts are called {min(again)}; name each differently")
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for chart in report.charts:
        picture, data = folder / f"{chart.name}.png", folder / f"{chart.name}.json"
        picture.write_bytes(png(chart, report.source))
        data.write_text(_document(chart, report.source), encoding="utf-8")
        written += [picture, data]
    whole = folder / PAGE
    whole.write_text(page(report, VEGA_LITE), encoding="utf-8")
    return (*written, whole)


def png(chart: Chart, source: Source) -> bytes:
    """The chart as a picture for A4, ``PPI`` dots per inch."""
    return vl_convert.vegalite_to_png(
        chart.page(source), vl_version=VEGA_LITE, ppi=PPI, scale=_SCREEN / PIXELS_PER_INCH, allowed_base_urls=[]
    )


def _document(chart: Chart, source: Source) -> str:
    """The numbers of a chart, with all that is said about them."""
    document = {
        "title": chart.title,
        "finding": chart.finding,
        "basis": chart.basis,
        "source": {
            "data": source.data,
            "rows": source.rows,
            "date": source.day.isoformat(),
            "synthetic": source.synthetic,
        },
        "data": chart.data(),
    }
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)
