"""The certificate of a model's export, in words."""

from creditrisk.errors import InvalidBundle
from creditrisk.model.certificate import Certificate, Check
from gateway.page.render import render
from gateway.page.views.empty import empty
from gateway.texts import Language


def certified(document: bytes, language: Language) -> str:
    """The card of a certificate, from its JSON."""
    say = language.say
    try:
        certificate = Certificate.from_json(document.decode("utf-8", "replace"))
    except InvalidBundle:
        return empty(say("The certificate cannot be read: the bundle is of another version, or damaged."), language)
    words = _compared(language)
    rows = [
        (words.get(one.name, one.name), language.number(one.rows), one.differing, _allowed(one, language))
        for one in certificate.checks
    ]
    worst = [
        (say("of a margin"), certificate.max_margin_error),
        (say("of a contribution"), certificate.max_contribution_error),
        (say("of base and contributions against the margin"), certificate.max_additivity_error),
    ]
    return render(
        "certificate",
        language,
        passed=certificate.passed,
        total=sum(one.rows for one in certificate.checks),
        differing=sum(one.differing for one in certificate.checks),
        rows=rows,
        worst=[(name, f"{error:.1e}" if error else "0") for name, error in worst],
        versions=sorted(certificate.versions.items()),
        seed=certificate.seed,
    )


def _compared(language: Language) -> dict[str, str]:
    """What each check compares, by its name."""
    say = language.say
    return {
        "ordinary": say("margins on rows like the training rows"),
        "thresholds": say("margins on every split's threshold and next to it"),
        "bounds": say("margins on the bounds and levels of every column and next to them"),
        "missing": say("margins with values missing"),
        "categories": say("margins with categories never seen"),
        "zeros": say("margins on zeros and the smallest numbers"),
        "extremes": say("margins on the largest numbers"),
        "leaves": say("the leaf of every tree"),
        "batches": say("scores of a row alone and among others"),
        "calibration": say("calibrated log-odds"),
        "pd": say("PDs"),
        "contributions": say("contributions, against the fitting library's or shap's"),
        "additivity": say("base and contributions, against the margin"),
    }


def _allowed(check: Check, language: Language) -> str:
    """The largest difference that a check allows."""
    if not check.bound:
        return language.say("none: the same bits")
    if check.name == "pd":
        return language.say("{units} units in the last place", units=language.number(check.bound))
    return language.say("{size} in log-odds", size=f"{check.bound:.0e}")
