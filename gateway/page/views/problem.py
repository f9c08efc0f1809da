"""What is said where there is no answer."""

from typing import Final

from creditrisk.errors import InvalidArgument, Violation
from gateway.page.calls import CallFailed
from gateway.page.catalogue import field_label
from gateway.page.render import render
from gateway.texts import Language

GONE: Final = (503, 504)


class Forbidden(Exception):
    """The user's role does not allow it."""


Failure = CallFailed | InvalidArgument | Forbidden
"""What a page shows instead of an answer; anything else is an error of the program."""


def problem(error: Failure, language: Language) -> str:
    """``error`` in words: what is wrong, with which field, and what to do."""
    say = language.say
    if isinstance(error, Forbidden):
        detail = say("Ask for the role of an analyst to decide on applications.")
        return render("problem", language, title=say("Your role does not allow this"), detail=detail, violations=())
    violations = [(field_label(one.field, language), one.rule) for one in _violations(error)]
    title, detail = _words(error, language)
    return render("problem", language, title=title, detail="" if violations else detail, violations=violations)


def _violations(error: CallFailed | InvalidArgument) -> tuple[Violation, ...]:
    return tuple(error.violations if isinstance(error, InvalidArgument) else error.problem.violations)


def _words(error: CallFailed | InvalidArgument, language: Language) -> tuple[str, str]:
    """Title and detail."""
    say = language.say
    if isinstance(error, InvalidArgument):
        return say("This cannot be taken as it is"), ""
    detail = error.problem.detail
    match error.problem.status:
        case status if status in GONE:
            title = say("The {service} service does not answer", service=error.service)
            return title, say(
                "Try again in a moment: what is asked for twice is recorded once. ({detail})", detail=detail
            )
        case 400:
            return say("This cannot be taken as it is"), detail
        case 404:
            return say("There is no such thing"), detail
        case 429:
            return say("Too much is going on at once"), say("Try again in a moment.")
        case _:
            return say("It did not work"), detail
