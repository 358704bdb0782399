"""Work that goes on beside whoever asked for it."""

from __future__ import annotations

import asyncio
import gc
from contextlib import suppress

from ticrypt_tui.backend.background import Background

PATIENCE = 60.0


async def test_what_was_begun_is_done_though_nobody_else_keeps_hold_of_it() -> None:
    background, done = Background(), asyncio.Event()

    async def work() -> None:
        await asyncio.sleep(0)
        done.set()

    background.begin(work())
    gc.collect()
    await background.done(PATIENCE)
    assert done.is_set()


async def test_whoever_began_it_can_wait_for_what_it_gives() -> None:
    async def work() -> int:
        return 7

    assert await Background().begin(work()) == 7


async def test_what_is_cut_short_has_time_to_tidy_up() -> None:
    background, begun, tidied = Background(), asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            tidied.set()

    task = background.begin(work())
    await begun.wait()
    await background.close(PATIENCE)
    assert tidied.is_set()
    assert task.cancelled()


async def test_what_cannot_be_cut_short_holds_up_nobody() -> None:
    background, never = Background(), asyncio.Event()

    async def stubborn() -> None:
        while not never.is_set():
            with suppress(asyncio.CancelledError):
                await never.wait()

    task = background.begin(stubborn())
    await asyncio.sleep(0)
    await background.close(0.01)
    assert not task.done()
    never.set()
    await task
