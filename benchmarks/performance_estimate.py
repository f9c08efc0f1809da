"""Performance estimated without outcomes (CBPE) beside the realised one, under covariate shift of real rows.

Rows are cut into four parts, stratified; on three of them the model, its calibration and its outcome curve are fitted
as the trainer does it, and windows are drawn from the fourth without repeats, with weights of columns, never of
outcomes. Each part has its turn, for each seed. "If PDs were true": the same windows, outcomes redrawn from the PDs,
so what the chance of outcomes alone gives (2.5 to 97.5 %, ±: sd); the calibration's own error is not in it.

    python -m benchmarks.performance_estimate --home var --cache margins.npz
"""

import argparse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import log
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import rankdata
from sklearn.model_selection import StratifiedKFold

from creditrisk.application import ApplicationBatch
from creditrisk.drift.layout import EDGES, GRID
from creditrisk.drift.outcome_curve import fit_outcome_curve
from creditrisk.drift.performance import estimate, realise
from creditrisk.drift.reference import DECISIONS, Reference
from creditrisk.features.compute import FeaturePlan
from creditrisk.features.schema import learn
from creditrisk.model.calibration import fit_platt
from trainer.crossfit import cross_fit
from trainer.data import Dataset, load
from trainer.evaluation.costs import Costs
from trainer.families.family import Training
from trainer.features import feature_names
from trainer.frames import TARGET, to_batch
from trainer.options import Options
from trainer.progress import bar

Labels = NDArray[np.bool_]
Values = NDArray[np.float64]

SEEDS: Final = (3, 4)
"""Others (0, 1, 2) were looked at when the outcome curve was chosen over the calibration's line."""
PARTS: Final = 4
WINDOWS: Final = {2_000: 20, 5_000: 8}
"""Windows of a shift and part, by their rows."""
REDRAWN: Final = 40
"""Sets of outcomes redrawn from the PDs."""
ESS: Final = 0.5
"""Effective sample that a tilt leaves, as a share of the rows."""
FIGURES: Final = ("auc", "cost", "default_rate")
COSTS: Final = Costs()

TILTED: Final = {
    "age": -pl.col("DAYS_BIRTH"),
    "income": pl.col("AMT_INCOME_TOTAL"),
    "credit": pl.col("AMT_CREDIT"),
    "annuity / income": pl.col("AMT_ANNUITY") / pl.col("AMT_INCOME_TOTAL"),
    "credit / goods price": pl.col("AMT_CREDIT") / pl.col("AMT_GOODS_PRICE"),
    "external score 1": pl.col("EXT_SOURCE_1"),
    "external score 2": pl.col("EXT_SOURCE_2"),
    "external score 3": pl.col("EXT_SOURCE_3"),
    "time employed": pl.when(pl.col("DAYS_EMPLOYED") <= 0).then(-pl.col("DAYS_EMPLOYED")),
    "time since phone change": -pl.col("DAYS_LAST_PHONE_CHANGE"),
    "time since registration": -pl.col("DAYS_REGISTRATION"),
    "time since identity document": -pl.col("DAYS_ID_PUBLISH"),
    "population of region": pl.col("REGION_POPULATION_RELATIVE"),
    "hour of application": pl.col("HOUR_APPR_PROCESS_START"),
    "enquiries in a year": pl.col("AMT_REQ_CREDIT_BUREAU_YEAR"),
}
OVERSAMPLED: Final = {
    "revolving loans × 4": (pl.col("NAME_CONTRACT_TYPE") == "Revolving loans", 4),
    "region rating 3 × 5": (pl.col("REGION_RATING_CLIENT") == 3, 5),
    "higher education × 4": (pl.col("NAME_EDUCATION_TYPE") == "Higher education", 4),
    "not employed × 4": (pl.col("DAYS_EMPLOYED") > 0, 4),
    "labourers × 4": (pl.col("OCCUPATION_TYPE") == "Laborers", 4),
    "living with parents × 8": (pl.col("NAME_HOUSING_TYPE") == "With parents", 8),
    "no external score 1 × 4": (pl.col("EXT_SOURCE_1").is_null(), 4),
    "no external score 3 × 4": (pl.col("EXT_SOURCE_3").is_null(), 4),
}


