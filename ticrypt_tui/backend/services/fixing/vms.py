"""What Fix VMs does about each kind of difference; the row is read again right before a change.

Nothing is destroyed, and no disk is deleted but that of a VM whose end is told for certain, as with
every end.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, update
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.drivers.base import DomainSeen, Ending
from ticrypt_tui.backend.errors import Failed, NotFound
from ticrypt_tui.backend.services.fixing.reading import VmPlan
from ticrypt_tui.backend.services.vms.ending import finish, record_end
from ticrypt_tui.backend.services.vms.events import add_event
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.infrastructure import Host
from ticrypt_tui.backend.store.tables.machines import (
    Allocation,
    DeviceAssignment,
    Vm,
    VmEnd,
    VmState,
)
from ticrypt_tui.backend.sync.differences import Difference, Kind
from ticrypt_tui.backend.sync.endings import Told
from ticrypt_tui.backend.sync.snapshots import StoredVm

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave

NO_HOST = "its host is not in the realm any more, and no other has it"
NOT_THERE = "its host does not have it any more; nothing tells how it ended"


@dataclass(frozen=True, slots=True)
class Repair:
    """One difference, the VM as it was when that was found, and all that was read then."""

    enclave: Enclave
    difference: Difference
    vm: StoredVm
    plan: VmPlan


async def repair_vm(enclave: Enclave, difference: Difference, plan: VmPlan) -> bool:
    """Put one difference right; False where the store is not as it was read any more.

    Raises a `TicryptError` where it cannot be done.
    """
    vm = plan.store.vms[difference.subject]
    return await _REPAIRS[difference.kind](Repair(enclave, difference, vm, plan))


async def _ended(repair: Repair) -> bool:
    told = repair.plan.told[repair.vm.id]
    shown = repair.plan.domain(repair.difference) is not None
    return await _still(repair) and await record_end(
        repair.enclave, repair.vm.id, told, keep_disk=shown
    )


async def _lost(repair: Repair) -> bool:
    if not await _still(repair):
        return False
    if repair.vm.host_id is not None:
        told = Told(Ending.UNKNOWN, NOT_THERE, now())
        return await record_end(repair.enclave, repair.vm.id, told, keep_disk=True)
    async with repair.enclave.change() as session:
        return await finish(session, repair.vm.id, VmEnd.BY_FIX, now(), NO_HOST)


async def _moved(repair: Repair) -> bool:
    """Follow a VM to the host that has it, with its cores, memory and devices there."""
    vm, host_id = repair.vm, repair.difference.host_id
    domain = repair.plan.domain(repair.difference)
    async with repair.enclave.change() as session:
        host = await session.get(Host, host_id)
        if host is None or domain is None:
            raise Failed("The host that has it was deleted meanwhile.")
        there = {"host_id": host_id, "host_name": host.name}
        if not (await session.exec(_as_it_was(vm).values(**there))).rowcount:
            return False
        await _holds(session, vm.id, host_id, domain)
        add_event(session, vm.id, "moved", f"from {vm.host_name or 'no host'} to {host.name}")
    return True


async def _held(repair: Repair) -> bool:
    domain = repair.plan.domain(repair.difference)
    async with repair.enclave.change() as session:
        row = await session.get(Vm, repair.vm.id)
        if row is None or row.ended or row.host_id != repair.vm.host_id or domain is None:
            return False
        await _holds(session, row.id, repair.difference.host_id, domain)
    return True


async def _state(repair: Repair) -> bool:
    vm = repair.vm
    async with repair.enclave.change() as session:
        as_it_was = _as_it_was(vm).where(col(Vm.state) == vm.state, col(Vm.end).is_(None))
        if not (await session.exec(as_it_was.values(state=VmState.RUNNING))).rowcount:
            return False
        add_event(session, vm.id, "running", f"its host says so; it was {vm.state}")
    return True


async def _runs_on(repair: Repair) -> bool:
    """Ask the guest of a past VM to shut down; it is never forced."""
    async with repair.enclave.database.read() as session:
        row = await session.get(Vm, repair.vm.id)
    if row is None or row.ended is None:
        return False
    host = repair.enclave.watch.host(repair.difference.host_id)
    try:
        await host.shut_down(repair.vm.id.removeprefix("vm-"))
    except NotFound:
        return False
    return True


_REPAIRS: Mapping[Kind, Callable[[Repair], Awaitable[bool]]] = {
    Kind.VM_ENDED: _ended,
    Kind.VM_LOST: _lost,
    Kind.VM_MOVED: _moved,
    Kind.VM_HELD: _held,
    Kind.VM_STATE: _state,
    Kind.VM_RUNS_ON: _runs_on,
}


async def _still(repair: Repair) -> bool:
    """Whether a VM runs, as the store has it, where it did when the difference was found."""
    async with repair.enclave.database.read() as session:
        row = await session.get(Vm, repair.vm.id)
    return row is not None and row.ended is None and row.host_id == repair.vm.host_id


def _as_it_was(vm: StoredVm) -> Any:
    here = update(Vm).where(col(Vm.id) == vm.id, col(Vm.ended).is_(None))
    same = col(Vm.host_id).is_(None) if vm.host_id is None else col(Vm.host_id) == vm.host_id
    return here.where(same)


async def _holds(session: AsyncSession, vm_id: str, host_id: str, domain: DomainSeen) -> None:
    """Have a VM hold what it needs of that host and of no other; both hosts count the change."""
    row = await session.get_one(Vm, vm_id, populate_existing=True)
    before = await session.get(Allocation, vm_id)
    touched = {host_id, before.host_id if before else host_id}
    await session.exec(delete(Allocation).where(col(Allocation.vm_id) == vm_id))
    await session.exec(delete(DeviceAssignment).where(col(DeviceAssignment.vm_id) == vm_id))
    held = {"vm_id": vm_id, "host_id": host_id}
    session.add(Allocation(**held, cores=row.cores, memory_mib=row.memory_mib))
    session.add_all(DeviceAssignment(**held, pci_address=each) for each in domain.devices)
    counted = update(Host).where(col(Host.id).in_(touched))
    await session.exec(counted.values(generation=col(Host.generation) + 1))
