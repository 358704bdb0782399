"""Learning that another console, or another connection of this one, has committed something.

Each follower ends when its connection breaks; `Database.changes` then starts it anew.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ticrypt_tui.backend.store.whole import whole

CHANNEL = "ticrypt_tui_changes"
POLL = 0.25
"""Seconds between two looks at an SQLite file; one costs some microseconds."""
PROBE = 5.0
"""Seconds after which a silent PostgreSQL connection is asked whether it still lives."""


async def of_sqlite(
    engine: AsyncEngine, woken: asyncio.Event, listening: asyncio.Event
) -> AsyncGenerator[None, None]:
    """Yield after each commit of any other connection; `woken` ends a pause early.

    From when `listening` is set, no commit is missed.
    """
    try:
        async with _driver(engine) as connection:
            seen = await _data_version(connection)
            listening.set()
            while True:
                await _pause(woken, POLL)
                woken.clear()
                if (found := await _data_version(connection)) != seen:
                    seen = found
                    yield
    except sqlite3.Error:
        return


async def _data_version(connection: Any) -> int:
    """SQLite's own counter, which changes with a commit of any other connection."""
    async with connection.execute("PRAGMA data_version") as cursor:
        return int((await cursor.fetchone())[0])


async def of_postgresql(
    engine: AsyncEngine, woken: asyncio.Event, listening: asyncio.Event
) -> AsyncGenerator[None, None]:
    """Yield after each commit of a console, as `LISTEN` tells it; `woken` is set by that, too."""
    import asyncpg

    try:
        async with _driver(engine) as connection:
            await connection.add_listener(CHANNEL, lambda *_: woken.set())
            listening.set()
            while True:
                if await _pause(woken, PROBE):
                    woken.clear()
                    yield
                else:
                    await connection.execute("SELECT 1")
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        return


@asynccontextmanager
async def _driver(engine: AsyncEngine) -> AsyncIterator[Any]:
    """A connection of the driver itself, in no transaction; it does not go back to the others."""
    connection = engine.connect()
    try:
        await whole(connection.start())
        yield (await connection.get_raw_connection()).driver_connection
    finally:
        await whole(_ended(connection))


async def _ended(connection: AsyncConnection) -> None:
    if connection.sync_connection is not None:
        await connection.invalidate()
        await connection.close()


async def _pause(woken: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            return await woken.wait()
    except TimeoutError:
        return False
