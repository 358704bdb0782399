"""Giving a drive's key to somebody else: only who holds it can (domain.md 4)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.caller import Caller
from ticrypt_tui.backend.drives.envelope import DriveSecret, seal
from ticrypt_tui.backend.drives.identity import Identity, PublicKeys
from ticrypt_tui.backend.drives.manifest import Holder, Mode, Version, next_version
from ticrypt_tui.backend.drives.pins import Trust
from ticrypt_tui.backend.errors import NotFound, Refused
from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.services.drives.changes import DRIVE
from ticrypt_tui.backend.services.drives.drives import DriveRow, DriveState
from ticrypt_tui.backend.services.drives.rules import refusal_while, whole
from ticrypt_tui.backend.services.keys.drive_keys import (
    DriveKeys,
    add_version,
    key_of,
    open_drive,
    read_drive_keys,
    remember,
)
from ticrypt_tui.backend.store.lookup import find_one
from ticrypt_tui.backend.store.tables.data import Drive
from ticrypt_tui.backend.store.tables.people import ProjectMember, User
from ticrypt_tui.text import shown

MODES = ("rw", "ro")


def holds_key(caller: Caller, thing: DriveRow, arguments: Mapping[str, Any]) -> str:
    """Only who holds a drive's key can give it on; no role does."""
    return thing.why_not_share


def settled(caller: Caller, thing: DriveRow, arguments: Mapping[str, Any]) -> str:
    """Nobody is added while the drive is made, or gets another key."""
    return refusal_while(thing.state, ())


@operation(
    "drive.share",
    DRIVE,
    Argument("user", "object", says="the login of who is to hold a key of it, too"),
    Argument("mode", "choice", required=False, choices=MODES,
             says="rw if left out; ro is kept by the console and QEMU, not by cryptography"),
    on="drive",
    says="Wrap a drive's key to somebody else, with your own key.",
    preconditions=(holds_key, whole, settled),
)  # fmt: skip
async def share(call: Call, drive: DriveRow, *, user: str, mode: Mode = "rw") -> str:
    """Make somebody a holder, or a holder's mode another one; says whose key it was wrapped to.

    Raises `KeyLocked` or `NoKey`; `Refused` for who is not active, has no key, or holds one in that
    mode already; `KeyChanged` for a key that is not the one seen before.
    """
    call.enclave.keys.identity()
    async with call.enclave.database.read() as session:
        receiver = await find_one(session, User, user)
        theirs = await _key_of_active(session, receiver)
    call.detail |= {"user": receiver.login, "mode": mode, "fingerprint": theirs.fingerprint}
    keys, secret = await open_drive(call.enclave, drive.id)
    try:
        holders = _with(call.caller, keys, Holder(receiver.id, theirs.fingerprint, mode), receiver)
        pins = call.enclave.keys.pins
        trust = await asyncio.to_thread(pins.know, receiver.id, receiver.login, theirs)
        known = {**keys.known, theirs.fingerprint: theirs}
        version = await asyncio.to_thread(
            sealed, keys, secret, holders, known, call.enclave.keys.identity()
        )
    finally:
        secret.forget()
    async with call.change() as session:
        await refuse_overtaken(session, drive, keys)
        newest = await add_version(session, drive.id, version, call.caller.user_id)
        outside = await _outside(session, drive, receiver)
    await remember(call.enclave.keys, newest)
    return _told(drive, receiver, mode, theirs, trust, outside)


def sealed(
    keys: DriveKeys,
    secret: DriveSecret,
    holders: Sequence[Holder],
    known: Mapping[str, PublicKeys],
    identity: Identity,
) -> Version:
    """The version after `keys` that opens for these holders; blocks for a moment."""
    envelope = seal(secret, [known[each.fingerprint] for each in holders])
    signed = next_version(
        keys.manifest, envelope, holders, identity, key_version=secret.key_version
    )
    return Version(envelope, signed.manifest, signed.signature)


async def refuse_overtaken(session: AsyncSession, drive: DriveRow, keys: DriveKeys) -> None:
    """Refuse where the drive's keys are not any more what a new version was made from."""
    found = await session.get(Drive, drive.id)
    if found is None or found.state == DriveState.FAILED:
        raise NotFound(f"{shown(drive.name)} was deleted meanwhile.")
    if (await read_drive_keys(session, drive.id)).manifest != keys.manifest:
        raise Refused(
            f"Somebody else changed who holds {shown(drive.name)} meanwhile; nothing was changed.",
            "Look at its holders again, then repeat it.",
        )


async def _key_of_active(session: AsyncSession, receiver: User) -> PublicKeys:
    if not receiver.active:
        raise Refused(f"{shown(receiver.login)} is not active.", about="user")
    return await key_of(session, receiver)


def _with(caller: Caller, keys: DriveKeys, wanted: Holder, receiver: User) -> tuple[Holder, ...]:
    """The holders with one more, or one in another mode or with a new key."""
    mine, login = keys.holder(caller.user_id), shown(receiver.login)
    if mine is not None and mine.mode == "ro" and wanted.mode == "rw":
        raise Refused(
            "You hold it read-only, and cannot give more than that.",
            "Share it as ro, or have somebody share it who holds it as rw.", about="mode",
        )  # fmt: skip
    if wanted in keys.manifest.holders:
        raise Refused(f"{login} holds a key of it already, as {wanted.mode}.", about="user")
    if wanted.user_id == caller.user_id:
        raise Refused("You hold a key of it already.", about="user")
    others = (each for each in keys.manifest.holders if each.user_id != wanted.user_id)
    return (*others, wanted)


async def _outside(session: AsyncSession, drive: DriveRow, receiver: User) -> bool:
    """Whether the receiver is not in the drive's project, and so cannot use it yet."""
    if drive.project_id is None:
        return False
    return await session.get(ProjectMember, (drive.project_id, receiver.id)) is None


def _told(
    drive: DriveRow, receiver: User, mode: str, theirs: PublicKeys, trust: Trust, outside: bool
) -> str:
    login = shown(receiver.login)
    said = f"{shown(drive.name)} is shared with {login} ({mode}), key {theirs.fingerprint}"
    if trust is Trust.NEW:
        said += f", seen for the first time: compare it with what {login} reads to you"
    if outside:
        said += f"; {login} is not in {shown(drive.project)} and cannot use it before he is"
    return said
