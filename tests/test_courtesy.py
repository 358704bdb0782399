"""Long work gives way to keys, and is never kept from going on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from ticrypt_tui import courtesy
from ticrypt_tui.courtesy import give_way, key_awaited, key_pressed, painted

LONG = 600.0


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Work waits for a key as long as a test may last."""
    monkeypatch.setattr(courtesy, "LONGEST", LONG)
    painted()
    yield
    painted()


async def test_without_a_key_work_goes_on_and_lets_all_else_go_first() -> None:
    order: list[str] = []
    asyncio.get_running_loop().call_soon(order.append, "else")
    await give_way()
    assert order == ["else"]


async def test_work_waits_until_the_frame_of_a_key_was_painted() -> None:
    key_pressed()
    work = asyncio.create_task(give_way())
    assert await asyncio.wait({work}, timeout=0.05) == (set(), {work})
    painted()
    await asyncio.wait_for(work, 30)


async def test_a_key_without_a_frame_is_not_waited_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(courtesy, "LONGEST", 0.05)
    key_pressed()
    await asyncio.wait_for(give_way(), 30)


def test_keys_that_follow_each_other_do_not_keep_work_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at = 1000.0
    monkeypatch.setattr(courtesy, "monotonic", lambda: at)
    waited = []
    for _ in range(8):
        key_pressed()
        waited.append(key_awaited())
        at += LONG / 2
    assert waited == [True, True, False, False] * 2
