"""A folder's new content, made beside the old and put in its place at the end."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Final

from creditrisk.errors import InvalidSettings
from creditrisk.stores.lock import held

STAGE: Final = ".preparing"


@contextmanager
def staged(out: Path, names: Sequence[str]) -> Iterator[Path]:
    """A folder to write to; at the end what it holds of ``names`` replaces what ``out`` holds of them.

    The last of ``names`` is the one that makes the rest count: it goes first and comes last, so that a run cut
    off at any point leaves the old content, or none with that name. What a run that was killed left in the
    stage is cleared away by the next.

    Raises:
        InvalidSettings: another run is writing to ``out``.
    """
    made = not out.exists()
    out.mkdir(parents=True, exist_ok=True)
    stage = out / STAGE
    with ExitStack() as holding:
        try:
            holding.enter_context(held(out))
        except BlockingIOError as error:
            raise InvalidSettings(f"{out} is being written by another run; wait for its end") from error
        try:
            _remove(stage)
            stage.mkdir()
            yield stage
            for name in reversed(names):
                _remove(out / name)
            for name in names:
                if (stage / name).exists():
                    (stage / name).rename(out / name)
        finally:
            _remove(stage)
            if made:
                with suppress(OSError):  # it is not empty
                    out.rmdir()


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