@dataclass(frozen=True, slots=True)
class Part:
    """Scored rows (n,) that the model has not seen; ``rows``: their places among all."""

    rows: NDArray[np.intp]
    margins: Values
    target: Labels
    reference: Reference

    @property
    def pd(self) -> Values:
        return odds_to_pd(self.margins)

    @property
    def places(self) -> NDArray[np.intp]:
        """Each row's place in the counts by decision and margin."""
        decided = np.where(self.pd >= COSTS.threshold, DECISIONS.index("DECLINE"), DECISIONS.index("APPROVE"))
        return decided * GRID + np.searchsorted(EDGES, self.margins, side="right")


@dataclass(frozen=True, slots=True)
class Measured:
    """By part, shift, window and figure: ``estimated`` value, low and high (last axis), and what came true.

    ``outcomes``: realised figures, last axis: of the real outcomes, then of each redrawn set. ``pd``: means by window.
    """

    estimated: Values
    outcomes: Values
    pd: Values

    def errors(self, figure: str) -> Values:
        """Estimate less realised, mean over windows, by part, shift and set of outcomes; AUC as it is, others relative.

        Relative to the mean realised: a ratio window by window would overstate.
        """
        at = FIGURES.index(figure)
        apart = (self.estimated[:, :, :, at, :1] - self.outcomes[:, :, :, at]).mean(axis=2)
        return apart if figure == "auc" else apart / self.outcomes[:, :, :, at].mean(axis=(0, 2))

    def covered(self, figure: str) -> Values:
        """Share of windows whose interval holds the realised figure, by part, shift and set of outcomes."""
        at = FIGURES.index(figure)
        low, high = self.estimated[:, :, :, at, 1, None], self.estimated[:, :, :, at, 2, None]
        realised = self.outcomes[:, :, :, at]
        return ((low <= realised) & (realised <= high)).mean(axis=2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path("var"))
    parser.add_argument("--cache", type=Path, help="file that keeps the fitted parts' margins between runs")
    chosen = parser.parse_args()
    data = load(chosen.home / "data")
    parts = list(scored(data, chosen.cache))
    weights = shifts(data.train)
    print(
        f"{data.train.height:,} rows ({data.source}), {len(parts)} parts of {len(SEEDS)} seeds, "
        f"{len(weights) - 1} shifts"
    )
    for size, windows in WINDOWS.items():
        with bar(f"windows of {size:,} rows", len(parts) * len(weights)) as told:
            found = measure(parts, weights, size, windows, lambda done: told.to(done, "drawn"))
        print(f"\n{windows} windows of {size:,} rows for each shift and part\n")
        report_shifts(found, weights)
        report_overall(found)
    report_drift(parts)


def odds_to_pd(margins: Values) -> Values:
    return np.asarray(1 / (1 + np.exp(-margins)))


def scored(data: Dataset, cache: Path | None) -> Iterator[Part]:
    batch, target = to_batch(data.train), data.train[TARGET].to_numpy()
    kept = dict(np.load(cache)) if cache and cache.exists() else {}
    for seed in SEEDS:
        splitter = StratifiedKFold(PARTS, shuffle=True, random_state=seed)
        for side, (fitted, rest) in enumerate(splitter.split(np.zeros(len(target)), target)):
            name = f"{data.fingerprint}-{seed}-{side}"
            if name not in kept:
                kept[name] = margins(batch, target, fitted, seed)
                if cache:
                    np.savez(cache, **kept)
            calibration = fit_platt(kept[name][fitted], target[fitted])
            curve = fit_outcome_curve(calibration.apply(kept[name][fitted]), target[fitted])
            reference = Reference((), {}, COSTS.threshold, COSTS.false_negative, COSTS.false_positive, curve)
            yield Part(rest, calibration.apply(kept[name][rest]), target[rest] == 1, reference)


