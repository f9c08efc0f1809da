"""The batcher: order, batches only while a call is in flight, and waiters that do not harm each other."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from creditrisk.runtime.batching import Batcher
from creditrisk.runtime.telemetry import REQUEST_ID


class Calls:
    """A call that records its items and waits to be let go."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.begun: asyncio.Queue[int] = asyncio.Queue()
        self.go = asyncio.Semaphore(0)
        self.error: Exception | None = None

    async def __call__(self, items: Sequence[int], timeout: float) -> Sequence[int]:
        assert timeout > 0
        self.batches.append(list(items))
        self.begun.put_nowait(len(self.batches))
        await self.go.acquire()
        if self.error is not None:
            raise self.error
        return [item * 10 for item in items]


@pytest.fixture
async def within_limits() -> AsyncIterator[None]:
    async with asyncio.timeout(10):
        yield


pytestmark = pytest.mark.usefixtures("within_limits")


async def submitted(batcher: Batcher[int, int], *items: int, timeout: float = 60) -> "asyncio.Task[Sequence[int]]":
    task = asyncio.create_task(batcher.submit(items, timeout))
    await asyncio.sleep(0)
    return task


async def test_what_arrives_during_a_call_goes_together_in_the_next() -> None:
    calls = Calls()
    batcher = Batcher(calls, 100)
    first = await submitted(batcher, 1)
    await calls.begun.get()
    rest = [await submitted(batcher, 2, 3), await submitted(batcher), await submitted(batcher, 4)]
    calls.go.release()
    assert list(await first) == [10]
    await calls.begun.get()
    late = await submitted(batcher, 5)
    calls.go.release()
    assert [list(await one) for one in rest] == [[20, 30], [], [40]]
    calls.go.release()
    assert list(await late) == [50]
    assert calls.batches == [[1], [2, 3, 4], [5]]
    alone = await submitted(batcher, 6)
    calls.go.release()
    assert list(await alone) == [60]


async def test_a_batch_holds_at_most_its_most_and_keeps_the_order() -> None:
    calls = Calls()
    batcher = Batcher(calls, 3)
    tasks = [await submitted(batcher, 0)]
    await calls.begun.get()
    tasks += [await submitted(batcher, *items) for items in ((1, 2), (3, 4), (5,), (6, 7, 8, 9))]
    for _ in range(4):
        calls.go.release()
    assert [list(await task) for task in tasks] == [[0], [10, 20], [30, 40], [50], [60, 70, 80, 90]]
    assert calls.batches == [[0], [1, 2], [3, 4, 5], [6, 7, 8, 9]]


async def test_an_error_reaches_all_who_share_the_call_and_nobody_else() -> None:
    calls = Calls()
    batcher = Batcher(calls, 100)
    first = await submitted(batcher, 1)
    await calls.begun.get()
    sharing = [await submitted(batcher, 2), await submitted(batcher, 3)]
    calls.go.release()
    await first
    await calls.begun.get()
    after = await submitted(batcher, 4)
    calls.error = ConnectionError("gone")
    calls.go.release()
    for task in sharing:
        with pytest.raises(ConnectionError, match="gone"):
            await task
    calls.error = None
    calls.go.release()
    assert list(await after) == [40]


async def test_one_who_gives_up_in_the_queue_is_left_out() -> None:
    calls = Calls()
    batcher = Batcher(calls, 100)
    first = await submitted(batcher, 1)
    await calls.begun.get()
    cancelled, hurried, patient = (
        await submitted(batcher, 2),
        await submitted(batcher, 3, timeout=0.001),
        await submitted(batcher, 4),
    )
    cancelled.cancel()
    with pytest.raises(TimeoutError):
        await hurried
    for _ in range(2):
        calls.go.release()
    assert list(await first) == [10]
    assert list(await patient) == [40]
    assert cancelled.cancelled()
    assert calls.batches == [[1], [4]]


async def test_one_who_gives_up_during_the_call_does_not_harm_the_others() -> None:
    calls = Calls()
    batcher = Batcher(calls, 100)
    first = await submitted(batcher, 1)
    await calls.begun.get()
    cancelled, patient = await submitted(batcher, 2), await submitted(batcher, 3)
    calls.go.release()
    await first
    await calls.begun.get()
    cancelled.cancel()
    calls.go.release()
    assert list(await patient) == [30]


async def test_the_first_who_gives_up_lets_the_waiting_go() -> None:
    calls = Calls()
    batcher = Batcher(calls, 100)
    first = await submitted(batcher, 1)
    await calls.begun.get()
    waiting = await submitted(batcher, 2)
    first.cancel()
    await calls.begun.get()
    calls.go.release()
    assert list(await waiting) == [20]


async def test_when_all_have_given_up_the_next_is_served() -> None:
    calls = Calls()
    batcher = Batcher(calls, 100)
    first = await submitted(batcher, 1)
    await calls.begun.get()
    waiting = await submitted(batcher, 2)
    waiting.cancel()
    calls.go.release()
    await first
    await asyncio.sleep(0)
    calls.go.release()
    assert list(await batcher.submit([3], 60)) == [30]
    assert calls.batches == [[1], [3]]


async def test_a_shared_call_carries_the_request_id_of_one_who_is_in_it() -> None:
    ids: list[str] = []
    calls = Calls()

    async def noting(items: Sequence[int], timeout: float) -> Sequence[int]:
        ids.append(REQUEST_ID.get())
        return await calls(items, timeout)

    batcher = Batcher(noting, 100)
    tasks = []
    for item in (1, 2, 3):
        REQUEST_ID.set(f"call-{item}")
        tasks.append(await submitted(batcher, item))
    for _ in range(2):
        calls.go.release()
    await asyncio.gather(*tasks)
    assert calls.batches == [[1], [2, 3]]
    assert ids[0] == "call-1"
    assert ids[1] in {"call-2", "call-3"}
