"""The JSON-lines file beside the chain: one machine's copy, only ever added to, under a lock.

Everything here blocks, and is called from a thread of its own (`log.py`).
"""

from __future__ import annotations

import fcntl
import json
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ticrypt_tui.backend.audit.records import Place
from ticrypt_tui.backend.errors import AuditUnavailable

LOCK_DEADLINE = 10.0
_FIRST_BYTES = b'{"action":"'
_CHUNK = 4_096
_LONGEST_LINE = 1 << 24
_NO_RECORD = "its last line is no audit record"


class AuditFile:
    """The file, open and locked; closing it lets the next writer in.

    `place` is where it ends, after an incomplete last line, left by a crash, was cut off.
    """

    def __init__(self, path: Path, patience: float = LOCK_DEADLINE) -> None:
        """Open and lock the file, made if need be (0600, its folder 0700).

        Raises `AuditUnavailable`, also where another process keeps the lock for longer than
        `patience`, in seconds, or if the last line is no record.
        """
        self.path = path
        with _explained(path):
            self._descriptor = _locked(path, patience)
        try:
            self.place = self._found()
        except AuditUnavailable:
            self.close()
            raise

    def close(self) -> None:
        os.close(self._descriptor)

    def _found(self) -> Place:
        with _explained(self.path):
            line = self._last_line()
        place = Place() if line is None else place_of(line)
        if place is None:
            raise not_continued(self.path, _NO_RECORD)
        return place

    def add(self, lines: bytes) -> None:
        """Add complete lines and wait until the disk has them; raises `AuditUnavailable`."""
        with _explained(self.path):
            rest = memoryview(lines)
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
            os.fdatasync(self._descriptor)

    def _last_line(self) -> bytes | None:
        size = os.fstat(self._descriptor).st_size
        data = self._end(size)
        complete, newline, torn = data.rpartition(b"\n")
        if torn:
            self._cut(torn, size)
        return complete.rpartition(b"\n")[2] if newline else None

    def _end(self, size: int) -> bytes:
        """The end of the file, from before its last complete line on."""
        data = b""
        while len(data) < min(size, _LONGEST_LINE) and data.count(b"\n") < 2:
            step = min(size - len(data), max(_CHUNK, len(data)))
            data = os.pread(self._descriptor, step, size - len(data) - step) + data
        return data

    def _cut(self, torn: bytes, size: int) -> None:
        begun = torn.rstrip(b"\x00")[: len(_FIRST_BYTES)]
        if not _FIRST_BYTES.startswith(begun):
            raise not_continued(self.path, _NO_RECORD)
        os.ftruncate(self._descriptor, size - len(torn))


def place_of(line: bytes) -> Place | None:
    """Which record a line of the file claims to be, or None if it is none."""
    try:
        said = json.loads(line)
        place = Place(said["seq"], said["hash"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return place if isinstance(place.seq, int) and isinstance(place.hash, str) else None


def not_continued(path: Path, why: str) -> AuditUnavailable:
    """The refusal to add to a file that is not this log's; nothing in it is touched."""
    return AuditUnavailable(
        f"The audit file {path} does not continue this log: {why}.",
        "Look at it and move it away; it is then written anew from the database.",
    )


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise AuditUnavailable(f"The audit file {path} cannot be written: {reason}.") from error


def _locked(path: Path, patience: float) -> int:
    """A locked descriptor of the file that has this name now, not of one just renamed away."""
    deadline = time.monotonic() + patience
    while True:
        descriptor = _opened(path)
        try:
            _lock(descriptor, deadline)
            if _is_named(descriptor, path):
                return descriptor
        except OSError:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _opened(path: Path) -> int:
    flags = os.O_RDWR | os.O_APPEND | os.O_CLOEXEC | os.O_NONBLOCK
    try:
        descriptor = os.open(path, flags)
    except FileNotFoundError:
        descriptor = _created(path, flags)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError("it is not a regular file")
    return descriptor


def _created(path: Path, flags: int) -> int:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, flags | os.O_CREAT, 0o600)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return descriptor


def _lock(descriptor: int, deadline: float) -> None:
    pause = 0.0005
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise OSError("another process has kept it locked for 10 s") from None
        time.sleep(pause)
        pause = min(pause * 2, 0.02)


def _is_named(descriptor: int, path: Path) -> bool:
    try:
        named = os.stat(path)
    except FileNotFoundError:
        return False
    return os.path.samestat(os.fstat(descriptor), named)
