"""What each threshold earns: interest against losses."""

from trainer.evaluation.profit import ProfitCurve
from trainer.evaluation.resampling import Interval
from trainer.reports.chart import Chart, Section, percent
from trainer.reports.curves import BASIS, Curves
from trainer.reports.marks import hints, shares

_MILLION = 1e6


def profit_chart(curve: ProfitCurve) -> Chart:
    """Profit and approvals by threshold."""
    lending, optimum = curve.lending, curve.optimum
    curves = Curves(
        {
            "threshold": curve.thresholds,
            "profit": curve.profit / _MILLION,
            "low": curve.low / _MILLION,
            "high": curve.high / _MILLION,
            "approval_rate": curve.approval_rate,
        },
        (lending.threshold, "loans stop paying"),
        optimum,
        [
            *shares(("threshold:Q", "decline from PD"), ("approval_rate:Q", "approved")),
            *hints(("profit:Q", "profit per 1,000 applicants, millions"), ("low:Q", "from"), ("high:Q", "to")),
        ],
    )
    return Chart(
        name="threshold_profit",
        section=Section.THRESHOLD,
        title="What each threshold earns",
        finding=(
            f"Loans stop paying at a PD of {percent(lending.threshold)}; declining from there earns "
            f"{_millions(curve.at_theoretical)} per 1,000 applicants. The most on these rows is earned at "
            f"{percent(optimum.estimate)} ({percent(optimum.low)} to {percent(optimum.high)}): {_millions(curve.most)}."
        ),
        basis=(
            f"{BASIS} A loan repaid earns {percent(lending.interest_margin)} of its amount, a default loses "
            f"{percent(lending.loss_given_default)} of it: assumptions of this report, not facts of the data."
        ),
        body=curves.stacked(
            curves.leading("profit", "Profit per 1,000 applicants, millions of the currency", 210),
            curves.share("approval_rate", "Approved, share of applicants", 100, last=True),
        ),
        tables=curves.tables,
    )


def _millions(figure: Interval) -> str:
    low, high = figure.low / _MILLION, figure.high / _MILLION
    return f"{figure.estimate / _MILLION:.1f} million ({low:.1f} to {high:.1f})"
