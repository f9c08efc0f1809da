"""What a model card is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from creditrisk.features.spec import FeatureSpec, Protected
from creditrisk.history import Table
from creditrisk.model.bundle import Manifest
from creditrisk.model.certificate import Certificate
from trainer.evaluation.comparison import Comparison, Difference
from trainer.evaluation.costs import Costs
from trainer.evaluation.fairness import Fairness
from trainer.evaluation.measures import Measure
from trainer.evaluation.reliability import Reliability
from trainer.evaluation.resampling import Interval
from trainer.evaluation.thresholds import ThresholdCurve
from trainer.reports.chart import Source


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """All that a card says of one model; every figure of ``measured`` to ``governance`` is of out-of-fold PDs.

    ``manifest`` may be that of a bundle yet to be sealed, without files. ``default_rate``: of ``source``'s rows.
    ``specs``: the model's features in order; ``allowed``: protected attributes that might enter; ``tables``: histories
    that features are made of; ``settings``: the family's, by name; ``constrained``: whether the model keeps to the
    monotone directions that features declare. ``auc_by_fold``: ROC AUC of each fold's model. ``against``: this model's
    name in ``comparison`` (None: compared with no other) and, where they are of it, in ``governance``: the differences
    that a protected attribute more or less makes, or having no constraints. ``charts``: stems of the pictures beside
    the card, each with its title; where there are any, ``report.html`` is there too.
    """

    manifest: Manifest
    certificate: Certificate
    source: Source
    default_rate: float
    specs: tuple[FeatureSpec, ...]
    allowed: frozenset[Protected]
    tables: frozenset[Table]
    settings: Mapping[str, Any]
    constrained: bool
    measured: Mapping[Measure, Interval]
    auc_by_fold: tuple[float, ...]
    costs: Costs
    curve: ThresholdCurve
    reliability: Reliability
    fairness: tuple[Fairness, ...]
    comparison: Comparison | None
    against: str
    governance: tuple[Difference, ...]
    charts: tuple[tuple[str, str], ...]

    @property
    def synthetic(self) -> bool:
        """Whether the model or its figures are of generated applications."""
        return self.manifest.synthetic or self.source.synthetic
