"""The composition root: how it opens, what it refuses, what it tells, how it closes."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.backend.conftest import Opener, add_user, host_of
from tests.backend.play import PlayHost
from ticrypt_tui.backend.caller import Origin, Role, process_started
from ticrypt_tui.backend.drivers.base import Ending
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import (
    AuditUnavailable,
    ConfigurationError,
    NotFound,
    Refused,
    StoreUnavailable,
    WrongUse,
)
from ticrypt_tui.backend.founding import found
from ticrypt_tui.backend.operations import Record, Target
from ticrypt_tui.backend.store.tables.infrastructure import Host, HostState
from ticrypt_tui.backend.store.tables.people import User
from ticrypt_tui.config.settings import Settings, load_settings

PROFILE = {"realm": "lab", "name": "half", "cores": 1, "memory": 1}


# Bad input, each with its sentence


async def test_a_database_that_is_not_there_points_at_init(
    settings: Settings, origin: Origin
) -> None:
    with pytest.raises(StoreUnavailable, match="`ticrypt-tui init` makes it"):
        await Enclave.open(settings, origin=origin)


async def test_a_database_without_tables_points_at_init(
    settings: Settings, origin: Origin, tmp_path: Path
) -> None:
    (tmp_path / "data").mkdir()
    with closing(sqlite3.connect(tmp_path / "data/console.db")) as database:
        database.execute("VACUUM")
    with pytest.raises(StoreUnavailable, match="`ticrypt-tui init` makes"):
        await Enclave.open(settings, origin=origin)


async def test_a_database_of_a_newer_program_is_refused(
    settings: Settings, origin: Origin, tmp_path: Path
) -> None:
    await found(settings, origin)
    with closing(sqlite3.connect(tmp_path / "data/console.db")) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()
    with pytest.raises(StoreUnavailable, match=r"is newer \(revision 9999\) than this program"):
        await Enclave.open(settings, origin=origin)


async def test_an_os_user_without_a_record_is_refused(settings: Settings, origin: Origin) -> None:
    await found(settings, origin)
    with pytest.raises(Refused, match=r"The OS user eve .* has no user record here"):
        await Enclave.open(settings, origin=replace(origin, login="eve"))


async def test_a_driver_that_does_not_exist_is_named_with_those_that_do(
    settings: Settings, origin: Origin
) -> None:
    await found(settings, origin)
    file = settings.path
    file.write_text(file.read_text().replace('driver = "libvirt"', 'driver = "nutanix"', 1))
    with pytest.raises(ConfigurationError) as refusal:
        await Enclave.open(load_settings(file), origin=origin)
    assert str(refusal.value) == (
        f"{file}: realms[0].driver: there is no driver nutanix; expected one of libvirt."
    )


async def test_a_realm_whose_driver_does_not_load_stops_no_other(
    settings: Settings, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    await found(settings, origin)
    monkeypatch.setitem(sys.modules, "ticrypt_tui.backend.drivers.libvirt.driver", None)
    enclave = await Enclave.open(settings, origin=origin)
    try:
        rows = (await enclave.listing("realms")).rows
        assert "The driver libvirt cannot be loaded" in rows[0].fault  # type: ignore[attr-defined]
        wanted = {"realm": "lab", "name": "node01", "uri": "qemu:///system"}
        with pytest.raises(Refused, match="cannot be loaded"):
            await enclave.run("host.create", wanted)
    finally:
        await enclave.close()


@pytest.mark.parametrize("uri", ["nonsense", "qemu+ssh://", "esx://host/"])
async def test_a_uri_that_leads_to_no_host_is_wrong_use(
    settings: Settings, origin: Origin, uri: str
) -> None:
    await found(settings, origin)
    enclave = await Enclave.open(settings, origin=origin)
    try:
        with pytest.raises(WrongUse, match="qemu"):
            await enclave.run("host.create", {"realm": "lab", "name": "node01", "uri": uri})
        assert (await enclave.listing("hosts")).rows == []
        assert (await enclave.records())[-1].outcome == "refused"
    finally:
        await enclave.close()


async def test_a_host_that_refuses_is_unreachable_with_the_reason(
    settings: Settings, origin: Origin, tmp_path: Path
) -> None:
    await found(settings, origin)
    enclave = await Enclave.open(settings, origin=origin)
    try:
        uri = f"qemu+unix:///system?socket={tmp_path}/nobody"
        wanted = {"realm": "lab", "name": "node01", "uri": uri, "unanswered": True}
        await enclave.run("host.create", wanted)
        await enclave.settled()
        (row,) = (await enclave.listing("hosts")).rows
        assert row.reach == "unreachable"  # type: ignore[attr-defined]
        (notice,) = (await enclave.listing("running")).notices
        assert notice.startswith("node01 does not answer since ")
    finally:
        await enclave.close()


@pytest.mark.slow(seconds=30)
async def test_a_locked_database_is_read_and_nothing_is_changed(
    enclave: Enclave, tmp_path: Path
) -> None:
    await enclave.run("profile.create", PROFILE)
    with closing(sqlite3.connect(tmp_path / "data/console.db")) as lock:
        lock.execute("BEGIN IMMEDIATE")
        rows = (await enclave.listing("profiles")).rows
        assert [row.name for row in rows] == ["half"]
        with pytest.raises(AuditUnavailable, match="held by another program"):
            await enclave.run("profile.create", {**PROFILE, "name": "other"})
        assert enclave.status.audit_fault
    assert await enclave.audit.probe() == ""
    await enclave.run("profile.create", {**PROFILE, "name": "other"})


# What it gives


async def test_a_tab_that_does_not_exist_is_wrong_use(enclave: Enclave) -> None:
    with pytest.raises(WrongUse, match=r"There is no tab frobs\. There are realms, hosts"):
        await enclave.listing("frobs")


async def test_a_realm_is_found_by_id_and_by_name(enclave: Enclave) -> None:
    assert enclave.realm("lab") is enclave.realm("Lab")
    with pytest.raises(NotFound):
        enclave.realm("mars")


async def test_it_says_why_an_action_is_not_for_the_caller(
    enclave: Enclave, open_enclave: Opener
) -> None:
    await add_user(enclave.database, "adam", Role.ADMIN)
    adam = await open_enclave("adam")
    (row, _) = (await adam.listing("realms")).rows
    reason = adam.why_not("realm.view_config", row)
    assert reason == "realm.view_config needs the role super-admin; you are admin."
    assert enclave.why_not("realm.view_config", row) == ""
    assert (
        adam.why_not("list services") == "list services needs the role super-admin; you are admin."
    )


async def test_it_says_that_nothing_can_be_changed_while_nothing_can_be_recorded(
    enclave: Enclave,
) -> None:
    file = enclave.settings.audit.file
    file.unlink()
    file.mkdir()
    await enclave.audit.probe()
    assert "audit" in enclave.why_not("profile.create")
    assert enclave.why_not("audit.verify") == ""


async def test_the_status_counts_the_hosts_and_names_the_realms(
    enclave: Enclave, host: PlayHost
) -> None:
    wanted = {"realm": "lab", "name": "node02", "uri": "play://node02", "state": "disabled"}
    await enclave.run("host.create", wanted)
    status = enclave.status
    assert (status.realms, status.hosts_up, status.hosts_all) == (("Lab", "Attic"), 1, 2)
    assert (status.audit_fault, status.messages) == ("", ())


async def test_subscribers_are_told_which_rows_changed(enclave: Enclave, host: PlayHost) -> None:
    told: list[str] = []
    end = enclave.subscribe(told.append)
    host.fall()
    assert await enclave.until(lambda: _has(told, "running"), 60)
    end()
    told.clear()
    host.down = False
    enclave.watch.refresh()
    assert await enclave.until(lambda: _up(enclave, host), 60)
    assert told == []


async def test_what_another_console_changes_is_told_and_followed(
    enclave: Enclave, open_enclave: Opener, host: PlayHost
) -> None:
    other = await open_enclave()
    told: list[str] = []
    other.subscribe(told.append)
    async with enclave.change() as session:
        row = await session.get_one(Host, host.address.host_id)
        row.state = HostState.DISABLED
        session.add(row)
    assert await other.until(lambda: _has(told, ""), 60)
    assert await other.until(lambda: _not_contacted(other, host), 60)


async def test_who_is_made_inactive_sees_and_does_nothing_any_more(
    enclave: Enclave, open_enclave: Opener
) -> None:
    user_id = await add_user(enclave.database, "adam", Role.ADMIN)
    adam = await open_enclave("adam")
    async with enclave.change() as session:
        user = await session.get_one(User, user_id)
        user.active = False
        session.add(user)

    async def shut_out() -> bool:
        return adam.caller.role is Role.USER

    assert await adam.until(shut_out, 60)
    with pytest.raises(Refused):
        await adam.listing("realms")
    with pytest.raises(Refused, match="is inactive"):
        await adam.run("profile.create", PROFILE)


async def test_records_come_after_the_last_one_that_was_seen(enclave: Enclave) -> None:
    (first,) = await enclave.records(None, 1)
    await enclave.run("profile.create", PROFILE)
    assert [record.outcome for record in await enclave.records(first.seq)] == ["attempted", "done"]


async def test_records_are_followed_as_they_are_written(enclave: Enclave) -> None:
    batches = enclave.follow_records(1)
    await anext(batches)
    await enclave.run("profile.create", PROFILE)
    batch = await asyncio.wait_for(anext(batches), 60)
    assert batch[0].operation == "profile.create"
    await batches.aclose()


# What ended while nobody looked


async def test_an_operation_that_its_console_did_not_finish_is_told_at_the_next_start(
    enclave: Enclave, open_enclave: Opener
) -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    dead = replace(enclave.caller.origin, pid=child.pid, pid_started=1, machine=os.uname().nodename)
    caller = replace(enclave.caller, origin=dead)
    target = Target("vm", "vm-1", "tiny")
    await enclave.audit.append(Record("vm.shutdown", "dead-1", "attempted", caller, target))
    next_console = await Enclave.open(
        enclave.settings,
        origin=replace(dead, pid=os.getpid(), pid_started=process_started(os.getpid())),
        data=enclave.data,
    )
    try:
        (message,) = next_console.status.messages
        assert message.startswith("Interrupted: vm.shutdown tiny. Process ")
        assert "of mara ended first; it may have taken effect." in message
        assert (await next_console.records())[-1].outcome == "interrupted"
    finally:
        await next_console.close()


async def test_a_vm_whose_end_nobody_can_tell_stays_doubtful(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    vm_id = await enclave.run("config.start", {"config": config})
    host.end(vm_id.removeprefix("vm-"), Ending.UNKNOWN, told=False)

    async def doubtful() -> bool:
        (row,) = (await enclave.listing("running")).rows
        return bool(row.state == "running ?")  # type: ignore[attr-defined]

    assert await enclave.until(doubtful, 60)
    assert (await enclave.listing("past")).rows == []


async def test_an_end_that_cannot_be_tidied_is_noted_and_still_an_end(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    vm_id = await enclave.run("config.start", {"config": config})
    host_of(enclave).texts = {}
    await enclave.run("vm.shutdown", {"vm": vm_id})

    async def noted() -> bool:
        lines = (await enclave.detail("past", vm_id)).sections[-1].lines
        return any("left behind: the qemu log was not kept" in line for line in lines)

    assert await enclave.until(noted, 60)


async def test_closing_twice_does_no_harm(open_enclave: Opener) -> None:
    enclave = await open_enclave()
    await enclave.close()
    await enclave.close()


async def _has(told: list[str], tab: str) -> bool:
    return tab in told


async def _up(enclave: Enclave, host: PlayHost) -> bool:
    return enclave.is_up(host.address.host_id)


async def _not_contacted(enclave: Enclave, host: PlayHost) -> bool:
    return enclave.sightings()[host.address.host_id].reach == "not contacted"
