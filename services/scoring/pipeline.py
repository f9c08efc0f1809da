"""Applications in, assessments out: features, model, policy, in shared batches."""

import asyncio
from collections.abc import Sequence
from typing import Final

from creditrisk.api.application.v1.application_pb2 import LoanApplication
from creditrisk.decision.assess import Assessor
from creditrisk.decision.record import Assessment
from creditrisk.errors import InvalidApplication, Unavailable, Violation
from creditrisk.runtime.batching import Batcher
from services.scoring.features import FeatureClient

MOST: Final = 1_000
"""Applications of one feature call."""
INLINE: Final = 64
"""Batches up to this size run on the event loop: a thread's hand-over would cost more."""

Outcome = Assessment | InvalidApplication


class Pipeline:
    """Assesses applications; single ones that arrive together share a call."""

    def __init__(self, features: FeatureClient, assessor: Assessor) -> None:
        """Assess with ``assessor`` what ``features`` computes."""
        self._features = features
        self._assessor = assessor
        self._batcher: Batcher[LoanApplication, Outcome] = Batcher(self._assess, MOST)

    async def assess(self, application: LoanApplication, timeout: float) -> Assessment:
        """The assessment of one application within ``timeout`` seconds.

        Raises:
            InvalidApplication: it breaks rules.
            Unavailable: the feature service did not answer in time.
        """
        try:
            (outcome,) = await self._batcher.submit([application], timeout)
        except TimeoutError as error:
            raise Unavailable("the feature service did not answer in time") from error
        if isinstance(outcome, InvalidApplication):
            raise outcome
        return outcome

    async def assess_all(self, applications: Sequence[LoanApplication], timeout: float) -> Sequence[Outcome]:
        """Outcomes of up to 1,000 applications, in order; a batch already, so it goes at once.

        Raises:
            Unavailable: the feature service did not answer in time.
        """
        return await self._assess(applications, timeout)

    async def _assess(self, applications: Sequence[LoanApplication], timeout: float) -> list[Outcome]:
        computed = await self._features.compute(applications, timeout)
        sound = [row for row, finding in enumerate(computed.findings) if not finding.violations]
        contracts = [applications[row].name_contract_type for row in sound]
        warnings = [computed.findings[row].warnings for row in sound]
        matrix = computed.matrix if len(sound) == len(applications) else computed.matrix[sound]
        if len(sound) <= INLINE:
            assessed = iter(self._assessor.assess(matrix, contracts, warnings))
        else:
            assessed = iter(await asyncio.to_thread(self._assessor.assess, matrix, contracts, warnings))
        return [
            InvalidApplication(_paths(finding.violations)) if finding.violations else next(assessed)
            for finding in computed.findings
        ]


def _paths(violations: Sequence[Violation]) -> list[Violation]:
    return [Violation(f"application.{one.field}", one.rule) for one in violations]
