"""The reference system as it was: what a team had before, to be measured against.

A random forest on 153 features, missing values filled with medians, SMOTE and balanced class weights together,
declining at 0.5, PDs as scikit-learn gives them.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from imblearn.over_sampling import SMOTE
from imblearn.pipeline import make_pipeline
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer

from creditrisk.features.application import APPLICATION_FEATURES
from creditrisk.features.spec import Code, Column
from trainer.contenders.contender import OutOfFold
from trainer.crossfit import FOLDS, features_of_fold, fold_of
from trainer.evaluation.costs import Costs
from trainer.labelled import Labelled
from trainer.progress import Bar

FEATURES: Final = 153


@dataclass(frozen=True, slots=True)
class ReferenceSystem:
    """Its features are here the application's plain columns and codes, then derived ones in the catalogue's order."""

    name: str = "reference system"
    trees: int = 200
    depth: int = 12
    leaf: int = 10

    @property
    def recipe(self) -> str:
        """See ``Contender``."""
        return repr(self)

    def features(self, _rows: Labelled) -> tuple[str, ...]:
        """See ``Contender``."""
        plain = [spec.name for spec in APPLICATION_FEATURES if isinstance(spec.formula, Column | Code)]
        derived = [spec.name for spec in APPLICATION_FEATURES if spec.in_model and spec.name not in plain]
        return tuple([*plain, *derived][:FEATURES])

    def threshold(self, _costs: Costs) -> float:
        """Of the middle, whatever the costs."""
        return 0.5

    def out_of_fold(self, rows: Labelled, seed: int, bar: Bar) -> OutOfFold:
        """See ``Contender``."""
        folds, pd = fold_of(rows.target, seed), np.empty(len(rows))
        for fold in range(FOLDS):
            bar.to(fold / FOLDS, f"fold {fold + 1} of {FOLDS}")
            rest = folds != fold
            _, matrix = features_of_fold(rows.batch, self.features(rows), rest)
            model = make_pipeline(
                SimpleImputer(strategy="median", keep_empty_features=True),
                SMOTE(random_state=seed),
                RandomForestClassifier(
                    self.trees,
                    max_depth=self.depth,
                    min_samples_leaf=self.leaf,
                    class_weight="balanced",
                    random_state=seed,
                    n_jobs=-1,
                ),
            )
            model.fit(matrix[rest], rows.target[rest])
            pd[~rest] = model.predict_proba(matrix[~rest])[:, 1]
        return OutOfFold(pd, pd)
