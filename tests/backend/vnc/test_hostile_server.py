"""A hostile server costs a sentence: bounded memory, bounded time, and never the console."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import AsyncExitStack
from itertools import accumulate
from pathlib import Path

import pytest

from tests.backend.vnc.hostile import HOSTILE, ended
from tests.backend.vnc.served import connected, everything, greeting, messages, server
from ticrypt_tui.backend.vnc import wire
from ticrypt_tui.backend.vnc.client import Client
from ticrypt_tui.backend.vnc.errors import ScreenLost

ROOT = Path(__file__).parents[3]
RECORDED = Path(__file__).parent / "recorded"
SEED, DAMAGED = 7, 1000


async def test_what_no_screen_may_say_ends_the_session_with_a_sentence_that_names_it() -> None:
    for said, why in HOSTILE.items():
        sentence = await ended(said)
        assert sentence.startswith("The VM's screen was closed, because its server sent"), why
        assert why in sentence


async def test_a_session_that_breaks_off_anywhere_ends_with_a_sentence() -> None:
    said = everything()
    sentences = await asyncio.gather(*(ended(said[:end]) for end in range(len(said))))
    assert all("closed at its other end" in sentence for sentence in sentences)


async def test_a_server_that_falls_silent_in_a_message_is_left_and_a_quiet_screen_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun = len(greeting())
    quiet = set(accumulate(map(len, messages())))

    async def until_lost(count: int) -> None:
        async with connected(everything()[:count]) as client:
            with pytest.raises(ScreenLost, match="fell silent amid a message"):
                await watch(client)

    async with AsyncExitStack() as sessions:
        waiting = []
        for count in quiet:
            client = await sessions.enter_async_context(connected(everything()[:count]))
            waiting.append(asyncio.create_task(watch(client)))
        monkeypatch.setattr(wire, "SILENCE", 0.3)
        broken_off = set(range(begun, len(everything()))) - quiet
        await asyncio.gather(*map(until_lost, broken_off))
        for task in waiting:
            assert not task.done()
            task.cancel()
        await asyncio.wait(waiting)


async def watch(client: Client) -> None:
    while True:
        await client.update()


async def test_a_session_that_comes_byte_by_byte_is_understood() -> None:
    async with server() as (end, connecting):
        end.setblocking(False)

        async def trickle() -> None:
            for byte in everything():
                await asyncio.get_running_loop().sock_sendall(end, bytes([byte]))
                await asyncio.sleep(0)

        trickling = asyncio.create_task(trickle())
        client = await connecting
        for _ in range(6):
            await client.update()
        await trickling
        assert client.name == "other"


async def test_a_server_that_takes_no_key_any_more_is_left() -> None:
    async with server() as (end, connecting):
        end.sendall(greeting())
        client = await connecting
        for _ in range(20_000):
            client.pointer(1, 1, 0)
        with pytest.raises(ScreenLost, match="takes no keys any more"):
            await client.update()


async def test_a_lost_session_stays_lost_and_a_closed_one_closed() -> None:
    async with server() as (end, connecting):
        end.sendall(greeting() + b"\x99")
        client = await connecting
        for _ in range(2):
            with pytest.raises(ScreenLost, match="unknown kind 153"):
                await client.update()
            client.key(0x61, None, True)
        await client.close()
        for _ in range(2):
            with pytest.raises(ScreenLost, match="closed here"):
                await client.update()
        await client.close()


async def test_closing_wakes_who_waits_for_the_next_picture() -> None:
    async with server() as (end, connecting):
        end.sendall(greeting())
        client = await connecting
        waiting = asyncio.create_task(client.update())
        await asyncio.sleep(0)
        await client.close()
        with pytest.raises(ScreenLost, match="closed here"):
            await waiting


@pytest.mark.slow(seconds=10)
def test_bombs_and_damaged_sessions_cost_less_than_64_mib_of_memory() -> None:
    program = [sys.executable, "-m", "tests.backend.vnc.hostile"]
    command = [*program, str(RECORDED), str(SEED), str(DAMAGED)]
    run = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False
    )
    assert run.returncode == 0, run.stderr
    sessions, grown = map(int, run.stdout.split())
    assert sessions == len(HOSTILE) + DAMAGED
    assert grown < 64 << 20
