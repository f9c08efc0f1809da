"""A bundle's charts, section by section: what each shows in words, its picture or its lines, and its numbers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from creditrisk.api.explain.v1 import explain_pb2 as pb
from gateway.page.model.files import PICTURE, address
from gateway.page.render import render
from gateway.page.views.curves import DRAWN, curves
from gateway.texts import Language


@dataclass(slots=True)
class _Charted:
    """A chart: its text and the addresses of its files; ``figures``: drawn from its numbers, in place of the picture.

    ``title`` and so on are in the bundle's English; ``title`` alone is there where the bundle has no list of charts.
    """

    title: str
    finding: str = ""
    basis: str = ""
    picture: str = ""
    numbers: str = ""
    figures: list[str] = field(default_factory=list)


def charts(listed: pb.ListReportsResponse, numbers: Mapping[str, bytes], language: Language) -> str:
    """The card of the charts of a bundle; ``numbers``: contents of reports by name, of charts that are drawn anew."""
    sections: dict[str, dict[str, _Charted]] = {}
    for one in _of_charts(listed.reports):
        stem = one.name.rpartition(".")[0]
        told = one.chart
        title = told.title or stem.replace("_", " ")
        shown = sections.setdefault(told.section, {}).setdefault(stem, _Charted(title, told.finding, told.basis))
        at = address(listed.bundle_hash, one.name)
        if one.media_type == PICTURE:
            shown.picture = at
        else:
            shown.numbers = at
            if stem in DRAWN and one.name in numbers:
                shown.figures = curves(stem, numbers[one.name], language)
    return render("charts", language, sections=[(name, list(found.values())) for name, found in sections.items()])


def _of_charts(reports: Iterable[pb.Report]) -> list[pb.Report]:
    """Reports that are charts; without a list of them, every picture and the numbers beside one."""
    found = list(reports)
    pictured = {one.name.rpartition(".")[0] for one in found if one.media_type == PICTURE}
    return [one for one in found if one.HasField("chart") or one.name.rpartition(".")[0] in pictured]
