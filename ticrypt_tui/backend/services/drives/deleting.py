"""Destroying a drive: what opens it first, then its volume; each step is on record.

Cut off at any step, the drive is listed as failed and can be deleted again: a step that was taken
is not missed, and one that was not is taken then.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import delete as deleting
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.drivers.base import Host
from ticrypt_tui.backend.drives.rotation import destroy_keys
from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.operations import Call, operation
from ticrypt_tui.backend.services.drives.changes import DRIVE
from ticrypt_tui.backend.services.drives.drives import DriveRow, DriveState
from ticrypt_tui.backend.services.drives.places import volume_of
from ticrypt_tui.backend.services.drives.rules import not_open, refuse_open
from ticrypt_tui.backend.services.editing import as_read
from ticrypt_tui.backend.services.wording import listed
from ticrypt_tui.backend.store.tables.data import (
    ConfigurationDrive,
    Drive,
    DriveEnvelope,
    DriveHolder,
)
from ticrypt_tui.backend.store.tables.machines import VmConfiguration
from ticrypt_tui.text import shown

BEGUN = "Its deletion was begun, and was not finished: delete it again."
_LUKS = b"LUKS\xba\xbe"


@operation(
    "drive.delete",
    DRIVE,
    on="drive",
    says="Destroy a detached drive: what opens it first, then its volume. Nothing brings it back.",
    typed_name=True,
    preconditions=(not_open,),
)
async def delete(call: Call, drive: DriveRow) -> str:
    """Destroy a drive, whoever holds its key.

    Raises `Refused` where a VM has it open by now, and `Failed` where no host that has its pool
    answers: nothing was done then.
    """
    host, path = await volume_of(call.enclave, drive.id)
    before = await _begun(call, drive)
    if path:
        await _without_keys(call, host, path, before)
    await _forgotten(call, drive)
    if path:
        await host.delete_volume(path)
    call.detail["volume"] = path or "was gone already"
    async with call.change() as session:
        configurations = await _detached(session, drive.id)
        call.detail["configurations"] = " ".join(configurations)
        await session.delete(await session.get_one(Drive, drive.id))
    said = f"{shown(drive.name)} is destroyed"
    return f"{said}; no longer attached by {listed(configurations)}" if configurations else said


async def _begun(call: Call, drive: DriveRow) -> tuple[str, str]:
    """Let nothing use it from now on; returns the state that it had."""
    async with call.enclave.change() as session:
        found = await as_read(session, Drive, drive.id, drive.name, drive.version)
        await refuse_open(session, found)
        before = found.state, found.state_detail
        found.state, found.state_detail = DriveState.FAILED, BEGUN
        session.add(found)
    return before


async def _without_keys(call: Call, host: Host, path: str, before: tuple[str, str]) -> None:
    """Overwrite the volume's key slots; where that is refused, all is as it was."""
    try:
        if (await host.read_volume(path, len(_LUKS))) == _LUKS:
            await destroy_keys(host, path)
    except Refused:
        async with call.enclave.change() as session:
            found = await session.get_one(Drive, call.target.id)
            found.state, found.state_detail = before
            session.add(found)
        raise


async def _forgotten(call: Call, drive: DriveRow) -> None:
    """Take every wrapped key out of the store, on record."""
    record = replace(call.record("done"), operation="drive.keys_destroyed")
    async with call.enclave.change() as session:
        for table in (DriveEnvelope, DriveHolder):
            await session.exec(deleting(table).where(col(table.drive_id) == drive.id))
        await call.enclave.audit.append(record, session)


async def _detached(session: AsyncSession, drive_id: str) -> list[str]:
    """Have no configuration attach it; returns the names of those that did."""
    did = select(VmConfiguration.name).join(ConfigurationDrive)
    names = await session.exec(did.where(ConfigurationDrive.drive_id == drive_id))
    found = sorted(names)
    here = deleting(ConfigurationDrive).where(col(ConfigurationDrive.drive_id) == drive_id)
    await session.exec(here)
    return found
