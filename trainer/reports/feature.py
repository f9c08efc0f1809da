"""What charts say of a feature."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature's ``name``, ``meaning`` and ``unit``, its ``theme``, and the ``table`` it comes from."""

    name: str
    meaning: str
    unit: str
    theme: str
    table: str
