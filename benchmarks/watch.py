"""The drift test on windows drawn from rows that are not in its reference."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from benchmarks.populations import Places, Rows, Shift
from creditrisk.drift.homogeneity import LEVEL, Homogeneity, holm
from creditrisk.drift.layout import Layout
from creditrisk.drift.reference import ALL
from creditrisk.drift.statistics import LARGE, MODERATE, chi_square, psi

CAP = 20_000
"""Events that a stream has at most."""

Flags = NDArray[np.bool_]
P = NDArray[np.float64]
Counts = Sequence[NDArray[np.int64]]


class Watch:
    """The tests against the reference of ``rows``, and the rows ``others`` that windows are drawn from."""

    def __init__(self, rows: Rows, others: Rows, shifted: Sequence[Shift] = ()) -> None:
        self.others = len(others)
        self.reference = rows.reference()
        self.layout = Layout(self.reference)
        self.names = [quantity.name for quantity in self.reference.quantities]
        self.segments = list(self.reference.segments)
        self._tests = [Homogeneity(self.reference.quantities, one.counts) for one in self.reference.segments.values()]
        scored = others.scored()
        self._bins, self._grid = self.layout.bins(scored)
        self._decisions = scored.decisions
        place = {name: place for place, name in enumerate(self.segments)}
        self._segment = np.array([place.get(name, 0) for name in others.contract_types])

        self._at = np.array([self.layout.at[shift.feature] for shift in shifted], dtype=np.int64)
        self._share = np.array([shift.share for shift in shifted])
        self._changed = np.zeros((len(others), len(shifted)), dtype=np.uint8)
        for place_, (shift, at) in enumerate(zip(shifted, self._at, strict=True)):
            values = shift.change(others.vectors[:, at])
            self._changed[:, place_] = self.reference.quantities[at].bins_of(values)

    def counts(self, window: Places) -> Counts:
        """Counts of each segment."""
        parts = [window[self._segment[window] == place] for place in range(len(self.segments))]
        counted = [self.layout.count(self._bins[part], self._grid[part], self._decisions[part]) for part in parts]
        return [np.sum(counted, axis=0), *counted[1:]]

    def p(self, counts: Counts) -> P:
        """P-values (segments, quantities)."""
        pairs = zip(self._tests, counts, strict=True)
        return np.stack([test.test(self.layout.quantities(one)).p for test, one in pairs])

    def shifted(self, window: Places, random: np.random.Generator) -> P:
        """P-values of each shift's quantity under the shift (segments, shifts)."""
        hit = random.random((len(window), len(self._at))) < self._share
        bins = np.where(hit, self._changed[window], self._bins[np.ix_(window, self._at)])
        quantities = [self.reference.quantities[at] for at in self._at]
        found = []
        for place, segment in enumerate(self.reference.segments.values()):
            rows = bins if place == 0 else bins[self._segment[window] == place]
            counts = [np.bincount(one, minlength=quantities[i].bins) for i, one in enumerate(rows.T)]
            found.append(Homogeneity(quantities, [segment.counts[at] for at in self._at]).test(counts).p)
        return np.stack(found)

    def caught(self, p: P, shifted: P) -> Flags:
        """Whether each shift alarms on its quantity, all others being as they are (shifts,)."""
        found = []
        for place, at in enumerate(self._at):
            family = p.copy()
            family[:, at] = shifted[:, place]
            found.append(alarms(family)[:, at].any())
        return np.array(found)

    def conventional(self, counts: Counts) -> tuple[bool, bool, bool]:
        """Whether any feature's PSI passes either band, and whether chi-square alarms on anything."""
        features = zip(self.reference.segments[ALL].counts, self.layout.quantities(counts[0]), strict=True)
        largest = max(psi(was, now) for was, now in list(features)[: self.layout.features])
        tables = (
            chi_square(was, now)
            for segment, one in zip(self.reference.segments.values(), counts, strict=True)
            for was, now in zip(segment.counts, self.layout.quantities(one), strict=True)
        )
        statistic, freedom = np.array(list(tables)).T
        least = chi2.sf(statistic[freedom > 0], freedom[freedom > 0]).min()
        return largest > MODERATE, largest > LARGE, bool(least * len(statistic) <= LEVEL)

    def delay(self, events: Places, width: int, random: np.random.Generator) -> NDArray[np.float64]:
        """Events until each shift has alarmed, infinite where it does not (shifts,)."""
        found = np.full(len(self._at), np.inf)
        for end in range(width, len(events) + 1, width):
            window = events[end - width : end]
            caught = self.caught(self.p(self.counts(window)), self.shifted(window, random))
            found[caught & np.isinf(found)] = end
            if not np.isinf(found).any():
                break
        return found


def alarms(p: P) -> Flags:
    return np.asarray(holm(p.ravel()).reshape(p.shape) <= LEVEL)
