"""Opening the drives of a configuration with the key of who starts it, if he may have them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.caller import Caller
from ticrypt_tui.backend.drives.envelope import DriveSecret
from ticrypt_tui.backend.errors import Ambiguous, Refused, WrongUse
from ticrypt_tui.backend.operations import Call
from ticrypt_tui.backend.services.configs.drive_attaching import attached_by, refuse_project
from ticrypt_tui.backend.services.drives.rekeying import REMAINS
from ticrypt_tui.backend.services.drives.row import BUSY, DriveState
from ticrypt_tui.backend.services.keys.drive_keys import DriveKeys, open_secret, read_drive_keys
from ticrypt_tui.backend.services.people.project_paths import paths
from ticrypt_tui.backend.services.wording import listed, together
from ticrypt_tui.backend.store.tables.data import (
    ConfigurationDrive,
    Drive,
    DriveHolder,
    DriveMode,
)
from ticrypt_tui.backend.store.tables.infrastructure import StoragePool
from ticrypt_tui.backend.store.tables.machines import VmConfiguration
from ticrypt_tui.backend.store.tables.people import Project, User
from ticrypt_tui.text import shown

_WITHOUT = "Somebody who holds a key starts it, or start it without: {}."


@dataclass(frozen=True, slots=True)
class OpenedDrive:
    """A drive that a VM is to have, opened by the version of its key of that `number`.

    `remains` is whether a key from before may still open it (`drives.rekeying`).
    """

    id: str
    name: str
    pool: str
    volume: str
    mode: DriveMode
    format: str
    number: int
    secret: DriveSecret = field(repr=False, compare=False)
    remains: bool = False

    @property
    def said(self) -> str:
        return f"{self.name}:{self.mode}"


@dataclass(frozen=True, slots=True)
class _Found:
    """A drive to open, with its checked keys."""

    drive: Drive
    pool: str
    mode: DriveMode
    keys: DriveKeys


async def open_drives(
    call: Call, config: VmConfiguration, without: Sequence[str]
) -> tuple[OpenedDrive, ...]:
    """Open what a configuration attaches, but for the drives `without`, with the caller's key.

    Raises `Refused` where he may not have one of them, with who can; `KeyLocked` or `NoKey`; and
    what `open_secret` raises for keys that are not as they should be.
    """
    async with call.enclave.database.read() as session:
        attached = _left(await attached_by(session, config.id), without)
        await _refuse_closed(session, call.caller, [drive for _, drive in attached])
        found = [
            await _checked(session, call.caller, config, drive, each.mode)
            for each, drive in attached
        ]
    if found:
        call.enclave.keys.identity()
    call.detail |= {"drives": " ".join(f"{each.drive.id}:{each.mode}" for each in found)}
    return await asyncio.to_thread(partial(_opened, call, found))


def _opened(call: Call, found: Sequence[_Found]) -> tuple[OpenedDrive, ...]:
    opened: list[OpenedDrive] = []
    with ExitStack() as where_it_fails:
        where_it_fails.callback(forget, opened)
        for each in found:
            drive, secret = each.drive, open_secret(call.enclave.keys, each.keys)
            opened.append(
                OpenedDrive(
                    drive.id, drive.name, each.pool, drive.volume, each.mode, drive.format,
                    each.keys.manifest.number, secret, drive.state_detail == REMAINS,
                )
            )  # fmt: skip
        where_it_fails.pop_all()
    return tuple(opened)


def forget(opened: Sequence[OpenedDrive]) -> None:
    """Zero what opens the drives."""
    for each in opened:
        each.secret.forget()


def _left(
    attached: Sequence[tuple[ConfigurationDrive, Drive]], without: Sequence[str]
) -> list[tuple[ConfigurationDrive, Drive]]:
    """What is attached but for those, each named by its ID or its name."""
    away = {_meant([drive for _, drive in attached], each).id for each in without}
    return [pair for pair in attached if pair[1].id not in away]


def _meant(drives: Sequence[Drive], word: str) -> Drive:
    """The one drive that a word means; two owners may have one of the same name."""
    found = [each for each in drives if word in (each.id, each.name)]
    if not found:
        raise WrongUse(f"It attaches no drive {shown(word)}.", about="without")
    if len(found) > 1:
        ids = listed([each.id for each in found])
        raise Ambiguous(f"It attaches {len(found)} drives {shown(word)}: {ids}.", about="without")
    return found[0]


async def _refuse_closed(session: AsyncSession, caller: Caller, drives: Sequence[Drive]) -> None:
    """Refuse drives whose key the caller does not hold, all at once, with who holds each."""
    closed = []
    for drive in drives:
        held = col(DriveHolder.user_id) == User.id
        who = select(User).join(DriveHolder, held).where(DriveHolder.drive_id == drive.id)
        holders = list(await session.exec(who.order_by(col(User.login))))
        if caller.user_id not in {each.id for each in holders}:
            can = together([shown(each.login) for each in holders]) or "nobody"
            closed.append((drive.name, f"{shown(drive.name)} ({can} can open it)"))
    if closed:
        names = listed([name for name, _ in closed])
        said = listed([said for _, said in closed])
        raise Refused(f"You hold no key to drive {said}.", _WITHOUT.format(names), about="without")


async def _checked(
    session: AsyncSession, caller: Caller, config: VmConfiguration, drive: Drive, mode: DriveMode
) -> _Found:
    """A drive that the caller may open this way, as its signed manifest and its project say."""
    name = shown(drive.name)
    if reason := refusal_of(drive.name, drive.state, drive.state_detail):
        raise Refused(reason, _WITHOUT.format(name), about="without")
    if drive.realm_id != config.realm_id:
        said = f"Drive {name} is not of its realm: realms never connect."
        raise Refused(said, f"Start it without: {name}.", about="without")
    keys = await read_drive_keys(session, drive.id)
    holder = keys.holder(caller.user_id)
    if holder is None:
        said = f"You hold no key to drive {name}, as its signed manifest says."
        raise Refused(said, _WITHOUT.format(name), about="without")
    if DriveMode(holder.mode) is DriveMode.READ_ONLY and mode is DriveMode.READ_WRITE:
        said = f"You may only read drive {name}, and this attaches it read-write."
        raise Refused(said, f"Attach it as {name}:ro, or start without it.", about="without")
    if drive.project_id and drive.project_id not in caller.projects:
        path = shown(paths(await session.exec(select(Project)))[drive.project_id])
        said = f"You are not in {path}, which drive {name} is in: your key alone does not do."
        raise Refused(said, _WITHOUT.format(name), about="without")
    await refuse_project(session, config.name, config.project_id, drive, mode)
    pool = await session.get_one(StoragePool, drive.pool_id)
    return _Found(drive, pool.name, mode, keys)


def refusal_of(name: str, state: str, detail: str) -> str:
    """Why a drive cannot be opened as it stands, or ''."""
    if state in BUSY:
        return f"Drive {shown(name)} is {state}."
    return f"Drive {shown(name)} failed: {detail}" if state == DriveState.FAILED else ""
