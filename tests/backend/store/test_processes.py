"""Several consoles write to one database: nothing is lost, nothing is refused, nothing breaks."""

from __future__ import annotations

import multiprocessing
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest
from sqlmodel import select

from tests.backend.store import writers
from ticrypt_tui.backend.store.database import Database
from ticrypt_tui.backend.store.tables.machines import Vm, VmEvent

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.backend.store.writers"])


@pytest.fixture
async def counter(database: Database, database_url: str) -> str:
    """The URL of a database that holds a VM which counts."""
    async with database.write() as session:
        session.add(Vm(id=writers.COUNTER, realm_id="lab", name="w", cores=0, memory_mib=64))
    return database_url


def together(number: int, work: Callable[..., None], *arguments: Any) -> list[int | None]:
    """Run work in so many processes at once; their exit codes."""
    running = [PROCESSES.Process(target=work, args=arguments) for _ in range(number)]
    for process in running:
        process.start()
    for process in running:
        process.join(600)
    return [process.exitcode for process in running]


async def counted(database: Database) -> int:
    async with database.read() as session:
        return (await session.get_one(Vm, writers.COUNTER)).cores


@pytest.mark.slow(seconds=15)
async def test_four_processes_lose_no_update(database: Database, counter: str) -> None:
    assert together(4, writers.count, counter, 250) == [0] * 4
    assert await counted(database) == 1000


@pytest.mark.slow(seconds=10)
async def test_eight_processes_are_never_told_that_it_is_locked(
    database: Database, counter: str
) -> None:
    assert together(8, writers.count, counter, 50) == [0] * 8
    assert await counted(database) == 400


async def test_four_processes_that_start_at_once_make_the_tables_once(database_url: str) -> None:
    assert together(4, writers.make_tables, database_url) == [0] * 4
    await (await Database.open(database_url)).close()


def killed_while_writing(url: str, after: int) -> list[int]:
    """The IDs that a process says are committed, which is killed after some of them."""
    receiving, sending = PROCESSES.Pipe(duplex=False)
    process = PROCESSES.Process(target=writers.write_until_killed, args=(url, sending))
    process.start()
    sending.close()
    acknowledged = [receiving.recv() for _ in range(after)]
    # The next commit is on its way: kill in the middle of it.
    process.join(random.uniform(0, 0.02))
    process.kill()
    process.join()
    while True:
        try:
            acknowledged.append(receiving.recv())
        except EOFError:
            return acknowledged


def integrity(database: Database) -> str:
    if database.address.file is None:
        return "ok"
    with closing(sqlite3.connect(database.address.file)) as connection:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])


@pytest.mark.slow(seconds=10)
async def test_a_killed_process_loses_nothing_that_was_acknowledged(
    database: Database, counter: str
) -> None:
    acknowledged: set[int] = set()
    for _ in range(20):
        acknowledged.update(killed_while_writing(counter, after=random.randint(1, 5)))
        assert integrity(database) == "ok"
    async with database.read() as session:
        assert acknowledged <= set(await session.exec(select(VmEvent.id)))
