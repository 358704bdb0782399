"""The key slots of a LUKS1 header, changed on a copy of it by `qemu-img`.

(https://gitlab.com/cryptsetup/cryptsetup/-/wikis/LUKS-standard/on-disk-format.pdf)
"""

from __future__ import annotations

import secrets

FIRST = 592
"""How many bytes of a volume tell how long its header is."""


def header_length(first: bytes) -> int:
    """How long the header is, in bytes, by its first `FIRST`.

    Raises `Refused` for what is no LUKS header.
    """
    raise NotImplementedError


async def opens(header: bytes, passphrase: bytes) -> bool:
    """Whether one of the slots opens with a passphrase."""
    raise NotImplementedError


async def add_slot(header: bytes, old: bytes, new: bytes) -> bytes:
    """The header with one more slot, for `new`; it opens with `old`, and both open it then.

    Raises `Refused` where `old` does not open it, or no slot is left.
    """
    raise NotImplementedError


async def keep_only(header: bytes, passphrase: bytes) -> bytes:
    """The header with the slot of this passphrase alone; what the others held is overwritten.

    Raises `Refused` where it does not open it.
    """
    raise NotImplementedError


def destroyed(header: bytes) -> bytes:
    """What to write over a header, so that no key opens the volume ever again."""
    return secrets.token_bytes(len(header))
