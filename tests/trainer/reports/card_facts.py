"""Facts of a made-up model, for model cards."""

from dataclasses import replace
from datetime import date
from typing import Final

import numpy as np

from creditrisk.features.catalogue import CATALOGUE
from creditrisk.history import Table
from creditrisk.model.bundle import Manifest
from creditrisk.model.certificate import CHECKS, Certificate, Check
from creditrisk.model.families import ModelFamily
from tests.trainer.evaluation.portfolios import portfolio
from trainer.evaluation.comparison import Scored, compare
from trainer.evaluation.costs import Costs
from trainer.evaluation.fairness import by_age, by_category, fairness
from trainer.evaluation.measures import MEASURES, Measure
from trainer.evaluation.reliability import reliability
from trainer.evaluation.thresholds import threshold_curve
from trainer.features import USUAL, feature_names
from trainer.reports import Source
from trainer.reports.card import CardFacts

ROWS: Final = 2_000
NASTY: Final = "<script>alert(1)</script> | [x](javascript:alert(2)) `*_\\"
"""Name of a group that would end a cell, or act on a page."""
_FEW: Final = 30
"""Resamples."""


def certificate_of(family: ModelFamily) -> Certificate:
    """A passed one."""
    checks = tuple(Check(name, bound, 123_456, 0) for name, bound in CHECKS[family].items())
    return Certificate(family, checks, 1.5e-15, 2.5e-14, 3.5e-13, {"onnxruntime": "1.31.1"}, 42)


def facts_of(family: ModelFamily, *, synthetic: bool) -> CardFacts:
    """Facts of a model compared with three others and with itself without this or that."""
    pd, target = portfolio(ROWS, 1)
    random = np.random.default_rng(2)
    costs = Costs()
    models = [Scored("this one", pd, costs.threshold)]
    for name in ("other", NASTY, "without age"):
        noisy = np.clip(pd * random.uniform(0.2, 1.8, ROWS), 0, 1)
        models.append(Scored(name, noisy, costs.threshold))
    compared = compare(models[:3], target, costs, 1, _FEW)
    without = compare([models[0], models[3]], target, costs, 1, _FEW)
    sexes = random.choice(["F", "M", NASTY], ROWS, p=[0.5, 0.45, 0.05]).tolist()
    attributes = (by_age(random.uniform(18, 70, ROWS)), by_category("sex", sexes))
    names = set(feature_names(USUAL, frozenset(Table)))
    return CardFacts(
        manifest=Manifest(
            format=3,
            family=family,
            model_version="2026.11.24-0123abcd",
            created="2026-11-24T12:00:00+00:00",
            source="synthetic" if synthetic else "kaggle",
            data_fingerprint="d" * 64,
            schema_fingerprint="e" * 64,
            proposed_threshold=costs.threshold,
            libraries={"lightgbm": "4.7.0"},
            files={"model.onnx": "f" * 64},
        ),
        certificate=certificate_of(family),
        source=Source("application_train", ROWS, date(2026, 11, 24), synthetic=synthetic),
        default_rate=float(target.mean()),
        specs=tuple(spec for spec in CATALOGUE if spec.name in names),
        allowed=USUAL,
        tables=frozenset(Table),
        constrained=family is ModelFamily.LIGHTGBM,
        settings={"trees": 1_234, "trees_by_fold": (1_001, 1_002), "rate": 0.015},
        measured={measure: compared.interval("this one", measure) for measure in MEASURES},
        auc_by_fold=(0.7511, 0.7522, 0.7533, 0.7544, 0.7555),
        costs=costs,
        curve=threshold_curve(pd, target, costs, 1, _FEW),
        reliability=reliability(pd, target, 1),
        fairness=tuple(fairness(pd, target, one, costs.threshold, 1, _FEW) for one in attributes),
        comparison=compared,
        against="this one",
        governance=without.differences_from("this one", (Measure.AUC, Measure.COST)),
        charts=(("calibration", "Whether PDs are default rates"),),
    )


def retold(facts: CardFacts, family: ModelFamily, *, synthetic: bool) -> CardFacts:
    """The same of another family, or of other data."""
    return replace(
        facts,
        manifest=replace(facts.manifest, family=family, source="synthetic" if synthetic else "kaggle"),
        certificate=certificate_of(family),
        constrained=family is ModelFamily.LIGHTGBM,
        source=replace(facts.source, synthetic=synthetic),
    )
