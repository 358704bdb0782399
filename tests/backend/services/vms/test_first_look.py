"""The first look shows what the enclave shows then, to nobody else, and nothing where it cannot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import col, update

from tests.backend.conftest import Opener, add_user
from ticrypt_tui.backend.caller import Origin, Role
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.services.vms import first_look as first_look_module
from ticrypt_tui.backend.services.vms.first_look import first_look
from ticrypt_tui.backend.services.vms.running_vm import RunningVm
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.infrastructure import Host, HostState
from ticrypt_tui.backend.store.tables.machines import (
    CoOwner,
    HardwareSetup,
    Vm,
    VmConfiguration,
    VmImage,
    VmState,
)
from ticrypt_tui.backend.store.tables.people import Project, Team, User

Look = Callable[..., tuple[RunningVm, ...]]


@pytest.fixture
def look(enclave: Enclave, origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Look:
    """A look by mara, the super-admin, or by whoever is named; he waits for who writes."""
    monkeypatch.setattr(first_look_module, "_PATIENCE", 60.0)

    def by(login: str = origin.login) -> tuple[RunningVm, ...]:
        return first_look(tmp_path / "ticrypt-tui.toml", replace(origin, login=login))

    return by


@pytest.fixture
async def vms(enclave: Enclave) -> None:
    """A VM of alice's with all that a VM can have, one of nobody's, a service VM and a past one."""
    alice = await add_user(enclave.database, "alice", Role.USER)
    bob = await add_user(enclave.database, "bob", Role.SUB_ADMIN)
    where: dict[str, Any] = {"realm_id": "lab", "name": "tiny"}
    size: dict[str, Any] = {"cores": 2, "memory_mib": 512}
    async with enclave.database.write() as session:
        host = Host(**where, uri="play://tiny", state=HostState.DISABLED)
        image = VmImage(**where, volume="tiny.qcow2", os="linux")
        above = Project(tag="genomics")
        team = Team(name="ops")
        session.add_all([host, image, above, team])
        await session.flush()
        project = Project(tag="trial-7", parent_id=above.id)
        setup = HardwareSetup(**where, image_id=image.id, **size)
        session.add_all([project, setup])
        await session.flush()
        made_from = VmConfiguration(**where, setup_id=setup.id, owner_id=alice)
        session.add(made_from)
        await session.flush()
        session.add(CoOwner(configuration_id=made_from.id, user_id=bob))
        session.add_all([
            Vm(**where, **size, setup_name="tiny", image_id=image.id, debug=True, started=now(),
               configuration_id=made_from.id, owner_id=alice, team_id=team.id, team_name="ops",
               project_id=project.id, project_tag="trial-7", host_id=host.id, host_name="tiny",
               state=VmState.RUNNING, shutdown_asked_by=alice),
            Vm(**where, **size, state=VmState.SCHEDULING),
            Vm(**where, **size, state=VmState.RUNNING, service=True),
            Vm(**where, **size, state=VmState.STOPPED, ended=now()),
        ])  # fmt: skip


async def as_stored(enclave: Enclave) -> list[RunningVm]:
    return [each for each in (await enclave.stored_vms.rows()).values() if not each.service]


async def test_it_shows_the_very_rows_that_the_enclave_has_of_the_store(
    enclave: Enclave, vms: None, look: Look
) -> None:
    rows = look()
    assert len(rows) == 2
    assert list(rows) == await as_stored(enclave)
    assert [type(each) for row in rows for each in (row.debug, row.service)] == [bool] * 4


@pytest.mark.parametrize("login", ["alice", "bob"])
async def test_it_shows_to_each_what_the_enclave_lets_him_see(
    open_enclave: Opener, vms: None, look: Look, login: str
) -> None:
    seen = (await (await open_enclave(login)).listing("running")).rows
    assert [row.id for row in look(login)] == [row.id for row in seen]
    assert len(seen) == 1


async def test_it_shows_nothing_to_who_has_no_active_record(
    enclave: Enclave, vms: None, look: Look
) -> None:
    assert look("mallory") == ()
    async with enclave.database.write() as session:
        await session.exec(update(User).where(col(User.login) == "alice").values(active=False))
    assert look("alice") == ()


async def test_it_shows_nothing_of_a_database_that_is_not_as_this_program_wants_it(
    enclave: Enclave, vms: None, look: Look
) -> None:
    async with enclave.database.write() as session:
        connection = await session.connection()
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert look() == ()


@pytest.mark.parametrize(
    "content",
    [
        "", "[database", "[database]\nurl = 7", "database = 1", '[database]\nurl = "nowhere"',
        '[database]\nurl = "postgresql+asyncpg://user@server/name"',
        '[database]\nurl = "sqlite+aiosqlite:////nonexistent/console.db"',
        '[database]\nurl = "sqlite+aiosqlite:///{file}"',
        '[database]\nurl = "sqlite+aiosqlite:///{file}"\nrealms = 3',
        '[database]\nurl = "sqlite+aiosqlite:///ticrypt-tui.toml"',
    ],
)  # fmt: skip
def test_it_leaves_what_is_wrong_to_the_enclave_to_be_told(tmp_path: Path, content: str) -> None:
    file = tmp_path / "ticrypt-tui.toml"
    file.write_text(content.format(file=file))
    assert first_look(file) == ()
    assert first_look(tmp_path / "another.toml") == ()
    assert sorted(tmp_path.iterdir()) == [file]