def margins(batch: ApplicationBatch, target: NDArray[np.int8], fitted: NDArray[np.intp], seed: int) -> Values:
    """Uncalibrated: out of fold for the rows ``fitted``, the whole model's for all others."""
    names, inside = feature_names(Options().allowed, frozenset()), batch.take(fitted)
    with bar(f"seed {seed}, cross-fitting {len(fitted):,} rows", 1.0) as told:
        crossed = cross_fit(inside, target[fitted], names, seed, told)
    schema = learn(inside, names)
    matrix = FeaturePlan(schema).compute(batch).matrix
    with bar(f"seed {seed}, fitting", 1.0) as told:
        model = crossed.family.fit(Training(schema.specs, matrix[fitted], target[fitted], seed), told.to)
    found = model.margins(matrix)
    found[fitted] = crossed.margins
    return found


def shifts(frame: pl.DataFrame) -> dict[str, Values]:
    """Weights of all rows (n,), by shift; missing values are in the middle of a tilt."""
    found = {"none": np.ones(frame.height)}
    for name, column in TILTED.items():
        values = frame.select(column.alias("x"))["x"].cast(pl.Float64).fill_null(np.nan).to_numpy()
        ranks = np.zeros(frame.height)
        known = ~np.isnan(values)
        ranks[known] = rankdata(values[known])
        ranks[known] = (ranks[known] - ranks[known].mean()) / ranks[known].std()
        for sign, direction in ((1, "more"), (-1, "less")):
            theta = brentq(lambda theta, at=sign * ranks: effective(np.exp(theta * at)) - ESS, 0, 5)
            found[f"{direction} {name}"] = np.exp(theta * sign * ranks)
    for name, (members, times) in OVERSAMPLED.items():
        found[name] = np.where(frame.select(members.fill_null(value=False)).to_series().to_numpy(), float(times), 1.0)
    return found


def effective(weights: Values) -> float:
    """Kish's effective sample, as a share of the rows."""
    return float(weights.sum() ** 2 / (weights**2).sum() / len(weights))


def count(places: NDArray[np.intp]) -> NDArray[np.int64]:
    return np.bincount(places, minlength=len(DECISIONS) * GRID).reshape(len(DECISIONS), GRID)


def expect(places: NDArray[np.intp], reference: Reference) -> list[list[float]]:
    """By figure: value, low and high."""
    told = estimate(count(places), reference)
    return [[getattr(getattr(told, name), end) for end in ("value", "low", "high")] for name in FIGURES]


def come_true(places: NDArray[np.intp], target: Labels, reference: Reference) -> list[float]:
    defaulted = count(places[target])
    true = realise(defaulted, count(places) - defaulted, reference)
    return [getattr(true, name) for name in FIGURES]


def measure(
    parts: list[Part], weights: Mapping[str, Values], size: int, windows: int, told: Callable[[int], None]
) -> Measured:
    shape = (len(parts), len(weights), windows)
    estimated = np.empty((*shape, len(FIGURES), 3))
    outcomes = np.empty((*shape, len(FIGURES), 1 + REDRAWN))
    pd = np.empty(shape)
    chances = np.random.default_rng(REDRAWN).random((REDRAWN, len(weights["none"])))
    for part, scored_rows in enumerate(parts):
        places, pds, reference = scored_rows.places, scored_rows.pd, scored_rows.reference
        # A row has the same chance in every part, so parts of other seeds share redrawn outcomes as they do real ones.
        sets = np.concatenate([scored_rows.target[None], chances[:, scored_rows.rows] < pds])
        for shift, weight in enumerate(weights.values()):
            random = np.random.default_rng([part, shift, size])
            within = weight[scored_rows.rows] / weight[scored_rows.rows].sum()
            for window in range(windows):
                rows = random.choice(len(pds), size, replace=False, p=within)
                at = part, shift, window
                estimated[at] = expect(places[rows], reference)
                true = [come_true(places[rows], target, reference) for target in sets[:, rows]]
                outcomes[at] = np.transpose(true)
                pd[at] = pds[rows].mean()
            told(part * len(weights) + shift + 1)
    return Measured(estimated, outcomes, pd)


