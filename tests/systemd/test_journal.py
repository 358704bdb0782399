"""The journal of a real systemd, read and followed."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.systemd.conftest import journal
from tests.systemd.machine import Machine
from ticrypt_tui.backend.units.entries import Entry
from ticrypt_tui.backend.units.journal import Journal

pytestmark = pytest.mark.slow(seconds=10)


@pytest.fixture(scope="module")
def chatty(machine: Machine) -> None:
    machine.run("systemctl", "restart", "chatty.service")
    machine.run("journalctl", "--sync")


@pytest.mark.usefixtures("chatty")
async def test_entries_have_moment_level_source_and_message(machine: Machine) -> None:
    entries = await journal(machine, "chatty.service").newest(50)
    found = next(each for each in entries if each.message == "plain")
    assert found.level == "info"
    assert found.source.startswith("sh[")
    assert found.at is not None
    assert abs(datetime.now(UTC) - found.at) < timedelta(minutes=5)


@pytest.mark.usefixtures("chatty")
async def test_what_is_not_text_and_what_is_long_is_read_too(machine: Machine) -> None:
    said = [each.message for each in await journal(machine, "chatty.service").newest(50)]
    assert "\x1b[31mred\x1b[0m" in said
    assert "\\xff" in said
    assert max(map(len, said)) == 20_000


@pytest.mark.usefixtures("chatty")
async def test_from_a_level_on_only_what_is_as_bad_is_read(machine: Machine) -> None:
    whole = journal(machine, "chatty.service")
    levels = {level: await whole.of(level).newest(50) for level in ("warning", "error")}
    assert {each.level for each in levels["warning"]} == {"warning", "error"}
    assert {each.message for each in levels["error"]} == {"it broke"}


@pytest.mark.usefixtures("chatty")
async def test_since_a_moment_nothing_older_is_read(machine: Machine) -> None:
    late = journal(machine, "chatty.service", since=datetime.now(UTC) + timedelta(hours=1))
    assert await late.newest(50) == ()


async def test_a_unit_that_never_said_anything_has_no_entries(machine: Machine) -> None:
    assert await journal(machine, "nothing.service").newest(5) == ()


async def test_a_journal_is_followed_through_its_rotation(machine: Machine) -> None:
    steady = journal(machine, "steady.service")
    async with following(steady) as heard:
        for _ in range(3):
            await asyncio.to_thread(machine.run, "systemctl", "restart", "steady.service")
            await asyncio.to_thread(machine.run, "journalctl", "--rotate")
        await until_all_is_heard(heard, steady)


async def test_a_journalctl_that_is_killed_is_begun_anew_after_the_last_entry(
    machine: Machine,
) -> None:
    steady = journal(machine, "steady.service")
    async with following(steady) as heard:
        async with asyncio.timeout(60):
            while not heard:  # noqa: ASYNC110 - a journal is followed by another task
                await asyncio.sleep(0.05)
        for child in followers():
            os.kill(child, signal.SIGKILL)
        await asyncio.to_thread(machine.run, "systemctl", "restart", "steady.service")
        await until_all_is_heard(heard, steady)


async def test_the_child_ends_with_its_reader(machine: Machine) -> None:
    follow = journal(machine, "steady.service").follow()
    await anext(follow)
    assert followers()
    await follow.aclose()
    assert not followers()


@asynccontextmanager
async def following(steady: Journal) -> AsyncIterator[list[Entry]]:
    """What is heard of a journal that is followed meanwhile."""
    heard: list[Entry] = []

    async def listen() -> None:
        async with aclosing(steady.follow()) as batches:
            async for entries in batches:
                heard.extend(entries)

    listening = asyncio.create_task(listen())
    try:
        yield heard
    finally:
        listening.cancel()
        await asyncio.wait({listening})


async def until_all_is_heard(heard: list[Entry], steady: Journal) -> None:
    """Wait until what was heard is what is written, each once and in order."""
    async with asyncio.timeout(60):
        while cursors(heard) != cursors(await steady.newest(500)):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


def cursors(entries: Sequence[Entry]) -> list[str]:
    return [each.cursor for each in entries]


def followers() -> list[int]:
    """The followers that this process has begun."""
    pids = []
    for task in Path("/proc/self/task").iterdir():
        with suppress(OSError):  # a thread that has just ended
            pids += (task / "children").read_text().split()
    return [int(pid) for pid in pids if b"--follow" in Path(f"/proc/{pid}/cmdline").read_bytes()]
