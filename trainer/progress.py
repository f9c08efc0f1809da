"""Progress a person can follow: a bar with the time left on a terminal, a line now and then elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

CONSOLE: Final = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 110)
EVERY: Final = 10.0
"""Seconds between lines where there is no terminal."""


class Bar:
    """One task's progress, from 0 to ``total``."""

    def __init__(self, progress: Progress | None, what: str, total: float) -> None:
        self._progress = progress
        self._what = what
        self._total = total
        self._task: TaskID | None = progress.add_task(what, total=total) if progress else None
        self._begun = self._told = monotonic()

    def to(self, done: float, doing: str) -> None:
        """Report that ``done`` of the total is done, and what is being done."""
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, completed=done, description=f"{self._what}: {doing}")
            return
        now = monotonic()
        if now - self._told >= EVERY and done > 0:
            self._told = now
            left = (now - self._begun) * (self._total / done - 1)
            CONSOLE.print(f"  {self._what}: {doing}, {done / self._total:.0%}, about {left:.0f} s left")


@contextmanager
def bar(what: str, total: float) -> Iterator[Bar]:
    """A bar for one task; its end is a line that stays."""
    begun = monotonic()
    if CONSOLE.is_terminal:
        columns = (TextColumn("  {task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
        with Progress(*columns, console=CONSOLE, transient=True) as progress:
            yield Bar(progress, what, total)
    else:
        yield Bar(None, what, total)
    say(f"{what}: done in {monotonic() - begun:.0f} s")


def say(line: str) -> None:
    """A line for the person."""
    CONSOLE.print(f"  {line}")
