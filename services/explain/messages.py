"""What explain found, as messages."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from creditrisk.api.explain.v1 import explain_pb2 as pb
from creditrisk.explain.reasons import Reason, reasons
from creditrisk.model.bundle import Bundle
from creditrisk.model.reports import ChartText, Report
from services.explain.bundles import Explained


def explain_response(bundle: Bundle, vector: NDArray[np.float32], found: Explained, top: int) -> pb.ExplainResponse:
    """What was ``found`` of ``vector`` (features,), with at most ``top`` reasons in each direction."""
    attributions = list(map(_attribution, bundle.schema.names, vector.tolist(), found.contributions.tolist()))
    raising, lowering = _reasons(bundle, found, top, attributions.__getitem__)
    return pb.ExplainResponse(
        bundle_hash=bundle.hash,
        model_version=bundle.manifest.model_version,
        base_value=found.base,
        calibrated_margin=found.margin,
        attributions=attributions,
        raising=raising,
        lowering=lowering,
    )


def decision_reasons(bundle: Bundle, vector: NDArray[np.float32], found: Explained, top: int) -> pb.DecisionReasons:
    """``explain_response`` without the attributions."""

    def attribution(position: int) -> pb.Attribution:
        value, contribution = float(vector[position]), float(found.contributions[position])
        return _attribution(bundle.schema.names[position], value, contribution)

    raising, lowering = _reasons(bundle, found, top, attribution)
    return pb.DecisionReasons(
        bundle_hash=bundle.hash,
        model_version=bundle.manifest.model_version,
        base_value=found.base,
        calibrated_margin=found.margin,
        raising=raising,
        lowering=lowering,
    )


def report_message(report: Report) -> pb.Report:
    """A report, without its bytes."""
    return pb.Report(
        name=report.name,
        media_type=report.media_type,
        size_bytes=report.size,
        sha256=report.sha256,
        chart=None if report.chart is None else _chart(report.chart),
    )


def _chart(chart: ChartText) -> pb.Chart:
    return pb.Chart(section=chart.section, title=chart.title, finding=chart.finding, basis=chart.basis)


def _reasons(
    bundle: Bundle, found: Explained, top: int, attribution: Callable[[int], pb.Attribution]
) -> tuple[list[pb.Reason], list[pb.Reason]]:
    """Raising and lowering reasons; ``attribution``: that of a position in the vector."""

    def message(reason: Reason) -> pb.Reason:
        return pb.Reason(
            text=reason.text, contribution=reason.contribution, leading=[attribution(one) for one in reason.leading]
        )

    why = reasons(bundle.schema.specs, found.contributions, top)
    return [message(one) for one in why.raising], [message(one) for one in why.lowering]


def _attribution(feature: str, value: float, contribution: float) -> pb.Attribution:
    known = value if value == value else None  # noqa: PLR0124 - NaN
    return pb.Attribution(feature=feature, value=known, contribution=contribution)
