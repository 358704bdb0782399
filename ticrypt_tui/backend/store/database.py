"""The console's database: snapshots to read, a queue to write, and word of what others change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from typing import Self

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.errors import StoreUnavailable
from ticrypt_tui.backend.store import changes, schema
from ticrypt_tui.backend.store.address import Address, read_address
from ticrypt_tui.backend.store.engine import make_engine, reading, writing
from ticrypt_tui.backend.store.faults import explained
from ticrypt_tui.backend.store.files import check_file

RECONNECT = 5.0


class Database:
    """An open database, SQLite or PostgreSQL.

    A write transaction excludes all others: keep it short, and never wait for a host in one.
    """

    def __init__(self, address: Address, engine: AsyncEngine) -> None:
        self.address = address
        self._engine = engine
        self._reading = reading(engine)
        self._writing = writing(engine)
        self._own_commits: set[asyncio.Event] = set()

    @classmethod
    async def open(cls, url: str) -> Self:
        """Open a database that is migrated; raises `StoreUnavailable` or `ConfigurationError`."""
        address = read_address(url)
        if address.file is not None:
            await asyncio.to_thread(check_file, address.file)
        engine = make_engine(address)
        database = cls(address, engine)
        try:
            async with database.read() as session:
                connection = await session.connection()
                schema.check(await connection.run_sync(schema.revision), address)
        except BaseException:
            await database.close()
            raise
        return database

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session on one snapshot; what it changes is not kept."""
        with explained(self.address):
            async with AsyncSession(self._reading, expire_on_commit=False) as session:
                yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A session that commits at the end of the block, or keeps nothing where that raises.

        Nobody else writes meanwhile. Raises `Refused` where a row was changed by somebody else
        since it was read, and `StoreUnavailable` where the database cannot be written.
        """
        with explained(self.address):
            async with AsyncSession(self._writing, expire_on_commit=False) as session:
                await session.connection()
                yield session
                if self.address.file is None:
                    await session.execute(text(f"NOTIFY {changes.CHANNEL}"))
                await _to_the_end(session.commit())
        self.notify()

    def notify(self) -> None:
        """Let `changes` look at once, rather than at its next turn."""
        for event in self._own_commits:
            event.set()

    async def changes(self) -> AsyncIterator[None]:
        """Yield whenever something was committed, here or by another program, until closed."""
        own = asyncio.Event()
        self._own_commits.add(own)
        follow = changes.of_postgresql if self.address.file is None else changes.of_sqlite
        try:
            while True:
                with suppress(StoreUnavailable), explained(self.address):
                    async for _ in follow(self._engine, own):
                        yield
                await asyncio.sleep(RECONNECT)
                yield  # something may have been missed
        finally:
            self._own_commits.discard(own)

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()


async def _to_the_end(commit: Awaitable[None]) -> None:
    """End a commit that was begun, also where its task is cancelled: it is done or it is not."""
    task = asyncio.ensure_future(commit)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise
