"""Which drives a configuration attaches, and how (domain.md 2.8, 2.12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.errors import NotFound, Refused
from ticrypt_tui.backend.operations import Call
from ticrypt_tui.backend.permissions import within_reach
from ticrypt_tui.backend.services.drives.holders import read_holders
from ticrypt_tui.backend.services.drives.row import DriveState
from ticrypt_tui.backend.services.drives.rules import fits, misfit
from ticrypt_tui.backend.services.names import UNLOCKED
from ticrypt_tui.backend.services.people.project_paths import paths
from ticrypt_tui.backend.store.lookup import only_one
from ticrypt_tui.backend.store.tables.data import (
    ConfigurationDrive,
    Drive,
    DriveHolder,
    DriveMode,
)
from ticrypt_tui.backend.store.tables.machines import VmConfiguration
from ticrypt_tui.backend.store.tables.people import Project, User
from ticrypt_tui.text import shown

MOST = 16
"""How many drives a VM may have: a PC has not many more places for disks."""


@dataclass(frozen=True, slots=True)
class _Owned:
    """A drive as permissions look at it."""

    owner_id: str
    team_id: str | None
    project_id: str | None
    co_owner_ids: tuple[str, ...]


async def attach(
    session: AsyncSession, call: Call, config: VmConfiguration, references: Sequence[str]
) -> None:
    """Have a configuration attach these drives and no others: `name`, `name:rw` or `name:ro`.

    Raises `Refused` for one of another realm, one whose project does not fit, and one that its
    owner may only read; `NotFound` for one out of the caller's reach.
    """
    if len(references) > MOST:
        raise Refused(f"A VM has at most {MOST} drives.", about="drives")
    wanted: dict[str, DriveMode] = {}
    for reference in references:
        drive, mode = await _named(session, call, config, reference)
        if drive.id in wanted:
            raise Refused(f"Drive {shown(drive.name)} is named twice.", about="drives")
        await _refuse_unfit_for(session, config, drive, mode)
        wanted[drive.id] = mode
    here = delete(ConfigurationDrive).where(col(ConfigurationDrive.configuration_id) == config.id)
    await session.exec(here)
    session.add_all(
        ConfigurationDrive(configuration_id=config.id, drive_id=each, mode=mode)
        for each, mode in wanted.items()
    )


async def refuse_unfit(session: AsyncSession, config: VmConfiguration) -> None:
    """Refuse a project in which a configuration does not fit to the drives that it attaches."""
    for attached, drive in await attached_by(session, config.id):
        await refuse_project(session, config.name, config.project_id, drive, attached.mode)


async def _named(
    session: AsyncSession, call: Call, config: VmConfiguration, reference: str
) -> tuple[Drive, DriveMode]:
    """The drive within the caller's reach that a reference means, and how it is attached."""
    name, colon, word = reference.rpartition(":")
    known = bool(colon) and word in {mode.value for mode in DriveMode}
    name, mode = (name, DriveMode(word)) if known else (reference, DriveMode.READ_WRITE)
    holders = await read_holders(session)
    same = select(Drive).where((col(Drive.id) == name) | (col(Drive.name) == name))
    seen = [
        drive
        for drive in await session.exec(same.order_by(col(Drive.id)))
        if within_reach(call.caller, _owned(drive, holders.get(drive.id, ())))
    ]
    if not seen:
        raise NotFound(f"There is no drive {shown(name)}.", about="drives")
    here = [drive for drive in seen if drive.realm_id == config.realm_id]
    if not here:
        realm = call.enclave.realm_names[config.realm_id]
        said = f"Drive {shown(name)} is not of realm {shown(realm)}."
        raise Refused(said, "Realms never connect.", about="drives")
    return only_one(here, "drive", name), mode


def _owned(drive: Drive, holders: Sequence[str]) -> _Owned:
    return _Owned(drive.owner_id, drive.team_id, drive.project_id, tuple(holders))


async def _refuse_unfit_for(
    session: AsyncSession, config: VmConfiguration, drive: Drive, mode: DriveMode
) -> None:
    if drive.state == DriveState.FAILED:
        raise Refused(f"Drive {shown(drive.name)} failed: {drive.state_detail}", about="drives")
    await refuse_project(session, config.name, config.project_id, drive, mode)
    held = await session.get(DriveHolder, (drive.id, config.owner_id))
    if held is not None and held.mode is DriveMode.READ_ONLY and mode is DriveMode.READ_WRITE:
        owner = await session.get_one(User, config.owner_id)
        raise Refused(
            f"{shown(owner.login)} may only read drive {shown(drive.name)}.",
            f"Attach it as {shown(drive.name)}:ro.", about="drives",
        )  # fmt: skip


async def refuse_project(
    session: AsyncSession, vm: str, vm_project: str | None, drive: Drive, mode: DriveMode
) -> None:
    """Refuse a drive whose project does not fit to a VM's, with both."""
    if fits(vm_project, drive.project_id, mode):
        return
    named = paths(await session.exec(select(Project)))
    of_drive, of_vm = (named.get(each or "", UNLOCKED) for each in (drive.project_id, vm_project))
    raise Refused(misfit(drive.name, of_drive, mode, vm, of_vm), about="drives")


async def attached_by(
    session: AsyncSession, config_id: str
) -> list[tuple[ConfigurationDrive, Drive]]:
    """The drives that a configuration attaches, by name, and how."""
    every = select(ConfigurationDrive, Drive).join(Drive).order_by(col(Drive.name))
    mine = every.where(ConfigurationDrive.configuration_id == config_id)
    return [(attached, drive) for attached, drive in await session.exec(mine)]
