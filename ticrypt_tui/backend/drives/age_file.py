"""Writing and opening whole age v1 files (C2SP age.md)."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from ticrypt_tui.backend.drives.age_header import (
    FILE_KEY_BYTES,
    NoMatch,
    Stanza,
    read_header,
    write_header,
)
from ticrypt_tui.backend.drives.age_payload import open_payload, seal_payload
from ticrypt_tui.backend.drives.zeroing import zero

Wrap = Callable[[bytearray], Sequence[Stanza]]
Unwrap = Callable[[Sequence[Stanza]], bytearray | None]


def seal_file(plain: bytes | bytearray, wrap: Wrap) -> bytes:
    """An age file of a text, with a new file key that `wrap` makes stanzas of."""
    file_key = bytearray(os.urandom(FILE_KEY_BYTES))
    try:
        return write_header(wrap(file_key), file_key) + seal_payload(file_key, plain)
    finally:
        zero(file_key)


def open_file(file: bytes, unwrap: Unwrap) -> bytearray:
    """The text of an age file; raises an `AgeFault`, `NoMatch` where `unwrap` gives None."""
    header, payload = read_header(file)
    file_key = unwrap(header.stanzas)
    if file_key is None:
        raise NoMatch("it is for others")
    try:
        header.check(file_key)
        return open_payload(file_key, payload)
    finally:
        zero(file_key)
