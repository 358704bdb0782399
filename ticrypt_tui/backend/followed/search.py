"""A file of any size searched where it lies: a few MiB of it are in memory at a time."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, TypeVar

from ticrypt_tui.backend.errors import WrongUse
from ticrypt_tui.backend.followed.opening import GRANT, opened, why_not
from ticrypt_tui.backend.lane import Lane

STEP = 4 << 20
AROUND = 1 << 16  # bytes before and after a place that are shown with it
LONG = 4096  # a place deeper in its line than that is shown with the last of it only
BEFORE = 200
STEP_SECONDS = 10.0

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Progress:
    """How many bytes were searched of how many, and where the text was found, if it was."""

    searched: int
    whole: int
    found: int | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """A line of a file with the lines around it, as bytes.

    `start` and `end` are where all of it begins and ends in a file of `size` bytes; a search goes
    on before `at` or after `after`. A line too long to be shown `began` before what is shown of
    it, and `goes_on` behind that.
    """

    before: bytes
    line: bytes
    behind: bytes
    start: int
    at: int
    after: int
    end: int
    size: int
    began: bool = False
    goes_on: bool = False


class FileSearch:
    """One file, held open, so that it stays the same one whatever takes its name meanwhile."""

    def __init__(self, path: str, *, whom: str = "This machine", grant: str = GRANT) -> None:
        self.where, self._grant = path, grant
        self._lane = Lane(whom, at_once=1)
        self._file: BinaryIO | None = None

    async def find(
        self, text: str, *, after: int | None = None, before: int | None = None
    ) -> AsyncGenerator[Progress, None]:
        """Search forward from `after`, or backward from `before` or the end, until found.

        Capital letters of ASCII count as small ones. Every step says how far it is, the last one
        what was found. Raises `Failed`, and `WrongUse` for nothing to search for.
        """
        sought = text.encode("utf-8", "surrogateescape").lower()
        if not sought:
            raise WrongUse("There is nothing to search for.", "Write a word.")
        size = await self._run(_size)
        start = min(size if before is None else before, size) if after is None else after
        whole = start if after is None else max(size - after, 0)
        for searched in range(0, max(whole, 1), STEP):
            step = min(STEP, whole - searched)
            low = start - searched - step if after is None else start + searched
            look = partial(_found, sought=sought, low=low, length=step, last=after is None)
            found = await self._run(look)
            yield Progress(searched + step, whole, found)
            if found is not None:
                return

    async def around(self, at: int) -> Window:
        """The line in which a place is, with those around it; raises `Failed`."""
        return await self._run(partial(_window, at=at))

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    async def _run(self, work: Callable[[int], T]) -> T:
        return await self._lane.run(
            partial(self._with_file, work), STEP_SECONDS, f"search {self.where}"
        )

    def _with_file(self, work: Callable[[int], T]) -> T:
        if self._file is None:
            self._file = opened(self.where, self._grant)
        try:
            return work(self._file.fileno())
        except OSError as error:
            raise why_not(self.where, error, self._grant) from None


def _size(file: int) -> int:
    return os.fstat(file).st_size


def _found(file: int, *, sought: bytes, low: int, length: int, last: bool) -> int | None:
    """Where the text begins, first or last, among so many bytes from `low` on."""
    data = os.pread(file, length + len(sought) - 1, low).lower()
    place = data.rfind(sought) if last else data.find(sought)
    return None if place < 0 else low + place


def _window(file: int, *, at: int) -> Window:
    """What is shown of a place: its line, as far as that can be shown, and whole lines around."""
    size, low = _size(file), max(0, at - AROUND)
    head, tail = os.pread(file, at - low, low), os.pread(file, AROUND, at)
    begins, ends = head.rfind(b"\n") + 1, tail.find(b"\n") + 1
    first = head.find(b"\n", 0, begins) + 1 if low else 0  # a half line is left out
    began = len(head) - begins > LONG
    shown = _character(head, len(head) - BEFORE) if began else begins
    whole = at + len(tail) >= size
    last = len(tail) if whole or not ends else tail.rfind(b"\n") + 1
    return Window(
        before=head[first:begins],
        line=head[shown:] + tail[: ends or last],
        behind=tail[ends or last : last],
        start=low + first,
        at=at if began else low + begins,
        after=at + (ends or 1),
        end=at + last,
        size=size,
        began=began,
        goes_on=not ends and not whole,
    )


def _character(data: bytes, place: int) -> int:
    """The first place from there on where a character of UTF-8 may begin."""
    while place < len(data) and data[place] & 0xC0 == 0x80:
        place += 1
    return place
