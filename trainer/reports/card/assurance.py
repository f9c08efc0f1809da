"""That the served model is the fitted one, how it is watched, and how it is made again."""

from typing import Final

from creditrisk.drift.homogeneity import LEVEL
from creditrisk.drift.reference import FEWEST
from creditrisk.model.families import ModelFamily
from trainer.reports.card.facts import CardFacts
from trainer.reports.card.markdown import bullets, code, counted, plain, share, table

CHECKED: Final = {
    "ordinary": "margins on rows like the training rows",
    "thresholds": "margins on every split's threshold and next to it",
    "bounds": "margins on the bounds and levels of every column and next to them",
    "missing": "margins with values missing",
    "categories": "margins with categories never seen",
    "zeros": "margins on zeros and the smallest numbers",
    "extremes": "margins on the largest numbers",
    "leaves": "the leaf of every tree",
    "batches": "scores of a row alone and among others",
    "calibration": "calibrated log-odds",
    "pd": "PDs",
    "contributions": "contributions, against the fitting library's or shap's",
    "additivity": "base and contributions, against the margin",
}
_NATIVE: Final = {
    ModelFamily.LIGHTGBM: "LightGBM",
    ModelFamily.FOREST: "scikit-learn",
    ModelFamily.LOGISTIC: "scikit-learn",
}


def certificate(facts: CardFacts) -> str:
    """What the export was compared on, and how closely it agrees."""
    found = facts.certificate
    rows = [
        (
            plain(CHECKED.get(check.name, check.name)),
            f"{check.rows:,}",
            f"{check.differing:,}",
            _bound(check.bound, check.name),
        )
        for check in found.checks
    ]
    worst = [
        ("of a margin", found.max_margin_error),
        ("of a contribution", found.max_contribution_error),
        ("of base and contributions against the margin", found.max_additivity_error),
    ]
    verdict = "**passed**: a bundle cannot be sealed without" if found.passed else "**not passed**"
    return (
        f"Services run the model as an ONNX graph in double precision. It was compared with {_NATIVE[found.family]}'s "
        f"own answers on rows made to find fault; the certificate is {verdict}. Seed {found.seed}.\n\n"
        f"{table(('Compared', 'Rows', 'Differing', 'Allowed difference'), rows, numbers=3)}\n\n"
        f"Largest errors seen, in log-odds: {', '.join(f'{_size(error)} {name}' for name, error in worst)}. At start "
        "every service reproduces answers recorded in the bundle, or does not serve."
    )


def monitoring(facts: CardFacts) -> str:
    """What watches the model, against what, and what a person has to look at."""
    return (
        "The drift service counts every decision once and compares windows of them with the reference in the bundle: "
        f"the {facts.source.rows:,} rows of *Data* with their out-of-fold PDs, in all and by contract type where there "
        f"are {FEWEST} rows.\n\n"
        + bullets(
            (
                "**Drift** of each feature, of the PD and of decisions: an exact test, adjusted over all quantities "
                f"and segments, with a false alarm in at most {share(LEVEL, 0)} of windows. PSI and others describe "
                "the size of a change; they raise no alarm.",
                "**Performance before outcomes**: AUC, cost and default rate expected from the PDs. It holds while "
                "defaults depend on the features as they did; where that changed it is wrong and cannot know it.",
                "**Performance by outcomes**, once these are recorded, beside what was expected, and default rates by "
                "month of approval.",
                "**To watch**: the gap of realised and expected default rate; calibration by group; approvals by "
                "group, which the service does not count; histories that are missing or stale; values "
                "scored as missing with a warning; referrals and overrides.",
                "**To act on**: an alarm is a reason to look. Refit, recalibrate or withdraw by the bank's own "
                "procedure, whose limits the owner sets.",
            )
        )
    )


def reproduction(facts: CardFacts) -> str:
    """The commands that make the model again, and by what to tell that it is the same."""
    manifest, costs = facts.manifest, facts.costs
    commands = [
        f"python -m trainer data {f'--rows {facts.source.rows}' if facts.synthetic else '--source FOLDER'}",
        f"python -m trainer fit --model {manifest.family} --seed {facts.certificate.seed}",
    ]
    told = [
        f"--false-negative {costs.false_negative:g} --false-positive {costs.false_positive:g}",
        *(f'--allow "{attribute}"' for attribute in sorted(facts.allowed)),
    ]
    script = "\n".join((*commands[:-1], " \\\n  ".join((commands[-1], *told))))
    seed = ", made with the seed that `data.json` names," if facts.synthetic else " (FOLDER holds Kaggle's files)"
    none = (
        "" if facts.allowed else " The command line cannot say that no protected attribute is allowed; `Options` can."
    )
    return (
        f"```sh\n{script}\n```\n\n"
        f"The data{seed} must have the fingerprint {code(manifest.data_fingerprint)}, the features "
        f"{code(manifest.schema_fingerprint)}; libraries and settings are those of *Model details*.{none} With equal "
        f"rows, settings and seed the fit is deterministic ({counted(len(facts.auc_by_fold), 'fold')}, stratified, "
        "shuffled by the seed). A recorded decision is reproduced from the vector in its record, the bundle of its "
        "hash and the policy of its hash."
    )


def _bound(bound: float, name: str) -> str:
    if not bound:
        return "none: the same bits"
    size = f"{bound:g}".replace("e-0", "e-")
    return f"{size} units in the last place" if name == "pd" else f"{size} in log-odds"


def _size(error: float) -> str:
    return f"{error:.1e}" if error else "0"
