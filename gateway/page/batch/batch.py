"""A file being checked and scored: what of it is on disk, and how far it has come."""

import contextlib
import hashlib
import shutil
import tempfile
import time
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

from creditrisk.api.scoring.v1 import scoring_pb2 as pb
from gateway.page.batch.columns import ID, Columns
from gateway.page.batch.problems import Problems
from gateway.texts import Language

if TYPE_CHECKING:
    from gateway.page.batch.scoring import Scoring

PREFIX: Final = "batch-"
STALE: Final = 7 * 24 * 3_600
"""Seconds after which a folder is of a process that was killed: no session lasts longer."""
ROW: Final = "row"
ERROR: Final = "error"
LEFT_OUT: Final = {ROW: pl.Int64, ID: pl.Int64, ERROR: pl.String}
"""Columns that say which rows a page has, and why one of them is left out; null where it is not."""


@dataclass(slots=True)
class Page:
    """Rows of the file that are sent together; ``sound``: how many of them there are to score."""

    place: int
    rows: int
    sound: int
    scored: bool = False
    explained: bool = False


class Batch:
    """A file, and a folder of its own that only this user's process reads; gone with ``discard`` or the process.

    ``request_ids`` are made of the file's SHA-256 and the row's number: the same file by the same user is the same
    requests, so that whatever was recorded of it before, by a run that was stopped or on another day, is not recorded
    again. A file that was changed is another file.
    """

    def __init__(self, upload: Path, folder: Path, language: Language) -> None:
        """Take the file ``upload`` over into a new folder in ``folder``.

        Raises:
            FileNotFoundError: it is gone.
        """
        _sweep(folder)
        self._folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=folder))
        # Also where a session is forgotten without a word, and at the process' end.
        self._remove = weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self.file = self.path("file") / upload.name
        upload.replace(self.file)
        with contextlib.suppress(OSError):
            # The folder it came in, unless another file is there.
            upload.parent.rmdir()
        self.problems = Problems(self.path("problems") / f"{self.file.stem}-problems.csv", language)
        self.pages: list[Page] = []
        self.columns: Columns | None = None
        """Known once the file was opened."""
        self.separator = ","
        self.first_row = 1
        self.checked = False
        self.discarded = False
        self.scoring: Scoring | None = None
        self._sha = ""
        self._holders = 0

    @property
    def name(self) -> str:
        """What the user calls the file."""
        return self.file.name

    @property
    def rows(self) -> int:
        """Rows read so far, those that are wrong included."""
        return sum(page.rows for page in self.pages)

    @property
    def sound(self) -> int:
        """Rows that can be scored, so far."""
        return sum(page.sound for page in self.pages)

    @property
    def scored(self) -> int:
        """Rows that the scoring service answered for."""
        return sum(page.sound for page in self.pages if page.scored)

    @property
    def explained(self) -> int:
        """Rows whose reasons are known, or known not to be had."""
        return sum(page.sound for page in self.pages if page.explained)

    @property
    def left(self) -> bool:
        """Whether there is something to score or to explain."""
        return self.sound > 0 and not all(page.explained for page in self.pages)

    def path(self, part: str) -> Path:
        """The folder of a part of it, which there is."""
        path = self._folder / part
        path.mkdir(exist_ok=True)
        return path

    def digest(self) -> None:
        """Take the file's SHA-256, which request ids are made of."""
        with self.file.open("rb") as stream:
            self._sha = hashlib.file_digest(stream, "sha256").hexdigest()

    def request_id(self, row: int) -> str:
        """The name of the decision on the row of that number."""
        return f"batch/{self._sha}/{row}"

    def put(self, rows: pl.DataFrame, requests: Sequence[pb.ScoreRequest]) -> None:
        """Add a page: its ``rows`` as ``LEFT_OUT`` has them, and the requests of those that are sound."""
        page = Page(len(self.pages), rows.height, len(requests))
        rows.write_parquet(self._rows(page))
        self._requests(page).write_bytes(pb.BatchScoreRequest(requests=requests).SerializeToString())
        self.pages.append(page)

    def take(self, page: Page) -> tuple[pl.DataFrame, pb.BatchScoreRequest]:
        """What ``put`` added."""
        return pl.read_parquet(self._rows(page)), pb.BatchScoreRequest.FromString(self._requests(page).read_bytes())

    def part(self, page: Page) -> Path:
        """Where the results of ``page`` are."""
        return self.path("results") / f"{page.place:05}.parquet"

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """While the folder is needed: if the batch is discarded meanwhile, it goes afterwards."""
        self._holders += 1
        try:
            yield
        finally:
            self._holders -= 1
            if self.discarded:
                self.discard()

    def discard(self) -> None:
        """Forget it: what is under way ends, and the folder goes once nobody holds it."""
        self.discarded = True
        if self.scoring:
            self.scoring.stop()
        if not self._holders:
            self._remove()

    def _rows(self, page: Page) -> Path:
        return self.path("pages") / f"{page.place:05}.parquet"

    def _requests(self, page: Page) -> Path:
        return self.path("pages") / f"{page.place:05}.requests"


def _sweep(folder: Path) -> None:
    """Remove what killed processes left in ``folder``."""
    for one in folder.glob(f"{PREFIX}*"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - one.stat().st_mtime > STALE:
                shutil.rmtree(one, ignore_errors=True)
