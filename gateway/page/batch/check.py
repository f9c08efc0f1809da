"""A file checked before anything of it is recorded: its cells, its applicants, and the rules of the feature service."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence

import polars as pl

from creditrisk.api.application.v1.application_pb2 import LoanApplication
from creditrisk.api.feature.v1 import feature_pb2
from creditrisk.api.scoring.v1 import scoring_pb2
from gateway.page.batch.batch import LEFT_OUT, Batch
from gateway.page.batch.cells import read_cells, written
from gateway.page.batch.columns import ID, BadFile
from gateway.page.batch.kinds import open_source
from gateway.page.batch.problems import Problem
from gateway.page.batch.source import Cells
from gateway.page.calls import Calls
from gateway.texts import Language


class Check:
    """The check of one file."""

    def __init__(self, batch: Batch, calls: Calls, language: Language, most: int) -> None:
        """``most``: rows that are taken."""
        self._batch, self._calls, self._language, self._most = batch, calls, language, most
        self._seen: dict[int, int] = {}
        """Rows by their applicants."""

    async def run(self) -> AsyncGenerator[float]:
        """Check the file page by page, telling after each how much of it is behind, 0 to 1; its pages are put by.

        Once the batch is discarded it ends, and a batch whose check ends before its end is discarded.

        Raises:
            BadFile: it cannot be taken.
            CallFailed: the feature service does not answer.
        """
        batch = self._batch
        with batch.held():
            try:
                async for read in self._pages():
                    if batch.discarded:
                        return
                    yield read
                batch.checked = True
            finally:
                if not batch.checked:
                    batch.discard()

    async def _pages(self) -> AsyncIterator[float]:
        batch, say = self._batch, self._language.say
        source = await asyncio.to_thread(open_source, batch.file, self._language)
        batch.columns, batch.separator, batch.first_row = source.columns, source.separator, source.first
        await asyncio.to_thread(batch.digest)
        pages = source.pages()
        while (cells := await asyncio.to_thread(next, pages, None)) is not None:
            if batch.rows + len(cells.numbers) + len(cells.torn) > self._most:
                what = say("The file has more than {most} rows.", most=self._language.number(self._most))
                raise BadFile(what, say("Split it, and check one part after the other."))
            await self._page(cells)
            yield cells.read
        if not batch.rows:
            raise BadFile(say("The file has columns, but no row."), say("Choose one with a row an application."))

    async def _page(self, cells: Cells) -> None:
        """Check a page, and put it by."""
        applications, found = await asyncio.to_thread(read_cells, cells, self._language)
        found += self._torn(cells)
        found += self._again(cells.numbers, applications)
        wrong = {one.row for one in found}
        sound = {
            row: application for row, application in zip(cells.numbers, applications, strict=True) if row not in wrong
        }
        found += await self._ruled(cells, sound)
        await asyncio.to_thread(self._put, cells, applications, sound, found)

    def _put(
        self,
        cells: Cells,
        applications: Sequence[LoanApplication],
        sound: Mapping[int, LoanApplication],
        found: Sequence[Problem],
    ) -> None:
        batch = self._batch
        errors: dict[int, list[str]] = defaultdict(list)
        for one in found:
            if one.fatal:
                errors[one.row].append(one.told)
        applicants = {row: one.sk_id_curr or None for row, one in zip(cells.numbers, applications, strict=True)}
        rows = sorted([*cells.numbers, *cells.torn])
        data = [(row, applicants.get(row), "\n".join(errors[row]) if row in errors else None) for row in rows]
        requests = [
            scoring_pb2.ScoreRequest(request_id=batch.request_id(row), application=application)
            for row, application in sound.items()
            if row not in errors
        ]
        batch.put(pl.DataFrame(data, LEFT_OUT, orient="row"), requests)
        batch.problems.add(found)

    def _torn(self, cells: Cells) -> list[Problem]:
        say = self._language.say
        mend = say("see whether a separator is missing, or one too many or within a name without quotation marks")
        return [
            Problem(
                row, 0, "", "", say("the row has {count} cells, which is not as many as columns", count=count), mend
            )
            for row, count in cells.torn.items()
        ]

    def _again(self, numbers: Sequence[int], applications: Sequence[LoanApplication]) -> list[Problem]:
        """Rows whose applicants another row before has."""
        say = self._language.say
        found = []
        for row, application in zip(numbers, applications, strict=True):
            applicant = application.sk_id_curr
            before = self._seen.setdefault(applicant, row) if applicant else row
            if before != row:
                what = say("is the applicant of row {row} too", row=before)
                found.append(Problem(row, applicant, ID, str(applicant), what, say("keep one of the rows")))
        return found

    async def _ruled(self, cells: Cells, sound: Mapping[int, LoanApplication]) -> list[Problem]:
        """What the feature service finds in the applications by row."""
        if not sound:
            return []
        calls = self._calls
        asked = feature_pb2.ComputeFeaturesRequest(applications=sound.values())
        answer = await calls.ask(calls.feature.ComputeFeatures, asked)
        rows = list(sound)
        places = {row: index for index, row in enumerate(cells.numbers)}
        found = []
        for finding in answer.findings:
            row = rows[finding.row]
            for fatal, told in ((True, finding.violations), (False, finding.warnings)):
                for one in told:
                    name = one.field.upper()
                    shown = written(cells, places[row], name)
                    found.append(Problem(row, sound[row].sk_id_curr, name, shown, one.description, fatal=fatal))
        return found
