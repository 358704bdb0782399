"""The last message of each system service, read beside the list of them, which does not wait."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic

EVERY = 10.0
PATIENCE = 1.0
_AT_ONCE = 3


class LastMessages:
    """What services said last, as last read: at most every `EVERY` seconds.

    The first listing waits for it, but for no more than `PATIENCE` seconds; `changed` is called
    when something else was said since.
    """

    def __init__(self, read: Callable[[str], Awaitable[str]], changed: Callable[[], None]) -> None:
        self._read, self._changed = read, changed
        self._said: dict[str, str] = {}
        self._reading: asyncio.Task[None] | None = None
        self._began = -EVERY
        self._at_once = asyncio.Semaphore(_AT_ONCE)

    def of(self, name: str) -> str:
        """What a service said last, as far as that is known."""
        return self._said.get(name, "")

    async def look(self, names: Sequence[str]) -> None:
        """See that what is known is not old."""
        first = not self._said
        if self._reading is None and monotonic() - self._began >= EVERY:
            self._began = monotonic()
            self._reading = asyncio.create_task(self._read_all(names, tell=not first))
        if self._reading is not None and first:
            await asyncio.wait({self._reading}, timeout=PATIENCE)

    async def close(self) -> None:
        """Stop reading."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait({self._reading})

    async def _read_all(self, names: Sequence[str], *, tell: bool) -> None:
        try:
            said = await asyncio.gather(*map(self._read_one, names))
        finally:
            self._reading = None
        found = dict(zip(names, said, strict=True))
        late = monotonic() - self._began > PATIENCE
        if found != self._said:
            self._said = found
            if tell or late:
                self._changed()

    async def _read_one(self, name: str) -> str:
        async with self._at_once:
            return await self._read(name)
