"""A file is checked without a record and decided on once, whatever stops it and however often it is sent."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import gradio as gr
import polars as pl
import pytest
from google.protobuf.message import Message
from starlette.requests import Request

from creditrisk.api.scoring.v1 import scoring_pb2
from creditrisk.client import Client, LoanApplication
from gateway.login.guard import USER
from gateway.login.users import Role, User
from gateway.page.batch import csv_source
from gateway.page.batch.batch import Batch
from gateway.page.batch.check import Check
from gateway.page.batch.columns import ID, BadFile
from gateway.page.batch.outcome import NONE, Outcome, gather
from gateway.page.batch.results import LOWERING, RAISING
from gateway.page.batch.scoring import Scoring
from gateway.page.batch.tab import BatchTab
from gateway.page.calls import CallFailed, Calls
from gateway.page.catalogue import Catalogues
from gateway.page.context import Context
from gateway.page.views.batch import outcome, report, results
from gateway.rest.problems import Problem
from gateway.texts import ENGLISH
from tests.gateway.page.batch.files import batch_of, rows_of, write_csv

Applications = Callable[[int], list[LoanApplication]]
PAGE = 10
"""Rows of a page here."""


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_source, "PAGE", PAGE)


async def checked(path: Path, calls: Calls, most: int = 1_000) -> Batch:
    batch = batch_of(path, path.parent / "batches")
    _ = [share async for share in Check(batch, calls, ENGLISH, most).run()]
    return batch


async def scored(batch: Batch, calls: Calls, client: str) -> Outcome:
    scoring = Scoring(batch, calls, client, ENGLISH)
    await scoring.wait()
    assert scoring.failure() is None
    found = gather(batch)
    assert found
    return found


async def recorded(calls: Calls, client: str) -> list[str]:
    """Ids of all decisions recorded for ``client``."""
    request = scoring_pb2.ListDecisionsRequest(client_id=client, page_size=1_000)
    return [one.prediction_id for one in (await calls.ask(calls.scoring.ListDecisions, request)).decisions]


def table(found: Outcome) -> pl.DataFrame:
    return pl.read_parquet(found.results)


class Failing:
    """Calls of which some fail: ``fails`` tells with the number of the RPC's call, from 1; ``late``: once answered."""

    def __init__(self, calls: Calls, rpc: str, fails: Callable[[int], bool], *, late: bool = False) -> None:
        self._calls, self._rpc, self._fails, self._late = calls, rpc, fails, late
        self.count = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._calls, name)

    async def ask(self, rpc: Any, request: Message, client: str = "") -> Any:
        failing = False
        if type(request).__name__ == f"{self._rpc}Request":
            self.count += 1
            failing = self._fails(self.count)
        if failing and not self._late:
            raise CallFailed("scoring", Problem(503, "gone"))
        answer = await self._calls.ask(rpc, request, client)
        if failing:
            raise CallFailed("scoring", Problem(504, "too late"))
        return answer


async def test_each_row_is_decided_explained_and_recorded_once(
    tmp_path: Path, calls: Calls, bank: Client, applications: Applications
) -> None:
    sent = applications(2 * PAGE + 5)
    file = write_csv(tmp_path / "loans.csv", rows_of(sent))
    batch = await checked(file, calls)
    assert (batch.rows, batch.sound, len(batch.pages)) == (len(sent), len(sent), 3)
    assert await recorded(calls, "gateway/once") == []
    found = table(await scored(batch, calls, "gateway/once"))
    assert found["row"].to_list() == list(range(2, len(sent) + 2))
    assert found[ID].to_list() == [one.sk_id_curr for one in sent]
    assert sorted(found["prediction_id"]) == sorted(await recorded(calls, "gateway/once"))
    for row in found.head(3).iter_rows(named=True):
        why = bank.explain(row["prediction_id"], top_reasons=4)
        assert [row[one] for one in RAISING if row[one]] == [reason.text for reason in why.raising]
        assert [row[one] for one in LOWERING if row[one]] == [reason.text for reason in why.lowering]
        assert row["decision"] in {"APPROVE", "REFER", "DECLINE"}


