"""From booting to running: a VM's agent answers, or the VM is ended for being too late."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from tests.backend.conftest import Opener, host_of, ignores_shutdown
from tests.backend.play import PlayHost, domain
from ticrypt_tui.backend.drivers.base import Ending
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Failed
from ticrypt_tui.backend.services.vms.events import event_lines
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.infrastructure import Host
from ticrypt_tui.backend.store.tables.machines import Allocation, Vm, VmEnd, VmState
from ticrypt_tui.config.settings import Settings

VM = "vm-7f3a0d52-4c1e-4b6f-9a80-0123456789ab"
UUID = VM.removeprefix("vm-")
SOON = timedelta(seconds=0.3)
LATER = timedelta(minutes=5)

Console = Callable[[timedelta | None], Awaitable[tuple[Enclave, PlayHost]]]


@pytest.fixture
async def console(open_enclave: Opener, settings: Settings) -> Console:
    """Opens consoles on one store with a host, with a time in which VMs must register, or none."""

    async def open_one(limit: timedelta | None) -> tuple[Enclave, PlayHost]:
        lab = settings.realms[0].model_copy(update={"registration_timeout": limit})
        enclave = await open_enclave(realms=(lab, *settings.realms[1:]))
        if not (await enclave.listing("hosts")).rows:
            where = {"realm": "lab", "name": "node01", "uri": "play://node01"}
            await enclave.run("host.create", where)
        await enclave.settled()
        return enclave, host_of(enclave)

    return open_one


async def booting(enclave: Enclave, host: PlayHost, **values: Any) -> None:
    """A VM that its host has just begun to run."""
    async with enclave.change() as session:
        there = (await session.exec(select(Host))).one()
        known: dict[str, Any] = {
            "id": VM, "realm_id": "lab", "name": "tiny", "host_id": there.id,
            "host_name": "node01", "cores": 1, "memory_mib": 192, "state": VmState.BOOTING,
            "started": now(),
        }  # fmt: skip
        session.add(Vm(**known | values))
        await session.flush()
        session.add(Allocation(vm_id=VM, host_id=there.id, cores=1, memory_mib=192))
    host.show(domain(VM))


async def read(enclave: Enclave) -> Vm:
    async with enclave.database.read() as session:
        return await session.get_one(Vm, VM)


async def becomes(enclave: Enclave, state: VmState, seconds: float = 60) -> bool:
    async def is_so() -> bool:
        return (await read(enclave)).state is state

    return await enclave.until(is_so, seconds)


async def happened(enclave: Enclave, what: str) -> int:
    return sum(what in line for line in await event_lines(enclave.database, VM))


async def timeouts(enclave: Enclave) -> list[str]:
    """The outcomes of the audit's records of VMs that did not register."""
    records = [each for each in await enclave.records() if "registration" in each.operation]
    assert all(each.login == "system" and each.target_id == VM for each in records)
    return [each.outcome for each in records]


async def test_a_vm_runs_once_its_agent_answers(console: Console) -> None:
    enclave, host = await console(LATER)
    await booting(enclave, host)
    assert await becomes(enclave, VmState.RUNNING)
    vm = await read(enclave)
    assert vm.registered is not None
    assert vm.started is not None
    assert vm.registered >= vm.started
    assert await happened(enclave, "registering") == await happened(enclave, "registered") == 1


async def test_a_vm_whose_agent_is_silent_is_registering(console: Console) -> None:
    enclave, host = await console(LATER)
    host.registers = False
    await booting(enclave, host)
    assert await becomes(enclave, VmState.REGISTERING)
    host.registers = True
    assert await becomes(enclave, VmState.RUNNING)


async def test_its_row_says_by_when_it_must_register(console: Console) -> None:
    enclave, host = await console(LATER)
    host.registers = False
    started = now().replace(microsecond=0)
    await booting(enclave, host, started=started)
    assert await becomes(enclave, VmState.REGISTERING)
    assert (await enclave.find("vm", VM)).register_by == started + LATER
    facts = dict((await enclave.detail("running", VM)).sections[0].fields)
    assert facts["must register by"] == f"{started + LATER:%Y-%m-%d %H:%M:%S} UTC"
    host.registers = True
    assert await becomes(enclave, VmState.RUNNING)
    assert (await enclave.find("vm", VM)).register_by is None


async def test_a_vm_that_its_host_does_not_show_yet_is_booting(console: Console) -> None:
    enclave, host = await console(LATER)
    await booting(enclave, host)
    del host.running[UUID]
    assert not await becomes(enclave, VmState.REGISTERING, 1)


async def test_two_consoles_register_a_vm_once(console: Console) -> None:
    enclave, host = await console(LATER)
    other, there = await console(LATER)
    there.show(domain(VM))
    await booting(enclave, host)
    assert await becomes(other, VmState.RUNNING)
    assert await happened(enclave, "registering") == await happened(enclave, "registered") == 1


