"""Looking at a file until there is no more to see, and being somebody else for a moment."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ticrypt_tui.backend.followed.tail import Tail

NOBODY = 65534


def looked(tail: Tail) -> list[bytes | str]:
    """What the next looks bring until there is no more: what happened, and what was read."""
    found: list[bytes | str] = []
    more = True
    while more:
        reading = tail.look()
        found += [each for each in (reading.happened, reading.data) if each]
        more = bool(reading.data or reading.happened)
    return found


def append(path: Path, data: bytes) -> None:
    with path.open("ab") as file:
        file.write(data)


@contextmanager
def as_nobody(folder: Path) -> Iterator[None]:
    """Read as a user who may enter the folder, but read only what all may read."""
    opened = [each for each in (folder, *folder.parents) if each.stat().st_uid == os.geteuid()]
    modes = {each: each.stat().st_mode for each in opened if each != Path("/")}
    for each, mode in modes.items():
        each.chmod(mode | 0o755)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        for each, mode in modes.items():
            each.chmod(mode)
