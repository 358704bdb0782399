"""Threads are used again, unless their call never returns, and end when there is nothing to do."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tests.backend.drivers.conftest import Ears
from ticrypt_tui.backend import workers
from ticrypt_tui.backend.errors import DeadlineMissed
from ticrypt_tui.backend.lane import Lane


@pytest.fixture(autouse=True)
def none_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_idle", [])


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    gate = threading.Event()
    yield gate
    gate.set()


async def test_a_thread_whose_call_returned_takes_the_next(ears: Ears) -> None:
    lane = Lane("Host node1", at_once=1)
    first = await lane.run(threading.get_ident, 5, "answer")
    await ears.until(lambda: workers._idle)
    assert await lane.run(threading.get_ident, 5, "answer") == first


async def test_a_thread_whose_call_hangs_is_left_to_it(gate: threading.Event) -> None:
    lane, hung = Lane("Host node1", at_once=1), []

    def hangs() -> None:
        hung.append(threading.current_thread())
        gate.wait()

    with pytest.raises(DeadlineMissed):
        await lane.run(hangs, 0.05, "answer")
    assert await lane.run(threading.current_thread, 5, "answer") not in hung
    assert lane.hanging == len(hung) == 1


async def test_a_thread_with_nothing_to_do_ends(
    ears: Ears, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "IDLE_SECONDS", 0.05)
    thread = await Lane("Host node1", at_once=1).run(threading.current_thread, 5, "answer")
    await ears.until(lambda: not thread.is_alive())
    assert thread not in workers._idle


async def test_a_thread_is_named_after_its_host_and_what_it_does() -> None:
    thread = await Lane("Host node1", at_once=1).run(threading.current_thread, 5, "list its VMs")
    assert thread.name == "Host node1: list its VMs within 5 s"
