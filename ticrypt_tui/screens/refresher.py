"""When a screen reads again: what changed is gathered, and a slow terminal is never piled upon."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import monotonic
from typing import TYPE_CHECKING

from ticrypt_tui.widgets.backlog import unsent

if TYPE_CHECKING:
    from textual.screen import Screen
    from textual.timer import Timer

    from ticrypt_tui.screens.console import Console

PAUSE = 0.25
"""Seconds between two readings: four a second at most."""


class Refresher:
    """Runs `read` soon after it is asked to, once for many askings, and only while in sight."""

    def __init__(
        self,
        screen: Screen[object],
        console: Console,
        doing: str,
        read: Callable[[], Awaitable[None]],
    ) -> None:
        self._screen, self._console, self._doing, self._read = screen, console, doing, read
        self._timer: Timer | None = None
        self._reading = False
        self._asked = True
        self._ended = 0.0

    @property
    def reading(self) -> bool:
        """Whether it reads just now."""
        return self._reading

    def ask(self, *, at_once: bool = False) -> None:
        """Read again: at once, or as soon as the pause since the last reading is over."""
        self._asked = True
        if self._reading or (self._timer and not at_once):
            return
        wait = 0.0 if at_once else self._ended + PAUSE - monotonic()
        if wait > 0:
            self._timer = self._screen.set_timer(wait, self._due)
        else:
            self._due()

    def resume(self) -> None:
        """The screen is in sight again: read if anything was asked for meanwhile."""
        if self._asked:
            self.ask()

    def _due(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        in_sight = self._screen.is_mounted and self._screen in self._screen.app.screen_stack
        if self._console.enclave is None or not in_sight:
            return
        if unsent(self._screen.app):
            self._timer = self._screen.set_timer(PAUSE, self._due)
            return
        self._asked, self._reading = False, True
        self._console.work(self._doing, self._run)

    async def _run(self) -> None:
        try:
            await self._read()
        finally:
            self._reading = False
            self._ended = monotonic()
            if self._asked:
                self.ask()
