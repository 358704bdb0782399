"""A log file of this machine, read on a thread and followed over rotation and truncation."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncGenerator
from functools import partial
from typing import BinaryIO

from ticrypt_tui.backend.drivers.base import FOLLOWED_FROM, LogKind
from ticrypt_tui.backend.drivers.libvirt.lane import Lane
from ticrypt_tui.backend.errors import Failed

PIECE = 1 << 18
READ_SECONDS = 3.0
LOOK_SECONDS = 0.25


class LocalLog:
    """One file, of which only what is asked for is read."""

    def __init__(self, kind: LogKind, host: str, path: str) -> None:
        self.kind, self.where = kind, path
        self._lane = Lane(host, at_once=1)

    async def last(self, size: int) -> bytes:
        work = partial(_last, self.where, size)
        return await self._lane.run(work, READ_SECONDS, f"read {self.where}")

    async def follow(self) -> AsyncGenerator[bytes, None]:
        start = partial(_Tail, self.where, FOLLOWED_FROM)
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


class _Tail:
    """A file that is read as it grows, and the one that takes its place when it is rotated."""

    def __init__(self, path: str, size: int) -> None:
        self._path = path
        self._file = _opened(path)
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
            last, self._file = self._file, _opened(self._path)
            last.close()
        return self._file.read(PIECE)

    def _replaced(self, here: os.stat_result) -> bool:
        try:
            there = os.stat(self._path)
        except FileNotFoundError:  # between two files: it will come
            return False
        return (there.st_dev, there.st_ino) != (here.st_dev, here.st_ino)


def _last(path: str, size: int) -> bytes:
    with _opened(path) as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - size))
        return file.read(size)


def _opened(path: str) -> BinaryIO:
    """The file, unbuffered; a pipe or a device under its name is refused, not waited for."""
    try:
        number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise Failed(f"There is no {path}: nothing was written yet, or it was removed.") from None
    except PermissionError:
        remedy = "Libvirt lets root alone read it: run the console as root, or grant it by an ACL."
        raise Failed(f"This user may not read {path}.", remedy) from None
    except OSError as error:
        raise Failed(f"{path} cannot be read: {error.strerror}.") from None
    if not stat.S_ISREG(os.fstat(number).st_mode):
        os.close(number)
        raise Failed(f"{path} is not a file.")
    return os.fdopen(number, "rb", buffering=0)
