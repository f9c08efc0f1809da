"""The top of the page: who is signed in, and whether the services are well."""

from collections.abc import Mapping

from gateway.login.users import User
from gateway.page.render import render
from gateway.services import SERVING
from gateway.texts import LANGUAGES, Language


def header(user: User | None, health: Mapping[str, str], language: Language) -> str:
    """The header for ``user`` (None: not known yet), with each service's word on its ``health``."""
    others = [one for one in LANGUAGES.values() if one.code != language.code]
    services = [(name, said == SERVING) for name, said in health.items()]
    return render("header", language, user=user, services=services, others=others)
