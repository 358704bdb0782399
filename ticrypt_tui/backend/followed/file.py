"""One log file, read on a thread with a deadline: its end, and what is written from now on."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from functools import partial

from ticrypt_tui.backend.errors import DeadlineMissed, Failed
from ticrypt_tui.backend.followed.opening import GRANT, opened
from ticrypt_tui.backend.followed.tail import (
    FOLLOWED_FROM,
    MOST_AT_ONCE,
    SHOWN_FROM,
    Place,
    Reading,
    Tail,
)
from ticrypt_tui.backend.lane import Lane

READ_SECONDS = 3.0
WATCHED, UNWATCHED = 0.1, 1.0
"""Seconds between two looks at a file: while somebody looks at it, and while nobody does."""


class FollowedFile:
    """One file, of which only what is asked for is read; `grant` says who else may read it.

    `whom` begins the sentence that says that it could not be read in time.
    """

    def __init__(self, path: str, *, whom: str = "This machine", grant: str = GRANT) -> None:
        self.where, self._grant = path, grant
        self._lane = Lane(whom, at_once=1)
        self._pause = WATCHED
        self._woken = asyncio.Event()

    def watched(self, watched: bool) -> None:
        """Look at it often, because somebody looks at what is read, or not so often."""
        self._pause = WATCHED if watched else UNWATCHED
        if watched:
            self._woken.set()

    async def last(self, size: int) -> bytes:
        """The last `size` bytes; raises `Failed`."""
        work = partial(_last, self.where, size, self._grant)
        return await self._lane.run(work, READ_SECONDS, f"read {self.where}")

    async def follow(self) -> AsyncGenerator[bytes, None]:
        """The last MiB, then what comes; raises `Failed` where it cannot be read to begin with."""
        begun = False
        async with aclosing(self.readings(FOLLOWED_FROM, sys.maxsize)) as readings:
            async for reading in readings:
                if reading.fault and not begun:
                    raise Failed(reading.fault)
                begun = True
                if reading.data:
                    yield reading.data

    async def readings(
        self, size: int = SHOWN_FROM, most: int = MOST_AT_ONCE
    ) -> AsyncGenerator[Reading, None]:
        """Each look at the file from its last `size` bytes on, whether it is there or not."""
        start = partial(Tail, self.where, self._grant, size, most)
        tail, place = start(), None
        try:
            while True:
                try:
                    reading, place = await self._look(tail)
                except DeadlineMissed as fault:
                    tail.close()
                    tail = start(after=place)
                    reading = _missed(fault)
                except Failed as fault:
                    reading = _missed(fault)
                yield reading
                if not reading.more:
                    await self._wait()
        finally:
            tail.close()

    async def _look(self, tail: Tail) -> tuple[Reading, Place | None]:
        def look() -> tuple[Reading, Place | None]:
            return tail.look(), tail.place

        return await self._lane.run(look, READ_SECONDS, f"read {self.where}")

    async def _wait(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pause):
                await self._woken.wait()
        self._woken.clear()


def _missed(fault: Failed) -> Reading:
    return Reading(fault=str(fault))


def _last(path: str, size: int, grant: str) -> bytes:
    with opened(path, grant) as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - size))
        return file.read(size)
