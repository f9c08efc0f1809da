"""From charts to files: a PNG and a JSON of each, one page of all, and their list."""

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Final

import vl_convert
from PIL import Image

from creditrisk.errors import InvalidData
from creditrisk.model.reports import INDEX, PAGE, index
from trainer.reports.chart import Chart, Report, Source
from trainer.reports.page import page
from trainer.reports.theme import PIXELS_PER_INCH

VEGA_LITE: Final = "6.4"
PPI: Final = 220
"""Dots per inch on paper."""
_SCREEN: Final = 72
"""Units per inch that the renderer assumes of a chart."""


def write_report(
    folder: Path, report: Report, told: Callable[[float, str], None] = lambda _, __: None
) -> tuple[Path, ...]:
    """Write ``<name>.png`` and ``<name>.json`` of each chart, ``index.json`` and ``report.html`` to ``folder``.

    The paths of all of them are returned, the page's last.

    ``told`` hears how many charts are drawn, and which is next.

    Raises:
        InvalidData: two charts have one name.
    """
    names = [chart.name for chart in report.charts]
    if again := {name for name in names if names.count(name) > 1}:
        raise InvalidData(f"two charts are called {min(again)}; name each differently")
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for done, chart in enumerate(report.charts):
        told(done, chart.name)
        picture, data = folder / f"{chart.name}.png", folder / f"{chart.name}.json"
        picture.write_bytes(png(chart, report.source))
        data.write_text(_document(chart, report.source), encoding="utf-8")
        written += [picture, data]
    listed, whole = folder / INDEX, folder / PAGE
    listed.write_text(index([chart.text for _, charts in report.by_section() for chart in charts]), encoding="utf-8")
    whole.write_text(page(report, VEGA_LITE), encoding="utf-8")
    return (*written, listed, whole)


def png(chart: Chart, source: Source) -> bytes:
    """The chart as a picture for A4, ``PPI`` dots per inch."""
    drawn = vl_convert.vegalite_to_png(
        chart.page(source), vl_version=VEGA_LITE, ppi=PPI, scale=_SCREEN / PIXELS_PER_INCH, allowed_base_urls=[]
    )
    # A chart has few colours: with a palette of 256 it takes an eighth of the room, and looks the same.
    with Image.open(BytesIO(drawn)) as picture:
        few = picture.convert("RGB").quantize(256, dither=Image.Dither.NONE)
        few.save(written := BytesIO(), "PNG", optimize=True, dpi=picture.info["dpi"])
    return written.getvalue()


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