def report_shifts(found: Measured, weights: Mapping[str, Values]) -> None:
    """Biases ± what chance gives (sd over the redrawn outcomes)."""
    print("| shift | effective sample | mean PD | AUC bias | cost bias | covered: AUC | cost | default rate |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    auc, cost = found.errors("auc").mean(axis=0), found.errors("cost").mean(axis=0)
    covered = [found.covered(name).mean(axis=0)[:, 0] for name in FIGURES]
    for at, (name, weight) in enumerate(weights.items()):
        cells = [
            f"{effective(weight):.0%}",
            f"{found.pd[:, at].mean():.4f}",
            f"{auc[at, 0]:+.4f} ± {auc[at, 1:].std():.4f}",
            f"{cost[at, 0]:+.1%} ± {cost[at, 1:].std():.1%}",
            *(f"{one[at]:.0%}" for one in covered),
        ]
        print(f"| {name} | {' | '.join(cells)} |")


def report_overall(found: Measured) -> None:
    """Over all shifts, "none" among them."""
    print("\n| all shifts | AUC | if PDs were true | cost | if PDs were true | default rate | if PDs were true |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    errors = {name: found.errors(name) for name in FIGURES}
    biases = {name: by.mean(axis=0) for name, by in errors.items()}
    rows = {
        "mean bias": ({name: by.mean(axis=0) for name, by in biases.items()}, "+"),
        "mean of the shifts' absolute biases": ({name: np.abs(by).mean(axis=0) for name, by in biases.items()}, ""),
        "sd of the shifts' biases": ({name: by.std(axis=0) for name, by in biases.items()}, ""),
        "largest absolute bias of a shift": ({name: np.abs(by).max(axis=0) for name, by in biases.items()}, ""),
        "covered by 95 %": ({name: found.covered(name).mean(axis=(0, 1)) for name in FIGURES}, "%"),
        "least covered shift": ({name: found.covered(name).mean(axis=0).min(axis=0) for name in FIGURES}, "%"),
        "least covered part": ({name: found.covered(name).mean(axis=1).min(axis=0) for name in FIGURES}, "%"),
    }
    for what, (by_figure, form) in rows.items():
        cells = []
        for name, values in by_figure.items():
            spec = ".1%" if form == "%" else f"{form}.4f" if name == "auc" else f"{form}.1%"
            low, high = np.quantile(values[1:], [0.025, 0.975])
            cells += [format(values[0], spec), f"{low:{spec}} to {high:{spec}}"]
        print(f"| {what} | {' | '.join(cells)} |")
    print("\n| mean bias by part | AUC | cost | default rate |\n| --- | --- | --- | --- |")
    for part in range(PARTS * len(SEEDS)):
        auc, cost, rate = (by[part, :, 0].mean() for by in errors.values())
        print(f"| seed {SEEDS[part // PARTS]}, part {part % PARTS + 1} | {auc:+.4f} | {cost:+.1%} | {rate:+.1%} |")


def report_drift(parts: list[Part]) -> None:
    """Concept drift, which the estimate cannot see: rows as they came, outcomes redrawn from other PDs."""
    size = next(iter(WINDOWS))
    cases = {
        "none": lambda margin: margin,
        "odds doubled": lambda margin: margin + log(2),
        "log-odds halfway to their mean": lambda margin: (margin + margin.mean()) / 2,
    }
    print(f"\n| concept drift, windows of {size:,} rows | figure | estimated | realised | outside of the interval |")
    print("| --- | --- | --- | --- | --- |")
    for case, drifted in cases.items():
        told, true = [], []
        for part, one in enumerate(parts):
            random = np.random.default_rng([part, size])
            places, pd = one.places, odds_to_pd(drifted(one.margins))
            for _ in range(WINDOWS[size]):
                rows = random.choice(len(pd), size, replace=False)
                told.append(expect(places[rows], one.reference))
                true.append(come_true(places[rows], random.random(size) < pd[rows], one.reference))
        estimated, realised = np.array(told), np.array(true)
        outside = ((realised < estimated[..., 1]) | (realised > estimated[..., 2])).mean(axis=0)
        for at, name in enumerate(FIGURES):
            print(
                f"| {case} | {name} | {estimated[:, at, 0].mean():.4f} | {realised[:, at].mean():.4f} "
                f"| {outside[at]:.0%} |"
            )


if __name__ == "__main__":
    main()
