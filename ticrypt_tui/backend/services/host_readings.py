"""What hosts were last found to have, where it changes seldom and is slow to read.

Each host is read by itself and in the background: when somebody looks, and then every minute.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Iterable
from contextlib import suppress
from typing import Generic, TypeVar

from ticrypt_tui.backend.background import Background
from ticrypt_tui.backend.drivers.base import HostAddress
from ticrypt_tui.backend.errors import TicryptError

T = TypeVar("T")

EVERY = 60.0
"""Seconds between two readings of a host, while somebody looks."""
FIRST_WITHIN = 2.0
"""Seconds that a first look waits for the hosts; those that take longer come when they come."""
LEFT_WITHIN = 5.0
"""Seconds, at most, that leaving waits for readings that were cut short."""


class HostReadings(Generic[T]):
    """The last reading of each host, by its ID; `told` hears of every new one."""

    def __init__(self, told: Callable[[], None]) -> None:
        self.last: dict[str, T] = {}
        self._told = told
        self._begun: dict[str, float] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._background = Background()

    @property
    def late(self) -> set[str]:
        """The hosts whose first reading was begun, and has not come yet."""
        return self._begun.keys() - self.last.keys()

    def due(self, hosts: Iterable[HostAddress]) -> list[HostAddress]:
        """Those that are not being read, and were not for a while."""
        return [each for each in hosts if self._due(each.host_id)]

    def begin(
        self, hosts: Iterable[HostAddress], read: Callable[[HostAddress], Awaitable[T]]
    ) -> None:
        """Have those that are due read, each by itself."""
        for each in self.due(hosts):
            self._begun[each.host_id] = time.monotonic()
            self._tasks[each.host_id] = self._background.begin(self.read(each, read))

    async def first(self) -> None:
        """Wait, for a moment, for the hosts that were never read."""
        first = [task for each, task in self._tasks.items() if each not in self.last]
        if first:
            await asyncio.wait(first, timeout=FIRST_WITHIN)

    async def read(self, host: HostAddress, read: Callable[[HostAddress], Awaitable[T]]) -> None:
        """Read a host now; where that fails altogether, its last reading stays."""
        with suppress(TicryptError):
            self.last[host.host_id] = await read(host)
            self._told()

    def keep_only(self, host_ids: Collection[str]) -> None:
        """Forget the hosts that are no longer there."""
        for gone in self.last.keys() - host_ids:
            del self.last[gone]

    def expire(self) -> None:
        """Let every host be due."""
        self._begun.clear()

    async def close(self) -> None:
        """Stop reading; waits for no host."""
        await self._background.close(LEFT_WITHIN)

    def _due(self, host_id: str) -> bool:
        task = self._tasks.get(host_id)
        if task is not None and not task.done():
            return False
        begun = self._begun.get(host_id)
        return begun is None or time.monotonic() - begun >= EVERY * 0.9
