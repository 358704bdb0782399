"""What Fix drives does about each kind of difference; the row is read again right before a change.

No volume is ever made or deleted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete
from sqlmodel import col

from ticrypt_tui.backend.services.fixing.storage import DrivePlan
from ticrypt_tui.backend.store.tables.data import Drive, DriveUse
from ticrypt_tui.backend.store.tables.machines import Vm
from ticrypt_tui.backend.sync.differences import Difference, Kind
from ticrypt_tui.backend.sync.snapshots import StoredDrive

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave

GONE = "no host of its pool has its volume"


async def repair_drive(enclave: Enclave, difference: Difference, plan: DrivePlan) -> bool:
    """Put one difference right; False where the store is not as it was read any more.

    Raises a `TicryptError` where it cannot be done.
    """
    if difference.kind is Kind.POOL_INACTIVE:
        host = enclave.watch.host(difference.host_id)
        await host.edit_pool(difference.what, active=True)
        return True
    if difference.kind is Kind.DRIVE_USED:
        return await _freed(enclave, difference)
    (before,) = (each for each in plan.store.drives if each.id == difference.subject)
    if difference.kind is Kind.DRIVE_SIZE:
        return await _sized(enclave, before, int(difference.value))
    detail = GONE if difference.kind is Kind.DRIVE_MISSING else ""
    return await _marked(enclave, before, difference.value, detail)


async def _marked(enclave: Enclave, before: StoredDrive, state: str, detail: str) -> bool:
    async with enclave.change() as session:
        drive = await session.get(Drive, before.id)
        if drive is None or (drive.state, drive.volume) != (before.state, before.volume):
            return False
        drive.state, drive.state_detail = state, detail
        session.add(drive)
    return True


async def _sized(enclave: Enclave, before: StoredDrive, size_bytes: int) -> bool:
    async with enclave.change() as session:
        drive = await session.get(Drive, before.id)
        if drive is None or (drive.size_bytes, drive.volume) != (before.size_bytes, before.volume):
            return False
        drive.size_bytes = size_bytes
        session.add(drive)
    return True


async def _freed(enclave: Enclave, difference: Difference) -> bool:
    """Take a use away, if its VM is still a past one."""
    async with enclave.change() as session:
        vm = await session.get(Vm, difference.value)
        if vm is None or vm.ended is None:
            return False
        use = delete(DriveUse).where(
            col(DriveUse.drive_id) == difference.subject, col(DriveUse.vm_id) == vm.id
        )
        return (await session.exec(use)).rowcount > 0
