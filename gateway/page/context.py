"""What all tabs are made with, and who sits before them."""

from dataclasses import dataclass

import gradio as gr

from gateway.login.guard import signed_in
from gateway.login.users import Role, User
from gateway.page.calls import Calls
from gateway.page.catalogue import Catalogues
from gateway.page.views.problem import Forbidden
from gateway.texts import Language


@dataclass(frozen=True, slots=True)
class Context:
    """A page in ``language``."""

    language: Language
    calls: Calls
    catalogues: Catalogues
    most_rows: int
    """Rows that a file of applications may have."""


def reader(request: gr.Request) -> User:
    """Who sent ``request``, with the role that held then."""
    if request.request is None:
        raise TypeError("a request of Gradio's without its own")
    return signed_in(request.request)


def analyst(request: gr.Request) -> User:
    """As ``reader``, of one who may decide.

    Raises:
        Forbidden: the role is another.
    """
    user = reader(request)
    if user.role is not Role.ANALYST:
        raise Forbidden
    return user


def client_of(user: User) -> str:
    """In whose name decisions of ``user`` are recorded."""
    return f"gateway/{user.name}"
