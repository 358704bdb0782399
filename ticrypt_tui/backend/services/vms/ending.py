"""Recording that a VM ended: once, whichever console sees it first; what it held is given back."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.drivers.base import Host, LogKind
from ticrypt_tui.backend.errors import Failed, HostUnreachable, NotFound, TicryptError
from ticrypt_tui.backend.services.starting.disks import delete_overlay
from ticrypt_tui.backend.services.vms.events import add_event
from ticrypt_tui.backend.store.tables.data import DriveUse
from ticrypt_tui.backend.store.tables.machines import (
    Allocation,
    DeviceAssignment,
    Vm,
    VmEnd,
    VmState,
)
from ticrypt_tui.backend.store.tables.people import User
from ticrypt_tui.backend.sync.endings import Told, how_it_ended, told_by_log
from ticrypt_tui.backend.sync.vm_logs import KEPT, keep_logs

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave

_LOG_WRITTEN_WITHIN = 1.0


async def record_end(enclave: Enclave, vm_id: str, told: Told, *, keep_disk: bool = False) -> bool:
    """Record a VM's end unless another console has, and keep its logs here; True if we did.

    One that the store does not know is left alone, and so is one that is being started: who
    starts it sees that itself. Where it is not certain that it runs nowhere, `keep_disk` leaves
    its disk alone, and its drives in use.
    """
    async with enclave.database.read() as session:
        vm = await session.get(Vm, vm_id)
    if vm is None or vm.state in (VmState.SCHEDULING, VmState.STARTING):
        return False
    first = await _ended(enclave, vm, told, keep_drives=keep_disk)
    host = _host(enclave, vm)
    faults = await _logs_kept(enclave, vm, host)
    if first and not keep_disk:
        faults += await _disk_gone(enclave, vm, host)
    if first:
        await _noted(enclave, vm.id, faults)
    return first


async def end_of_gone(enclave: Enclave, vm_id: str) -> Told | None:
    """What QEMU's log tells of the end of a VM that its host does not have any more."""
    vm = await _running(enclave, vm_id)
    host = _host(enclave, vm) if vm else None
    if vm is None or host is None:
        return None
    for source in host.logs(vm.id.removeprefix("vm-"), vm.id):
        if source.kind is LogKind.HYPERVISOR:
            with suppress(Failed, NotFound):
                return told_by_log(await source.last(KEPT))
    return None


async def finish(
    session: AsyncSession,
    vm_id: str,
    end: VmEnd,
    at: datetime,
    detail: str,
    *,
    keep_drives: bool = False,
) -> bool:
    """Make a VM a past one and free what it held; False where it was one already.

    With `keep_drives` no other VM gets its drives: it may still run, where nobody sees it. Fix
    drives gives them back once its host shows that it does not.
    """
    changed = await session.exec(
        update(Vm)
        .where(col(Vm.id) == vm_id, col(Vm.ended).is_(None))
        .values(ended=at, end=end, end_detail=detail, state=VmState.STOPPED)
    )
    if changed.rowcount == 0:
        return False
    await session.exec(delete(Allocation).where(col(Allocation.vm_id) == vm_id))
    await session.exec(delete(DeviceAssignment).where(col(DeviceAssignment.vm_id) == vm_id))
    if not keep_drives:
        await session.exec(delete(DriveUse).where(col(DriveUse.vm_id) == vm_id))
    add_event(session, vm_id, f"ended: {end}", detail)
    return True


async def _running(enclave: Enclave, vm_id: str) -> Vm | None:
    async with enclave.database.read() as session:
        here = select(Vm).where(Vm.id == vm_id, col(Vm.ended).is_(None))
        return (await session.exec(here)).first()


def _host(enclave: Enclave, vm: Vm) -> Host | None:
    with suppress(HostUnreachable):
        return enclave.watch.host(vm.host_id or "")
    return None


async def _logs_kept(enclave: Enclave, vm: Vm, host: Host | None) -> list[str]:
    if host is None:
        return ["its logs were not kept: its host does not answer"]
    await asyncio.sleep(_LOG_WRITTEN_WITHIN)  # libvirt tells the end before its logs have all of it
    return await keep_logs(enclave.data, vm.id, host.logs(vm.id.removeprefix("vm-"), vm.id))


async def _ended(enclave: Enclave, vm: Vm, told: Told, *, keep_drives: bool) -> bool:
    async with enclave.change() as session:
        fresh = await session.get_one(Vm, vm.id, populate_existing=True)
        asker = await session.get(User, fresh.shutdown_asked_by or "")
        end = how_it_ended(fresh, asker.role if asker else None, told)
        detail = fresh.end_detail if end is fresh.end else told.detail
        return await finish(session, vm.id, end, told.at, detail, keep_drives=keep_drives)


async def _noted(enclave: Enclave, vm_id: str, faults: list[str]) -> None:
    if faults:
        async with enclave.change() as session:
            for fault in faults:
                add_event(session, vm_id, "left behind", fault)


async def _disk_gone(enclave: Enclave, vm: Vm, host: Host | None) -> list[str]:
    """Delete the overlay that was made for the VM; a service VM has none."""
    if vm.service or host is None:
        return []
    try:
        await delete_overlay(host, enclave.realm(vm.realm_id), vm.id)
    except TicryptError as error:
        return [f"its disk was not deleted: {error}"]
    return []
