"""Service VMs apart from all others: nobody's, nowhere else, and alone on their volume."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest
from sqlmodel import col, select

from tests.backend.play import PlayHost
from tests.backend.services.conftest import KEEPER, WANTED, keeper_row
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import NotFound, Refused, TicryptError
from ticrypt_tui.backend.services.catalogue import every_operation
from ticrypt_tui.backend.store.tables.machines import (
    ServiceVm,
    Vm,
    VmState,
)

REGISTRY = every_operation()
OF_VMS = sorted(name for name, each in REGISTRY.items() if each.on == "vm")
"""What is on a guest's screen is read and done alike, whichever VM it is: `guest`."""


# It is nobody's, and nowhere else


async def test_its_vm_is_nobodys_and_of_no_team_or_project(
    enclave: Enclave, keeper_on: str
) -> None:
    async with enclave.database.read() as session:
        vm = await session.get_one(Vm, keeper_on)
    assert (vm.service, vm.owner_id, vm.team_id, vm.project_id) == (True, None, None, None)


async def written(enclave: Enclave, vm: Vm) -> None:
    async with enclave.change() as session:
        session.add(vm)


@pytest.mark.parametrize("column", ["owner_id", "team_id", "project_id"])
async def test_no_row_of_a_service_vm_with_an_owner_a_team_or_a_project_is_ever_written(
    enclave: Enclave, keeper_on: str, column: str
) -> None:
    refusal = "A service VM never has an owner, a team or a project"
    new = Vm(realm_id="lab", name="x", cores=1, memory_mib=1, service=True)
    async with enclave.database.read() as session:
        there = await session.get_one(Vm, keeper_on)
    for vm in (new, there):
        setattr(vm, column, "someone")
        with pytest.raises(Refused, match=refusal):
            await written(enclave, vm)


async def test_it_is_neither_among_the_running_vms_nor_among_the_past_ones(
    enclave: Enclave, host: PlayHost, keeper_on: str
) -> None:
    await enclave.settled()
    assert (await enclave.listing("running")).rows == []
    await enclave.run("service_vm.shutdown", KEEPER)
    assert (await enclave.listing("running")).rows == []
    assert (await enclave.listing("past")).rows == []


async def test_it_is_not_counted_among_the_vms_of_its_realm(
    enclave: Enclave, keeper_on: str
) -> None:
    counts = {each.id: each.vms for each in (await enclave.listing("realms")).rows}  # type: ignore[attr-defined]
    assert counts["lab"] == 0


@pytest.mark.parametrize("ended", [False, True], ids=["on", "off"])
@pytest.mark.parametrize("operation", OF_VMS)
async def test_no_operation_on_vms_reaches_it(
    enclave: Enclave, keeper_on: str, operation: str, ended: bool
) -> None:
    if ended:
        await enclave.run("service_vm.shutdown", KEEPER)
    more = {each.name: "ops" for each in REGISTRY[operation].arguments[1:] if each.required}
    for reference in (keeper_on, keeper_on.removeprefix("vm-"), "keeper"):
        with pytest.raises(NotFound, match="There is no VM"):
            await enclave.run(operation, {"vm": reference, **more})


async def test_an_ordinary_vm_of_the_same_name_is_found_beside_it(
    enclave: Enclave, keeper_on: str
) -> None:
    async with enclave.change() as session:
        beside = Vm(realm_id="lab", name="keeper", cores=1, memory_mib=64, state=VmState.RUNNING)
        session.add(beside)
    assert (await enclave.find("vm", "keeper")).id == beside.id
    assert (await enclave.find("service_vm", "keeper")).run.id == keeper_on


# What may not run beside it


async def test_it_stays_off_while_vms_run_from_its_image_and_they_are_named(
    enclave: Enclave, keeper: str
) -> None:
    await enclave.run("config.start", {"config": "tiny"})
    told = "It would write the volume of image tiny, from which another runs: tiny."
    assert enclave.why_not("service_vm.power_up", await keeper_row(enclave)) == told
    with pytest.raises(Refused, match="from which another runs: tiny"):
        await enclave.run("service_vm.power_up", KEEPER)
    assert (await keeper_row(enclave)).state == "off"


async def test_no_vm_starts_from_the_image_while_it_is_on(
    enclave: Enclave, host: PlayHost, keeper_on: str
) -> None:
    with pytest.raises(Refused, match="service VM keeper runs from its image"):
        await enclave.run("config.start", {"config": "tiny"})
    assert len(host.running) == 1
    assert list(host.disks) == ["tiny.qcow2"]


async def test_once_it_is_off_vms_start_from_the_image_again(
    enclave: Enclave, keeper_on: str
) -> None:
    await enclave.run("service_vm.shutdown", KEEPER)
    await enclave.run("config.start", {"config": "tiny"})
    assert len((await enclave.listing("running")).rows) == 1


async def test_two_on_one_volume_are_never_on_together(enclave: Enclave, keeper_on: str) -> None:
    await enclave.run("service_vm.create", {**WANTED, "name": "second"})
    with pytest.raises(Refused, match="from which another runs: keeper"):
        await enclave.run("service_vm.power_up", {"service_vm": "second"})


async def both(*runs: Awaitable[Any]) -> list[Any]:
    """What comes of doing things at the same moment."""
    return await asyncio.gather(*runs, return_exceptions=True)


def one_went(outcomes: list[Any]) -> bool:
    """Whether exactly one did, and the other was refused."""
    refused = [each for each in outcomes if isinstance(each, Refused)]
    return len(refused) == 1 and sum(isinstance(each, str) for each in outcomes) == 1


async def going(enclave: Enclave) -> int:
    """How many VMs the store has that have not ended."""
    async with enclave.database.read() as session:
        return len((await session.exec(select(Vm).where(col(Vm.ended).is_(None)))).all())


async def test_of_two_consoles_that_power_it_up_at_once_one_does(
    enclave: Enclave, other: Enclave
) -> None:
    outcomes = await both(
        enclave.run("service_vm.power_up", KEEPER), other.run("service_vm.power_up", KEEPER)
    )
    assert one_went(outcomes)
    assert await going(enclave) == 1


async def test_of_two_on_one_volume_that_are_powered_up_at_once_one_is(
    enclave: Enclave, other: Enclave
) -> None:
    await enclave.run("service_vm.create", {**WANTED, "name": "second"})
    outcomes = await both(
        enclave.run("service_vm.power_up", KEEPER),
        other.run("service_vm.power_up", {"service_vm": "second"}),
    )
    assert one_went(outcomes)
    assert await going(enclave) == 1


@pytest.mark.parametrize("turn", range(3))
async def test_a_start_and_a_power_up_at_the_same_moment_never_share_the_volume(
    enclave: Enclave, other: Enclave, turn: int
) -> None:
    runs = [
        enclave.run("config.start", {"config": "tiny"}),
        other.run("service_vm.power_up", KEEPER),
    ]
    outcomes = await both(*(runs if turn % 2 else reversed(runs)))
    assert one_went(outcomes)
    assert await going(enclave) == 1


async def test_one_that_was_deleted_meanwhile_is_not_powered_up(
    enclave: Enclave, keeper: str, host: PlayHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    pools = host.volumes

    async def deleted_first(pool: str) -> Any:
        async with enclave.change() as session:
            if found := await session.get(ServiceVm, keeper):
                await session.delete(found)
        return await pools(pool)

    monkeypatch.setattr(host, "volumes", deleted_first)
    with pytest.raises(TicryptError):
        await enclave.run("service_vm.power_up", KEEPER)
    assert (host.running, await going(enclave)) == ({}, 0)
