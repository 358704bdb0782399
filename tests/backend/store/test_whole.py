"""Work that is done to its end, whoever gives up meanwhile."""

from __future__ import annotations

import asyncio

import pytest

from ticrypt_tui.backend.store.whole import whole


async def test_it_gives_what_the_work_gives() -> None:
    assert await whole(asyncio.sleep(0, "given")) == "given"


async def test_what_fails_fails() -> None:
    async def fails() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await whole(fails())


@pytest.mark.parametrize("times", [1, 3])
async def test_a_task_that_is_cancelled_ends_only_when_the_work_is_done(times: int) -> None:
    goes_on, done = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        await goes_on.wait()
        done.set()

    task = asyncio.create_task(whole(work()))
    for _ in range(times):
        await asyncio.sleep(0)
        task.cancel()
    await asyncio.sleep(0)
    assert not task.done()
    goes_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done.is_set()
