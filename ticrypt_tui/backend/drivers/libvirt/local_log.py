"""A log file of this machine, read on a thread and followed over rotation and truncation."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncGenerator
from functools import partial
from typing import BinaryIO

from ticrypt_tui.backend.drivers.base import FOLLOWED_FROM, LogKind
from ticrypt_tui.backend.errors import Failed
from ticrypt_tui.backend.lane import Lane

PIECE = 1 << 18
READ_SECONDS = 3.0
LOOK_SECONDS = 0.25
GRANT = "Libvirt lets root alone read it: run the console as root, or grant it by an ACL."


class FollowedFile:
    """One file, of which only what is asked for is read; `grant` says who else may read it."""

    def __init__(self, host: str, path: str, grant: str) -> None:
        self.where, self._grant = path, grant
        self._lane = Lane(host, at_once=1)

    async def last(self, size: int) -> bytes:
        work = partial(_last, self.where, size, self._grant)
        return await self._lane.run(work, READ_SECONDS, f"read {self.where}")

    async def follow(self) -> AsyncGenerator[bytes, None]:
        start = partial(_Tail, self.where, FOLLOWED_FROM, self._grant)
        tail = await self._lane.run(start, READ_SECONDS, f"read {self.where}")
        try:
            while True:
                piece = await self._lane.run(tail.more, READ_SECONDS, f"read {self.where}")
                if piece:
                    yield piece
                else:
                    await asyncio.sleep(LOOK_SECONDS)
        finally:
            tail.close()


class LocalLog(FollowedFile):
    """A log of a VM of this machine."""

    def __init__(self, kind: LogKind, host: str, path: str) -> None:
        super().__init__(f"Host {host}", path, GRANT)
        self.kind = kind


class _Tail:
    """A file that is read as it grows, and the one that takes its place when it is rotated."""

    def __init__(self, path: str, size: int, grant: str) -> None:
        self._path, self._grant = path, grant
        self._file = _opened(path, grant)
        self._file.seek(max(0, os.fstat(self._file.fileno()).st_size - size))

    def close(self) -> None:
        self._file.close()

    def more(self) -> bytes:
        """What has come since; from the start again where the file was cut or replaced."""
        if piece := self._file.read(PIECE):
            return piece
        here = os.fstat(self._file.fileno())
        if here.st_size < self._file.tell():
            self._file.seek(0)
        elif self._replaced(here):
            last, self._file = self._file, _opened(self._path, self._grant)
            last.close()
        return self._file.read(PIECE)

    def _replaced(self, here: os.stat_result) -> bool:
        try:
            there = os.stat(self._path)
        except FileNotFoundError:  # between two files: it will come
            return False
        return (there.st_dev, there.st_ino) != (here.st_dev, here.st_ino)


def _last(path: str, size: int, grant: str) -> bytes:
    with _opened(path, grant) as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - size))
        return file.read(size)


def _opened(path: str, grant: str) -> BinaryIO:
    """The file, unbuffered; a pipe or a device under its name is refused, not waited for."""
    try:
        number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise Failed(f"There is no {path}: nothing was written yet, or it was removed.") from None
    except PermissionError:
        raise Failed(f"This user may not read {path}.", grant) from None
    except OSError as error:
        raise Failed(f"{path} cannot be read: {error.strerror}.") from None
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise Failed(f"{path} is not a file.")
    return os.fdopen(number, "rb", buffering=0)
