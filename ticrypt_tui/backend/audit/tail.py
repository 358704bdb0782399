"""The records as they are written, by any console: for the tab, the dock and the command line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING

from ticrypt_tui.backend.audit import chain
from ticrypt_tui.backend.audit.records import AuditRecord
from ticrypt_tui.backend.errors import StoreUnavailable

if TYPE_CHECKING:
    from ticrypt_tui.backend.store.database import Database

Records = tuple[AuditRecord, ...]
LOOK_AGAIN = 2.0
"""Seconds after which the table is read even if nobody said that it changed."""
_BATCH = 1_000


async def newest(database: Database, last: int = 500) -> Records:
    """The last records, oldest first; raises `StoreUnavailable`."""
    async with database.read() as session:
        return tuple(row.record for row in await chain.newest(session, last))


async def later(database: Database, after: int, limit: int = _BATCH) -> Records:
    """The records that follow a sequence number, oldest first; raises `StoreUnavailable`."""
    async with database.read() as session:
        return tuple(row.record for row in await chain.rows(session, after + 1, limit))


async def follow(
    database: Database, after: int | None = None, last: int = 500
) -> AsyncGenerator[Records, None]:
    """Yield the records after a sequence number, or the last ones, and then each new batch.

    Every record comes once and in order. While the database cannot be read it waits; only the
    first reading raises `StoreUnavailable`. Close it (`contextlib.aclosing`) when done.
    """
    batch = await newest(database, last) if after is None else await later(database, after)
    seen, changed = after or 0, asyncio.Event()
    watch = asyncio.create_task(_set_at_changes(database, changed))
    try:
        while True:
            if batch:
                seen = batch[-1].seq
                yield batch
            else:
                await _soon(changed)
            batch = ()
            with suppress(StoreUnavailable):
                batch = await later(database, seen)
    finally:
        watch.cancel()
        await asyncio.wait([watch])


async def _set_at_changes(database: Database, changed: asyncio.Event) -> None:
    async with aclosing(database.changes()) as commits:
        async for _ in commits:
            changed.set()


async def _soon(changed: asyncio.Event) -> None:
    """Wait for the next change, but no longer than `LOOK_AGAIN`: one may have been missed."""
    with suppress(TimeoutError):
        async with asyncio.timeout(LOOK_AGAIN):
            await changed.wait()
    changed.clear()
