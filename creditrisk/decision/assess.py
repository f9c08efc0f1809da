"""From vectors to decisions: the model, then the policy."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from creditrisk.decision.policy import Policy
from creditrisk.decision.record import Assessment
from creditrisk.errors import Violation
from creditrisk.model.bundle import Bundle
from creditrisk.model.scorer import Scorer


class Assessor:
    """One bundle's model under one policy."""

    def __init__(self, bundle: Bundle, scorer: Scorer, policy: Policy) -> None:
        """Assess with ``scorer`` (of ``bundle``) and ``policy`` (bound to the bundle's features)."""
        self._scorer = scorer
        self._policy = policy
        self._identity = {
            "model_version": bundle.manifest.model_version,
            "bundle_hash": bundle.hash,
            "policy_version": policy.version,
            "policy_hash": policy.hash,
            "schema_fingerprint": bundle.schema.fingerprint,
        }
        self._synthetic = bundle.manifest.synthetic

    def assess(
        self,
        matrix: NDArray[np.float32],
        contract_types: Sequence[str],
        warnings: Sequence[tuple[Violation, ...]],
    ) -> list[Assessment]:
        """Assessments of ``matrix`` (n, features), one a row; a row's bits do not depend on the others."""
        scores = self._scorer.score(matrix)
        rows = zip(
            matrix,
            scores.margin.tolist(),
            scores.calibrated.tolist(),
            scores.pd.tolist(),
            contract_types,
            warnings,
            strict=True,
        )
        assessed = []
        for vector, margin, calibrated, pd, contract_type, warned in rows:
            decision, knock_outs = self._policy.decide(pd, vector, contract_type)
            assessed.append(
                Assessment(
                    pd=pd,
                    calibrated_margin=calibrated,
                    margin=margin,
                    decision=decision,
                    points=self._policy.scorecard.points(calibrated),
                    threshold=self._policy.cut_off(contract_type).threshold,
                    knock_outs=knock_outs,
                    warnings=warned,
                    vector=vector.astype("<f4", copy=False).tobytes(),
                    synthetic_model=self._synthetic,
                    **self._identity,
                )
            )
        return assessed
