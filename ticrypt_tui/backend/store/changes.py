"""Learning that another console, or another connection, has committed something."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

CHANNEL = "ticrypt_tui_changes"
POLL = 0.25
PROBE = 5.0


async def of_sqlite(engine: AsyncEngine, own: asyncio.Event) -> AsyncIterator[None]:
    """Yield after each commit of any other connection; `own` ends a pause early.

    `PRAGMA data_version` costs microseconds and changes only with a commit of another connection.
    """
    async with _autocommitting(engine).connect() as connection:
        seen = await _data_version(connection)
        while True:
            await _pause(own, POLL)
            own.clear()
            if (found := await _data_version(connection)) != seen:
                seen = found
                yield


def _autocommitting(engine: AsyncEngine) -> AsyncEngine:
    return engine.execution_options(isolation_level="AUTOCOMMIT")


async def _data_version(connection: AsyncConnection) -> int:
    found = await connection.execute(text("PRAGMA data_version"))
    return int(found.scalar_one())


async def of_postgresql(engine: AsyncEngine, own: asyncio.Event) -> AsyncIterator[None]:
    """Yield after each commit of a console, by `LISTEN`; a probe finds a broken connection."""
    async with _autocommitting(engine).connect() as connection:
        raw: Any = (await connection.get_raw_connection()).driver_connection
        await raw.add_listener(CHANNEL, _wake(own))
        while True:
            await _pause(own, PROBE)
            if own.is_set():
                own.clear()
                yield
            else:
                await connection.execute(text("SELECT 1"))


def _wake(own: asyncio.Event) -> Callable[..., None]:
    def heard(*_: object) -> None:
        own.set()

    return heard


async def _pause(own: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await own.wait()
    except TimeoutError:
        return
