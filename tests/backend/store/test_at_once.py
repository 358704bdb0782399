"""Work that waits for nothing: in one turn of a thread on SQLite, and the same on PostgreSQL."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import Connection, insert, select
from sqlmodel import col

from tests.backend.store.test_database import other, team_names
from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.store.database import Database
from ticrypt_tui.backend.store.tables.people import Team

__all__ = ["other"]
_NEW_TEAM = insert(Team)


def add(connection: Connection, name: str) -> None:
    connection.execute(_NEW_TEAM, {"id": f"team-{name}", "name": name, "version": 1})


async def add_team(database: Database, name: str) -> None:
    await database.write_at_once(lambda connection: add(connection, name))


async def test_what_is_written_at_once_another_console_reads_at_once(
    database: Database, other: Database
) -> None:
    await add_team(database, "imaging")
    names = select(col(Team.name))
    assert await other.read_at_once(lambda it: list(it.scalars(names))) == ["imaging"]


async def test_work_that_raises_keeps_nothing_and_is_followed_by_nothing(
    database: Database,
) -> None:
    followed: list[None] = []

    def change_of_mind(connection: Connection) -> None:
        add(connection, "imaging")
        raise Refused("No.")

    with pytest.raises(Refused, match="No"):
        await database.write_at_once(change_of_mind, followed.append)
    assert (await team_names(database), followed) == ([], [])


async def test_what_follows_a_commit_is_done_before_the_next_one_begins(
    database: Database,
) -> None:
    order: list[str] = []

    def write(name: str) -> asyncio.Future[None]:
        def work(connection: Connection) -> None:
            order.append(f"{name} begun")
            add(connection, name)

        writing = database.write_at_once(work, lambda _: order.append(f"{name} followed"))
        return asyncio.ensure_future(writing)

    await asyncio.gather(write("a"), write("b"))
    assert order == ["a begun", "a followed", "b begun", "b followed"]


async def test_after_a_row_that_does_not_fit_the_next_one_is_written(database: Database) -> None:
    await add_team(database, "imaging")
    with pytest.raises(Refused, match="There is such a one already"):
        await add_team(database, "imaging")
    await add_team(database, "genomics")
    assert await team_names(database) == ["genomics", "imaging"]


async def test_a_closed_database_that_is_used_again_opens_again(database: Database) -> None:
    await add_team(database, "imaging")
    await database.close()
    await add_team(database, "genomics")
    assert await team_names(database) == ["genomics", "imaging"]


async def test_writing_at_once_and_in_a_session_take_turns(database: Database) -> None:
    async def in_session(name: str) -> None:
        async with database.write() as session:
            session.add(Team(id=f"team-{name}", name=name))

    names = [f"team{at}" for at in range(10)]
    await asyncio.gather(
        *(in_session(f"{each}a") for each in names),
        *(add_team(database, f"{each}b") for each in names),
    )
    assert len(await team_names(database)) == 20
