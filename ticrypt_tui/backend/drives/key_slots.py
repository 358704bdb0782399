"""The key slots of a LUKS1 header, changed on a copy of it.

(https://gitlab.com/cryptsetup/cryptsetup/-/wikis/LUKS-standard/on-disk-format.pdf) `qemu-img` makes
a slot and tries a key; to take slots away is to write over them.
"""

from __future__ import annotations

import asyncio
import secrets
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from ticrypt_tui.backend.drives import qemu_img
from ticrypt_tui.backend.errors import Failed, Refused
from ticrypt_tui.text import shown

FIRST = 592
"""How many bytes of a volume tell how long its header is."""

_MAGIC = b"LUKS\xba\xbe"
_SECTOR = 512
_LONGEST = 64 << 20
_HEAD = struct.Struct(">6sH32s32s32sII")  # to the payload's offset and the key's length
_SLOTS = 8
_SLOTS_AT = 208
_SLOT = struct.Struct(">II32sII")  # active, iterations, salt, offset of its material, stripes
_ACTIVE, _INACTIVE = 0x00AC71F3, 0x0000DEAD
_NO_LUKS = "The volume has no LUKS header that the console can read."
_WRONG = "The key does not open the volume."


@dataclass(frozen=True, slots=True)
class _Slot:
    at: int
    active: bool
    iterations: int
    start: int
    end: int


def header_length(first: bytes) -> int:
    """How long the header is, in bytes, by its first `FIRST`.

    Raises `Refused` for what is no LUKS1 header.
    """
    if len(first) < FIRST or not first.startswith(_MAGIC):
        raise Refused(_NO_LUKS)
    _, version, *_, sectors, _ = _HEAD.unpack_from(first)
    if version != 1:
        raise Refused(f"The volume is of LUKS version {version}: the console knows version 1.")
    length = int(sectors) * _SECTOR
    if not FIRST <= length <= _LONGEST or any(slot.end > length for slot in _slots(first)):
        raise Refused(_NO_LUKS)
    return length


def in_use(header: bytes) -> int:
    """How many of the eight slots hold a key."""
    return sum(slot.active for slot in _slots(header))


async def opens(header: bytes, passphrase: bytes) -> bool:
    """Whether one of the slots opens with a passphrase."""
    with _copy(header) as folder:
        return await _opens(folder, passphrase)


async def add_slot(header: bytes, old: bytes, new: bytes) -> bytes:
    """The header with one more slot, for `new`; it opens with `old`, and both open it then.

    Raises `Refused` where `old` does not open it, or no slot is left.
    """
    if in_use(_whole(header)) == _SLOTS:
        raise Refused("All eight key slots of the volume are in use.")
    with _copy(header) as folder:
        slot = ("-o", "state=active,new-secret=key1,iter-time=10")
        if complaint := await qemu_img.run(folder, [old, new], "amend", *_opened(), *slot):
            raise _fault(complaint)
        return await asyncio.to_thread(_read, folder, len(header))


async def keep_only(header: bytes, passphrase: bytes) -> bytes:
    """The header with the slot of this passphrase alone; what the others held is overwritten.

    Raises `Refused` where it does not open it.
    """
    active = [slot for slot in _slots(_whole(header)) if slot.active]
    for kept in sorted(active, key=lambda slot: slot.iterations):  # the quickest to try
        alone = _with_one_slot(header, kept)
        if await opens(alone, passphrase):
            return alone
    raise Refused(_WRONG)


def destroyed(header: bytes) -> bytes:
    """What to write over a header, so that no key opens the volume ever again."""
    return secrets.token_bytes(len(header))


def _slots(header: bytes) -> tuple[_Slot, ...]:
    key_bytes = _HEAD.unpack_from(header)[-1]
    found = []
    for at in range(_SLOTS_AT, _SLOTS_AT + _SLOTS * _SLOT.size, _SLOT.size):
        state, iterations, _, offset, stripes = _SLOT.unpack_from(header, at)
        start = offset * _SECTOR
        found.append(_Slot(at, state == _ACTIVE, iterations, start, start + key_bytes * stripes))
    return tuple(found)


def _whole(header: bytes) -> bytes:
    if header_length(header[:FIRST]) != len(header):
        raise Refused("The volume ends within its LUKS header.", "It is damaged: restore it.")
    return header


def _with_one_slot(header: bytes, kept: _Slot) -> bytes:
    made = bytearray(header)
    for slot in _slots(header):
        if slot != kept:
            *_, offset, stripes = _SLOT.unpack_from(header, slot.at)
            _SLOT.pack_into(made, slot.at, _INACTIVE, 0, bytes(32), offset, stripes)
            made[slot.start : slot.end] = secrets.token_bytes(slot.end - slot.start)
    return bytes(made)


@contextmanager
def _copy(header: bytes) -> Iterator[Path]:
    """A folder with the header as a file of its own, behind which a volume seems to be."""
    with TemporaryDirectory(prefix="ticrypt-header-") as folder:
        with (Path(folder) / "header").open("wb") as file:
            file.write(header)
            file.truncate(len(header) + (1 << 20))
        yield Path(folder)


def _read(folder: Path, length: int) -> bytes:
    with (folder / "header").open("rb") as file:
        return file.read(length)


def _opened() -> tuple[str, ...]:
    return ("--image-opts", "driver=luks,key-secret=key0,file.filename=header")


async def _opens(folder: Path, passphrase: bytes) -> bool:
    """`qemu-img measure` tries the key, and reads nothing; `info` would not try it."""
    complaint = await qemu_img.run(folder, [passphrase], "measure", "-O", "raw", *_opened())
    if complaint and not isinstance(fault := _fault(complaint), Refused):
        raise fault
    return not complaint


def _fault(complaint: str) -> Failed | Refused:
    if "cannot unlock any keyslot" in complaint:
        return Refused(_WRONG)
    return Failed(f"The volume's key slots could not be changed: {shown(complaint)}.")
