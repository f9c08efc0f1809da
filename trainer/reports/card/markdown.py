"""Pieces of GitHub-flavoured Markdown that hold text from data, and figures with their intervals."""

import math
import re
from collections.abc import Iterable, Sequence
from typing import Final

from trainer.evaluation.resampling import Interval

_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>#~|&$])")
_UNKNOWN: Final = "—"


def plain(text: str) -> str:
    """``text`` that reads as it is: on one line, no letter of it taken for markup, a table's end or a link."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def code(text: str) -> str:
    """A name or a hash as it is in files; what would end the span or a table's cell is left out."""
    name = re.sub(r"[`|\\]", "", " ".join(text.split()))
    return f"`{name}`"


def table(header: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: int = 0) -> str:
    """A table of cells in Markdown; the last ``numbers`` columns are set to the right."""
    rules = ["---"] * (len(header) - numbers) + ["--:"] * numbers
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (header, rules, *rows))


def bullets(points: Iterable[str]) -> str:
    """A list."""
    return "\n".join(f"- {point}" for point in points)


def figure(value: float, digits: int = 4) -> str:
    """A number, or a dash where there is none."""
    return f"{value:,.{digits}f}".replace("-", "−") if math.isfinite(value) else _UNKNOWN


def share(value: float, digits: int = 1) -> str:
    """A share in percent: "9.1 %"."""
    return f"{figure(100 * value, digits)} %" if math.isfinite(value) else _UNKNOWN


def span(interval: Interval, digits: int = 4) -> str:
    """A figure's bounds: "0.7502 to 0.7661"."""
    return f"{figure(interval.low, digits)} to {figure(interval.high, digits)}"


def spanned(interval: Interval, digits: int = 4) -> str:
    """A figure with its bounds: "0.7582 (0.7502 to 0.7661)"."""
    return f"{figure(interval.estimate, digits)} ({span(interval, digits)})"


def percents(interval: Interval, digits: int = 1) -> str:
    """A share with its bounds, in percent but without the sign: "9.1 (8.8 to 9.4)"."""
    return spanned(Interval(*(100 * one for one in (interval.estimate, interval.low, interval.high))), digits)


def apart(interval: Interval, digits: int = 4) -> str:
    """A difference with its bounds, all signed: "+0.0278 (+0.0222 to +0.0334)"."""
    estimate, low, high = (signed(one, digits) for one in (interval.estimate, interval.low, interval.high))
    return f"{estimate} ({low} to {high})"


def signed(value: float, digits: int = 4) -> str:
    """A number with its sign."""
    return f"{value:+.{digits}f}".replace("-", "−") if math.isfinite(value) else _UNKNOWN


def listed(words: Sequence[str]) -> str:
    """Words in a sentence: "a, b and c"."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else "none"


def counted(number: int, thing: str) -> str:
    """A number of things: "1 table", "2 tables"."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
