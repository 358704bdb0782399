"""Blocking calls have a deadline; those that hang are left behind, counted and capped."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Iterator

import pytest

from ticrypt_tui.backend.errors import DeadlineMissed, Failed, NotFound
from ticrypt_tui.backend.lane import Lane


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """Calls that wait for it hang until the test ends."""
    gate = threading.Event()
    yield gate
    gate.set()


async def test_a_call_runs_on_another_thread_and_returns_its_result() -> None:
    here = threading.get_ident()
    assert await Lane("Host node1", at_once=1).run(threading.get_ident, 5, "answer") != here


async def test_an_error_comes_back_as_it_was_raised() -> None:
    def fails() -> None:
        raise NotFound("There is no such VM.")

    with pytest.raises(NotFound, match="no such VM"):
        await Lane("Host node1", at_once=1).run(fails, 5, "answer")


async def test_a_call_that_misses_its_deadline_is_left_and_counted_until_it_ends(
    gate: threading.Event,
) -> None:
    ended = asyncio.Event()
    lane = Lane("Host node1", at_once=1, freed=ended.set)
    with pytest.raises(DeadlineMissed, match=r"node1 did not shut it down within 0\.05 s"):
        await lane.run(gate.wait, 0.05, "shut it down")
    assert lane.hanging == 1
    assert await lane.run(lambda: "answers", 5, "answer") == "answers"
    gate.set()
    await ended.wait()
    assert lane.hanging == 0


async def test_when_too_many_hang_no_more_are_begun(gate: threading.Event) -> None:
    lane = Lane("Host node1", at_once=1, may_hang=2)
    for _ in range(2):
        with pytest.raises(DeadlineMissed):
            await lane.run(gate.wait, 0.05, "answer")
    threads = threading.active_count()
    with pytest.raises(Failed, match="2 earlier calls still hang"):
        await lane.run(gate.wait, 0.05, "answer")
    assert threading.active_count() <= threads


async def test_a_call_whose_turn_does_not_come_was_not_made(gate: threading.Event) -> None:
    lane = Lane("Host node1", at_once=1)
    first = asyncio.create_task(lane.run(gate.wait, 60, "answer"))
    await asyncio.sleep(0)
    with pytest.raises(Failed, match="busy and was not asked to shut it down") as refusal:
        await lane.run(gate.wait, 0.05, "shut it down")
    assert not isinstance(refusal.value, DeadlineMissed)
    gate.set()
    assert await first


async def test_a_caller_who_is_cancelled_leaves_his_call_behind(gate: threading.Event) -> None:
    lane = Lane("Host node1", at_once=1)
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    def hangs() -> bool:
        loop.call_soon_threadsafe(begun.set)
        return gate.wait()

    waiting = asyncio.create_task(lane.run(hangs, 60, "answer"))
    await begun.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert lane.hanging == 1


async def test_an_error_holds_nothing_of_the_call_that_raised_it() -> None:
    class Handle:
        freed_by: int | None = None

        def __del__(self) -> None:
            Handle.freed_by = threading.get_ident()

    def fails() -> None:
        handle = Handle()
        raise Failed(f"It failed with {type(handle).__name__}.")

    with pytest.raises(Failed):
        await Lane("Host node1", at_once=1).run(fails, 5, "answer")
    assert Handle.freed_by not in (None, threading.get_ident())


async def test_an_answer_that_arrives_as_its_caller_is_cancelled_is_closed() -> None:
    loop = asyncio.get_running_loop()
    ours, theirs = socket.socketpair()

    def answers() -> socket.socket:
        loop.call_soon_threadsafe(waiting.cancel)
        return ours

    with theirs:
        waiting = asyncio.create_task(Lane("Host node1", at_once=1).run(answers, 60, "answer"))
        with pytest.raises(asyncio.CancelledError):
            await waiting
        while ours.fileno() != -1:  # noqa: ASYNC110 - it is closed by a callback of the loop
            await asyncio.sleep(0)
