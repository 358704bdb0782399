"""Making a drive: its key and its row first, then its volume; or saying why there is none."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import update
from sqlmodel import col

from ticrypt_tui.backend.drives.envelope import DriveSecret, seal
from ticrypt_tui.backend.drives.manifest import Founding, Holder, Version, found
from ticrypt_tui.backend.errors import Failed, Refused, TicryptError
from ticrypt_tui.backend.operations import Call
from ticrypt_tui.backend.services.configs.rules import Belonging, refuse_strangers
from ticrypt_tui.backend.services.drives.drives import UNDERWAY, DriveState
from ticrypt_tui.backend.services.drives.places import DrivePlace, place_for
from ticrypt_tui.backend.services.drives.rules import refuse_beyond, refuse_same_name
from ticrypt_tui.backend.services.keys.drive_keys import DriveKeys, add_version, own_key, remember
from ticrypt_tui.backend.services.people.project_paths import find_project
from ticrypt_tui.backend.services.starting.quota import (
    refuse_drive_over_quota,
    refuse_pool_over_quota,
)
from ticrypt_tui.backend.store.lookup import find_one
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.data import Drive
from ticrypt_tui.backend.store.tables.people import Team, User
from ticrypt_tui.backend.sync.starters import starter_of
from ticrypt_tui.config.realm import RealmSettings
from ticrypt_tui.text import shown

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave


@dataclass(frozen=True, slots=True)
class DriveWish:
    """A drive that somebody wants; the size in bytes."""

    name: str
    realm: RealmSettings
    tier: str
    size_bytes: int
    format: str
    team: str = ""
    project: str = ""
    backup: bool = True


async def create_drive(call: Call, wish: DriveWish) -> str:
    """Make a drive that opens for the caller alone; returns its ID once its volume is there.

    Raises `KeyLocked` or `NoKey`; `Refused` where it may not be made; `Failed` where its volume was
    not: the drive is then listed with the reason.
    """
    identity = call.enclave.keys.identity()
    refuse_disabled(wish.realm)
    refuse_beyond(wish.realm, wish.size_bytes)
    async with call.enclave.database.read() as session:
        mine = await own_key(session, call.enclave.keys, call.caller.user_id)
    place = await place_for(call.enclave, wish.realm, wish.tier, wish.size_bytes)
    founding = Founding.new(call.caller.user_id, mine)
    secret = DriveSecret.new(founding.drive_id)
    try:
        envelope = seal(secret, [mine])
        holder = Holder(call.caller.user_id, mine.fingerprint)
        signed = found(founding, envelope, [holder], identity)
        version = Version(envelope, signed.manifest, signed.signature)
        keys = await _recorded(call, wish, place, founding.drive_id, version)
        await remember(call.enclave.keys, keys)
        await _with_volume(call, wish, place, secret)
    finally:
        secret.forget()
        UNDERWAY.pop(founding.drive_id, None)
    return founding.drive_id


async def _recorded(
    call: Call, wish: DriveWish, place: DrivePlace, drive_id: str, version: Version
) -> DriveKeys:
    """The drive's row and its key, if it may be made; from here on it is listed."""
    UNDERWAY[drive_id] = "its key is wrapped"
    async with call.enclave.change() as session:
        to = Belonging(
            await session.get_one(User, call.caller.user_id),
            await find_one(session, Team, wish.team) if wish.team else None,
            await find_project(session, wish.project) if wish.project else None,
        )
        await refuse_strangers(session, call.caller, to)
        await refuse_same_name(session, wish.realm, to.owner.id, wish.name)
        await refuse_drive_over_quota(session, to.team, wish.size_bytes)
        await refuse_pool_over_quota(session, place.pool, wish.size_bytes)
        drive = Drive(
            id=drive_id, realm_id=wish.realm.id, name=wish.name, owner_id=to.owner.id,
            team_id=to.team.id if to.team else None,
            project_id=to.project.id if to.project else None,
            pool_id=place.pool.id, volume=volume_name(drive_id), size_bytes=wish.size_bytes,
            format=wish.format, backup=wish.backup, state=DriveState.CREATING,
            state_detail=starter_of(call.enclave.audit.origin),
        )  # fmt: skip
        session.add(drive)
        await session.flush()
        keys = await add_version(session, drive_id, version, call.caller.user_id)
        call.made(drive_id)
    return keys


def volume_name(drive_id: str) -> str:
    """The name of a drive's first volume."""
    return f"{drive_id}.luks"


async def _with_volume(call: Call, wish: DriveWish, place: DrivePlace, secret: DriveSecret) -> None:
    """Make the volume, and say that the drive is there; or why it is not."""
    host, drive_id = place.host, secret.drive_id
    UNDERWAY[drive_id] = f"its volume is made on {host.address.name}"
    try:
        call.detail["volume"] = await host.create_encrypted_volume(
            place.pool.name, volume_name(drive_id), wish.size_bytes, bytes(secret.passphrase)
        )
        async with call.change() as session:
            drive = await session.get_one(Drive, drive_id)
            drive.state, drive.state_detail, drive.created = DriveState.DETACHED, "", now()
            session.add(drive)
    except (TicryptError, asyncio.CancelledError) as error:
        reason = str(error) or "It was cancelled: its volume may be there nonetheless."
        await asyncio.shield(note_failed(call.enclave, drive_id, reason))
        if isinstance(error, asyncio.CancelledError):
            raise
        helps = "It is listed as failed: delete it, and make it anew."
        raise Failed(f"Drive {shown(wish.name)} was not made. {error}", helps) from error
    await call.enclave.discovery.reread([host.address.host_id])


async def note_failed(enclave: Enclave, drive_id: str, reason: str) -> None:
    """List a drive that was being made as failed, with the reason and what helps."""
    async with enclave.change() as session:
        making = update(Drive).where(col(Drive.id) == drive_id)
        making = making.where(col(Drive.state) == DriveState.CREATING)
        await session.exec(making.values(state=DriveState.FAILED, state_detail=reason))


def refuse_disabled(realm: RealmSettings) -> None:
    """Nothing is made in a realm that is switched off."""
    if realm.disabled:
        raise Refused(f"Realm {shown(realm.name)} is disabled in the configuration file.")
