"""Word that something changed, from whoever sees it to whoever shows it or waits for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

EVERYTHING = ""
_LOOK_AGAIN = 1.0


class News:
    """Tells subscribers which tab's rows changed, once for all that happens in one turn."""

    def __init__(self) -> None:
        self._subscribers: dict[object, Callable[[str], None]] = {}
        self._tabs: set[str] = set()
        self._happened = asyncio.Event()

    def subscribe(self, callback: Callable[[str], None]) -> Callable[[], None]:
        """Call back with the name of a tab, or '' for all; returns what ends it."""
        key = object()
        self._subscribers[key] = callback
        return lambda: self._subscribers.pop(key, None) and None

    def tell(self, tab: str = EVERYTHING) -> None:
        """Something in a tab changed."""
        if not self._tabs:
            asyncio.get_running_loop().call_soon(self._deliver)
        self._tabs.add(tab)

    async def until(self, check: Callable[[], Awaitable[bool]], seconds: float) -> bool:
        """Ask after each piece of news, and every second, until it holds; False after `seconds`."""
        deadline = time.monotonic() + seconds
        while True:
            happened = self._happened
            if await check():
                return True
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            with suppress(TimeoutError):
                await asyncio.wait_for(happened.wait(), min(left, _LOOK_AGAIN))

    def _deliver(self) -> None:
        tabs, self._tabs = self._tabs, set()
        happened, self._happened = self._happened, asyncio.Event()
        happened.set()
        for callback in list(self._subscribers.values()):
            for tab in [EVERYTHING] if EVERYTHING in tabs else sorted(tabs):
                callback(tab)
