"""A window against the reference: every quantity of every segment measured, tested, judged as one family."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from creditrisk.drift import statistics
from creditrisk.drift.homogeneity import LEVEL, Homogeneity, holm
from creditrisk.drift.layout import Layout
from creditrisk.drift.quantity import Quantity
from creditrisk.drift.reference import ALL, DECISION, DECISIONS

Counts = NDArray[np.int64]
NO_SEGMENT: Final = ""
"""Under this name rows are kept whose contract type is no segment of the reference; they are in ALL."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One quantity of one segment against the reference.

    ``p`` is None where it is not tested: the decision, where rows were decided by more than the reference's
    threshold. ``adjusted_p``: over the family; an alarm at ``LEVEL`` or less. ``change`` says in words what
    changed most.
    """

    quantity: Quantity
    labels: tuple[str, ...]
    reference: Counts
    window: Counts
    psi: float
    jensen_shannon: float
    wasserstein: float | None
    kolmogorov_smirnov: float | None
    chi_square: tuple[float, int] | None
    p: float | None
    adjusted_p: float | None
    change: str

    @property
    def alarm(self) -> bool:
        """Whether the family's test says that it drifted."""
        return self.adjusted_p is not None and self.adjusted_p <= LEVEL


@dataclass(frozen=True, slots=True)
class Compared:
    """A segment of a window: its rows, its quantities in the layout's order, its counts (layout.size,)."""

    rows: int
    quantities: tuple[Measured, ...]
    counts: Counts


class Monitor:
    """Compares windows of one bundle's decisions with its reference."""

    def __init__(self, layout: Layout, categories: Mapping[str, Sequence[str]]) -> None:
        """Compare in ``layout``; ``categories``: by feature, what each code means.

        ``labels``: by quantity, what each of its bins holds, in words.
        """
        self.layout = layout
        reference = layout.reference
        self.labels = tuple(_labels(one, {**categories, DECISION: DECISIONS}) for one in reference.quantities)
        self._tests = {
            name: Homogeneity(reference.quantities, segment.counts) for name, segment in reference.segments.items()
        }

    def compare(self, by_segment: Mapping[str, Counts]) -> dict[str, Compared]:
        """Compare counts (layout.size,) by segment, as stored; ALL, which is their sum, comes first."""
        nothing = np.zeros(self.layout.size, dtype=np.int64)
        total = {ALL: sum(by_segment.values(), start=nothing)}
        total |= {name: counts for name, counts in sorted(by_segment.items()) if name in self._tests}
        rows = {name: int(self.layout.margins(counts).sum()) for name, counts in total.items()}
        parts = {name: self.layout.quantities(counts) for name, counts in total.items()}
        answers = {name: self._tests[name].test(parts[name]) for name in total}
        tested = {name: np.ones(len(parts[name]), dtype=bool) for name in total}
        for name, counts in parts.items():
            tested[name][self.layout.at[DECISION]] = int(counts[self.layout.at[DECISION]].sum()) == rows[name]
        family = np.concatenate([answers[name].p[tested[name]] for name in total])
        adjusted = iter(holm(family).tolist())
        compared = {}
        for name in total:
            found = []
            for place, (p, question) in enumerate(zip(answers[name].p, answers[name].question, strict=True)):
                judged = (float(p), next(adjusted)) if tested[name][place] else (None, None)
                found.append(self._measure(name, place, parts[name][place], int(question), *judged))
            compared[name] = Compared(rows[name], tuple(found), total[name])
        return compared

    def _measure(
        self, segment: str, place: int, window: Counts, question: int, p: float | None, adjusted: float | None
    ) -> Measured:
        quantity = self.layout.reference.quantities[place]
        reference = self.layout.reference.segments[segment].counts[place]
        number = quantity.kind == "number"
        return Measured(
            quantity,
            self.labels[place],
            reference,
            window,
            statistics.psi(reference, window),
            statistics.jensen_shannon(reference, window),
            statistics.wasserstein(quantity, reference, window) if number else None,
            statistics.kolmogorov_smirnov(reference, window) if number else None,
            None if number else statistics.chi_square(reference, window),
            p,
            adjusted,
            _change(quantity, self.labels[place], reference, window, question),
        )


def _labels(quantity: Quantity, categories: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """What each bin holds, in words."""
    if quantity.kind == "code":
        meaning = categories.get(quantity.name, ())
        known = [meaning[int(code)] if code < len(meaning) else f"{code:g}" for code in quantity.cuts]
        return ("missing", *known, "unseen")
    cuts = [f"{cut:.6g}" for cut in quantity.cuts]
    if not cuts:
        return ("missing", "unseen")
    between = [f"to {cut}" for cut in cuts[1:]]
    return ("missing", f"under {cuts[0]}", *between, f"over {cuts[-1]}")


def _change(quantity: Quantity, labels: tuple[str, ...], reference: Counts, window: Counts, question: int) -> str:
    """The question that says most, with both shares."""
    if question < 0:
        return ""
    if question == 0:
        shares = [one[0] / max(one.sum(), 1) for one in (window, reference)]
        return f"missing: {shares[0]:.2%}, reference {shares[1]:.2%}"
    known = [one[1:] / max(one[1:].sum(), 1) for one in (window, reference)]
    if quantity.kind == "code":
        name, shares = labels[question], [one[question - 1] for one in known]
    elif question == 1:
        name, shares = labels[1], [one[0] for one in known]
    else:
        name, shares = f"at most {quantity.cuts[question - 1]:.6g}", [one[:question].sum() for one in known]
    return f"{name}: {shares[0]:.2%} of known values, reference {shares[1]:.2%}"
