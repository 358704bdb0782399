"""SQLite statements, each in one turn of its connection's thread."""

from __future__ import annotations

from typing import Any

import aiosqlite
import pytest
from sqlalchemy import text

from ticrypt_tui.backend.errors import StoreUnavailable
from ticrypt_tui.backend.store.database import Database

INSERT = text("INSERT INTO team (id, version, name) VALUES (:id, 1, :name)")
TWO = [{"id": "team-1", "name": "genomics"}, {"id": "team-2", "name": "imaging"}]


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of what the threads of connections are asked to do."""
    asked: list[str] = []
    execute = aiosqlite.Connection._execute

    async def noted(self: Any, work: Any, *arguments: Any, **options: Any) -> Any:
        asked.append(work.__name__)
        return await execute(self, work, *arguments, **options)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(aiosqlite.Connection, "_execute", noted)
    return asked


async def names(database: Database) -> list[str]:
    async with database.read() as session:
        found = await (await session.connection()).execute(text("SELECT name FROM team ORDER BY 1"))
        return list(found.scalars())


async def test_a_transaction_takes_a_turn_a_statement_and_none_to_undo_nothing(
    database: Database, turns: list[str]
) -> None:
    await names(database)
    turns.clear()
    async with database.write() as session:
        await (await session.connection()).execute(INSERT, TWO[0])
    assert turns == ["_done", "_done", "commit"]
    assert await names(database) == ["genomics"]


async def test_many_rows_take_one_turn(database: Database, turns: list[str]) -> None:
    await names(database)
    turns.clear()
    async with database.write() as session:
        done = await (await session.connection()).execute(INSERT, TWO)
        assert done.rowcount == 2
    assert turns == ["_done", "_done", "commit"]
    assert await names(database) == ["genomics", "imaging"]


async def insert_and(database: Database, then: str) -> None:
    async with database.write() as session:
        connection = await session.connection()
        await connection.execute(INSERT, TWO[0])
        await connection.execute(text(then))


async def test_what_fails_is_told_and_undone(database: Database) -> None:
    with pytest.raises(StoreUnavailable, match="no such table"):
        await insert_and(database, "INSERT INTO nowhere VALUES (1)")
    assert await names(database) == []
    await insert_and(database, "SELECT 1")
    assert await names(database) == ["genomics"]
