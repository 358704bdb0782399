"""The wrapped keys of drives as the store has them: read, checked, opened, and added to.

What the store says is never believed by itself: each reading checks the whole chain of manifests,
and who opens a drive compares it with what he has seen of it before (`backend.drives.pins`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.drives.chain import check_chain
from ticrypt_tui.backend.drives.envelope import DriveSecret, open_envelope
from ticrypt_tui.backend.drives.identity import PublicKeys
from ticrypt_tui.backend.drives.key_ring import KeyRing
from ticrypt_tui.backend.drives.manifest import (
    Holder,
    Manifest,
    ManifestRefused,
    Version,
    hashes,
)
from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.store.tables.data import DriveEnvelope, DriveHolder, DriveMode
from ticrypt_tui.backend.store.tables.people import User, UserKey
from ticrypt_tui.text import shown

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave


@dataclass(frozen=True, slots=True)
class DriveKeys:
    """All versions of a drive's wrapped key, oldest first, whose chain was found good."""

    versions: tuple[Version, ...]
    manifest: Manifest
    known: Mapping[str, PublicKeys] = field(repr=False, compare=False)

    @property
    def drive_id(self) -> str:
        return self.manifest.drive_id

    @property
    def envelope(self) -> bytes:
        """The newest one."""
        return self.versions[-1].envelope

    def holder(self, user_id: str) -> Holder | None:
        """A user among those who hold the key, as the newest manifest says."""
        return next((each for each in self.manifest.holders if each.user_id == user_id), None)


async def read_drive_keys(session: AsyncSession, drive_id: str) -> DriveKeys:
    """A drive's versions, checked; raises `ManifestRefused` that names what is wrong."""
    return _checked(drive_id, await _versions(session, drive_id), await read_public_keys(session))


async def read_public_keys(session: AsyncSession) -> dict[str, PublicKeys]:
    """Every public key that was ever registered, by its own fingerprint."""
    keys = (_public(each) for each in await session.exec(select(UserKey)))
    return {each.fingerprint: each for each in keys}


async def key_of(session: AsyncSession, user: User) -> PublicKeys:
    """The public key that a user has registered; raises `Refused` where he has none."""
    own = select(UserKey).where(UserKey.user_id == user.id, col(UserKey.replaced).is_(None))
    newest = (await session.exec(own.order_by(col(UserKey.number).desc()))).first()
    if newest is None:
        raise Refused(
            f"{shown(user.login)} has no registered key, so that no drive can be opened by him.",
            "He makes one with `ticrypt-tui keys new`.", about="user",
        )  # fmt: skip
    return _public(newest)


async def own_key(session: AsyncSession, ring: KeyRing, user_id: str) -> PublicKeys:
    """The caller's key, which is both in his key file and registered.

    Raises `NoKey`, and `Refused` with both fingerprints where the two are not the same.
    """
    mine = ring.public
    registered = await key_of(session, await session.get_one(User, user_id))
    if registered != mine:
        raise Refused(
            f"The key that is registered for you, {registered.fingerprint}, is not the one in your "
            f"key file, {mine.fingerprint}.",
            "If you did not make another one, somebody has swapped it: tell the other admins.",
        )
    return mine


async def open_drive(enclave: Enclave, drive_id: str) -> tuple[DriveKeys, DriveSecret]:
    """A drive's key, opened with the caller's own.

    Raises `KeyLocked` or `NoKey`, `ManifestRefused`, `RolledBack`, and `EnvelopeRefused`.
    """
    enclave.keys.identity()
    async with enclave.database.read() as session:
        keys = await read_drive_keys(session, drive_id)
    return keys, await asyncio.to_thread(open_secret, enclave.keys, keys)


def open_secret(ring: KeyRing, keys: DriveKeys) -> DriveSecret:
    """The drive's passphrase, if it goes on from what was seen of the drive before; blocks for a
    moment. Forget it after use."""
    identity, signer = ring.identity(), keys.manifest.signer
    ring.pins.vouch(signer.user_id, signer.user_id, keys.known[signer.fingerprint])
    ring.pins.seen(keys.drive_id, hashes(keys.versions))
    return open_envelope(
        keys.envelope, identity, drive_id=keys.drive_id, key_version=keys.manifest.key_version
    )


async def remember(ring: KeyRing, keys: DriveKeys) -> None:
    """Have the caller's pins know the newest version, once it is in the store."""
    await asyncio.to_thread(ring.pins.seen, keys.drive_id, hashes(keys.versions))


async def add_version(session: AsyncSession, drive_id: str, version: Version, by: str) -> DriveKeys:
    """Add a version to a drive's chain, and have the store's holders as its manifest says.

    `by` is the ID of who made it. Raises `ManifestRefused` where it does not follow from what the
    store has by now, such as where somebody else was quicker.
    """
    before = await _versions(session, drive_id)
    keys = _checked(drive_id, (*before, version), await read_public_keys(session))
    session.add(
        DriveEnvelope(
            drive_id=drive_id, number=keys.manifest.number, envelope=version.envelope,
            manifest=version.manifest, signature=version.signature,
        )
    )  # fmt: skip
    await _put_holders(session, drive_id, keys.manifest.holders, by)
    return keys


async def _put_holders(
    session: AsyncSession, drive_id: str, holders: Sequence[Holder], by: str
) -> None:
    """Have exactly these holders; one who stays as he is keeps who added him, and when."""
    here = select(DriveHolder).where(DriveHolder.drive_id == drive_id)
    there = {each.user_id: each for each in await session.exec(here)}
    for holder in holders:
        found = there.pop(holder.user_id, None) or DriveHolder(
            drive_id=drive_id, user_id=holder.user_id, added_by=by,
            fingerprint=holder.fingerprint, mode=DriveMode(holder.mode),
        )  # fmt: skip
        found.fingerprint, found.mode = holder.fingerprint, DriveMode(holder.mode)
        session.add(found)
    gone = delete(DriveHolder).where(col(DriveHolder.drive_id) == drive_id)
    await session.exec(gone.where(col(DriveHolder.user_id).in_(there)))


async def _versions(session: AsyncSession, drive_id: str) -> tuple[Version, ...]:
    stored = select(DriveEnvelope).where(DriveEnvelope.drive_id == drive_id)
    rows = await session.exec(stored.order_by(col(DriveEnvelope.number)))
    return tuple(Version(each.envelope, each.manifest, each.signature) for each in rows)


def _checked(
    drive_id: str, versions: tuple[Version, ...], known: Mapping[str, PublicKeys]
) -> DriveKeys:
    if not versions:
        raise ManifestRefused("The store has no key of this drive: nobody can open it.")
    return DriveKeys(versions, check_chain(drive_id, versions, known), known)


def _public(key: UserKey) -> PublicKeys:
    return PublicKeys(key.encryption_key, key.signing_key)