async def test_the_same_file_again_is_the_same_decisions(
    tmp_path: Path, calls: Calls, applications: Applications
) -> None:
    file = write_csv(tmp_path / "loans.csv", rows_of(applications(PAGE + 2)))
    first = table(await scored(await checked(file, calls), calls, "gateway/again"))
    second = await scored(await checked(file, calls), calls, "gateway/again")
    other = table(await scored(await checked(file, calls), calls, "gateway/another"))
    assert second.again == PAGE + 2
    assert table(second)["prediction_id"].to_list() == first["prediction_id"].to_list()
    assert len(await recorded(calls, "gateway/again")) == PAGE + 2
    assert not set(other["prediction_id"]) & set(first["prediction_id"])


async def test_bad_rows_are_named_left_out_and_in_the_results(
    tmp_path: Path, calls: Calls, applications: Applications
) -> None:
    rows = rows_of(applications(PAGE + 3))
    rows[1]["AMT_CREDIT"] = "much"
    rows[2]["AMT_INCOME_TOTAL"] = -1
    rows[3]["NAME_CONTRACT_TYPE"] = ""
    rows[4]["AMT_INCOME_TOTAL"] = 5e9
    rows[PAGE][ID] = rows[0][ID]
    batch = await checked(write_csv(tmp_path / "loans.csv", rows), calls)
    fatal = {(one.row, one.column) for one in batch.problems.first if one.fatal}
    assert fatal == {(3, "AMT_CREDIT"), (4, "AMT_INCOME_TOTAL"), (5, "NAME_CONTRACT_TYPE"), (PAGE + 2, ID)}
    assert (6, "AMT_INCOME_TOTAL") in {(one.row, one.column) for one in batch.problems.first if not one.fatal}
    assert batch.sound == len(rows) - 4
    listed = pl.read_csv(batch.problems.file)
    assert listed.height == batch.problems.total
    shown = report(batch, ENGLISH)
    assert "much" in shown
    found = await scored(batch, calls, "gateway/bad")
    assert found.counts[NONE] == 4
    assert table(found).filter(pl.col("error").is_not_null())["row"].to_list() == [3, 4, 5, PAGE + 2]
    assert len(await recorded(calls, "gateway/bad")) == len(rows) - 4
    assert "much" in results(found, NONE, 0, 25, ENGLISH)
    assert "Approve" in outcome(found, ENGLISH)
    assert found.rows(NONE, 1, 2)["row"].to_list() == [4, 5]


async def test_markup_in_a_cell_is_text(tmp_path: Path, calls: Calls, applications: Applications) -> None:
    rows = rows_of(applications(2))
    rows[0]["AMT_CREDIT"] = "<img src=x>"
    rows[1]["OCCUPATION_TYPE"] = "<img src=x>"
    names = ["<img src=x>", *rows[0]]
    batch = await checked(write_csv(tmp_path / "loans.csv", rows, names), calls)
    assert "<img" not in report(batch, ENGLISH)
    assert "<img" not in results(await scored(batch, calls, "gateway/markup"), "", 0, 25, ENGLISH)


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("rpc", ["BatchScore", "BatchExplain"])
async def test_after_a_failure_it_goes_on_and_nothing_is_recorded_twice(
    tmp_path: Path, calls: Calls, applications: Applications, rpc: str, *, late: bool
) -> None:
    client = f"gateway/failing-{rpc}-{late}"
    batch = await checked(write_csv(tmp_path / "loans.csv", rows_of(applications(3 * PAGE))), calls)
    failing: Any = Failing(calls, rpc, lambda number: number == 2, late=late)
    scoring = Scoring(batch, failing, client, ENGLISH)
    await scoring.wait()
    assert scoring.failure()
    assert batch.left
    kept = gather(batch)
    assert kept
    before = table(kept)
    assert before.height == batch.scored < 3 * PAGE or rpc == "BatchExplain"
    after = table(await scored(batch, calls, client))
    assert not batch.left
    assert after["prediction_id"].n_unique() == 3 * PAGE == len(await recorded(calls, client))
    assert after["prediction_id"].to_list()[: before.height] == before["prediction_id"].to_list()
    assert after[RAISING[0]].null_count() == 0


