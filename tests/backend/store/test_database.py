"""Snapshots to read, a queue to write, and word of what others change: alike on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy.exc import NoResultFound
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.store.database import Database
from ticrypt_tui.backend.store.tables.infrastructure import HardwareProfile, Host, HostState
from ticrypt_tui.backend.store.tables.machines import Vm
from ticrypt_tui.backend.store.tables.people import Team

LONG = 60.0


@pytest.fixture
async def other(database: Database, database_url: str) -> AsyncIterator[Database]:
    """The same database, as another console has it open."""
    opened = await Database.open(database_url)
    yield opened
    await opened.close()


async def team_names(database: Database) -> list[str]:
    async with database.read() as session:
        return list(await session.exec(select(Team.name).order_by(Team.name)))


async def add_team(database: Database, name: str) -> None:
    async with database.write() as session:
        session.add(Team(id=f"team-{name}", name=name))


async def test_what_one_console_writes_another_reads(database: Database, other: Database) -> None:
    await add_team(database, "imaging")
    assert await team_names(other) == ["imaging"]


async def test_a_block_that_raises_keeps_nothing(database: Database) -> None:
    async def change_of_mind() -> None:
        async with database.write() as session:
            session.add(Team(name="imaging"))
            await session.flush()
            raise Refused("No.")

    with pytest.raises(Refused, match="No"):
        await change_of_mind()
    assert await team_names(database) == []


@pytest.mark.parametrize("error", [FileNotFoundError("a file"), NoResultFound("a mistake")])
async def test_an_error_of_the_block_itself_comes_through_as_it_is(
    database: Database, error: Exception
) -> None:
    async def fail() -> None:
        async with database.read():
            raise error

    with pytest.raises(type(error)) as found:
        await fail()
    assert found.value is error


async def test_a_reader_keeps_its_snapshot_while_another_writes(
    database: Database, other: Database
) -> None:
    await add_team(database, "imaging")
    async with other.read() as session:
        before = list(await session.exec(select(Team.name)))
        writer = asyncio.create_task(add_team(database, "genomics"))
        await asyncio.sleep(0.1)
        assert list(await session.exec(select(Team.name))) == before == ["imaging"]
    await writer
    assert await team_names(other) == ["genomics", "imaging"]


async def test_an_edit_of_an_older_reading_is_refused(database: Database, other: Database) -> None:
    await add_team(database, "imaging")
    async with database.read() as session:
        mine = await session.get_one(Team, "team-imaging")
    async with other.write() as session:
        (await session.get_one(Team, "team-imaging")).cores = 8
    mine.cores = 16
    with pytest.raises(Refused, match="Somebody else changed it meanwhile; nothing was saved"):
        async with database.write() as session:
            await session.merge(mine)
    async with database.read() as session:
        assert (await session.get_one(Team, "team-imaging")).cores == 8


async def test_an_edit_of_the_newest_reading_is_kept(database: Database) -> None:
    await add_team(database, "imaging")
    async with database.read() as session:
        mine = await session.get_one(Team, "team-imaging")
    mine.cores = 16
    async with database.write() as session:
        await session.merge(mine)
    async with database.read() as session:
        assert (await session.get_one(Team, "team-imaging")).cores == 16


async def test_a_second_one_of_a_kind_that_must_be_unique_is_refused(database: Database) -> None:
    await add_team(database, "imaging")
    with pytest.raises(Refused, match="There is such a one already"):
        async with database.write() as session:
            session.add(Team(name="imaging"))


async def test_what_is_still_referred_to_cannot_be_deleted(database: Database) -> None:
    async with database.write() as session:
        profile = HardwareProfile(realm_id="lab", name="small", cores=4, memory_mib=4096)
        session.add(profile)
        await session.flush()
        session.add(Host(realm_id="lab", name="node01", uri="test:///", profile_id=profile.id))
    with pytest.raises(Refused, match="something still refers to it"):
        async with database.write() as session:
            await session.delete(await session.merge(profile))


async def test_a_past_vm_outlives_its_host_and_keeps_its_name(database: Database) -> None:
    async with database.write() as session:
        session.add(host := Host(id="host-1", realm_id="lab", name="node01", uri="test:///"))
        await session.flush()
        session.add(
            Vm(id="vm-1", realm_id="lab", name="w", host_id="host-1", host_name="node01",
               cores=1, memory_mib=64, ended=datetime.now(UTC))
        )  # fmt: skip
        await session.flush()
        await session.delete(host)
    async with database.read() as session:
        vm = await session.get_one(Vm, "vm-1")
    assert (vm.host_id, vm.host_name) == (None, "node01")


async def test_times_and_words_come_back_as_they_went(database: Database) -> None:
    at = datetime(2038, 1, 19, 3, 14, 7, 999_999, tzinfo=UTC)
    async with database.write() as session:
        session.add(Vm(id="vm-1", realm_id="lab", name="w", cores=1, memory_mib=64, started=at))
        session.add(Host(realm_id="lab", name="n", uri="test:///", state=HostState.NO_SCHEDULER))
    async with database.read() as session:
        assert (await session.get_one(Vm, "vm-1")).started == at
        assert (await session.exec(select(Host.state))).one() is HostState.NO_SCHEDULER


async def test_many_writers_of_one_console_take_turns(database: Database) -> None:
    await add_team(database, "imaging")

    async def raise_cores() -> None:
        async with database.write() as session:
            team = await session.get_one(Team, "team-imaging")
            team.cores = (team.cores or 0) + 1

    await asyncio.gather(*(raise_cores() for _ in range(40)))
    async with database.read() as session:
        assert (await session.get_one(Team, "team-imaging")).cores == 40


async def test_a_writer_that_is_cancelled_while_it_waits_leaves_no_lock(
    database: Database, other: Database
) -> None:
    async with database.write() as session:
        session.add(Team(name="imaging"))
        await session.flush()
        waiting = asyncio.create_task(add_team(other, "genomics"))
        await asyncio.sleep(0.2)
        waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await add_team(database, "radiology")
    await add_team(other, "surgery")
    assert await team_names(database) == ["imaging", "radiology", "surgery"]


async def test_a_commit_that_was_begun_ends_also_when_it_is_cancelled(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()
    commit = AsyncSession.commit

    async def told(session: AsyncSession) -> None:
        begun.set()
        await commit(session)

    monkeypatch.setattr(AsyncSession, "commit", told)
    writer = asyncio.create_task(add_team(database, "imaging"))
    await begun.wait()
    writer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writer
    assert await team_names(database) == ["imaging"]


async def test_what_is_read_while_it_is_closed_is_read_to_its_end_and_leaves_no_connection(
    database: Database, other: Database
) -> None:
    await add_team(database, "imaging")
    async with other.read() as session:
        await other.close()
        assert list(await session.exec(select(Team.name))) == ["imaging"]
        used = await (await session.connection()).get_raw_connection()
        connection: Any = used.driver_connection
    with pytest.raises(Exception, match=r"closed|no active connection"):
        await connection.execute("SELECT 1")
    assert await team_names(other) == ["imaging"]


async def test_a_commit_of_another_console_is_heard_of(database: Database, other: Database) -> None:
    async with aclosing(database.changes(listening := asyncio.Event())) as changes:
        heard = asyncio.create_task(anext(changes))
        await listening.wait()
        assert not heard.done()
        await add_team(other, "imaging")
        async with asyncio.timeout(LONG):
            await heard


async def test_a_commit_of_its_own_is_heard_of(database: Database) -> None:
    async with aclosing(database.changes(listening := asyncio.Event())) as changes:
        heard = asyncio.create_task(anext(changes))
        await listening.wait()
        await add_team(database, "imaging")
        async with asyncio.timeout(LONG):
            await heard


async def test_following_changes_holds_up_no_writer(database: Database, other: Database) -> None:
    async with aclosing(database.changes(listening := asyncio.Event())) as changes:
        heard = asyncio.create_task(anext(changes))
        await listening.wait()
        for number in range(20):
            await add_team(other, f"team{number:02}")
        async with asyncio.timeout(LONG):
            await heard
    assert len(await team_names(database)) == 20
