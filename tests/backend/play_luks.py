"""A play volume's LUKS header, and what `key_slots` does to a real one: quick, no secret in it."""

from __future__ import annotations

import hashlib
import json
import secrets

from ticrypt_tui.backend.errors import Refused

LENGTH = 4096
MAGIC = b"LUKS\xba\xbe\x00\x01"
FIRST = LENGTH


def header(*passphrases: bytes) -> bytes:
    """A header that these open."""
    return _made([_mark(each) for each in passphrases])


def check(made: bytes, passphrase: bytes) -> None:
    """Raises `Refused` for a passphrase that opens nothing."""
    if _mark(passphrase) not in _slots(made):
        raise Refused("The drive does not open with this key.")


def header_length(first: bytes) -> int:
    _slots(first)
    return LENGTH


def in_use(made: bytes) -> int:
    return len(_slots(made))


async def opens(made: bytes, passphrase: bytes) -> bool:
    return _mark(passphrase) in _slots(made)


async def add_slot(made: bytes, old: bytes, new: bytes) -> bytes:
    check(made, old)
    return _made([*_slots(made), _mark(new)])


async def keep_only(made: bytes, passphrase: bytes) -> bytes:
    check(made, passphrase)
    return header(passphrase)


def destroyed(made: bytes) -> bytes:
    return secrets.token_bytes(len(made))


def _made(marks: list[str]) -> bytes:
    return (MAGIC + json.dumps(marks).encode()).ljust(LENGTH, b"\0")


def _slots(made: bytes) -> list[str]:
    if not made.startswith(MAGIC):
        raise Refused("The volume has no LUKS header.")
    return list(json.loads(made[len(MAGIC) : LENGTH].rstrip(b"\0")))


def _mark(passphrase: bytes) -> str:
    return hashlib.sha256(passphrase).hexdigest()
