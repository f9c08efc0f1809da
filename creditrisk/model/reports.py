"""What is to be read of a model: the reports sealed in its bundle, and the list of its charts in words.

``reports/index.json`` lists the charts, in the order of the report's page, so that no reader need parse HTML.
Bundles that were sealed before there was one are read without it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import Final

from creditrisk.errors import InvalidBundle, NotFound
from creditrisk.model.bundle import CERTIFICATE, Bundle

REPORTS: Final = "reports"
"""Folder of the reports in a bundle."""
INDEX: Final = "index.json"
CARD: Final = ("model_card.html", "model_card.md")
PAGE: Final = "report.html"
METRICS: Final = "metrics.json"
IMPORTANCE: Final = "feature_importance.csv"
OWN: Final = (CERTIFICATE, METRICS, IMPORTANCE)
"""Files beside the folder that tell of the model."""
OF_A_CHART: Final = (".png", ".json")
MEDIA_TYPES: Final[Mapping[str, str]] = {
    ".html": "text/html",
    ".md": "text/markdown",
    ".csv": "text/csv",
    ".png": "image/png",
    ".json": "application/json",
}
"""By suffix; a file of another is no report."""


@dataclass(frozen=True, slots=True)
class ChartText:
    """A chart in words. ``name``: its files' stem; ``section``: its part of the report.

    ``finding`` says in a sentence what is to be seen, ``basis`` what the numbers are of and how they were got.
    """

    name: str
    section: str
    title: str
    finding: str
    basis: str


@dataclass(frozen=True, slots=True)
class Report:
    """A file to read: its ``path`` in the bundle, ``size`` in bytes, ``sha256`` in hex; ``chart``: the one it shows."""

    path: str
    media_type: str
    size: int
    sha256: str
    chart: ChartText | None

    @property
    def name(self) -> str:
        """The file's name without its folder, of which a bundle has one."""
        return PurePosixPath(self.path).name


def index(charts: Sequence[ChartText]) -> str:
    """The list of charts as JSON, in their order."""
    return json.dumps({"charts": [asdict(chart) for chart in charts]}, indent=1, ensure_ascii=False)


def reports(bundle: Bundle) -> tuple[Report, ...]:
    """The reports of ``bundle`` in reading order: card, page, charts as the page has them, figures. Blocking.

    Raises:
        InvalidBundle: the list of charts cannot be read, or a file is gone.
    """
    charts = _charts(bundle)
    # Were a chart called as one of the figures, the figures would stand.
    files = sorted(bundle.manifest.files, key=lambda path: (path in OWN, path))
    paths = {PurePosixPath(path).name: path for path in files if _is_report(path)}
    of_charts = [f"{name}{suffix}" for name in charts for suffix in OF_A_CHART]
    order = dict.fromkeys((*CARD, PAGE, *of_charts, *(name for name in paths if name not in OWN), *OWN))
    return tuple(_report(bundle, paths[name], charts) for name in order if name in paths)


def read_report(bundle: Bundle, name: str) -> tuple[Report, bytes]:
    """The report of ``bundle`` with a name, and its bytes. Blocking.

    Raises:
        NotFound: there is no such report; no other file of the bundle is read.
        InvalidBundle: the file changed since the bundle was opened.
    """
    for report in reports(bundle):
        if report.name == name:
            return report, bundle.read(report.path)
    raise NotFound(f"bundle {bundle.hash} has no report {name[:80]!r}")


def _is_report(path: str) -> bool:
    if path in OWN:
        return True
    at = PurePosixPath(path)
    return str(at.parent) == REPORTS and at.name != INDEX and at.suffix in MEDIA_TYPES


def _report(bundle: Bundle, path: str, charts: Mapping[str, ChartText]) -> Report:
    at = PurePosixPath(path)
    try:
        size = (bundle.directory / path).stat().st_size
    except OSError as error:
        raise InvalidBundle(f"{bundle.directory / path}: cannot be read ({error.strerror})") from error
    chart = charts.get(at.stem) if at.suffix in OF_A_CHART and path not in OWN else None
    return Report(path, MEDIA_TYPES[at.suffix], size, bundle.manifest.files[path], chart)


def _charts(bundle: Bundle) -> dict[str, ChartText]:
    """The charts that the bundle lists, by name and in order; none where it has no list."""
    path = f"{REPORTS}/{INDEX}"
    if path not in bundle.manifest.files:
        return {}
    try:
        listed = [ChartText(**one) for one in json.loads(bundle.read(path))["charts"]]
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidBundle(f"{bundle.directory / path}: not a list of charts ({error!r})") from error
    return {chart.name: chart for chart in listed}
