"""What a drive must be like, where it may be, and when what may be done with it (domain.md 2.8,
2.12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.caller import Caller, Role
from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.services.drives.row import BUSY, DriveRow, DriveState
from ticrypt_tui.backend.services.names import UNLOCKED
from ticrypt_tui.backend.services.people.project_paths import paths
from ticrypt_tui.backend.services.wording import listed
from ticrypt_tui.backend.store.tables.data import Drive, DriveHolder, DriveMode, DriveUse
from ticrypt_tui.backend.store.tables.machines import Vm
from ticrypt_tui.backend.store.tables.people import Project, ProjectMember, User
from ticrypt_tui.config.realm import RealmSettings
from ticrypt_tui.text import shown

if TYPE_CHECKING:
    from ticrypt_tui.backend.drives.key_ring import KeyRing

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")


def proper_size(caller: Caller, thing: Any, arguments: Mapping[str, Any]) -> str:
    """A size, where one is given, is above zero; the realm's limits are asked later."""
    size = arguments.get("size")
    return "" if size is None or size >= 1 else "A drive has a size of at least 1 MiB."


def not_open(caller: Caller, thing: DriveRow, arguments: Mapping[str, Any]) -> str:
    """Nothing is done to a drive that a VM has open, or that is being made."""
    return refusal_while(thing.state, [name for _, name, _ in thing.used_by])


def whole(caller: Caller, thing: DriveRow, arguments: Mapping[str, Any]) -> str:
    """A drive that failed is good for nothing but to be deleted."""
    if thing.state != DriveState.FAILED:
        return ""
    return f"It failed: {thing.state_detail} Delete it, and make another one."


def refusal_while(state: str, vms: Sequence[str]) -> str:
    """Why nothing may be done to a drive in that state, which these VMs have open, or ''."""
    if vms:
        has = "has" if len(vms) == 1 else "have"
        return f"{listed(vms)} {has} it open: shut what uses it down first."
    return f"It is {state}: wait until that is done." if state in BUSY else ""


async def refuse_open(session: AsyncSession, drive: Drive) -> None:
    """The same as `not_open`, in the transaction that changes it."""
    using = select(Vm.name).join(DriveUse).where(DriveUse.drive_id == drive.id)
    names = list(await session.exec(using.order_by(col(Vm.name))))
    if reason := refusal_while(drive.state, names):
        raise Refused(reason)


def refuse_beyond(realm: RealmSettings, size_bytes: int) -> None:
    """Refuse a size that the realm does not allow, with its limits."""
    low, high = realm.drives.min_size, realm.drives.max_size
    if not low <= size_bytes <= high:
        raise Refused(
            f"Realm {shown(realm.name)} has drives of {written(low)} to {written(high)}, not of "
            f"{written(size_bytes)}.", about="size",
        )  # fmt: skip


def refuse_drop(drive: DriveRow, ring: KeyRing) -> None:
    """Refuse a transfer after which who asks for it could not take the former owner's key away.

    Raises `KeyLocked` or `NoKey`, too.
    """
    if not drive.mine:
        raise Refused(
            "You hold no key to this drive: you cannot take one away.",
            "Transfer it without: the former owner stays a holder.", about="drop",
        )  # fmt: skip
    ring.identity()


async def refuse_same_name(
    session: AsyncSession, realm: RealmSettings, owner_id: str, name: str, drive_id: str = ""
) -> None:
    """Refuse a second drive of an owner with the same name in a realm."""
    same = select(Drive.id).where(Drive.name == name, Drive.owner_id == owner_id)
    here = same.where(Drive.realm_id == realm.id, Drive.id != drive_id)
    if (await session.exec(here)).first() is not None:
        owner = await session.get_one(User, owner_id)
        said = f"{shown(owner.login)} has a drive {shown(name)} in realm {shown(realm.name)}"
        raise Refused(f"{said} already.", about="name")


