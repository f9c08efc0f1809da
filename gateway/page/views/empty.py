"""What is said where there is nothing yet."""

from gateway.page.render import render
from gateway.texts import Language


def empty(text: str, language: Language) -> str:
    """``text`` in the place of what will be there."""
    return render("empty", language, text=text)
