"""The file in parts: rotated by rename, each part says in its first line which one it continues.

A rotated part is named after its last record, such as `audit.jsonl.000000048213`. Parts that were
taken away are no fault: the table has their records. Everything here blocks.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from ticrypt_tui.backend.audit.file import AuditFile, place_of
from ticrypt_tui.backend.audit.records import GENESIS, Place, canonical
from ticrypt_tui.backend.errors import AuditUnavailable

_ROTATED = "audit.rotated"
_BEGIN = f'{{"action":"{_ROTATED}",'.encode()
_LONGEST_HEAD = 4096
CLOSED = 0o440


class Part(NamedTuple):
    """A file, the place that its records follow, and the bytes of the line that says so."""

    path: Path
    after: Place
    head: int

    @property
    def first(self) -> int:
        """The number of its first record."""
        return self.after.seq + 1


def parts(file: Path) -> list[Part]:
    """The parts that continue each other without a gap, the oldest first; the last is the file."""
    return list(_newest_first(file))[::-1]


def removal_id(last: int) -> str:
    """The operation ID of the records that tell of a removal: of the part that ends with `last`."""
    return f"retention-{last:012}"


def rotate(file: Path, at: int | None = None) -> Path | None:
    """Begin a new part; returns what the old one is called now.

    None where it had no records, or where its last one is not the record `at`. Raises
    `AuditUnavailable`. A crash on the way leaves one part, under its old name, or two of which the
    next rotation closes the old one.
    """
    opened = AuditFile(file)  # locked: nobody writes meanwhile
    try:
        if opened.place == _part(file).after or at not in (None, opened.place.seq):
            return None
        for part in parts(file)[:-1]:
            _close(part.path)
        old = file.with_name(f"{file.name}.{opened.place.seq:012}")
        _exchange(file, old, opened.place)
    except OSError as error:
        reason = error.strerror or str(error)
        raise AuditUnavailable(f"The audit file {file} cannot be rotated: {reason}.") from error
    finally:
        opened.close()
    return old


def _exchange(file: Path, old: Path, place: Place) -> None:
    head = {"action": _ROTATED, "file": old.name, "hash": place.hash, "seq": place.seq}
    fresh = file.with_name(f"{file.name}.new")
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        out.write(canonical(head).encode("ascii") + b"\n")
        out.flush()
        _let_the_same_write(out.fileno(), file.stat())
        os.fsync(out.fileno())
    if not (old.exists() and old.samefile(file)):  # a crash may have left it linked
        os.link(file, old)
    fresh.replace(file)
    _close(old)
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _let_the_same_write(fresh: int, before: os.stat_result) -> None:
    """Consoles of several accounts may share the file: who could write it can write the new one."""
    if os.fstat(fresh).st_gid != before.st_gid:
        os.fchown(fresh, -1, before.st_gid)
    os.fchmod(fresh, stat.S_IMODE(before.st_mode))


def _close(part: Path) -> None:
    """Let nobody write to an old part any more; another account's is closed by that one, later."""
    if stat.S_IMODE(part.stat().st_mode) != CLOSED:
        with suppress(PermissionError):
            part.chmod(CLOSED)


def _newest_first(file: Path) -> Iterator[Part]:
    part = _part(file)
    yield part
    while part.after.seq:
        before = file.with_name(f"{file.name}.{part.after.seq:012}")
        if not before.exists():
            return
        part = _part(before)
        yield part


def _part(path: Path) -> Part:
    """A part by its first line; one without a head begins the log."""
    try:
        with path.open("rb") as file:
            line = file.readline(_LONGEST_HEAD)
    except OSError:
        line = b""
    place = place_of(line) if line.startswith(_BEGIN) else None
    return Part(path, place, len(line)) if place else Part(path, Place(0, GENESIS), 0)
