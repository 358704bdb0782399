"""Each thing that can be wrong with a server is said in one sentence that names the database."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import pytest
from sqlmodel import select, text

from tests.backend.store.test_migration import NEWER, NEXT, PRESENT, newer_program  # noqa: F401
from tests.postgres.conftest import Server
from ticrypt_tui.backend.errors import StoreUnavailable
from ticrypt_tui.backend.store import changes, engine
from ticrypt_tui.backend.store import database as room
from ticrypt_tui.backend.store.database import Database
from ticrypt_tui.backend.store.migration import migrate
from ticrypt_tui.backend.store.tables.people import Team


async def sentence(url: str) -> str:
    """What is said when the database is opened."""
    with pytest.raises(StoreUnavailable) as refusal:
        await Database.open(url)
    return str(refusal.value)


async def test_a_server_that_is_not_there_is_said_not_to_answer() -> None:
    url = "postgresql+asyncpg://mara:geheim@127.0.0.1:1/console"
    assert await sentence(url) == (
        "The database console on 127.0.0.1 does not answer. "
        "Is the server running, and reachable from here?"
    )


async def test_a_database_that_is_not_there_is_named(postgresql: Server) -> None:
    said = await sentence(postgresql.url("nowhere"))
    assert (
        said == f"The database nowhere on {postgresql.folder} does not exist. `createdb` makes it."
    )


async def test_a_role_that_is_not_there_is_refused(database_url: str, postgresql: Server) -> None:
    name = database_url.partition("@/")[2].partition("?")[0]
    assert "refuses the role or its password" in await sentence(postgresql.url(name, user="eve"))


async def test_a_role_that_may_only_read_cannot_write(
    database: Database, postgresql: Server
) -> None:
    name = database.address.url.database
    assert name is not None
    async with database.write() as session:
        await (await session.connection()).execute(text("CREATE ROLE reader LOGIN"))
        await (await session.connection()).execute(text("GRANT pg_read_all_data TO reader"))
    reader = await Database.open(postgresql.url(name, user="reader"))
    with pytest.raises(StoreUnavailable, match="refuses: the role may not do that"):
        async with reader.write() as session:
            session.add(Team(name="imaging"))
    await reader.close()


async def test_an_empty_database_has_no_tables_yet(database_url: str) -> None:
    assert "has no tables yet. `ticrypt-tui init` makes them." in await sentence(database_url)


async def test_a_reader_cannot_write_by_mistake(database: Database) -> None:
    async def write_by_mistake() -> None:
        async with database.read() as session:
            session.add(Team(name="imaging"))
            await session.flush()

    with pytest.raises(StoreUnavailable, match="is read-only"):
        await write_by_mistake()


async def test_a_writer_that_waits_too_long_says_so(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await migrate(database_url)
    first = await Database.open(database_url)
    monkeypatch.setattr(engine, "WAIT", 2)
    second = await Database.open(database_url)
    async with first.write():
        with pytest.raises(StoreUnavailable, match="is held by another program for too long"):
            async with second.write():
                pass
    await first.close()
    await second.close()


async def test_a_migration_that_fails_half_way_leaves_all_as_it_was(
    database: Database,
    database_url: str,
    newer_program: Path,  # noqa: F811
) -> None:
    fails = NEXT + '    op.execute("SELECT * FROM nowhere")\n'
    (newer_program / "versions" / f"{NEWER}_motto.py").write_text(fails)
    with pytest.raises(StoreUnavailable, match='relation "nowhere" does not exist'):
        await migrate(database_url)
    async with database.read() as session:
        assert list(await session.exec(select(Team))) == []
        connection = await session.connection()
        found = await connection.execute(text("SELECT version_num FROM alembic_version"))
        assert found.scalar_one() == PRESENT


@pytest.fixture
def stoppable(postgresql: Server) -> Iterator[Server]:
    """The server, for a test that stops it; it is started again after that."""
    yield postgresql
    postgresql.start()


async def test_a_server_that_stops_is_said_not_to_answer(
    database: Database, stoppable: Server
) -> None:
    async def change() -> None:
        async with database.write() as session:
            session.add(Team(name="imaging"))
            await asyncio.to_thread(stoppable.stop)

    with pytest.raises(StoreUnavailable, match=r"The database .* does not answer"):
        await change()
    with pytest.raises(StoreUnavailable, match=r"The database .* does not answer"):
        async with database.read() as session:
            await session.exec(select(Team))


async def test_a_server_that_is_back_is_used_again_and_keeps_no_half_change(
    database: Database, postgresql: Server
) -> None:
    async with database.write() as session:
        session.add(Team(name="imaging"))
    await asyncio.to_thread(postgresql.stop)
    await asyncio.to_thread(postgresql.start)
    async with database.read() as session:
        assert list(await session.exec(select(Team.name))) == ["imaging"]


async def test_changes_are_followed_again_after_a_restart(
    database: Database, postgresql: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes, "PROBE", 0.2)
    monkeypatch.setattr(room, "RECONNECT", 0.2)
    async with aclosing(database.changes(listening := asyncio.Event())) as followed:
        heard = asyncio.create_task(anext(followed))
        await listening.wait()
        await asyncio.to_thread(postgresql.stop)
        await asyncio.to_thread(postgresql.start)
        async with asyncio.timeout(60):
            await heard  # what was missed meanwhile
            async with database.write() as session:
                session.add(Team(name="imaging"))
            await anext(followed)
