"""Starts whose console died: whoever sees it carries them on or gives them back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from tests.backend.conftest import Opener, host_of
from tests.backend.play import PlayHost, domain
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import HostUnreachable
from ticrypt_tui.backend.services.starting import interrupted
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.infrastructure import Host
from ticrypt_tui.backend.store.tables.machines import (
    Allocation,
    DeviceAssignment,
    Vm,
    VmConfiguration,
    VmState,
)
from ticrypt_tui.backend.sync import begun
from ticrypt_tui.backend.sync.starters import UNDERWAY

VM = "vm-7f3a0d52-4c1e-4b6f-9a80-0123456789ab"
DEAD = "1 1"
"""A pid with a start time that it never had."""


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here is still on its way to libvirt."""
    monkeypatch.setattr(begun, "SETTLED", timedelta(0))


@pytest.fixture
async def left(enclave: Enclave, host: PlayHost, config: str) -> str:
    """A VM with its place, device and disk, whose starter on this machine died over it."""
    await reserved(enclave, config, f"{enclave.audit.origin.machine} {DEAD}")
    host.give_volume(f"{VM}.qcow2")
    return VM


async def reserved(enclave: Enclave, config: str, starter: str, **values: Any) -> None:
    async with enclave.change() as session:
        there = (await session.exec(select(Host))).one()
        recipe = await session.get_one(VmConfiguration, config)
        known: dict[str, Any] = {
            "id": VM, "realm_id": "lab", "name": "tiny", "host_id": there.id,
            "host_name": "node01", "configuration_id": config, "owner_id": recipe.owner_id,
            "cores": 1, "memory_mib": 192, "state": VmState.STARTING, "starter": starter,
        }  # fmt: skip
        session.add(Vm(**known | values))
        await session.flush()
        session.add(Allocation(vm_id=VM, host_id=there.id, cores=1, memory_mib=192))
        session.add(DeviceAssignment(vm_id=VM, host_id=there.id, pci_address="0000:41:00.0"))


async def held(enclave: Enclave) -> list[str]:
    async with enclave.database.read() as session:
        return [
            *[each.vm_id for each in await session.exec(select(Allocation))],
            *[each.pci_address for each in await session.exec(select(DeviceAssignment))],
        ]


async def the_vm(enclave: Enclave) -> Vm:
    async with enclave.database.read() as session:
        return await session.get_one(Vm, VM)


async def test_what_it_had_reserved_is_given_back(
    enclave: Enclave, host: PlayHost, left: str
) -> None:
    await enclave.settled()
    vm = await the_vm(enclave)
    assert (vm.end, vm.end_detail) == (
        "start failed", "the console that started it ended first"
    )  # fmt: skip
    assert await held(enclave) == []
    assert list(host.disks) == ["tiny.qcow2"]


async def test_its_configuration_can_be_started_again(
    enclave: Enclave, host: PlayHost, config: str, left: str
) -> None:
    await enclave.settled()
    assert await enclave.run("config.start", {"config": config}) != left


async def test_what_it_had_started_is_carried_on(
    enclave: Enclave, host: PlayHost, left: str
) -> None:
    host.show(domain(VM))
    await enclave.settled()

    async def runs() -> bool:
        return (await the_vm(enclave)).state is VmState.RUNNING

    assert await enclave.until(runs, 60)
    vm = await the_vm(enclave)
    assert vm.started is not None
    assert vm.starter == ""
    assert await held(enclave) == [VM, "0000:41:00.0"]


async def test_what_was_done_about_it_is_on_record(
    enclave: Enclave, host: PlayHost, left: str
) -> None:
    await enclave.settled()
    records = [r for r in await enclave.records() if r.operation == "vm.start_interrupted"]
    assert [(r.outcome, r.login, r.target_id) for r in records] == [
        ("attempted", "system", VM), ("done", "system", VM)
    ]  # fmt: skip
    assert records[0].detail == {"host": "node01", "decided": "give back"}


async def test_two_consoles_deal_with_it_once(
    enclave: Enclave, open_enclave: Opener, host: PlayHost, left: str
) -> None:
    other = await open_enclave()
    await other.settled()
    await enclave.settled()
    records = [r for r in await enclave.records() if r.operation == "vm.start_interrupted"]
    assert [r.outcome for r in records] == ["attempted", "done"]


async def test_a_console_that_opens_deals_with_it(
    enclave: Enclave,
    open_enclave: Opener,
    host: PlayHost,
    left: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without anybody's asking; the other console never looks by itself."""
    monkeypatch.setattr(interrupted, "SELDOM", 0.2)
    other = await open_enclave()
    host_of(other).give_pool()

    async def free() -> bool:
        return await held(other) == []

    assert await other.until(free, 60)


async def test_a_host_that_does_not_answer_leaves_it_open_until_it_does(
    enclave: Enclave, host: PlayHost, left: str
) -> None:
    host.fall()

    async def down() -> bool:
        return not enclave.is_up(host.address.host_id)

    assert await enclave.until(down, 60)
    await enclave.settled()
    assert await held(enclave) == [VM, "0000:41:00.0"]
    host.down = False
    enclave.watch.refresh()

    async def up() -> bool:
        return enclave.is_up(host.address.host_id)

    assert await enclave.until(up, 60)
    await enclave.settled()
    assert await held(enclave) == []


async def test_what_this_very_process_brings_up_is_left_alone(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    origin = enclave.audit.origin
    await reserved(enclave, config, f"{origin.machine} {origin.pid} {origin.pid_started}")
    UNDERWAY.add(VM)
    try:
        await enclave.settled()
        assert await held(enclave) == [VM, "0000:41:00.0"]
    finally:
        UNDERWAY.discard(VM)
    await enclave.settled()
    assert await held(enclave) == []


async def test_another_machines_start_has_ten_minutes(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    await reserved(enclave, config, "elsewhere 12 77")
    await enclave.settled()
    assert await held(enclave) == [VM, "0000:41:00.0"]
    async with enclave.change() as session:
        vm = await session.get_one(Vm, VM)
        vm.created = now() - timedelta(minutes=10)
        session.add(vm)
    await enclave.settled()
    assert await held(enclave) == []


async def test_a_start_that_its_host_left_open_is_decided_when_it_is_back(
    enclave: Enclave, host: PlayHost, config: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(wanted: object) -> None:
        host.fall()
        raise HostUnreachable("No answer in 30 s.")

    monkeypatch.setattr(host, "start", silent)
    with pytest.raises(HostUnreachable):
        await enclave.run("config.start", {"config": config})
    host.down = False
    enclave.watch.refresh()

    async def free() -> bool:
        await enclave.following.starts.look()
        return await held(enclave) == []

    assert await enclave.until(free, 60)
