"""Which features say the same: rank correlations, in the order of their clusters."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

import altair as alt
import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, leaves_list, linkage
from scipy.spatial.distance import squareform
from scipy.stats import rankdata

from trainer.reports.chart import Chart, Row, Section
from trainer.reports.feature import Feature
from trainer.reports.marks import hints, table
from trainer.reports.theme import BELOW_AND_ABOVE, ROW

ALIKE: Final = 0.7
"""Absolute rank correlation from which features, on average over their cluster, count as saying the same."""


def correlation_chart(features: Sequence[Feature], matrix: NDArray[np.float32]) -> Chart:
    """Rank correlations of ``features``, two or more, with values ``matrix`` (n, F; NaN is missing)."""
    correlation = rank_correlation(matrix)
    tree = linkage(squareform(1 - np.abs(correlation), checks=False), "average", optimal_ordering=True)
    cluster = fcluster(tree, 1 - ALIKE, "distance").tolist()
    order = leaves_list(tree).tolist()
    rows: list[Row] = [
        {
            "feature": features[one].name,
            "other": features[other].name,
            "correlation": round(float(correlation[one, other]), 3),
            "cluster": cluster[one],
        }
        for one in order
        for other in order
    ]
    names = [features[at].name for at in order]
    base = table("correlations").encode(
        x=alt.X("other:N", sort=names, title=None, axis=alt.Axis(labelAngle=-60)),
        y=alt.Y("feature:N", sort=names, title=None),
    )
    scale = alt.Scale(scheme=BELOW_AND_ABOVE, domain=[-1, 0, 1], reverse=True)
    tiles = base.mark_rect(stroke="white", strokeWidth=0.5).encode(
        color=alt.Color("correlation:Q", title="Rank correlation", scale=scale, legend=alt.Legend(gradientLength=160)),
        tooltip=hints(("feature:N", "feature"), ("other:N", "with"), ("correlation:Q", "rank correlation")),
    )
    sizes = Counter(cluster)
    largest = max(sizes, key=lambda of: sizes[of])
    members = [features[at].name for at in order if cluster[at] == largest]
    told = f"; the largest: {', '.join(members[:5])}{' …' if len(members) > 5 else ''}" if len(members) > 1 else ""
    return Chart(
        name="features_correlation",
        section=Section.FEATURES,
        title="Which of the strongest features say the same",
        finding=f"The {len(features)} features form {len(sizes)} clusters of rank correlation {ALIKE} or more{told}.",
        basis="Spearman's correlation where both are known; neighbours are alike (average linkage of 1 − |ρ|).",
        body=tiles.properties(width=alt.Step(ROW), height=alt.Step(ROW)),
        tables={"correlations": rows},
    )


def rank_correlation(matrix: NDArray[np.float32]) -> NDArray[np.float64]:
    """Spearman's correlation of the columns of ``matrix`` (n, F), each pair where both are known: (F, F).

    Ranks are those among all rows in which a feature is known. A pair never known together, or constant, has 0.
    """
    known = ~np.isnan(matrix)
    ranks = np.zeros(matrix.shape)
    for at, column in enumerate(matrix.T):
        ranks[known[:, at], at] = rankdata(column[known[:, at]])
    counts = known.T.astype(np.float64) @ known
    shared = np.maximum(counts, 1)
    # Sums over the rows in which both of a pair are known; [i, j] is of feature i.
    means = ranks.T @ known / shared
    squares = (ranks**2).T @ known / shared - means**2
    together = ranks.T @ ranks / shared - means * means.T
    spread = np.sqrt(np.maximum(squares, 0) * np.maximum(squares.T, 0))
    found = np.divide(together, spread, out=np.zeros_like(together), where=spread > 1e-9)
    np.fill_diagonal(found, 1.0)
    return np.asarray(np.clip(found, -1.0, 1.0))
