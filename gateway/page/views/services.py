"""How the services are, and what is missing without each."""

from collections.abc import Mapping
from datetime import datetime

from gateway.page.render import render
from gateway.services import DOWN, SERVING
from gateway.texts import Language


def services(health: Mapping[str, str], asked: datetime, language: Language) -> str:
    """The card of each service's word on its ``health``, and when it was ``asked`` for (UTC)."""
    say = language.say
    without = {
        "feature": say("nothing new can be scored; features are shown by their short names"),
        "scoring": say("no application is decided on, and no decision can be looked up"),
        "explain": say("decisions are made and recorded; their reasons have to wait"),
        "drift": say("decisions go on and are counted later; this tab is empty meanwhile"),
    }
    words = {SERVING: say("serving"), "NOT_SERVING": say("not serving"), DOWN: say("does not answer")}
    rows = [(name, said == SERVING, words.get(said, said), without.get(name, "")) for name, said in health.items()]
    return render("services", language, rows=rows, asked=language.time(asked))
