"""A file that is read as it grows, and the one that takes its place; all of it blocks."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import BinaryIO

from ticrypt_tui.backend.errors import Failed
from ticrypt_tui.backend.followed.held import Held
from ticrypt_tui.backend.followed.opening import GRANT, first_data, opened, why_not

FOLLOWED_FROM = 1 << 20  # a log is followed from its last MiB
SHOWN_FROM = 1 << 18  # what is enough to look at, of a file that can be searched
PIECE = 1 << 16  # read at a time, so that a key need not wait while a burst is shown
MOST_AT_ONCE = 64 << 20  # more than that since the last look is not read line by line
PRINT = 64  # so many bytes before the place show that they are still the same
LINE_BEGINS = 1 << 16  # a half line at the start is left out where it is no longer than that
GRACE = 5.0  # seconds for which a replaced file is still read while it is written to


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file, and the bytes right before it."""

    device: int
    inode: int
    offset: int
    before: bytes


@dataclass(frozen=True, slots=True)
class Reading:
    """What one look at a file found: what `happened` to it, and then the `data` that came.

    `size` and `written`, when it was last written to, are of the file that is followed, and None
    without one. `fault` says why the file of that name cannot be read now. `more` can be had at
    once.
    """

    data: bytes = b""
    happened: str = ""
    size: int | None = None
    written: datetime | None = None
    fault: str = ""
    more: bool = False


class Tail(Held):
    """Looks at a file again and again, by name and by descriptor: nothing that happens to it, a
    rotation, a cut, a removal, loses a line that was still there at the next look.

    It begins `size` bytes before the end of a file that is there at the first look, at the start
    of one that comes later, and at `after` where the file is still the same. Where more than `most`
    bytes came since the last look, only the last of them are read, and that is told.
    """

    def __init__(
        self,
        path: str,
        grant: str = GRANT,
        size: int = FOLLOWED_FROM,
        most: int = sys.maxsize,
        after: Place | None = None,
    ) -> None:
        super().__init__()
        self._most = most
        self._path, self._grant, self._size, self._after = path, grant, size, after
        self._offset, self._before, self._fault = 0, b"", ""
        self._waited = self._begun = False
        self._identity = (0, 0)
        self._replaced_at: float | None = None

    @property
    def place(self) -> Place | None:
        """How far it has read; None without a file."""
        if self._file is None:
            return self._after
        return Place(*self._identity, self._offset, self._before)

    def look(self) -> Reading:
        """What has come since the last look."""
        with self._used():
            return self._look()

    def _look(self) -> Reading:
        try:
            file, happened = self._current()
            data = b"" if happened else self._read(file, PIECE if self._begun else self._size)
            self._begun = self._begun or bool(data)
            if len(data) < PIECE and not happened:
                happened = self._go_over(had=bool(data))
        except Failed as fault:
            self._waited, self._fault = True, str(fault)
            return Reading(fault=self._fault)
        except OSError as error:
            self._after = self._after or self.place
            self._drop()
            return Reading(fault=str(why_not(self._path, error, self._grant)))
        assert self._file is not None
        return self._reading(data, happened)

    def _reading(self, data: bytes, happened: str) -> Reading:
        assert self._file is not None
        here = os.fstat(self._file.fileno())
        written = datetime.fromtimestamp(here.st_mtime, UTC)
        more = bool(happened) or len(data) >= PIECE
        return Reading(data, happened, here.st_size, written, self._fault, more)

    def _current(self) -> tuple[BinaryIO, str]:
        """The file, and what happened to it since the last look."""
        if self._file is None:
            return self._begin()
        if self._cut(self._file):
            return self._file, self._start_anew(self._file, "cut short")
        if self._late and (happened := self._go_over(had=False)):
            return self._file, happened
        behind = os.fstat(self._file.fileno()).st_size - self._offset
        if behind > self._most:
            return self._file, self._skip(self._file)
        return self._file, ""

    # Where it begins

    def _begin(self) -> tuple[BinaryIO, str]:
        file = opened(self._path, self._grant)
        self._hold(file)
        here, after, self._after = os.fstat(file.fileno()), self._after, None
        if after and (after.device, after.inode) == self._identity:
            self._offset, self._before = after.offset, after.before
            return file, ""
        if after:
            return file, self._start_anew(file, "replaced by another file")
        if self._waited:
            return file, self._start_anew(file, "there now")
        self._move(file, self._line_near(file, max(0, here.st_size - self._size)))
        return file, ""

    def _hold(self, file: BinaryIO) -> None:
        here = os.fstat(file.fileno())
        self._file, self._identity, self._fault = file, (here.st_dev, here.st_ino), ""

    def _start_anew(self, file: BinaryIO, happened: str) -> str:
        """Read from the start, or, of a file that is too long for that, from near its end."""
        start, size = first_data(file), os.fstat(file.fileno()).st_size
        self._move(file, start)
        return f"{happened}; {self._skip(file)}" if size - start > self._most else happened

    def _skip(self, file: BinaryIO) -> str:
        """Go near the end of what came, which is too much to be read line by line."""
        end, before = os.fstat(file.fileno()).st_size, self._offset
        self._move(file, self._line_near(file, end - self._size))
        return f"{self._offset - before:,} bytes were left out: search the file for them"

    def _move(self, file: BinaryIO, offset: int) -> None:
        self._offset = offset
        self._before = os.pread(file.fileno(), min(PRINT, offset), max(0, offset - PRINT))

    @staticmethod
    def _line_near(file: BinaryIO, offset: int) -> int:
        """The start of the next line after an offset, or the offset if that is far."""
        if offset == 0:
            return 0
        end = os.pread(file.fileno(), LINE_BEGINS, offset - 1).find(b"\n")
        return offset + max(end, 0)

    # Reading on

    def _read(self, file: BinaryIO, size: int) -> bytes:
        data = os.pread(file.fileno(), size, self._offset)
        self._offset += len(data)
        self._before = (self._before + data[-PRINT:])[-PRINT:]
        return data

    def _cut(self, file: BinaryIO) -> bool:
        """Whether the file was cut since, even if it has grown beyond the place again."""
        length = len(self._before)
        return os.pread(file.fileno(), length, self._offset - length) != self._before

    @property
    def _late(self) -> bool:
        """Whether the file was replaced long ago."""
        return self._replaced_at is not None and monotonic() - self._replaced_at > GRACE

    def _go_over(self, had: bool) -> str:
        """Go over to another file of that name, once the old one was read to its end.

        Its writer goes on with the old one until it opens the new one: so that is waited for, but
        not for ever where somebody else goes on writing to the old one.
        """
        assert self._file is not None
        new = self._successor()
        if new is None:
            self._replaced_at = None
            return ""
        self._replaced_at = self._replaced_at or monotonic()
        left = os.fstat(self._file.fileno()).st_size > self._offset
        if had or (left and not self._late):
            new.close()
            return ""
        self._file.close()
        self._hold(new)
        self._replaced_at = None
        return self._start_anew(new, "rotated: a new file is in its place")

    def _successor(self) -> BinaryIO | None:
        """The other file of that name that has been begun, if any."""
        try:
            there = os.stat(self._path)
            same = (there.st_dev, there.st_ino) == self._identity
            new = None if same else opened(self._path, self._grant)
        except Failed as fault:
            self._fault = str(fault)
            return None
        except OSError as error:
            self._fault = str(why_not(self._path, error, self._grant))
            return None
        self._fault = ""
        if new is not None and os.fstat(new.fileno()).st_size == 0:
            new.close()
            return None
        return new
