"""Several consoles at once, and consoles that are killed at any moment."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.backend.audit import writer
from tests.backend.audit.builders import assert_whole
from ticrypt_tui.backend.audit import tail
from ticrypt_tui.backend.audit.interrupted import record_interrupted
from ticrypt_tui.backend.audit.log import AuditLog
from ticrypt_tui.backend.caller import present_origin
from ticrypt_tui.backend.operations import Record
from ticrypt_tui.backend.store.database import Database

Make = Callable[..., Record]
Process = asyncio.subprocess.Process
Start = Callable[..., Awaitable[Process]]


@pytest.fixture
def here(database: Database, file: Path) -> AuditLog:
    """A log of this very machine and process."""
    return AuditLog(database, file, present_origin())


@pytest.fixture
def start(database_url: str, database: Database, file: Path) -> Start:
    """Starts a console that writes so many attempts, each with its outcome."""

    async def started(count: int, step: str = "") -> Process:
        arguments = [writer.__file__, database_url, str(file), str(count), step]
        return await asyncio.create_subprocess_exec(
            sys.executable, *arguments, stdout=asyncio.subprocess.PIPE
        )

    return started


async def went_ahead(process: Process) -> list[str]:
    """The operations that a console went ahead with before it ended."""
    async with asyncio.timeout(600):
        out, _ = await process.communicate()
    return out.decode().split()


@pytest.mark.slow(seconds=30)
async def test_four_processes_at_once_make_one_dense_chain_and_one_file(
    here: AuditLog, start: Start
) -> None:
    processes = [await start(125) for _ in range(4)]
    done = await asyncio.gather(*map(went_ahead, processes))
    assert [len(each) for each in done] == [125] * 4
    await assert_whole(here, 1000)


@pytest.mark.slow(seconds=100)
@pytest.mark.timeout(900)
async def test_eight_processes_with_a_thousand_records_each_make_one_dense_chain_and_one_file(
    here: AuditLog, start: Start
) -> None:
    processes = [await start(500) for _ in range(8)]
    done = await asyncio.gather(*map(went_ahead, processes))
    assert [len(each) for each in done] == [500] * 8
    await assert_whole(here, 8000)


@pytest.mark.parametrize("step", writer.STEPS)
async def test_a_console_killed_at_any_step_leaves_what_the_next_writer_completes(
    here: AuditLog, start: Start, record: Make, step: str
) -> None:
    process = await start(3, step)
    ahead = await went_ahead(process)
    assert process.returncode == -signal.SIGKILL
    assert len(ahead) == 2  # the third attempt was not recorded to the end, so it did not begin
    (found,) = await record_interrupted(here)
    assert (found.outcome, found.operation) == ("interrupted", "vm.start")
    await here.append(record("attempted"))
    await assert_whole(here, 7)


@pytest.mark.slow(seconds=15)
async def test_no_change_goes_ahead_without_its_attempt_whenever_the_console_is_killed(
    here: AuditLog, start: Start
) -> None:
    ahead: list[str] = []
    for tenth in range(8):
        process = await start(10_000)
        assert process.stdout
        begun = await process.stdout.readline()
        await asyncio.sleep(tenth / 50)
        process.kill()
        ahead += [begun.decode().strip(), *await went_ahead(process)]
    await record_interrupted(here)
    await here.catch_up()
    records = await tail.newest(here.database, 100_000)
    assert set(ahead) <= {each.operation_id for each in records if each.outcome == "attempted"}
    outcomes = {each.operation_id for each in records if each.outcome in ("done", "interrupted")}
    assert set(ahead) <= outcomes
    await assert_whole(here, len(records))
