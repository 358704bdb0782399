"""What the processes of `test_processes` do: real consoles, writing to one database."""

from __future__ import annotations

import asyncio
from multiprocessing.connection import Connection

from ticrypt_tui.backend.store.database import Database
from ticrypt_tui.backend.store.migration import migrate
from ticrypt_tui.backend.store.tables.machines import Vm, VmEvent

COUNTER = "vm-counter"


def count(url: str, times: int) -> None:
    """Read a number, add one, write it, so many times."""
    asyncio.run(_count(url, times))


async def _count(url: str, times: int) -> None:
    database = await Database.open(url)
    for _ in range(times):
        async with database.write() as session:
            vm = await session.get_one(Vm, COUNTER)
            vm.cores += 1
    await database.close()


def write_until_killed(url: str, acknowledged: Connection) -> None:
    """Add rows for ever, and send each one's ID once its commit is acknowledged."""
    asyncio.run(_write_until_killed(url, acknowledged))


async def _write_until_killed(url: str, acknowledged: Connection) -> None:
    database = await Database.open(url)
    while True:
        async with database.write() as session:
            event = VmEvent(vm_id=COUNTER, what="written", detail="x" * 20_000)
            session.add(event)
        acknowledged.send(event.id)


def make_tables(url: str) -> None:
    """Migrate, as one of several that start at the same moment."""
    asyncio.run(_make_tables(url))


async def _make_tables(url: str) -> None:
    await migrate(url)
    await (await Database.open(url)).close()
