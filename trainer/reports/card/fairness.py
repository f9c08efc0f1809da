"""Whom decisions by the proposed threshold favour."""

from collections.abc import Sequence

from trainer.evaluation.fairness import FEWEST, FOUR_FIFTHS, SMALL, Fairness, GroupFairness
from trainer.reports.card.facts import CardFacts
from trainer.reports.card.inputs import protected
from trainer.reports.card.markdown import counted, figure, listed, percents, plain, share, spanned, table


def fairness(facts: CardFacts) -> str:
    """Figures by group of each attribute."""
    if not facts.fairness:
        return "Decisions by group were not measured for this model. They must be before it decides."
    return (
        "By group, for decisions by PD alone: approval, its ratio to the group approved most often (the reference), "
        "and equal opportunity, the difference of approval among those who repaid (Hardt, Price & Srebro 2016). "
        "Approval differs where default rates do, whatever the model: read it beside the default rate and the mean PD, "
        "which agree in a group whose risk is neither over- nor understated. Four fifths is a rule of thumb of US "
        "hiring (29 CFR 1607.4 D): a reason to look, no finding of law.\n\n"
        + "\n\n".join((*(_attribute(found) for found in facts.fairness), _unseen(facts)))
    ).rstrip()


def _attribute(found: Fairness) -> str:
    header = (
        "Group",
        "Applicants",
        "Default rate, %",
        "Mean PD, %",
        "Approved, %",
        "Approval ratio",
        "Equal opportunity, points",
    )
    return "\n\n".join(
        (
            f"### By {plain(found.attribute)}",
            f"Declining from a PD of {share(found.threshold, 2)}; reference: {plain(found.reference)}.",
            table(header, [_row(group, found.reference) for group in found.groups], numbers=6),
            _remarks(found),
        )
    )


def _unseen(facts: CardFacts) -> str:
    """Protected attributes that the model draws on and no table is of."""
    seen = {found.attribute for found in facts.fairness}
    unseen = [one.value for one in protected(facts.specs) if one.value not in seen]
    return f"**Not looked at, though the model draws on it: {listed(unseen)}.**" if unseen else ""


def _row(group: GroupFairness, reference: str) -> tuple[str, ...]:
    name = plain(group.group)
    own = (
        f"{name} (few)" if group.small else name,
        f"{group.rows:,}",
        percents(group.default_rate),
        figure(100 * group.mean_pd, 1),
        percents(group.approval),
    )
    if group.group == reference:
        return (*own, "1", "0")
    return (*own, spanned(group.approval_ratio, 2), percents(group.opportunity_gap))


def _remarks(found: Fairness) -> str:
    """What of the figures calls for a look, in sentences."""
    sure = [group.group for group in found.groups if group.approval_ratio.high < FOUR_FIFTHS]
    below = [
        group.group for group in found.groups if group.approval_ratio.estimate < FOUR_FIFTHS and group.group not in sure
    ]
    misjudged = [
        group.group for group in found.groups if not group.default_rate.low <= group.mean_pd <= group.default_rate.high
    ]
    told = [
        f"Below four fifths of the reference's approval: {_named(sure)} with the whole interval, {_named(below)} by "
        "the estimate alone.",
        f"Mean PD outside the interval of the default rate: {_named(misjudged)}.",
    ]
    if any(group.small for group in found.groups):
        told.append(f"Few: under {SMALL} applicants, to be read with care.")
    if found.left_out:
        # A count of a few applicants would be a fact about them.
        few = found.left_out < FEWEST
        left_out = f"Fewer than {FEWEST} applicants" if few else counted(found.left_out, "applicant")
        told.append(f"{left_out} of unknown or very small groups are left out.")
    return " ".join(told)


def _named(groups: Sequence[str]) -> str:
    return listed([plain(group) for group in groups])
