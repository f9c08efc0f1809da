"""What the model goes by: which features and themes move the PD most.

Contributions are SHAP values float64 (n, F) to the calibrated log-odds, of n applicants with values float32 (n, F).
"""

from collections.abc import Sequence
from typing import Final

import altair as alt
import numpy as np
from numpy.typing import NDArray

from trainer.evaluation.resampling import Vector
from trainer.reports.chart import Chart, Row, Section, percent
from trainer.reports.dependence import UNIT, dependence_chart
from trainer.reports.feature import Feature
from trainer.reports.marks import hints, table
from trainer.reports.summary import summary_chart
from trainer.reports.theme import BLUE, ROW

_SHOWN: Final = 20
_SUMMED: Final = 15
_DEPENDENCE: Final = 6


def explanation_charts(
    features: Sequence[Feature], matrix: NDArray[np.float32], contributions: Vector, seed: int
) -> tuple[Chart, ...]:
    """Charts of ``contributions`` (n, F) of ``features`` with values ``matrix`` (n, F); ``seed`` draws the samples."""
    strength = np.abs(contributions).mean(axis=0)
    order = [int(at) for at in np.argsort(-strength, kind="stable")]
    overall = (_importance(features, strength, order, len(matrix)), _themes(features, contributions))
    moving = [at for at in order if strength[at] > 0 and not np.isnan(matrix[:, at]).all()]
    if not moving:
        return overall
    random = np.random.default_rng(seed)
    summary = summary_chart(features, matrix, contributions, moving[:_SUMMED], random)
    return (*overall, summary, dependence_chart(features, matrix, contributions, moving[:_DEPENDENCE], random))


def _importance(features: Sequence[Feature], strength: Vector, order: Sequence[int], explained: int) -> Chart:
    shown, others = list(order[:_SHOWN]), list(order[_SHOWN:])
    rows: list[Row] = [
        {
            "feature": features[at].name,
            "meaning": features[at].meaning,
            "theme": features[at].theme,
            "strength": float(strength[at]),
        }
        for at in shown
    ]
    total = float(strength.sum()) or 1.0
    first, rest = float(strength[shown[:5]].sum()) / total, float(strength[others].sum()) / total
    beyond = f" The other {len(others)} features together make {percent(rest, 0)} of it." if others else ""
    bars = _bars("importance", "feature", [features[at].name for at in shown]).encode(
        tooltip=hints(
            ("feature:N", "feature"), ("meaning:N", "meaning"), ("theme:N", "theme"), ("strength:Q", "mean size")
        )
    )
    return Chart(
        name="explanation_features",
        section=Section.EXPLANATION,
        title="Which features move the PD most",
        finding=(
            f"{features[shown[0]].name} moves it most; the first {len(shown[:5])} make {percent(first, 0)} of all "
            f"movement."
        ),
        basis=f"Mean absolute SHAP value over {explained:,} applicants.{beyond}",
        body=bars.properties(width=400, height=alt.Step(ROW)),
        tables={"importance": rows},
    )


def _themes(features: Sequence[Feature], contributions: Vector) -> Chart:
    members: dict[str, list[int]] = {}
    for at, feature in enumerate(features):
        members.setdefault(feature.theme, []).append(at)
    # Contributions of one theme may cancel: they are added up before their size is taken.
    strength = {theme: float(np.abs(contributions[:, of].sum(axis=1)).mean()) for theme, of in members.items()}
    order = sorted(strength, key=lambda theme: -strength[theme])
    rows: list[Row] = [
        {"theme": theme, "features": len(members[theme]), "strength": strength[theme]} for theme in order
    ]
    bars = _bars("themes", "theme", order).encode(
        tooltip=hints(("theme:N", "theme"), ("features:Q", "features"), ("strength:Q", "mean size"))
    )
    return Chart(
        name="explanation_themes",
        section=Section.EXPLANATION,
        title="Which themes move the PD most",
        finding=f"“{order[0]}” moves it most, by {strength[order[0]]:.2f} in {UNIT} on average.",
        basis=f"Mean absolute sum of a theme's SHAP values over {len(contributions):,} applicants.",
        body=bars.properties(width=300, height=alt.Step(ROW)),
        tables={"themes": rows},
    )


def _bars(rows: str, name: str, order: list[str]) -> alt.Chart:
    bars: alt.Chart = (
        table(rows)
        .mark_bar(color=BLUE)
        .encode(
            x=alt.X("strength:Q", title=f"Mean size of the contribution, {UNIT}"),
            y=alt.Y(f"{name}:N", sort=order, title=None),
        )
    )
    return bars