def fits(vm_project: str | None, drive_project: str | None, mode: str) -> bool:
    """Whether a VM of that project may attach a drive of that one (the table of domain.md 2.8).

    Read-write: the same restriction on both. A restricted VM may also read what is not restricted.
    """
    if vm_project == drive_project:
        return True
    return vm_project is not None and drive_project is None and mode == DriveMode.READ_ONLY


def misfit(drive: str, drive_project: str, mode: str, vm: str, vm_project: str) -> str:
    """Why the two do not fit, with both projects; ends without what would help."""
    how = "read-only" if mode == DriveMode.READ_ONLY else "read-write"
    also = f", or is {UNLOCKED}" if vm_project != UNLOCKED and mode == DriveMode.READ_ONLY else ""
    return (
        f"Drive {shown(drive)} is in {shown(drive_project)}, {shown(vm)} in {shown(vm_project)}: "
        f"{how}, it takes a drive of the same{also}."
    )


async def refuse_misfits(session: AsyncSession, drive: Drive, project: Project | None) -> None:
    """Refuse a project with which a drive would fit no more to a VM that has it open."""
    using = select(DriveUse, Vm).join(Vm).where(DriveUse.drive_id == drive.id)
    named = paths(await session.exec(select(Project)))
    wanted = project.id if project else None
    for use, vm in (await session.exec(using)).all():
        if not fits(vm.project_id, wanted, use.mode):
            raise Refused(
                misfit(
                    drive.name, named.get(wanted or "", UNLOCKED), use.mode, vm.name,
                    named.get(vm.project_id or "", UNLOCKED),
                ),
                f"Shut {shown(vm.name)} down first.", about="project",
            )  # fmt: skip


async def refuse_open_drives(session: AsyncSession, vm: Vm, project: Project) -> None:
    """Refuse a project in which a VM would fit no more to a drive that it has open."""
    using = select(DriveUse, Drive).join(Drive).where(DriveUse.vm_id == vm.id)
    named = paths(await session.exec(select(Project)))
    for use, drive in (await session.exec(using)).all():
        if not fits(project.id, drive.project_id, use.mode):
            of_drive = named.get(drive.project_id or "", UNLOCKED)
            said = misfit(drive.name, of_drive, use.mode, vm.name, named[project.id])
            raise Refused(said, "Shut it down first.", about="project")


async def without_access(
    session: AsyncSession, drive_id: str, project_id: str | None
) -> tuple[str, ...]:
    """The logins of those who hold a key of a drive and could not use it in that project.

    Nobody is without access to what is in no project; who is not in the present one has none now.
    """
    if project_id is None:
        return ()
    within = select(ProjectMember.user_id).where(ProjectMember.project_id == project_id)
    holders = select(User.login).join(DriveHolder, col(DriveHolder.user_id) == User.id)
    outside = holders.where(DriveHolder.drive_id == drive_id, col(User.id).not_in(within))
    return tuple(await session.exec(outside.order_by(col(User.login))))


def refuse_unclassified(
    caller: Caller, named: Mapping[str, str], present: str | None, wanted: str | None
) -> None:
    """The normal rule of domain.md 2.12: who tags a drive is in both projects, and to take a tag
    away is to manage the project, which is an admin's, by his permission."""
    helps = "An admin can set it, by his permission to override the rules."
    if caller.role.rank >= Role.ADMIN.rank:
        helps = "Your permission to override the rules lets you: say that you use it."
    if wanted is None:
        said = f"It is in {shown(named.get(present or '', ''))}: no project lifts that restriction."
        raise Refused(said, helps, about="project")
    for project in (present, wanted):
        if project and project not in caller.projects:
            said = f"You are not in project {shown(named.get(project, project))}."
            raise Refused(said, helps, about="project")


def written(size_bytes: int) -> str:
    """A size as people write it: in the largest unit that it is a whole number of."""
    unit = 0
    while size_bytes and size_bytes % 1024 == 0 and unit < len(_UNITS) - 1:
        size_bytes, unit = size_bytes // 1024, unit + 1
    return f"{size_bytes} {_UNITS[unit]}"
