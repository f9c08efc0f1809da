"""What the figures cannot show, and what is owed to the people decided about."""

from typing import Final

from creditrisk.model.families import ModelFamily
from trainer.reports.card.facts import CardFacts
from trainer.reports.card.markdown import bullets

_GENERATED: Final = (
    "**Generated data.** The generator follows Home Credit's rows in marginals and dependence, not in rare "
    "combinations. All limits below hold of what it imitates; none of the figures holds of people."
)
_LIMITS: Final = (
    "**Rejected applicants are not in the data.** Outcomes are known of granted loans alone. Of applicants like those "
    "once refused the PD is an extrapolation, as a rule too low; approval rates are not those of all who apply. Reject "
    "inference, or a small random sample approved on purpose, would be needed to know.",
    "**One lender, a few years.** Countries, years and products are not published. Another lender's applicants, "
    "another scale of external scores or another bureau need a model, or at least a calibration, of their own.",
    "**No economy in it.** No macroeconomic variable enters and no calendar date is known: a PD is that of the years "
    "of the data. In a downturn it will be too low, and no figure here says by how much.",
    "**The outcome is early and mild.** Late payments in the first instalments stand for default. The PD is no "
    "12-month or lifetime PD, and tells nothing of the loss.",
    "**No out-of-time test.** All figures are of rows of the same time (see *Data*). Before use: a sample of the "
    "bank's own, later than the training rows.",
    "**External scores.** Three scores of unknown origin weigh heavily. How they are made, and whether protected "
    "attributes enter them, is not known here.",
    "**Groups are few in places.** Figures by group and by level of PD rest on the numbers shown beside them; combined "
    "groups (age by sex, for one) were not looked at.",
)
_EXPLAINED: Final = {
    ModelFamily.LIGHTGBM: "along the trees' own paths (TreeSHAP, path-dependent)",
    ModelFamily.FOREST: "along the trees' own paths (TreeSHAP, path-dependent)",
    ModelFamily.LOGISTIC: "each feature's weight times its distance from the mean, features taken as independent",
}


def limits(facts: CardFacts) -> str:
    """What the figures do not show."""
    explained = (
        "**Reasons explain the model, not the person.** SHAP values share out this model's log-odds among its "
        f"features, {_EXPLAINED[facts.manifest.family]}. Features that go together share credit arbitrarily; that a "
        "value raised the PD does not mean that changing it would change the risk."
    )
    unconstrained = (
        ()
        if facts.constrained
        else (
            "**No constraints.** The PD may move against what is expected of a feature (see *Features*): reasons given "
            "to applicants need a look before they go out.",
        )
    )
    return bullets((*((_GENERATED,) if facts.synthetic else ()), *_LIMITS, explained, *unconstrained))


def ethics(_: CardFacts) -> str:
    """What is owed to the people decided about."""
    return bullets(
        (
            "**A decision changes a life.** Refusing a loan that would have been repaid harms the applicant; granting "
            "one that cannot be repaid harms the applicant as well, not the bank alone. The costs by which the "
            "threshold is set are the bank's; they hold neither harm.",
            "**Past decisions are in the data.** Who was granted a loan, and on what terms, was decided by people and "
            "models before. The model can carry their bias on, and what it declines will never be seen to be wrong.",
            "**Proxies.** Income, occupation, region and family size go with protected attributes. Where default rates "
            "differ, calibration within groups and equal error rates cannot both be had (Kleinberg, Mullainathan & "
            "Raghavan 2016; Chouldechova 2017): which is owed is a decision for people.",
            "**Reasons and recourse.** Every decision is recorded with the vector, the bundle and the policy that made "
            "it, and is explained from that record. The bank owes applicants those reasons, correction of wrong data "
            "and a human's review where law gives them these.",
            "**Personal data.** Bundle, card and charts hold counts and averages, no applicant's row; groups of a "
            "handful are left out.",
            "**Regulation.** Scoring natural persons' credit is high-risk under the EU AI Act (annex III, 5 b); this "
            "card is a part of the documentation asked for there and by model-risk guidance (SR 11-7, EBA), not the "
            "whole.",
        )
    )
