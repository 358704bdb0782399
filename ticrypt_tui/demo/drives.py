"""The demo's drives, and the key that opens them; its passphrase is no secret."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from ticrypt_tui.backend.drives.key_file import KeyRefused
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import NotFound
from ticrypt_tui.backend.services.keys.drive_keys import open_drive
from ticrypt_tui.demo import people
from ticrypt_tui.demo.places import PASSPHRASE, REALM
from ticrypt_tui.text import shown

DRIVES = ("tiny-data", "tiny-results")
_WISHES = (
    {"tier": "flash", "size": "1 GiB", "format": "EXT4"},
    {"tier": "spindle", "size": "2 GiB", "format": "XFS"},
)

Say = Callable[[str], None]


async def ensure(enclave: Enclave, say: Say) -> None:
    """Make the drives that are missing, of which whoever runs the demo holds the only key.

    Where the key has another passphrase by now, its holder makes his drives himself. Raises the
    `TicryptError` of the operation that fails.
    """
    missing = [
        {"name": name, **wish}
        for name, wish in zip(DRIVES, _WISHES, strict=True)
        if not await _there(enclave, name)
    ]
    if not missing or not await _unlocked(enclave, say):
        return
    of = await people.belonging(enclave)
    try:
        for wish in missing:
            say(f"Making drive {wish['name']}")
        makes = (enclave.run("drive.create", {"realm": REALM, **wish, **of}) for wish in missing)
        await asyncio.gather(*makes)
    finally:
        enclave.keys.forget()


async def opens(enclave: Enclave, name: str) -> str:
    """That a drive opens with the demo's key; raises the `TicryptError` that tells why it does
    not."""
    row: Any = await enclave.find("drive", name)
    await enclave.keys.unlock(PASSPHRASE)
    try:
        _, secret = await open_drive(enclave, row.id)
        secret.forget()
    finally:
        enclave.keys.forget()
    return f"{shown(row.state)}, {shown(row.format)}, with the passphrase {PASSPHRASE}"


async def _there(enclave: Enclave, name: str) -> bool:
    try:
        await enclave.find("drive", name)
    except NotFound:
        return False
    return True


async def _unlocked(enclave: Enclave, say: Say) -> bool:
    """Unlock the demo's key, made and registered where there is none; whether it is the demo's."""
    keys = enclave.keys
    if not keys.there:
        say("Making a key for drives")
        await keys.create(PASSPHRASE)
        await enclave.run("user.register_key", {"public_key": keys.public.written})
        keys.pins.accept(enclave.caller.user_id, keys.public)
        return True
    try:
        await keys.unlock(PASSPHRASE)
    except KeyRefused:
        return False
    return True
