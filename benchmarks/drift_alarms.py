"""How often the drift test alarms when nothing changed, how often when something did, and after how many events.

Nothing changed: of all rows, permuted, the first 25,000 make a reference with its cuts, and windows are drawn
from the others without replacement, whole rows: the null is exactly true and the reference's own sampling
error is in it. PDs are out of fold. Beside it, on one window a reference: the bands of PSI (features, all
rows), and chi-square with Bonferroni over the same family. Windows of one reference are alike, so
intervals are Clopper-Pearson's at the effective number of windows (Korn and Graubard 1998).

The served model: a reference of one half of the rows with out-of-fold PDs and windows of the other half with
PDs of the model of the first, as in a deployment.

Something changed: one quantity of the same windows is shifted. An alarm counts on that quantity, in any
segment, adjusted over the whole family. Delays: streams of shifted rows drawn with replacement, in
tumbling windows of which the first begins with the shift, up to 20,000 events.

    python -m benchmarks.drift_alarms --home var --cache drift_pds.npz
"""

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import beta

from benchmarks.populations import Population, Rows, Shift, shifts
from benchmarks.watch import CAP, Flags, Watch, alarms
from creditrisk.drift.homogeneity import LEVEL
from creditrisk.drift.reference import ALL, DECISION, PD
from creditrisk.drift.statistics import kolmogorov_smirnov
from trainer.progress import bar

REFERENCE = 25_000
SIZES = (200, 500, 1_000, 2_000, 5_000, 10_000)
SERVED_SIZES = (200, 1_000, 2_000, 5_000)
SERVED_WINDOWS = 200
GRID = np.unique(np.geomspace(10, 10_000, 90).astype(int))
"""Sizes of the one look."""
TUMBLING = (500, 2_000)


@dataclass(frozen=True)
class Found:
    """What happened to the windows against one reference, by size.

    ``alarmed`` (sizes, windows, tests); ``low`` (sizes, tests), windows with a p-value of at most the level;
    ``usual`` (sizes, rules); ``power`` (sizes, windows, shifts); of a stream, if one was drawn:
    ``one_look`` (grid, shifts) and ``delays`` (widths, shifts).
    """

    tests: list[str]
    alarmed: Flags
    low: NDArray[np.int64]
    usual: Flags
    power: Flags
    one_look: Flags
    delays: NDArray[np.float64]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, default=Path("var"))
    parser.add_argument("--cache", type=Path, required=True, help="file (.npz) that keeps the models' PDs")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--references", type=int, default=1_250)
    parser.add_argument("--windows", type=int, default=4, help="of each size, a reference")
    parser.add_argument("--streams", type=int, default=250, help="at most one a reference")
    parser.add_argument("--splits", type=int, default=12, help="into halves, for the served model")
    chosen = parser.parse_args()
    population = Population(chosen.home, chosen.cache)
    rows = population.out_of_fold(chosen.seed)
    kinds, found = shifts(rows), []
    with bar("simulating", chosen.references) as told:
        for replicate in range(chosen.references):
            random = np.random.default_rng([chosen.seed, replicate])
            found.append(simulate(rows, kinds, random, chosen.windows, stream=replicate < chosen.streams))
            told.to(replicate + 1, f"{replicate + 1} references")
    report(found, kinds)
    served(population, chosen.seed, chosen.splits)


def simulate(rows: Rows, kinds: Sequence[Shift], random: np.random.Generator, windows: int, *, stream: bool) -> Found:
    order = random.permutation(len(rows))
    watch = Watch(rows.take(order[:REFERENCE]), rows.take(order[REFERENCE:]), kinds)
    tests = [f"{name} in {segment}" for segment in watch.segments for name in watch.names]
    found = Found(
        tests,
        alarmed=np.zeros((len(SIZES), windows, len(tests)), dtype=bool),
        low=np.zeros((len(SIZES), len(tests)), dtype=np.int64),
        usual=np.zeros((len(SIZES), 3), dtype=bool),
        power=np.zeros((len(SIZES), windows, len(kinds)), dtype=bool),
        one_look=np.zeros((len(GRID) * stream, len(kinds)), dtype=bool),
        delays=np.zeros((len(TUMBLING) * stream, len(kinds))),
    )
    for size, n in enumerate(SIZES):
        for window in range(windows):
            drawn = random.choice(watch.others, n, replace=False)
            counts = watch.counts(drawn)
            p = watch.p(counts)
            found.alarmed[size, window] = alarms(p).ravel()
            found.low[size] += p.ravel() <= LEVEL
            found.power[size, window] = watch.caught(p, watch.shifted(drawn, random))
            if window == 0:
                found.usual[size] = watch.conventional(counts)
    if stream:
        order = random.permutation(watch.others)
        for place, n in enumerate(GRID):
            found.one_look[place] = (watch.shifted(order[:n], random) * len(tests) <= LEVEL).any(axis=0)
        events = random.integers(watch.others, size=CAP)
        for place, width in enumerate(TUMBLING):
            found.delays[place] = watch.delay(events, width, random)
    return found


