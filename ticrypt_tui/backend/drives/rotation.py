"""A drive's key changed on its host with nothing but libvirt there: its header comes and goes.

The order that loses no drive, wherever it is cut off: `add_key`, then commit the envelope with the
new key, then `drop_other_keys`. Until the last step both keys open the drive; each step may be
taken again.
"""

from __future__ import annotations

from ticrypt_tui.backend.drivers.storing import Stores
from ticrypt_tui.backend.drives import key_slots
from ticrypt_tui.backend.errors import Refused

_ANY_HEADER = 4 << 20
"""More than any LUKS1 header takes."""


async def add_key(host: Stores, path: str, old: bytes, new: bytes) -> None:
    """Have a volume open with `new`, too, and with nothing else but `old`.

    What a rotation left that was cut off is taken away with it. Raises `Refused` where `old` does
    not open it.
    """
    header = await _header(host, path)
    if key_slots.in_use(header) > 1:
        if await key_slots.opens(header, new):
            return
        header = await key_slots.keep_only(header, old)
    await host.write_volume(path, await key_slots.add_slot(header, old, new))


async def drop_other_keys(host: Stores, path: str, passphrase: bytes) -> None:
    """Have a volume open with this alone. Raises `Refused` where it does not open it."""
    header = await _header(host, path)
    await host.write_volume(path, await key_slots.keep_only(header, passphrase))


async def destroy_keys(host: Stores, path: str) -> None:
    """Overwrite all that opens a volume: nobody reads it ever again, be its header damaged too."""
    try:
        header = await _header(host, path)
    except Refused:
        header = await host.read_volume(path, _ANY_HEADER)
    await host.write_volume(path, key_slots.destroyed(header))


async def _header(host: Stores, path: str) -> bytes:
    first = await host.read_volume(path, key_slots.FIRST)
    return await host.read_volume(path, key_slots.header_length(first))
