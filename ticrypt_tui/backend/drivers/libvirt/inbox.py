"""What comes on one of libvirt's threads, kept until the event loop takes it."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress

from ticrypt_tui.backend.drivers.console import Printed

MOST = 256 * 1024
"""How many bytes are kept that nobody has taken yet: some screens full, and no more."""


class Inbox:
    """Bytes in the order in which they came; of too many, the newest are kept.

    It is filled on any thread, and emptied on the event loop on which it was made.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._loop = asyncio.get_running_loop()
        self._there = asyncio.Event()
        self._lock = threading.Lock()
        self._held, self._left_out, self._told = bytearray(), 0, False
        self.ended = False
        self.fault = ""

    def put(self, data: bytes) -> None:
        """Take bytes, from any thread."""
        with self._lock:
            self._held += data
            if (surplus := len(self._held) - self._most) > 0:
                self._cut(surplus)
            self._tell()

    def end(self, fault: str = "") -> None:
        """Say, from any thread, that no more will come; the first reason counts."""
        with self._lock:
            self.ended, self.fault = True, self.fault or fault
            self._tell()

    async def take(self) -> Printed | None:
        """All that is there, as soon as there is something; None after the end."""
        await self._there.wait()
        with self._lock:
            taken = Printed(bytes(self._held), self._left_out)
            self._held.clear()
            self._left_out, self._told = 0, False
            if not self.ended:
                self._there.clear()
        return taken if taken.data else None

    def _cut(self, surplus: int) -> None:
        """Leave out the oldest, and with it the rest of a line that would begin in its middle."""
        line = self._held.find(b"\n", surplus, surplus + 4096)
        cut = line + 1 if line >= 0 else surplus
        del self._held[:cut]
        self._left_out += cut

    def _tell(self) -> None:
        """Wake the event loop, once until it has taken."""
        if not self._told:
            self._told = True
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                self._loop.call_soon_threadsafe(self._there.set)
