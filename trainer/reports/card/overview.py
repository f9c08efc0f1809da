"""The card's first page: what the model is, what it is for, and who answers for it."""

from typing import Any, Final

from creditrisk.model.families import ModelFamily
from trainer.evaluation.fairness import Fairness
from trainer.evaluation.measures import Measure
from trainer.reports.card.facts import CardFacts
from trainer.reports.card.inputs import protected
from trainer.reports.card.markdown import bullets, code, counted, figure, listed, plain, share, spanned, table

FAMILIES: Final = {
    ModelFamily.LIGHTGBM: "gradient-boosted decision trees (LightGBM)",
    ModelFamily.FOREST: "random forest (scikit-learn)",
    ModelFamily.LOGISTIC: "logistic regression (scikit-learn)",
}
_MARGINS: Final = {
    ModelFamily.LIGHTGBM: "A margin is the sum of many small decision trees, each fitted to what those before it left "
    "unexplained (gradient boosting of the log loss).",
    ModelFamily.FOREST: "A margin is the mean vote of decision trees, each grown on a resample of the rows; a leaf "
    "votes with its log-odds of default, smoothed by the rate of all rows.",
    ModelFamily.LOGISTIC: "A margin is a weighted sum with an L2 penalty: numbers are filled with the median where "
    "missing, held within bounds and standardised; a category has a weight a level.",
}
_OWNED: Final = (
    "Model owner",
    "Contact",
    "Business unit and product",
    "Risk tier",
    "Independent validator",
    "Validation report",
    "Approved by, and date",
    "Conditions of approval",
    "Next review",
)


def warnings(facts: CardFacts) -> list[str]:
    """What must be read before anything else."""
    found = []
    if facts.synthetic:
        found.append(
            "> **SYNTHETIC DATA.** This model was fitted or measured on generated applications. They are no one: "
            "every figure below shows that the machinery works, none says anything about people or about how well "
            "the model would lend. **It must not decide about anybody.**"
        )
    if failures := facts.certificate.failures:
        names = ", ".join(check.name for check in failures)
        found.append(f"> **NOT CERTIFIED.** The exported model differs from the fitted one ({names}). Do not use it.")
    elif not facts.certificate.passed:
        found.append("> **NOT CERTIFIED.** The certificate lacks checks that the model's family needs. Do not use it.")
    return found


def summary(facts: CardFacts) -> str:
    """The figures that decide, in one table."""
    auc, cost = (facts.measured.get(measure) for measure in (Measure.AUC, Measure.COST))
    theory, found = facts.curve.by_theory, facts.reliability
    rows = [
        (
            "What does it give?",
            "a probability that an applicant for a consumer loan gets into payment difficulties (PD)",
        ),
        ("Model", FAMILIES[facts.manifest.family]),
        (
            "Data",
            f"{plain(facts.source.data)}; {facts.source.rows:,} applications, {share(facts.default_rate, 2)} default",
        ),
        ("Features", f"{len(facts.specs):,}"),
        ("ROC AUC, out of fold", spanned(auc) if auc else "not measured"),
        ("Cost per applicant, out of fold", spanned(cost) if cost else "not measured"),
        (
            "Mean gap of PD and default rate",
            f"{figure(100 * found.error, 2)} points; by chance, up to {figure(100 * found.error_by_chance, 2)}",
        ),
        (
            f"Declining from a PD of {share(facts.costs.threshold, 2)}",
            f"approves {share(theory.approval_rate)}; of these {share(theory.default_rate)} default",
        ),
        *((f"Approval by {plain(one.attribute)}", _lowest(one)) for one in facts.fairness),
        ("Protected attributes in the model", listed([one.value for one in protected(facts.specs)])),
        ("Does it keep to declared directions?", "yes" if facts.constrained else "no: fitted without constraints"),
        ("Export certificate", "passed" if facts.certificate.passed else "**not passed**"),
    ]
    return table(("Question", "Answer"), rows)


def ownership(_: CardFacts) -> str:
    """What the trainer cannot know."""
    rows = [(name, "*to be filled in by the owner*") for name in _OWNED]
    return (
        f"The trainer cannot know these. The card is incomplete while one is open.\n\n{table(('Field', 'Entry'), rows)}"
    )


