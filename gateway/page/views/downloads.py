"""What a bundle holds to take away."""

from typing import Final

from creditrisk.api.explain.v1 import explain_pb2 as pb
from gateway.page.model.files import address
from gateway.page.render import render
from gateway.texts import Language

KILO: Final = 1_000


def downloads(listed: pb.ListReportsResponse, language: Language) -> str:
    """Links to the reports of a bundle that are no chart of their own."""
    say = language.say
    names = {
        "report.html": say("Whole report (HTML)"),
        "model_card.html": say("Model card (HTML)"),
        "model_card.md": say("Model card (Markdown)"),
        "certificate.json": say("Certificate (JSON)"),
        "metrics.json": say("Measures (JSON)"),
        "feature_importance.csv": say("Importance of features (CSV)"),
    }
    found = [
        (
            names[one.name],
            address(listed.bundle_hash, one.name),
            say("{size} kB", size=language.number(max(one.size_bytes / KILO, 1))),
            one.sha256,
        )
        for one in listed.reports
        if one.name in names
    ]
    return render("downloads", language, bundle=listed.bundle_hash, files=found)
