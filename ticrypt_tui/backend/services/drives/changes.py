"""Making, changing, transferring and tagging drives (domain.md 2.12)."""

from __future__ import annotations

from typing import Any

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.caller import Caller, Role
from ticrypt_tui.backend.errors import Failed, Refused, TicryptError
from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.services.checks import proper_name
from ticrypt_tui.backend.services.drives.creating import DriveWish, create_drive
from ticrypt_tui.backend.services.drives.drives import FORMATS, DriveInfo, DriveRow, Drives
from ticrypt_tui.backend.services.drives.rules import (
    not_open,
    proper_size,
    refuse_drop,
    refuse_misfits,
    refuse_open,
    refuse_same_name,
    refuse_unclassified,
    whole,
    without_access,
)
from ticrypt_tui.backend.services.editing import VERSION, as_read
from ticrypt_tui.backend.services.keys.drive_keys import read_drive_keys
from ticrypt_tui.backend.services.names import UNLOCKED
from ticrypt_tui.backend.services.people.project_paths import find_project, paths
from ticrypt_tui.backend.services.wording import listed
from ticrypt_tui.backend.store.lookup import find_one
from ticrypt_tui.backend.store.tables.data import Drive
from ticrypt_tui.backend.store.tables.people import Project, ProjectMember, User
from ticrypt_tui.text import shown

DRIVE = Argument("drive", "object", says="a drive's ID or name")
_TEAM = "a team of yours, whose drive space it counts against"
_PROJECT = "a project of yours, by its ID, tag or path; none: Unlocked"
_MIB = 2**20


@operation(
    "drive.create",
    Argument("name"),
    Argument("realm", "object"),
    Argument("tier", says="a storage tier of the realm, such as flash"),
    Argument("size", "memory", says="a size with its unit, such as 512 GiB"),
    Argument("format", "choice", choices=FORMATS, says="applied when it is first attached"),
    Argument("team", "object", required=False, says=_TEAM),
    Argument("project", "object", required=False, says=_PROJECT),
    Argument("backup", "flag", required=False, says="whether it is backed up; yes if left out"),
    says="Make an encrypted drive that only you can open, until you share it.",
    preconditions=(proper_name, proper_size),
)
async def create(call: Call, *, realm: str, size: int, **wanted: Any) -> str:
    """Make a drive; returns its ID once its volume is there, which takes some seconds.

    It is listed from its first moment. Raises `KeyLocked` or `NoKey`, `Refused` with the reason,
    and `Failed` where its volume could not be made: it is then listed as such.
    """
    where = call.enclave.realm(realm)
    return await create_drive(call, DriveWish(realm=where, size_bytes=size * _MIB, **wanted))


@operation(
    "drive.edit",
    DRIVE,
    Argument("name", required=False),
    Argument("backup", "flag", required=False, says="whether it is backed up"),
    VERSION,
    on="drive",
    says="Rename a drive, or change whether it is backed up; all else is fixed.",
    preconditions=(proper_name,),
)
async def edit(call: Call, drive: DriveRow, *, version: int = 0, **changes: Any) -> None:
    """Change the fields that are given. Raises `Changed` where somebody else was quicker."""
    async with call.change() as session:
        found = await as_read(session, Drive, drive.id, drive.name, version or drive.version)
        if changes.get("name", found.name) != found.name:
            realm = call.enclave.realm(found.realm_id)
            await refuse_same_name(session, realm, found.owner_id, changes["name"], found.id)
        found.sqlmodel_update(changes)
        session.add(found)


@operation(
    "drive.transfer",
    DRIVE,
    Argument("user", "object", says="the login of somebody who holds a key of it already"),
    Argument(
        "drop", "flag", required=False,
        says="take the key of who was its owner away, too, as unshare does",
    ),
    on="drive",
    says="Make somebody who holds a key of a detached drive its owner; it makes no key.",
    preconditions=(not_open, whole),
)  # fmt: skip
async def transfer(call: Call, drive: DriveRow, *, user: str, drop: bool = False) -> str:
    """Make another holder the owner; who was it stays a holder, unless he is dropped.

    Raises `Refused` for who holds no key, as the signed manifest says, is not active, or is not in
    the drive's project, and where a VM has the drive open by now.
    """
    if drop:
        refuse_drop(drive, call.enclave.keys)
    async with call.change() as session:
        found = await as_read(session, Drive, drive.id, drive.name, drive.version)
        await refuse_open(session, found)
        receiver = await find_one(session, User, user)
        await _refuse_receiver(session, found, receiver, drop)
        await refuse_same_name(
            session, call.enclave.realm(found.realm_id), receiver.id, found.name, found.id
        )
        call.detail |= {"was": drive.owner, "now": receiver.login}
        found.owner_id = receiver.id
        session.add(found)
    said = f"{shown(drive.name)} is {shown(receiver.login)}'s now, was {shown(drive.owner)}'s"
    return f"{said}; {await _dropped(call, drive)}" if drop else said


