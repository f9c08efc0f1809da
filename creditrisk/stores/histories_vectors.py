"""Applicants' histories as bytes, and what a read of them found.

A vector is stored as its float32 values, little-endian, compressed by zlib: most are missing, zero or small
whole numbers, so it takes a third of its size, for 5 µs when it is read.
"""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from creditrisk.errors import InvalidHistories

Part = tuple[NDArray[np.int64], NDArray[np.float32]]
"""Applicants (n,), none twice, and their vectors (n, width)."""

INLINE: Final = 32
"""Batches up to this size are unpacked on the event loop; larger ones on a thread, so as not to hold others up."""
AGAIN: Final = "run python -m trainer materialize"


@dataclass(frozen=True, slots=True)
class Found:
    """What one read of n applicants found, all of it in one set.

    ``as_of``: the time the set is of, UTC; None: nothing was materialised yet. ``known`` (n,): who is in it.
    ``matrix`` (n, width): their vectors, NaN where not known.
    """

    as_of: datetime | None
    known: NDArray[np.bool_]
    matrix: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Vectors:
    """What vectors a program reads and writes: ``layout`` names their values, ``width`` is how many there are."""

    layout: str
    width: int

    def pack(self, part: Part) -> Iterator[tuple[int, bytes]]:
        """Each applicant of a part with its vector as stored."""
        applicants, matrix = part
        if matrix.shape != (len(applicants), self.width):
            raise ValueError(f"{len(applicants)} applicants need {self.width} values each, not {matrix.shape}")
        little = matrix.astype("<f4", casting="equiv", copy=False)
        for applicant, row in zip(applicants.tolist(), little, strict=True):
            yield applicant, zlib.compress(row.tobytes())

    def found(self, of: int, layout: str, as_of: str, rows: Sequence[tuple[int, bytes]]) -> Found:
        """What was found of ``of`` applicants: their places among them, with vectors as stored.

        Raises:
            InvalidHistories: the set is of another layout, or damaged.
        """
        self.check(layout)
        found = self.none(of, datetime.fromisoformat(as_of))
        if rows:
            places, packed = (list(column) for column in zip(*rows, strict=True))
            found.matrix[places] = self._unpack(packed)
            found.known[places] = True
        return found

    def none(self, of: int, as_of: datetime | None = None) -> Found:
        """That none of ``of`` applicants is known."""
        return Found(as_of, np.zeros(of, dtype=np.bool_), np.full((of, self.width), np.nan, dtype=np.float32))

    def check(self, layout: str) -> None:
        """Refuse a set of another layout.

        Raises:
            InvalidHistories: it is.
        """
        if layout != self.layout:
            raise InvalidHistories(f"the stored histories are of another layout than this program's; {AGAIN}")

    def _unpack(self, packed: Sequence[bytes]) -> NDArray[np.float32]:
        try:
            values = [zlib.decompress(one) for one in packed]
        except zlib.error as error:
            raise InvalidHistories(f"the stored histories are damaged; {AGAIN}") from error
        if any(len(one) != 4 * self.width for one in values):
            raise InvalidHistories(f"the stored histories are not of {self.width} values; {AGAIN}")
        return np.frombuffer(b"".join(values), dtype="<f4").reshape(-1, self.width)


def stamp(as_of: datetime) -> str:
    """A time as stored: ISO 8601 in UTC, to the microsecond."""
    if as_of.tzinfo is None:
        raise ValueError("the as-of time needs its zone")
    return as_of.astimezone(UTC).isoformat()


def twice() -> InvalidHistories:
    """What is raised where parts hold an applicant twice."""
    return InvalidHistories("an applicant is there twice: all of one applicant's rows belong to one part")