def report(found: Sequence[Found], kinds: Sequence[Shift]) -> None:
    tests, streams = found[0].tests, [one for one in found if len(one.delays)]
    alarmed = np.stack([one.alarmed for one in found], axis=1)  # sizes, references, windows, tests
    usual = np.mean([one.usual for one in found], axis=0)
    low = 100 * np.sum([one.low for one in found], axis=0) / alarmed[0, ..., 0].size
    power = np.mean([one.power for one in found], axis=(0, 2))
    one_look = np.mean([one.one_look for one in streams], axis=0)
    delays = np.quantile([one.delays for one in streams], (0.5, 0.9), axis=0, method="inverted_cdf")

    _, references, windows, _ = alarmed.shape
    print(f"Nothing changed: {references:,} references × {windows} windows a size, {len(tests)} tests; % of windows")
    table(
        ("n", "alarm (95 %)", "any PSI > 0.1", "any PSI > 0.25", "chi-square, Bonferroni"),
        ([f"{n:,}", share(alarmed[i].any(axis=-1)), *map(percent, usual[i])] for i, n in enumerate(SIZES)),
    )
    times = alarmed.sum(axis=(1, 2))  # sizes, tests
    for place in np.argsort(-times.sum(axis=0), kind="stable")[:10]:
        print(f"{tests[place]} alarmed in {times[:, place].tolist()} windows of {SIZES}")
    print(f"\n% of windows with p <= {LEVEL}, not adjusted: mean of the tests, and the most")
    for n, shares in zip(SIZES, low, strict=True):
        print(f"{n:6,}: {shares.mean():.2f}; {shares.max():.2f} ({tests[shares.argmax()]})")
    print("\nPower: % of windows that alarm on the shifted quantity")
    table(
        ("shift", *(f"n = {n:,}" for n in SIZES)),
        ([kind.name, *map(percent, power[:, i])] for i, kind in enumerate(kinds)),
    )
    print(f"Events until the alarm, median and 90th percentile of {len(streams)} streams; one look with 50 % power")
    table(
        ("shift", *(f"by {width:,}: {what}" for width in TUMBLING for what in ("median", "p90")), "one look"),
        ([kind.name, *map(events_of, delays[..., i].T.ravel()), half(one_look[:, i])] for i, kind in enumerate(kinds)),
    )


def served(population: Population, seed: int, splits: int) -> None:
    alarmed = {n: np.zeros((3, splits, SERVED_WINDOWS), dtype=bool) for n in SERVED_SIZES}
    whole = []
    for split in range(splits):
        random = np.random.default_rng([seed, split])
        rows, others = population.halves(seed + split)
        watch = Watch(rows, others)
        pd, decision = watch.layout.at[PD], watch.layout.at[DECISION]
        for n in SERVED_SIZES:
            for window in range(SERVED_WINDOWS):
                p = watch.p(watch.counts(random.choice(len(others), n, replace=False)))
                alone = np.asarray((p * p.size <= LEVEL).any(axis=0))
                alarmed[n][:, split, window] = alone[pd], alone[decision], alarms(p).any()
        counts = watch.counts(np.arange(len(others)))
        p = watch.p(counts)[0]
        distance = kolmogorov_smirnov(watch.reference.segments[ALL].counts[pd], watch.layout.quantities(counts[0])[pd])
        spreads = (f"{one.margins.std():.3f}" for one in (rows, others))
        declined = (percent(np.mean(one.pd >= watch.reference.threshold)) for one in (rows, others))
        whole.append([*spreads, *declined, f"{distance or 0:.4f}", f"{p[pd]:.2g}", f"{p[decision]:.2g}"])
    print(f"The served model, nothing changed: {splits} splits × {SERVED_WINDOWS} windows, % of windows that alarm")
    table(
        ("n", "PD alone", "DECISION alone", "the family"),
        ([f"{n:,}", *(percent(one.mean()) for one in alarmed[n])] for n in SERVED_SIZES),
    )
    print("The whole other half as one window, split by split; p-values are not adjusted")
    head = (
        "sd of margins, reference",
        "served",
        "% declined, reference",
        "served",
        "KS of PD",
        "p of PD",
        "p of DECISION",
    )
    table(head, whole)


def share(alarmed: Flags) -> str:
    """Per cent of ``alarmed`` (clusters, windows of each), with its interval."""
    clusters, each = alarmed.shape
    rate, windows, inflation = float(alarmed.mean()), float(alarmed.size), float(each)
    if 0 < rate < 1:
        inflation = max(1.0, float(alarmed.mean(axis=1).var(ddof=1)) / clusters / (rate * (1 - rate) / windows))
    windows /= inflation
    hits = rate * windows
    low = beta.ppf(0.025, hits, windows - hits + 1) if rate > 0 else 0.0
    high = beta.ppf(0.975, hits + 1, windows - hits) if rate < 1 else 1.0
    return f"{100 * rate:.2f} ({100 * low:.2f} to {100 * high:.2f})"


def half(power: NDArray[np.float64]) -> str:
    """The first size of the one look with 50 % power."""
    return f"{GRID[np.argmax(power >= 0.5)]:,}" if power.max() >= 0.5 else f"> {GRID[-1]:,}"


def events_of(delay: float) -> str:
    return f"{delay:,.0f}" if np.isfinite(delay) else f"> {CAP:,}"


def percent(part: float | np.floating) -> str:
    return f"{100 * part:.1f}"


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    lines = [list(head), *map(list, rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    print("\n".join(f"| {' | '.join(line)} |" for line in lines), end="\n\n", flush=True)


if __name__ == "__main__":
    main()
