from __future__ import annotations

import asyncio
import gc
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest
from sqlalchemy import String, literal_column, text
from sqlmodel import select

from ticrypt_tui.backend.store.database import Database


@pytest.fixture
def no_garbage_collection() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.mark.slow(seconds=3)
async def test_a_reading_that_is_cancelled_leaves_no_lock_wherever_it_is(
    database: Database, no_garbage_collection: None
) -> None:
    for hundred_microseconds in range(60):
        reading = asyncio.create_task(_read(database))
        await asyncio.sleep(hundred_microseconds / 10_000)
        reading.cancel()
        with suppress(asyncio.CancelledError):
            await reading

        _lock(database)


async def _read(database: Database) -> None:
    rows = select(literal_column("a.sql", String)).select_from(
        text("sqlite_master a, sqlite_master b")
    )
    async with database.read() as session:
        await session.exec(rows)
        await session.exec(rows)


def _lock(database: Database) -> None:
    """Have the whole file for oneself; fails where anybody still reads it."""
    with closing(sqlite3.connect(str(database.address.file), timeout=30)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        connection.rollback()