def details(facts: CardFacts) -> str:
    """What the model is made of, and by what it is known."""
    manifest = facts.manifest
    versions = facts.certificate.versions | manifest.libraries
    rows = [
        ("Family", FAMILIES[manifest.family]),
        ("Version", code(manifest.model_version)),
        ("Made", f"{code(manifest.created)} (UTC)"),
        ("Bundle format", str(manifest.format)),
        ("Fingerprint of the data (SHA-256)", code(manifest.data_fingerprint)),
        ("Fingerprint of the features (SHA-256)", code(manifest.schema_fingerprint)),
        *((f"{plain(name)} (SHA-256)", code(sha256)) for name, sha256 in sorted(manifest.files.items())),
        *((f"Setting: {plain(name)}", plain(_setting(value))) for name, value in facts.settings.items()),
        ("Libraries", ", ".join(f"{plain(name)} {plain(version)}" for name, version in sorted(versions.items()))),
    ]
    sealed = "" if manifest.files else "Hashes of all files are in the bundle's `manifest.json`. "
    return (
        f"{_MARGINS[manifest.family]} Two numbers, a slope and an intercept, turn margins into log-odds of default and "
        "these into PDs (Platt scaling, fitted on out-of-fold margins). No row is resampled or weighted by its "
        "outcome. The model handed over is fitted on all rows, with the settings below.\n\n"
        f"{table(('Item', 'Value'), rows)}\n\n"
        f"{sealed}The bundle's hash, the SHA-256 of its manifest, names the model in every decision."
    )


def use(_: CardFacts) -> str:
    """What the model is for, for whom, and for what not."""
    meant = bullets(
        (
            "**Use.** To estimate, when a person applies for a consumer loan (cash or revolving), the chance of "
            "payment difficulties; with the bank's policy file the PD becomes approve, refer or decline.",
            "**Users.** Core-banking systems that ask for a decision, credit officers who read a decision's reasons, "
            "and the risk, validation and monitoring functions that answer for it.",
            "**The decision is the policy's.** Thresholds, bands for referral and knock-out rules stand in a file that "
            "the bank owns and may change without a new model; this card tells of the model and of the threshold it "
            "proposes.",
        )
    )
    out = bullets(
        (
            "Capital requirements, provisions and stress tests: the PD has another definition of default and another "
            "horizon than these ask for (see *Data*).",
            "Pricing, limits and collections, and the behaviour of customers who have a loan already.",
            "Companies, mortgages, and lenders, countries or products the data do not hold.",
            "Declining a person by the model alone where law asks for a human's review (in the EU: GDPR, art. 22).",
            "Identity, fraud, marketing, employment, tenancy, insurance.",
            "Reading the PD, or its reasons, as causes: see *Limits and risks*.",
        )
    )
    return f"{meant}\n\n### Not intended\n\n{out}"


def title(facts: CardFacts) -> str:
    """The card's title."""
    return f"Model card: {FAMILIES[facts.manifest.family]}, version {facts.manifest.model_version}"


def basis(facts: CardFacts) -> str:
    """How to read the card."""
    folds = counted(len(facts.auc_by_fold), "fold")
    return (
        f"{plain(facts.source.line)} Figures are of out-of-fold PDs ({folds}): every row is measured by a model that "
        "did not see it. Figures in brackets are 95 % bootstrap intervals."
    )


def _lowest(found: Fairness) -> str:
    lowest = min(found.groups, key=lambda group: group.approval_ratio.estimate)
    if lowest.group == found.reference:
        return f"one group alone is shown, {plain(lowest.group)}"
    ratio = f"{plain(lowest.group)} is approved {spanned(lowest.approval_ratio, 2)} times as often"
    return f"{ratio} as {plain(found.reference)}"


def _setting(value: Any) -> str:
    match value:
        case float():
            return f"{value:g}"
        case list() | tuple():
            return ", ".join(map(_setting, value)) or "none"
        case dict():
            return ", ".join(f"{name} {_setting(one)}" for name, one in value.items()) or "none"
        case _:
            return str(value)
