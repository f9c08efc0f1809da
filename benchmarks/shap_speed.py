"""SHAP values: this project's tables against LightGBM's ``pred_contrib`` and ``shap.TreeExplainer``.

    python benchmarks/shap_speed.py [--trees 600] [--leaves 16] [--rows 1 100]

Generated data with missing values; one thread (OpenMP is held to it); all in one process on
the same rows. ratio: how many times this project's time.
"""

import argparse
import statistics
import time
import warnings
from collections.abc import Callable

import lightgbm
import numpy as np
import shap
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from creditrisk.explain.tree_shap import TreeExplainer
from creditrisk.model.trees import Forest

FEATURES = 190
TRAINING_ROWS = 20_000
MISSING_SHARE = 0.15


def data(rng: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    rows = rng.normal(size=(TRAINING_ROWS, FEATURES)).astype(np.float32)
    log_odds = rows[:, :20] @ rng.normal(size=20) * 0.3 - 2
    rows[rng.random(rows.shape) < MISSING_SHARE] = np.nan
    return rows, (rng.random(len(rows)) < 1 / (1 + np.exp(-log_odds))).astype(np.int64)


def alone(call: Callable[[int], object], repeats: int) -> float:
    """Median seconds of calls that follow each other, each on other rows: caches hold what the call needs."""
    return statistics.median([_seconds(call, repeat) for repeat in range(-3, repeats)][3:])


def in_turn(calls: dict[str, Callable[[int], object]], repeats: int) -> dict[str, float]:
    """Median seconds of calls that take turns: each finds the caches full of the others' data."""
    rounds = [{name: _seconds(call, repeat) for name, call in calls.items()} for repeat in range(-3, repeats)][3:]
    return {name: statistics.median(r[name] for r in rounds) for name in calls}


def _seconds(call: Callable[[int], object], repeat: int) -> float:
    start = time.perf_counter()
    call(abs(repeat))
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trees", type=int, default=600)
    parser.add_argument("--leaves", type=int, default=16)
    parser.add_argument("--depth", type=int, default=6)
    parser.add_argument("--rows", type=int, nargs="+", default=[1, 100])
    arguments = parser.parse_args()

    warnings.filterwarnings("ignore", "LightGBM binary classifier", UserWarning)  # shap, of its output's form
    rows, labels = data(np.random.default_rng(0))
    settings = {
        "objective": "binary",
        "num_leaves": arguments.leaves,
        "max_depth": arguments.depth,
        "learning_rate": 0.05,
        "colsample_bytree": 0.5,
        "num_threads": 1,
        "verbose": -1,
        "seed": 0,
    }
    booster = lightgbm.train(settings, lightgbm.Dataset(rows, labels), arguments.trees)
    forest = Forest.from_dump(booster.dump_model())
    start = time.perf_counter()
    explainer = TreeExplainer(Forest.from_bytes(forest.to_bytes()))
    loaded = time.perf_counter() - start
    peer = shap.TreeExplainer(booster)
    wide = rows.astype(np.float64)

    native = booster.predict(wide[:1000], pred_contrib=True, num_threads=1)
    apart = np.abs(explainer.explain(rows[:1000]).values - native[:, :-1]).max()
    print(f"{arguments.trees} trees, {arguments.leaves} leaves, depth {arguments.depth}, {FEATURES} features")
    print(
        f"load {loaded:.2f} s, tables {explainer.table_bytes / 1e6:.1f} MB, file {len(forest.to_bytes()) / 1e6:.1f} MB"
    )
    print(f"largest difference from pred_contrib over 1,000 rows: {apart:.1e}\n")
    print(f"{'rows':>5}  {'explainer':<21} {'alone':>10} {'ratio':>6} {'in turn':>10} {'ratio':>6}")
    for n in arguments.rows:
        calls: dict[str, Callable[[int], object]] = {
            "creditrisk": lambda i, n=n: explainer.explain(rows[i * n : (i + 1) * n]),
            "lightgbm pred_contrib": lambda i, n=n: booster.predict(
                wide[i * n : (i + 1) * n], pred_contrib=True, num_threads=1
            ),
            "shap TreeExplainer": lambda i, n=n: peer.shap_values(wide[i * n : (i + 1) * n]),
        }
        repeats = 300 if n == 1 else 10
        warm = {name: alone(call, repeats) for name, call in calls.items()}
        cold = in_turn(calls, repeats)
        for name in calls:
            ratios = warm[name] / warm["creditrisk"], cold[name] / cold["creditrisk"]
            print(
                f"{n:>5}  {name:<21} {warm[name] * 1e6:>7.0f} µs {ratios[0]:>6.1f} "
                f"{cold[name] * 1e6:>7.0f} µs {ratios[1]:>6.1f}"
            )


if __name__ == "__main__":
    with threadpool_limits(1):
        main()
