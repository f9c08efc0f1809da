"""Scorecard points: the calibrated log-odds on the scale that credit officers read.

``points = base_points + pdo / ln 2 * (-margin - ln base_odds)``: ``base_points`` at odds (good to bad)
of ``base_odds``, and ``pdo`` points more double the odds. Source: Siddiqi, Credit Risk Scorecards (2006), ch. 6.
"""

import math
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class Scorecard(BaseModel):
    """The three constants of the scale; part of the policy. The bounds keep points within 32 bits."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    base_points: Annotated[float, Field(ge=-1e6, le=1e6)] = 600.0
    base_odds: Annotated[float, Field(gt=0.0, le=1e6)] = 20.0
    points_to_double_odds: Annotated[float, Field(gt=0.0, le=1e4)] = 20.0

    def points(self, calibrated_margin: float) -> int:
        """Points of a calibrated log-odds of default, to the nearest whole (halves to even)."""
        factor = self.points_to_double_odds / math.log(2.0)
        return round(self.base_points + factor * (-calibrated_margin - math.log(self.base_odds)))