async def test_no_further_page_is_sent_once_it_is_stopped(
    tmp_path: Path, calls: Calls, applications: Applications
) -> None:
    batch = await checked(write_csv(tmp_path / "loans.csv", rows_of(applications(3 * PAGE))), calls)
    stopping: list[Scoring] = []

    def stop(_: int) -> bool:
        stopping[0].stop()
        return False

    watched: Any = Failing(calls, "BatchScore", stop)
    stopping.append(Scoring(batch, watched, "gateway/stopped", ENGLISH))
    await stopping[0].wait()
    assert stopping[0].failure() is None
    assert (batch.scored, len(await recorded(calls, "gateway/stopped"))) == (PAGE, PAGE)
    found = await scored(batch, calls, "gateway/stopped")
    assert found.again == 0
    assert len(await recorded(calls, "gateway/stopped")) == 3 * PAGE


async def test_a_file_with_too_many_rows_is_refused(tmp_path: Path, calls: Calls, applications: Applications) -> None:
    file = write_csv(tmp_path / "loans.csv", rows_of(applications(PAGE + 1)))
    with pytest.raises(BadFile, match="more than 10 rows"):
        await checked(file, calls, PAGE)


async def test_the_folder_is_the_process_own_and_goes(tmp_path: Path, calls: Calls, applications: Applications) -> None:
    batch = await checked(write_csv(tmp_path / "loans.csv", rows_of(applications(2))), calls)
    (folder,) = folders(tmp_path / "batches")
    assert folder.stat().st_mode & 0o077 == 0
    assert not list((tmp_path / "batches").glob("upload"))
    batch.discard()
    assert not folder.exists()


def asked_by(role: Role, name: str) -> gr.Request:
    return gr.Request(Request({"type": "http", "headers": [], USER: User(name, role)}))


def folders(path: Path) -> list[Path]:
    """Folders of batches in ``path``."""
    return list(path.glob("batch-*"))


async def seen(updates: AsyncIterator[dict[Any, Any]], into: dict[Any, Any]) -> None:
    async for one in updates:
        into.update(one)


def page_of(calls: Calls) -> BatchTab:
    with gr.Blocks():
        return BatchTab(Context(ENGLISH, calls, Catalogues(calls), 1_000))


async def uploaded(tab: BatchTab, file: Path, request: gr.Request, monkeypatch: pytest.MonkeyPatch) -> dict[Any, Any]:
    monkeypatch.setattr(tab._file, "GRADIO_CACHE", str(file.parent))
    shown: dict[Any, Any] = {}
    await seen(tab._check(request, str(file), None), shown)
    return shown


async def test_a_viewer_may_check_and_not_score(
    tmp_path: Path, calls: Calls, applications: Applications, monkeypatch: pytest.MonkeyPatch
) -> None:
    tab = page_of(calls)
    viewer = asked_by(Role.VIEWER, "vera")
    shown = await uploaded(tab, write_csv(tmp_path / "loans.csv", rows_of(applications(2))), viewer, monkeypatch)
    assert "Ask for the role of an analyst" in shown[tab._found]
    assert shown[tab._score]["interactive"] is False
    await seen(tab._run(viewer, shown[tab._batch]), shown)
    assert "Your role does not allow this" in shown[tab._state]
    assert await recorded(calls, "gateway/vera") == []
    shown[tab._batch].discard()


