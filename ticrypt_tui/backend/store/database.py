"""The console's database: snapshots to read, a queue to write, and word of what others change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from typing import Self, TypeVar

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.store import changes, schema
from ticrypt_tui.backend.store.address import Address, read_address
from ticrypt_tui.backend.store.at_once import at_once
from ticrypt_tui.backend.store.engine import make_direct, make_engine, reading, writing
from ticrypt_tui.backend.store.faults import busy, explained
from ticrypt_tui.backend.store.files import check_file, on_network
from ticrypt_tui.backend.store.whole import whole

T = TypeVar("T")

RECONNECT = 5.0
"""Seconds until a broken connection that followed changes is made anew."""
TURN = 60.0
"""Seconds that a writer waits for the others of this process."""


class Database:
    """An open database, SQLite or PostgreSQL.

    A write transaction excludes all others, of every console: keep it short, and never wait for a
    host in one. `version` counts the commits, of others as soon as `changes` has seen them.
    """

    def __init__(self, address: Address) -> None:
        self.address = address
        self._engine = make_engine(address)
        self._reading = reading(self._engine)
        self._writing = writing(self._engine)
        self._direct = make_direct(address)
        self._turn = asyncio.Lock()
        self._followers: set[asyncio.Event] = set()
        self._closed = False
        self.version = 0

    @classmethod
    async def open(cls, url: str) -> Self:
        """Open a database that is migrated; raises `StoreUnavailable` or `ConfigurationError`."""
        address = read_address(url)
        if address.file is not None:
            await asyncio.to_thread(check_file, address.file)
        database = cls(address)
        async with AsyncExitStack() as opening:
            opening.push_async_callback(database.close)
            async with database.read() as session:
                connection = await session.connection()
                schema.check(await connection.run_sync(schema.revision), address)
            opening.pop_all()
        return database

    @property
    def notice(self) -> str:
        """What an admin should know about where the database is, or ''."""
        if self.address.file is None or not on_network(self.address.file):
            return ""
        return (
            f"{self.address.says} is on a network file system, where SQLite's locks may not hold. "
            "PostgreSQL is made for that."
        )

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A session on one snapshot; what it changes is not kept.

        Keep it short, too: with a rollback journal, SQLite's writers wait for its readers.
        """
        async with self._session(self._reading) as session:
            yield session

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A session that commits at the end of the block, or keeps nothing where that raises.

        Nobody else writes meanwhile. Raises `Refused` where a row was changed by somebody else
        since it was read, or does not fit the others; `StoreUnavailable` where the database cannot
        be written.
        """
        async with self._my_turn(), self._session(self._writing) as session:
            yield session
            await whole(session.commit())
        self.version += 1
        self.notify()

    async def write_at_once(
        self, work: Callable[[Connection], T], then: Callable[[T], None] = lambda result: None
    ) -> T:
        """Commit what some work does that waits for nothing: much quicker than `write` on SQLite,
        where all of it is one turn of a thread. Raises what `write` does.

        `then` is done right after the commit, before anybody else of this process writes: it has
        to be short.
        """
        async with self._my_turn():
            with explained(self.address):
                if self._direct is not None:
                    result = await whole(self._direct.write(work, then))
                else:
                    result = await whole(self._one_by_one(self._writing, work, then))
        self.version += 1
        self.notify()
        return result

    async def read_at_once(self, work: Callable[[Connection], T]) -> T:
        """What work that waits for nothing finds on one snapshot; quicker than `read` on SQLite."""
        with explained(self.address):
            if self._direct is not None:
                return await whole(self._direct.read(work))
            return await whole(self._one_by_one(self._reading, work, lambda result: None))

    async def _one_by_one(
        self, engine: AsyncEngine, work: Callable[[Connection], T], then: Callable[[T], None]
    ) -> T:
        """Do the same where each statement waits for a server anyway."""
        async with self._session(engine) as session:
            result = await at_once(session, work)
            await session.commit()
        await asyncio.to_thread(then, result)
        return result

    @asynccontextmanager
    async def _session(self, engine: AsyncEngine) -> AsyncIterator[AsyncSession]:
        with explained(self.address):
            session = AsyncSession(engine, expire_on_commit=False)
            try:
                with explained(self.address, connecting=True):
                    await whole(session.connection())
                yield session
            finally:  # once it is closed, nobody would close what goes back to the others
                await whole(session.invalidate() if self._closed else session.close())

    @asynccontextmanager
    async def _my_turn(self) -> AsyncIterator[None]:
        """Queue within this process, in order: the databases' own queues are not fair."""
        try:
            async with asyncio.timeout(TURN if self._turn.locked() else None):
                await self._turn.acquire()
        except TimeoutError:
            raise busy(self.address) from None
        try:
            yield
        finally:
            self._turn.release()

    def notify(self) -> None:
        """Let `changes` look at once, rather than at its next turn."""
        for woken in self._followers:
            woken.set()

    async def changes(self, listening: asyncio.Event | None = None) -> AsyncGenerator[None, None]:
        """Yield whenever something was committed, here or by another program, until closed.

        `listening` is set from when on nothing is missed.
        """
        listening = listening or asyncio.Event()
        woken = asyncio.Event()
        self._followers.add(woken)
        follow = changes.of_postgresql if self.address.file is None else changes.of_sqlite
        try:
            while True:
                async with aclosing(follow(self._engine, woken, listening)) as commits:
                    async for _ in commits:
                        self.version += 1
                        yield
                await asyncio.sleep(RECONNECT)
                self.version += 1
                yield  # what was missed meanwhile
        finally:
            self._followers.discard(woken)

    async def close(self) -> None:
        """Close every connection; one that is in use is closed when that ends."""
        self._closed = True
        await self._engine.dispose()
        if self._direct is not None:
            await self._direct.close()
