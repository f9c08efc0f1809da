"""How good the model is: measures, calibration, and what the proposed threshold means."""

from typing import Final

import numpy as np

from trainer.evaluation.measures import MEASURES, Measure
from trainer.reports.card.facts import CardFacts
from trainer.reports.card.markdown import counted, figure, listed, percents, share, span, spanned, table
from trainer.reports.differences import NAMES

_MEANING: Final = {
    Measure.AUC: "chance that a defaulter's PD is above a good applicant's; 0.5: by chance",
    Measure.GINI: "2·AUC − 1",
    Measure.KS: "greatest distance between the distributions of PD of the two outcomes",
    Measure.AVERAGE_PRECISION: "mean share of defaulters among those as risky as a defaulter or more; by chance: the "
    "default rate",
    Measure.BRIER: "mean squared distance of PD and outcome",
    Measure.LOG_LOSS: "mean negative log-likelihood, in nats",
    Measure.CALIBRATION_ERROR: "mean gap of PD and default rate over tenths of applicants; see *Calibration*",
    Measure.COST: "mean cost of wrong decisions at the proposed threshold, in the unit of the costs",
}


def performance(facts: CardFacts) -> str:
    """The measures, and their spread over folds."""
    rows = [
        (
            NAMES[measure],
            "higher" if measure.more_is_better else "lower",
            _MEANING[measure],
            figure(facts.measured[measure].estimate),
            span(facts.measured[measure]),
        )
        for measure in MEASURES
        if measure in facts.measured
    ]
    header = ("Measure", "Better", "What it is", "Estimate", "95 % interval")
    return (
        f"{table(header, rows, numbers=2)}\n\n{_folds(facts.auc_by_fold)}\n\n"
        "Intervals say what other applicants of the same population would have made of these figures. What other "
        "training rows would have made of the model, and what a changed population makes of both, is not in them. "
        "That of the calibration error is rough: where PDs are right it measures noise."
    )


def calibration(facts: CardFacts) -> str:
    """Whether PDs are default rates."""
    found = facts.reliability
    off = int(((found.low > found.mean_pd) | (found.mean_pd > found.high)).sum())
    within = found.error <= found.error_by_chance
    rows = [
        (share(mean, 2), share(rate, 2), f"{share(low, 2)} to {share(high, 2)}", f"{count:,.0f}")
        for mean, rate, low, high, count in zip(
            found.mean_pd, found.default_rate, found.low, found.high, found.rows, strict=True
        )
    ]
    return (
        f"PD and default rate differ by {figure(100 * found.error, 2)} percentage points on average over tenths of the "
        f"applicants. Were every PD right, chance alone would stay below {figure(100 * found.error_by_chance, 2)} "
        f"points in 95 % of samples: the error is **{'no more' if within else 'more'} than chance explains**. At "
        f"{off} of {counted(len(rows), 'level')} of PD below the mean PD lies outside the default rate's interval; "
        f"about one in twenty does where all are right. The mean PD of all rows equals their default rate by "
        f"construction.\n\n{table(('Mean PD', 'Default rate', '95 % interval', 'Applicants'), rows, numbers=4)}"
    )


def threshold(facts: CardFacts) -> str:
    """Where to decline, why there, and what follows."""
    costs, curve = facts.costs, facts.curve
    theory, optimum = curve.by_theory, curve.optimum
    inside = optimum.low <= costs.threshold <= optimum.high
    rows = [
        ("Proposed threshold, in the bundle", share(facts.manifest.proposed_threshold, 2)),
        (
            f"By theory, {costs.false_positive:g} / ({costs.false_negative:g} + {costs.false_positive:g})",
            share(costs.threshold, 2),
        ),
        ("Least cost on these rows at", f"{percents(optimum, 2)} %"),
        ("Cost per applicant at the theoretical threshold", spanned(curve.at_theoretical)),
        ("Least cost per applicant on these rows", spanned(curve.least)),
        ("Difference of the two", spanned(curve.excess)),
    ]
    then = [
        ("Approved, share of applicants", share(theory.approval_rate)),
        ("Defaults among the approved", share(theory.default_rate, 2)),
        ("Expected loss per 1,000 applicants, by PD", figure(theory.expected_loss, 1)),
        ("Realised loss per 1,000 applicants, by outcome", figure(theory.realised_loss, 1)),
    ]
    return (
        f"Approving a default is taken to cost {costs.false_negative:g}, declining a good applicant "
        f"{costs.false_positive:g}. With calibrated PDs the least cost is then known beforehand (Elkan 2001). The "
        "threshold of least cost on the rows is a check of that and no better one: the cost is flat there. Theory lies "
        f"**{'inside' if inside else 'outside'}** its interval.\n\n"
        f"{table(('Threshold', 'Value'), rows, numbers=1)}\n\n"
        f"Declining from a PD of {share(costs.threshold, 2)} would have meant, on these rows (a loss is that of "
        f"defaults approved, in the unit of the costs):\n\n{table(('Outcome', 'Value'), then, numbers=1)}\n\n"
        "The ratio of costs is the bank's to state, and decides the threshold. The rows are those of loans that were "
        "granted: shares are of such applicants, not of all who apply."
    )


def _folds(aucs: tuple[float, ...]) -> str:
    told = f"ROC AUC by fold: {listed([figure(auc) for auc in aucs])}"
    if len(aucs) == 1:
        return f"{told}."
    return f"{told}; mean {figure(float(np.mean(aucs)))}, standard deviation {figure(float(np.std(aucs, ddof=1)))}."
