"""From a view's values to HTML: templates of this folder, escaped, in a language."""

from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from gateway.texts import Language

_TEMPLATES: Final = Environment(
    loader=PackageLoader("gateway.page"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(template: str, language: Language, **values: Any) -> str:
    """``template`` (a file of templates/, without its ending) with ``values``; everything in them is escaped."""
    return _TEMPLATES.get_template(f"{template}.html").render(language=language, say=language.say, **values)
