"""Drives on a played host: consoles whose operators have keys, and what they make with them."""

from __future__ import annotations

from typing import Any

from tests.backend.conftest import Opener, host_of
from ticrypt_tui.backend.drives.envelope import seal
from ticrypt_tui.backend.drives.identity import PublicKeys
from ticrypt_tui.backend.drives.manifest import Holder, Version, next_version
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.services.drives.drives import DriveRow
from ticrypt_tui.backend.services.keys.drive_keys import add_version, open_drive
from ticrypt_tui.backend.store.tables.people import UserKey

PASSPHRASE = "correct horse battery"
CHEAP = 4
"""A work factor for key files of tests alone."""
GENOME = {"name": "genome", "realm": "lab", "tier": "flash", "size": "2 GiB", "format": "EXT4"}


async def give_flash(enclave: Enclave, **changes: Any) -> None:
    wanted = {"realm": "lab", "name": "fast", "tier": "flash", "target": "/srv/fast", **changes}
    await enclave.run("pool.create", wanted)


async def give_key(enclave: Enclave) -> PublicKeys:
    """A key for a console's operator, registered and unlocked."""
    keys = await enclave.keys.create(PASSPHRASE, CHEAP)
    async with enclave.change() as session:
        session.add(
            UserKey(
                user_id=enclave.caller.user_id, number=1, encryption_key=keys.encryption,
                signing_key=keys.signing, fingerprint=keys.fingerprint,
            )
        )  # fmt: skip
    return keys


async def console_with_key(open_enclave: Opener, login: str) -> Enclave:
    """Somebody's console on a host like the first one's, with a key of his own."""
    other = await open_enclave(login)
    await other.settled()
    host = host_of(other)
    host.give_volume("tiny.qcow2")
    host.give_pool()
    host.give_pool("fast")
    await give_key(other)
    return other


async def share(sharer: Enclave, receiver: Enclave, drive_id: str, mode: Any = "rw") -> None:
    """Wrap a drive's key to one more holder, as its sharer does; their hosts share storage."""
    host_of(receiver).disks |= host_of(sharer).disks
    host_of(receiver).contents |= host_of(sharer).contents
    keys, secret = await open_drive(sharer, drive_id)
    prints = [each.fingerprint for each in keys.manifest.holders]
    theirs = receiver.keys.public
    envelope = seal(secret, [*(keys.known[each] for each in prints), theirs])
    holders = (*keys.manifest.holders, Holder(receiver.caller.user_id, theirs.fingerprint, mode))
    signed = next_version(
        keys.manifest, envelope, holders, sharer.keys.identity(),
        key_version=keys.manifest.key_version,
    )  # fmt: skip
    async with sharer.change() as session:
        version = Version(envelope, signed.manifest, signed.signature)
        await add_version(session, drive_id, version, sharer.caller.user_id)


async def drive_of(enclave: Enclave, reference: str = "genome") -> DriveRow:
    found = await enclave.find("drive", reference)
    assert isinstance(found, DriveRow)
    return found