async def test_the_tab_checks_scores_and_shows(
    tmp_path: Path, calls: Calls, applications: Applications, monkeypatch: pytest.MonkeyPatch
) -> None:
    tab = page_of(calls)
    analyst = asked_by(Role.ANALYST, "anna")
    shown = await uploaded(tab, write_csv(tmp_path / "loans.csv", rows_of(applications(30))), analyst, monkeypatch)
    batch = shown[tab._batch]
    assert shown[tab._score]["value"] == "Score and record 30 applications"
    await seen(tab._run(analyst, batch), shown)
    assert "All 30 decided and recorded." in shown[tab._state]
    part = tab._outcome
    found = shown[part._found]
    assert "Rows 1 to 25 of 30" in shown[part._table]
    assert "Rows 26 to 30 of 30" in part._next(found, "", 0)[part._table]
    assert part._previous(found, "", 25)[part._start] == 0
    assert sum(found.total(one) for one in found.counts) == found.total("") == 30
    batch.discard()


async def test_a_page_that_is_left_sends_nothing_further(
    tmp_path: Path, calls: Calls, applications: Applications, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, held = asyncio.Event(), asyncio.Event()

    class Held(Failing):
        async def ask(self, rpc: Any, request: Message, client: str = "") -> Any:
            if isinstance(request, scoring_pb2.BatchScoreRequest):
                asked.set()
                await held.wait()
            return await super().ask(rpc, request, client)

    slow: Any = Held(calls, "BatchScore", lambda _: False)
    tab = page_of(slow)
    analyst = asked_by(Role.ANALYST, "leaving")
    file = write_csv(tmp_path / "loans.csv", rows_of(applications(3 * PAGE)))
    batch = (await uploaded(tab, file, analyst, monkeypatch))[tab._batch]
    running = tab._run(analyst, batch)
    _ = [await anext(running), await anext(running)]
    await asked.wait()
    await running.aclose()
    held.set()
    await batch.scoring.wait()
    assert len(await recorded(calls, "gateway/leaving")) == PAGE
    shown = await tab._halt(batch)
    assert "Stopped: 10 of 30" in shown[tab._state]
    await seen(tab._run(analyst, batch), shown)
    assert len(await recorded(calls, "gateway/leaving")) == 3 * PAGE
    batch.discard()


@pytest.mark.parametrize("how", ["_halt", "_clear"])
async def test_a_check_that_is_stopped_says_nothing_more_and_leaves_nothing(
    tmp_path: Path, calls: Calls, applications: Applications, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    tab = page_of(calls)
    monkeypatch.setattr(tab._file, "GRADIO_CACHE", str(tmp_path))
    file = write_csv(tmp_path / "loans.csv", rows_of(applications(3 * PAGE)))
    checking = tab._check(asked_by(Role.ANALYST, "anna"), str(file), None)
    batch = (await anext(checking))[tab._batch]
    assert "Checking" in (await anext(checking))[tab._found]
    assert "Choose a file" in (await getattr(tab, how)(batch))[tab._found]
    assert [one async for one in checking] == [tab._silence()]
    assert folders(tmp_path) == []


async def test_a_file_forgotten_while_it_is_scored_goes_once_what_was_sent_is_answered(
    tmp_path: Path, calls: Calls, applications: Applications, monkeypatch: pytest.MonkeyPatch
) -> None:
    tab = page_of(calls)
    analyst = asked_by(Role.ANALYST, "forgetting")
    file = write_csv(tmp_path / "loans.csv", rows_of(applications(3 * PAGE)))
    batch = (await uploaded(tab, file, analyst, monkeypatch))[tab._batch]
    running = tab._run(analyst, batch)
    _ = [await anext(running), await anext(running)]
    await tab._clear(batch)
    assert [one async for one in running] == [tab._silence()]
    await batch.scoring.wait()
    assert folders(tmp_path) == []
    assert len(await recorded(calls, "gateway/forgetting")) <= PAGE
