"""Lines of text that fit a width, where nothing can be asked how wide text will be."""

from typing import Final

_NARROW: Final = frozenset(" .,;:'’“”!|()[]ijlftrI/-")
_WIDE: Final = frozenset("mwMW%@—…_")


def wrapped(text: str, size: float, width: float) -> list[str]:
    """``text`` in lines of at most about ``width``, in type of ``size``, both in units of the chart.

    Letters are taken as wide as Arial's, a little generously: names of features are capitals for the most part.
    """
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if lines[-1] and size * _ems(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _ems(text: str) -> float:
    return sum(
        0.3 if letter in _NARROW else 0.85 if letter in _WIDE else 0.7 if letter.isupper() else 0.56 for letter in text
    )
