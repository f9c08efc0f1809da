"""The features: how many of what, which rank best by themselves, how often they are missing, which say the same."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

import altair as alt
import numpy as np
from numpy.typing import NDArray

from trainer.evaluation.single_features import SingleFeatures, single_features
from trainer.reports.chart import Chart, Row, Section, percent
from trainer.reports.correlation import correlation_chart
from trainer.reports.feature import Feature
from trainer.reports.marks import PERCENT, across, heading, hints, shares, table, upright
from trainer.reports.theme import BLUE, GREY, KINDS, ROW, SHADES, VERMILION

_STRONGEST: Final = 25
_SHARES: Final = (0.0, 0.01, 0.25, 0.5, 1.0)
"""Bounds of bands of the missing share, all closed above."""
_BANDS: Final = ("never missing", "up to 1 %", "up to 25 %", "up to 50 %", "over 50 %")
_RISES: Final = "the risk rises with the value"
_FALLS: Final = "the risk falls with the value"


def engineering_charts(
    features: Sequence[Feature], matrix: NDArray[np.float32], target: NDArray[np.int8]
) -> tuple[Chart, ...]:
    """Charts of ``features`` (F), with their values ``matrix`` (n, F; NaN is missing), and ``target`` (n,)."""
    found = single_features(matrix, target)
    strength = np.nan_to_num(np.abs(found.auc - 0.5))
    strongest = [int(at) for at in np.argsort(-strength, kind="stable")[:_STRONGEST] if strength[at] > 0]
    charts = [_counts(features), _missing(features, found.missing)]
    if strongest:
        charts.append(_strongest(features, found, strongest))
    if len(strongest) > 1:
        charts.append(correlation_chart([features[at] for at in strongest], matrix[:, strongest]))
    return tuple(charts)


def _counts(features: Sequence[Feature]) -> Chart:
    counted = Counter((feature.theme, feature.table) for feature in features)
    rows: list[Row] = [{"theme": theme, "table": of, "features": number} for (theme, of), number in counted.items()]
    tables = list(dict.fromkeys(feature.table for feature in features))
    themes = Counter(feature.theme for feature in features)
    most, number = themes.most_common(1)[0]
    by_table = Counter(feature.table for feature in features)
    origins = ", ".join(f"{count} from {of}" for of, count in by_table.items())
    scale = alt.Scale(domain=tables, range=list(KINDS[: len(tables)]))
    legend = alt.Legend(columns=3) if len(tables) > 1 else None
    bars = (
        table("counts")
        .transform_calculate(rank=f"indexof({tables}, datum.table)")
        .mark_bar()
        .encode(
            x=alt.X("features:Q", title="Features", axis=alt.Axis(format="d", tickMinStep=1)),
            y=alt.Y("theme:N", sort=[theme for theme, _ in themes.most_common()], title=None),
            color=alt.Color("table:N", title=None, scale=scale, legend=legend),
            order=alt.Order("rank:Q"),
            tooltip=hints(("theme:N", "theme"), ("table:N", "from"), ("features:Q", "features")),
        )
    )
    return Chart(
        name="features_by_theme",
        section=Section.FEATURES,
        title=f"{len(features)} features in {len(themes)} themes",
        finding=f"The largest theme is “{most}” with {number}; {origins}.",
        basis="Features the model takes; features of one theme are one reason to a person.",
        body=bars.properties(width=320, height=alt.Step(ROW)),
        tables={"counts": rows},
    )


def _missing(features: Sequence[Feature], missing: NDArray[np.float64]) -> Chart:
    bands = np.searchsorted(_SHARES, missing, side="left")
    counted = Counter((feature.theme, _BANDS[band]) for feature, band in zip(features, bands.tolist(), strict=True))
    rows: list[Row] = [{"theme": theme, "band": band, "features": number} for (theme, band), number in counted.items()]
    by_theme: dict[str, list[float]] = {}
    for feature, share in zip(features, missing.tolist(), strict=True):
        by_theme.setdefault(feature.theme, []).append(share)
    order = sorted(by_theme, key=lambda theme: -float(np.mean(by_theme[theme])))
    scale = alt.Scale(domain=list(_BANDS), range=list(SHADES))
    bars = (
        table("missing")
        .transform_calculate(rank=f"indexof({list(_BANDS)}, datum.band)")
        .mark_bar()
        .encode(
            x=alt.X("features:Q", title="Features", axis=alt.Axis(format="d", tickMinStep=1)),
            y=alt.Y("theme:N", sort=order, title=None),
            color=alt.Color("band:N", title=None, scale=scale, legend=alt.Legend(columns=5)),
            order=alt.Order("rank:Q"),
            tooltip=hints(("theme:N", "theme"), ("band:N", "missing"), ("features:Q", "features")),
        )
    )
    never, often = int((missing == 0).sum()), int((missing > 0.5).sum())
    return Chart(
        name="features_missing",
        section=Section.FEATURES,
        title="How often features are missing",
        finding=(
            f"{never} of {len(features)} features are never missing, {often} in over half of the applications; most is "
            f"missing in “{order[0]}” ({percent(float(np.mean(by_theme[order[0]])), 0)} on average)."
        ),
        basis="Share of applications in which a feature has no value; themes with the most missing come first.",
        body=bars.properties(width=320, height=alt.Step(ROW)),
        tables={"missing": rows},
    )


def _strongest(features: Sequence[Feature], found: SingleFeatures, strongest: Sequence[int]) -> Chart:
    rows: list[Row] = []
    for at in strongest:
        rises = found.auc[at] >= 0.5
        auc, low, high = (float(values[at]) for values in (found.auc, found.low, found.high))
        # Told from the side on which it ranks: 0.5 is no better than chance.
        figures = (auc, low, high) if rises else (1 - auc, 1 - high, 1 - low)
        rows.append(
            {
                "feature": features[at].name,
                "meaning": features[at].meaning,
                "theme": features[at].theme,
                "auc": figures[0],
                "low": figures[1],
                "high": figures[2],
                "risk": _RISES if rises else _FALLS,
                "missing": float(found.missing[at]),
            }
        )
    order = [features[at].name for at in strongest]
    base = table("strongest")
    y = alt.Y("feature:N", sort=order, title=None)
    shown = [
        *hints(("feature:N", "feature"), ("meaning:N", "meaning"), ("theme:N", "theme"), ("risk:N", "risk")),
        *hints(("auc:Q", "AUC"), ("low:Q", "from"), ("high:Q", "to")),
        *shares(("missing:Q", "missing")),
    ]
    color = alt.Color(
        "risk:N",
        title=None,
        scale=alt.Scale(domain=[_RISES, _FALLS], range=[VERMILION, BLUE]),
    )
    x = alt.X("auc:Q", title="ROC AUC; 0.5 is chance", scale=alt.Scale(zero=False))
    dots = across(base, x, y, color=color, tooltip=shown)
    bars = base.mark_bar(color=GREY).encode(
        x=alt.X("missing:Q", title=None, axis=alt.Axis(labelExpr=PERCENT, tickCount=3), scale=alt.Scale(domain=[0, 1])),
        y=alt.Y("feature:N", sort=order, title=None, axis=alt.Axis(labels=False)),
        tooltip=shown,
    )
    height = len(order) * ROW
    first = rows[0]
    return Chart(
        name="features_strongest",
        section=Section.FEATURES,
        title="What single features rank",
        finding=(
            f"By itself {first['feature']} ranks best: AUC {first['auc']:.3f} ({first['low']:.3f} to "
            f"{first['high']:.3f}); {first['risk']}."
        ),
        basis=(
            f"The {len(order)} strongest of {len(features)} features, each where it is known; lines are 95 % intervals "
            f"(DeLong)."
        ),
        body=alt.hconcat(
            alt.layer(upright(0.5), *dots, width=300, height=height, title=heading("How well it ranks by itself")),
            bars.properties(width=90, height=height, title=heading("Missing in")),
        ),
        tables={"strongest": rows},
    )
