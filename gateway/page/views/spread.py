"""How PDs spread over the scale of log-odds, by decision, with the thresholds."""

from collections.abc import Mapping, Sequence

from gateway.page.render import render
from gateway.page.views.gauge import TICKS, at, place
from gateway.texts import Language


def spread(
    bins: Sequence[Mapping[str, int]], thresholds: Sequence[float], words: Mapping[str, str], language: Language
) -> str:
    """The figure of ``bins``, equally wide from the left, with rows by decision; ``words`` name the decisions."""
    say = language.say
    high = max((sum(one.values()) for one in bins), default=0) or 1
    width = 100.0 / len(bins)
    columns, numbers = [], []
    for number, one in enumerate(bins):
        low, up = language.percent(at(number * width)), language.percent(at((number + 1) * width))
        reach = say("{low} to {high}", low=low, high=up)
        if number in {0, len(bins) - 1}:
            reach = say("under {pd}", pd=up) if number == 0 else say("{pd} and over", pd=low)
        bottom = 0.0
        parts = []
        for decision, rows in one.items():
            if rows:
                parts.append((decision, bottom, 100 * rows / high))
                bottom += 100 * rows / high
        columns.append((number * width, width, parts))
        if any(one.values()):
            numbers.append((reach, list(one.values())))
    return render(
        "spread",
        language,
        title=say("Probabilities of default, on a scale of log-odds"),
        columns=columns,
        rules=[(place(one), say("threshold {pd}", pd=language.percent(one))) for one in thresholds],
        ticks=[(place(tick), language.percent(tick, 0)) for tick in TICKS],
        names=[(decision, words[decision]) for decision in (bins[0] if bins else ())],
        numbers=numbers,
    )