async def test_where_nothing_need_register_a_vm_runs_as_soon_as_its_host_shows_it(
    console: Console,
) -> None:
    enclave, host = await console(None)
    host.registers = False
    await booting(enclave, host)
    assert await becomes(enclave, VmState.RUNNING)
    assert (await read(enclave)).registered is None


async def test_a_service_vm_runs_as_soon_as_its_host_shows_it_and_is_never_given_up(
    console: Console,
) -> None:
    enclave, host = await console(SOON)
    host.registers = False
    await booting(enclave, host, service=True)
    assert await becomes(enclave, VmState.RUNNING)
    assert not await becomes(enclave, VmState.STOPPED, 2)
    assert host.asked == []


async def test_a_vm_that_does_not_register_in_time_is_ended_on_record(console: Console) -> None:
    enclave, host = await console(SOON)
    host.registers = False
    await booting(enclave, host)
    assert await becomes(enclave, VmState.STOPPED)
    vm = await read(enclave)
    assert vm.end is VmEnd.REGISTRATION_TIMEOUT
    assert "did not answer within 0.3 s" in vm.end_detail
    assert host.asked == [f"force off {UUID}"]

    async def recorded() -> bool:
        return await timeouts(enclave) == ["attempted", "done"]

    assert await enclave.until(recorded, 60)
    assert (await enclave.run("audit.verify", {})).ok
    async with enclave.database.read() as session:
        assert (await session.exec(select(Allocation))).all() == []


async def test_two_consoles_end_a_vm_that_is_late_once(console: Console) -> None:
    enclave, host = await console(SOON)
    _, there = await console(SOON)
    host.registers = there.registers = False
    there.show(domain(VM))
    await booting(enclave, host)
    assert await becomes(enclave, VmState.STOPPED)
    assert await happened(enclave, "ended: registration timeout") == 1

    async def recorded() -> bool:
        return await timeouts(enclave) == ["attempted", "done"]

    assert await enclave.until(recorded, 60)


async def test_a_vm_that_was_given_up_by_a_console_that_died_is_ended_by_another(
    console: Console,
) -> None:
    enclave, host = await console(LATER)
    given_up = {"end": VmEnd.REGISTRATION_TIMEOUT, "end_detail": "its guest's agent was silent"}
    await booting(enclave, host, state=VmState.SHUTTING_DOWN, **given_up)
    assert await becomes(enclave, VmState.STOPPED)
    vm = await read(enclave)
    assert (vm.end, vm.end_detail) == (VmEnd.REGISTRATION_TIMEOUT, "its guest's agent was silent")


async def test_a_vm_whose_host_is_silent_is_not_ended(console: Console) -> None:
    enclave, host = await console(SOON)
    host.registers = False
    host.fall()
    await booting(enclave, host, started=now() - timedelta(hours=1))
    assert not await becomes(enclave, VmState.STOPPED, 1)


async def test_a_vm_that_was_late_while_nobody_looked_is_heard_out(console: Console) -> None:
    enclave, host = await console(LATER)
    host.registers = False
    await booting(enclave, host, started=now() - timedelta(hours=1))
    assert await becomes(enclave, VmState.REGISTERING)
    host.registers = True
    assert await becomes(enclave, VmState.RUNNING)


async def test_no_vm_is_ended_that_cannot_be_recorded(console: Console, settings: Settings) -> None:
    enclave, host = await console(SOON)
    host.registers = False
    settings.audit.file.unlink()
    settings.audit.file.mkdir()
    assert await enclave.audit.probe()
    await booting(enclave, host)
    assert await becomes(enclave, VmState.REGISTERING)
    assert not await becomes(enclave, VmState.STOPPED, 2)


@pytest.mark.parametrize(
    ("ending", "end"),
    [
        (Ending.BY_GUEST, VmEnd.BY_GUEST),
        (Ending.CRASHED, VmEnd.CRASHED),
        (Ending.DESTROYED, VmEnd.DESTROYED_OUTSIDE),
    ],
)
async def test_a_vm_that_ends_while_it_registers_ended_as_it_did(
    console: Console, ending: Ending, end: VmEnd
) -> None:
    enclave, host = await console(LATER)
    host.registers = False
    await booting(enclave, host)
    assert await becomes(enclave, VmState.REGISTERING)
    host.end(UUID, ending)
    assert await becomes(enclave, VmState.STOPPED)
    assert (await read(enclave)).end is end


async def test_a_vm_that_ignores_its_shutdown_while_it_registers_goes_on_to_register(
    console: Console,
) -> None:
    enclave, host = await console(LATER)
    host.registers = False
    ignores_shutdown(enclave, host)
    await booting(enclave, host)
    assert await becomes(enclave, VmState.REGISTERING)
    with pytest.raises(Failed, match="did not end within 1 s"):
        await enclave.run("vm.shutdown", {"vm": VM})
    assert (await read(enclave)).state is VmState.REGISTERING
    host.registers = True
    assert await becomes(enclave, VmState.RUNNING)
