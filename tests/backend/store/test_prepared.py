"""Statements that are compiled once: what they take, find and complain of is as Core has it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, Executable, bindparam, insert, select, update
from sqlmodel import col

from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.store.at_once import at_once
from ticrypt_tui.backend.store.database import Database
from ticrypt_tui.backend.store.prepared import Prepared
from ticrypt_tui.backend.store.tables.machines import Vm, VmEvent, VmState
from ticrypt_tui.backend.store.tables.new_vm import NewVm
from ticrypt_tui.backend.store.tables.people import Team

AT = datetime(2026, 3, 1, 12, 0, 0, 7, tzinfo=UTC)
VM = NewVm(id="vm-1", realm_id="lab", name="tiny", service=True, cores=2, memory_mib=64, created=AT)
ADD_VM, ADD_EVENT, ADD_TEAM = (Prepared(insert(table)) for table in (Vm, VmEvent, Team))
FIND = select(col(Vm.id), col(Vm.service), col(Vm.state), col(Vm.created), col(Vm.ended)).limit(5)
RENAME = update(Vm).where(col(Vm.id) == bindparam("vm")).values(name=bindparam("to"))


async def rows_of(
    database: Database, statement: Executable, values: Mapping[str, Any] | None = None
) -> Any:
    return await database.read_at_once(lambda it: Prepared(statement).rows(it, values or {}))


async def test_each_type_is_kept_and_read_as_its_column_has_it(database: Database) -> None:
    await database.write_at_once(lambda it: ADD_VM.run(it, VM.row(state=VmState.STARTING)))
    (found,) = await rows_of(database, FIND)
    assert found == ("vm-1", True, VmState.STARTING, AT, None)
    assert list(map(type, found[1:4])) == [bool, VmState, datetime]
    async with database.read() as session:
        assert (await session.get_one(Vm, "vm-1")).created == AT
        in_a_session: Any = await at_once(session, Prepared(FIND).rows)
    assert in_a_session == [found]


async def test_it_tells_how_many_rows_it_concerned(database: Database) -> None:
    rename = Prepared(RENAME)

    def work(connection: Connection) -> list[int]:
        first = ADD_VM.run(connection, VM.row(state=VmState.STARTING))
        event = {"vm_id": "vm-1", "at": AT, "what": "placed"}
        events = ADD_EVENT.run(connection, {**event, "detail": "a"}, {**event, "detail": "b"})
        given = {"vm": "vm-1", "to": "large"}
        none = rename.run(connection, {**given, "vm": "vm-2"})
        return [first, events, rename.run(connection, given), none]

    assert await database.write_at_once(work) == [1, 2, 1, 0]
    events = select(col(VmEvent.detail)).order_by(col(VmEvent.id))
    assert await rows_of(database, events) == [("a",), ("b",)]
    assert await rows_of(database, select(col(Vm.name))) == [("large",)]


async def test_what_does_not_fit_is_told_in_words_and_nothing_is_kept(database: Database) -> None:
    team = {"id": "team-1", "name": "imaging", "version": 1}

    def twice(connection: Connection) -> None:
        ADD_TEAM.run(connection, team)
        ADD_TEAM.run(connection, {**team, "id": "team-2"})

    with pytest.raises(Refused, match=r"There is such a one already.*team\.name"):
        await database.write_at_once(twice)
    assert await rows_of(database, select(col(Team.id))) == []


async def test_a_new_vm_has_every_column_of_its_row() -> None:
    made = Vm(**{each: getattr(VM, each) for each in VM.__dataclass_fields__})
    assert VM.row(state=VmState.SCHEDULING) == made.model_dump()
