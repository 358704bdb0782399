"""Which VM has which drive open: one that writes, or any number that read (domain.md 2.12)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlmodel import col

from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.services.drives.opening import OpenedDrive, refusal_of
from ticrypt_tui.backend.services.drives.rules import fits
from ticrypt_tui.backend.services.wording import listed
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.data import Drive, DriveEnvelope, DriveMode, DriveUse
from ticrypt_tui.backend.store.tables.machines import Vm
from ticrypt_tui.backend.store.tables.new_vm import NewVm
from ticrypt_tui.text import shown


def refuse_used(connection: Connection, vm: NewVm, drives: Sequence[OpenedDrive]) -> None:
    """Refuse drives that others have open so that this VM cannot, and those that were changed since
    they were opened. A service VM never has any (seed)."""
    if vm.service and drives:
        raise Refused("A service VM never has a drive.")
    for opened in drives:
        if reason := _changed(connection, vm, opened):
            raise Refused(reason, "Nothing was started. Start it again.")
        if reason := _taken(connection, opened):
            raise Refused(reason, "Start it without that drive, or later.", about="without")


def _changed(connection: Connection, vm: NewVm, opened: OpenedDrive) -> str:
    """How a drive is no more as it was opened, or ''."""
    here = select(
        col(Drive.volume), col(Drive.project_id), col(Drive.state), col(Drive.state_detail)
    )
    found = connection.execute(here.where(col(Drive.id) == opened.id)).first()
    if found is None:
        return f"Drive {shown(opened.name)} was deleted meanwhile."
    if reason := refusal_of(opened.name, found.state, found.state_detail):
        return reason
    newest = select(func.max(DriveEnvelope.number)).where(col(DriveEnvelope.drive_id) == opened.id)
    same = found.volume == opened.volume and connection.scalar(newest) == opened.number
    if same and fits(vm.project_id, found.project_id, opened.mode):
        return ""
    return f"Drive {shown(opened.name)} was changed meanwhile."


def _taken(connection: Connection, drive: OpenedDrive) -> str:
    """Who has a drive open so that it cannot be opened this way, or ''."""
    using = select(col(Vm.name), col(DriveUse.mode)).join(DriveUse).order_by(col(Vm.name))
    uses = connection.execute(using.where(col(DriveUse.drive_id) == drive.id)).all()
    if writers := [name for name, mode in uses if mode is DriveMode.READ_WRITE]:
        return f"Drive {shown(drive.name)} is open read-write in {listed(writers)}."
    if uses and drive.mode is DriveMode.READ_WRITE:
        names = listed([name for name, _ in uses])
        said = f"Drive {shown(drive.name)} is open read-only in {names}"
        return f"{said}: it cannot be written meanwhile."
    return ""


def take(
    connection: Connection, vm_id: str, drives: Sequence[OpenedDrive]
) -> tuple[tuple[str, str], ...]:
    """Note that a VM has them from now on; returns that as events of the VM."""
    if not drives:
        return ()
    rows = [{"drive_id": each.id, "vm_id": vm_id, "mode": each.mode} for each in drives]
    connection.execute(insert(DriveUse), rows)
    theirs = update(Drive).where(col(Drive.id).in_([each.id for each in drives]))
    connection.execute(theirs.values(last_attached=now()))
    return (("drives taken", ", ".join(each.said for each in drives)),)


def leave(connection: Connection, vm_id: str) -> None:
    """Note that a VM has no drive any more."""
    connection.execute(delete(DriveUse).where(col(DriveUse.vm_id) == vm_id))