async def _dropped(call: Call, drive: DriveRow) -> str:
    """Take the former owner's key away, on a record of its own."""
    try:
        done = {"drive": drive.id, "user": drive.owner_id}
        return str(await call.enclave.run("drive.unshare", done))
    except TicryptError as error:
        raise Failed(
            f"{shown(drive.name)} has its new owner, but {shown(drive.owner)} still holds a key of "
            f"it: {error.sentence}", "Unshare it.",
        ) from error  # fmt: skip


@operation(
    "drive.set_project",
    DRIVE,
    Argument(
        "project", "object", clears=True, says="a project by its ID, tag or path; empty: Unlocked"
    ),
    Argument(
        "override", "flag", required=False,
        says="use an admin's permission to set a project that the rules would not let him set",
    ),
    on="drive",
    says="Tag a drive with a project; whoever is not in it loses its use, though not his key.",
    preconditions=(whole,),
)  # fmt: skip
async def set_project(
    call: Call, drive: DriveRow, *, project: str | None, override: bool = False
) -> str:
    """Tag a drive, or take its tag away; says who holds a key and cannot use it any more.

    Raises `Refused` where the normal rule of domain.md 2.12 does not let the caller and he does not
    override it, and where a VM has the drive open that it would fit to no more.
    """
    async with call.change() as session:
        found = await as_read(session, Drive, drive.id, drive.name, drive.version)
        wanted = await find_project(session, project) if project else None
        named = paths(await session.exec(select(Project)))
        to = named[wanted.id] if wanted else UNLOCKED
        _refuse_tag(call.caller, named, found, wanted, to, override)
        await refuse_misfits(session, found, wanted)
        lose = await without_access(session, found.id, wanted.id if wanted else None)
        was = named.get(found.project_id or "", UNLOCKED)
        call.detail |= {"was": was, "now": to, "lose_access": " ".join(lose)}
        found.project_id = wanted.id if wanted else None
        session.add(found)
    said = f"{shown(drive.name)} is in {shown(to)} now, was in {shown(was)}"
    return f"{said}; not in it, and without access: {listed(lose)}" if lose else said


@operation("drive.info", DRIVE, on="drive", says="Tell all of a drive.", changes=False)
async def info(call: Call, drive: DriveRow) -> DriveInfo:
    """A drive with all who hold a key of it; nothing secret is in it."""
    drives = call.enclave.services[Drives.tab]
    assert isinstance(drives, Drives)
    return await drives.info(drive)


async def _refuse_receiver(
    session: AsyncSession, drive: Drive, receiver: User, alone: bool
) -> None:
    """Refuse a new owner who could not use the drive."""
    login = shown(receiver.login)
    if receiver.id == drive.owner_id:
        raise Refused(f"{login} is its owner already.", about="user")
    if not receiver.active:
        raise Refused(f"{login} is not active.", about="user")
    held = (await read_drive_keys(session, drive.id)).holder(receiver.id)
    if held is not None and held.mode == "ro" and alone:
        said = f"{login} may only read it: without {shown(drive.name)}'s owner, nobody could write."
        raise Refused(said, "Share it with him read-write first.", about="user")
    if held is None:
        raise Refused(
            f"{login} holds no key of it, and a transfer makes none.",
            "Somebody who holds one can share it with him first.", about="user",
        )  # fmt: skip
    if drive.project_id and not await session.get(ProjectMember, (drive.project_id, receiver.id)):
        path = paths(await session.exec(select(Project)))[drive.project_id]
        raise Refused(
            f"{login} is not in its project {shown(path)}.", "An admin can add him.", about="user"
        )


def _refuse_tag(
    caller: Caller, named: dict[str, str], drive: Drive, wanted: Project | None, to: str,
    override: bool,
) -> None:  # fmt: skip
    if (wanted.id if wanted else None) == drive.project_id:
        raise Refused(f"It is in {shown(to)} already.", about="project")
    if not override:
        refuse_unclassified(caller, named, drive.project_id, wanted.id if wanted else None)
    elif caller.role.rank < Role.ADMIN.rank:
        said = f"To override the rules needs the role {Role.ADMIN}; you are {caller.role}."
        raise Refused(said, about="override")
