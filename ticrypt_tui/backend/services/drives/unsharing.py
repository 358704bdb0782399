"""Taking a drive's key back: everyone else gets a new one, and the volume opens with that alone."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from ticrypt_tui.backend.caller import Caller
from ticrypt_tui.backend.drives.envelope import DriveSecret
from ticrypt_tui.backend.drives.manifest import Holder, Version
from ticrypt_tui.backend.errors import Failed, Refused, TicryptError
from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.services.drives.changes import DRIVE
from ticrypt_tui.backend.services.drives.drives import DriveRow
from ticrypt_tui.backend.services.drives.rekeying import (
    REENCRYPT,
    REMAINS,
    ROTATE,
    Place,
    begin,
    end,
    give_back,
    place_of,
    put_new_key,
    take_old_key_away,
    take_remains_away,
)
from ticrypt_tui.backend.services.drives.rules import not_open, whole
from ticrypt_tui.backend.services.drives.sharing import holds_key, refuse_overtaken, sealed
from ticrypt_tui.backend.services.keys.drive_keys import (
    DriveKeys,
    add_version,
    open_drive,
    remember,
)
from ticrypt_tui.backend.store.lookup import find_one
from ticrypt_tui.backend.store.tables.data import Drive
from ticrypt_tui.backend.store.tables.people import User
from ticrypt_tui.text import shown


@operation(
    "drive.unshare",
    DRIVE,
    Argument("user", "object", says="the login of who is to hold no key of it any more"),
    Argument("how", "choice", required=False, choices=(ROTATE, REENCRYPT),
             says="rotate if left out: a new key slot; reencrypt: a new volume under a new key"),
    on="drive",
    says="Give everyone but one a new key of a detached drive, and have the old one open nothing.",
    preconditions=(holds_key, not_open, whole),
)  # fmt: skip
async def unshare(call: Call, drive: DriveRow, *, user: str, how: str = ROTATE) -> str:
    """Take a user's key away; what he has read before, he has.

    Raises `KeyLocked` or `NoKey`; `Refused` for who holds none, the owner and the last holder, and
    for a caller who holds it read-only and is not leaving himself; `Failed` where the old key could
    not be taken off the volume: the drive then says so of itself.
    """
    call.enclave.keys.identity()
    async with call.enclave.database.read() as session:
        leaver = await find_one(session, User, user)
    call.detail |= {"user": leaver.login, "how": how}
    keys, old = await open_drive(call.enclave, drive.id)
    try:
        if keys.holder(leaver.id) is None and drive.state_detail == REMAINS:
            await take_remains_away(call.enclave, drive.id, old)
            return f"No key from before opens {shown(drive.name)} any more"
        holders = _without(call.caller, drive, keys, leaver)
        place = await place_of(call.enclave, drive)
        await _Rekeying(call, drive, keys, place, how).run(old, holders)
    finally:
        old.forget()
    return f"{shown(leaver.login)} holds no key of {shown(drive.name)} any more"


@dataclass(frozen=True, slots=True)
class _Rekeying:
    """A drive on its way from the keys that it had to those of fewer holders."""

    call: Call
    drive: DriveRow
    keys: DriveKeys
    place: Place
    how: str

    async def run(self, old: DriveSecret, holders: tuple[Holder, ...]) -> None:
        """Take all steps, or have all be as it was."""
        enclave = self.call.enclave
        new = DriveSecret.new(self.drive.id, self.keys.manifest.key_version + 1)
        try:
            version = await asyncio.to_thread(
                sealed, self.keys, new, holders, self.keys.known, enclave.keys.identity()
            )
            await begin(enclave, self.drive)
            volume = await self._committed(old, new, version)
            await self._finished(new, volume)
        finally:
            new.forget()

    async def _committed(self, old: DriveSecret, new: DriveSecret, version: Version) -> str:
        """Put the new key on the volume, and then into the store; or give all back."""
        enclave = self.call.enclave
        try:
            volume = await put_new_key(self.place, old, new, self.how)
            newest = await self._stored(version, volume)
        except (TicryptError, asyncio.CancelledError):
            await asyncio.shield(give_back(enclave, self.place, new, self.how))
            await asyncio.shield(end(enclave, self.drive.id, self.drive.state_detail))
            raise
        await remember(enclave.keys, newest)
        return volume

    async def _stored(self, version: Version, volume: str) -> DriveKeys:
        async with self.call.enclave.change() as session:
            await refuse_overtaken(session, self.drive, self.keys)
            by = self.call.caller.user_id
            newest = await add_version(session, self.drive.id, version, by)
            found = await session.get_one(Drive, self.drive.id)
            found.volume = volume or found.volume
            session.add(found)
        return newest

    async def _finished(self, new: DriveSecret, volume: str) -> None:
        """Have the old key open nothing; from the store it is gone already."""
        enclave = self.call.enclave
        try:
            await take_old_key_away(enclave, self.place, new, volume)
        except (TicryptError, asyncio.CancelledError) as error:
            await asyncio.shield(end(enclave, self.drive.id, REMAINS))
            if isinstance(error, asyncio.CancelledError):
                raise
            raise Failed(
                f"The holders of {shown(self.drive.name)} have a new key, but the old one could "
                f"not be taken off its volume: {error.sentence}",
                "Unshare again, with the same user, to take it away.",
            ) from error
        await end(enclave, self.drive.id)


def _without(caller: Caller, drive: DriveRow, keys: DriveKeys, leaver: User) -> tuple[Holder, ...]:
    """The holders that remain."""
    login, mine = shown(leaver.login), keys.holder(caller.user_id)
    if keys.holder(leaver.id) is None:
        raise Refused(f"{login} holds no key of it.", about="user")
    remaining = tuple(each for each in keys.manifest.holders if each.user_id != leaver.id)
    if not remaining:
        raise Refused(
            f"{login} is the only one who holds a key of it: nobody could ever open it again.",
            "To destroy the drive, delete it.", about="user",
        )  # fmt: skip
    if leaver.id == drive.owner_id:
        raise Refused(f"{login} owns it.", "Transfer it to another holder first.", about="user")
    if mine is not None and mine.mode == "ro" and leaver.id != caller.user_id:
        raise Refused("You hold it read-only: you may give back your own key, and no other.")
    return remaining
