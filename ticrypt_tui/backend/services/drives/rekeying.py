"""A drive under a new key, in an order that loses it nowhere: until the last step is taken, the key
of record opens the volume of record, wherever it is cut off."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import update
from sqlmodel import col

from ticrypt_tui.backend.drivers.base import Host
from ticrypt_tui.backend.drives.envelope import DriveSecret
from ticrypt_tui.backend.drives.rotation import add_key, destroy_keys, drop_other_keys
from ticrypt_tui.backend.errors import Refused, TicryptError
from ticrypt_tui.backend.services.drives.drives import UNDERWAY, DriveRow, DriveState
from ticrypt_tui.backend.services.drives.places import volume_of
from ticrypt_tui.backend.services.drives.rules import refuse_open
from ticrypt_tui.backend.services.editing import as_read
from ticrypt_tui.backend.store.tables.data import Drive
from ticrypt_tui.backend.store.tables.infrastructure import StoragePool
from ticrypt_tui.backend.sync.starters import starter_of
from ticrypt_tui.text import shown

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave

ROTATE, REENCRYPT = "rotate", "reencrypt"
REMAINS = "A key from before its last unshare may still open it: unshare again to take it away."
"""What a drive says of itself whose old key could not be taken off its volume."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a drive's volume is."""

    host: Host
    pool: str
    path: str


async def place_of(enclave: Enclave, drive: DriveRow) -> Place:
    """Where it is; raises `Refused` for a volume that is missing, `Failed` where no host tells."""
    host, path = await volume_of(enclave, drive.id)
    if not path:
        raise Refused(
            f"The volume of {shown(drive.name)} is missing from pool {shown(drive.pool)}.",
            "Fix drives (in Realms) tells more.",
        )
    return Place(host, drive.pool, path)


async def begin(enclave: Enclave, drive: DriveRow) -> None:
    """Let nothing open the drive from now on; raises `Changed`, or `Refused` for one in use."""
    async with enclave.change() as session:
        found = await as_read(session, Drive, drive.id, drive.name, drive.version)
        await refuse_open(session, found)
        found.state = DriveState.REENCRYPTING
        found.state_detail = starter_of(enclave.audit.origin)
        session.add(found)
    UNDERWAY[drive.id] = "it gets a new key"


async def end(enclave: Enclave, drive_id: str, remark: str = "") -> None:
    """Let the drive be used again, with a remark on what is left to do."""
    UNDERWAY.pop(drive_id, None)
    async with enclave.change() as session:
        busy = update(Drive).where(
            col(Drive.id) == drive_id, col(Drive.state) == DriveState.REENCRYPTING
        )
        await session.exec(busy.values(state=DriveState.DETACHED, state_detail=remark))


async def put_new_key(place: Place, old: DriveSecret, new: DriveSecret, how: str) -> str:
    """Have a volume open with the new key; returns its name where it is another volume, or ''.

    The old key opens the old volume all the same.
    """
    before, after = bytes(old.passphrase), bytes(new.passphrase)
    if how == ROTATE:
        await add_key(place.host, place.path, before, after)
        return ""
    name = volume_name(new)
    await place.host.reencrypt_volume(place.path, before, place.pool, name, after)
    return name


async def take_old_key_away(enclave: Enclave, place: Place, new: DriveSecret, volume: str) -> None:
    """Have nothing open the drive but its new key: `volume` is the new one's name, or ''."""
    if not volume:
        await drop_other_keys(place.host, place.path, bytes(new.passphrase))
        return
    await destroy_keys(place.host, place.path)
    await place.host.delete_volume(place.path)
    await enclave.discovery.reread([place.host.address.host_id])


async def give_back(enclave: Enclave, place: Place, new: DriveSecret, how: str) -> None:
    """Leave no second volume of a drive whose re-encryption failed; the store says which is its
    own, for a commit that was cut off may have been made."""
    if how == REENCRYPT:
        with suppress(TicryptError):  # it is encrypted, and Fix drives names it
            async with enclave.database.read() as session:
                own = (await session.get_one(Drive, new.drive_id)).volume
            for each in await place.host.volumes(place.pool):
                if each.name == volume_name(new) != own:
                    await place.host.delete_volume(each.path)


async def leave_one_volume(enclave: Enclave, drive: Drive) -> None:
    """Let a drive be used again whose new key was not finished: of its volumes, the one of record
    stays. Which key opens that is told by its envelope."""
    host, path = await volume_of(enclave, drive.id)
    if path:
        await _delete_others(host, await _pool_of(enclave, drive), drive.id, drive.volume)
    await end(enclave, drive.id, REMAINS)


async def take_remains_away(enclave: Enclave, drive_id: str, secret: DriveSecret) -> None:
    """Take away what an unshare could not: `secret` is the key of record, nothing has it open."""
    host, path = await volume_of(enclave, drive_id)
    async with enclave.database.read() as session:
        drive = await session.get_one(Drive, drive_id)
    if not path:
        raise Refused(f"The volume of {shown(drive.name)} is missing.")
    await drop_other_keys(host, path, bytes(secret.passphrase))
    await _delete_others(host, await _pool_of(enclave, drive), drive_id, drive.volume)
    async with enclave.change() as session:
        clean = update(Drive).where(col(Drive.id) == drive_id, col(Drive.state_detail) == REMAINS)
        await session.exec(clean.values(state_detail=""))


async def _pool_of(enclave: Enclave, drive: Drive) -> str:
    async with enclave.database.read() as session:
        return (await session.get_one(StoragePool, drive.pool_id)).name


async def _delete_others(host: Host, pool: str, drive_id: str, volume: str) -> None:
    """Delete the volumes that were made for a drive, but for the one of record."""
    for each in await host.volumes(pool):
        if each.name != volume and _is_of(drive_id, each.name):
            await host.delete_volume(each.path)


def volume_name(secret: DriveSecret) -> str:
    """The name of the volume that a drive gets together with a key."""
    return f"{secret.drive_id}-{secret.key_version}.luks"


def _is_of(drive_id: str, volume: str) -> bool:
    """Whether a volume was made for a drive, with its first key or a later one."""
    first = volume == f"{drive_id}.luks"
    return first or (volume.startswith(f"{drive_id}-") and volume.endswith(".luks"))
