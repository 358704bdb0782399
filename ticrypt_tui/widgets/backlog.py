"""What the terminal has not taken yet: the one place that looks at the writer's backlog.

A frame that is queued while the last one is unsent is old before it is seen, and a full queue stops
the event loop. So frames wait until the terminal took the last one, and then show the newest state.
"""

from __future__ import annotations

import select
from typing import Any

from textual import events
from textual.app import App

from ticrypt_tui.courtesy import key_awaited, painted
from ticrypt_tui.widgets.leaving import LeavingScreen

SOON = 0.004
"""Seconds after which it is looked again whether the terminal takes what a key did."""


def unsent(app: App[Any]) -> bool:
    """Whether the terminal has still to take what was written before.

    Either frames wait in the writer's queue, or the writer is in the middle of one: then the
    terminal's descriptor takes no more.
    """
    driver = app._driver
    writer = getattr(driver, "_writer_thread", None)
    if writer is None:
        return False
    return not writer._queue.empty() or not _takes_more(writer.fileno())


def _takes_more(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLOUT)
    return bool(poll.poll(0))


class PatientScreen(LeavingScreen):
    """A screen that paints only when the terminal took the last frame.

    What changes meanwhile stays marked as such, and is painted once, as it is then.
    """

    def _on_timer_update(self) -> None:
        if not unsent(self.app):
            super()._on_timer_update()
            painted()

    async def _on_idle(self, event: events.Idle) -> None:
        """Paint what a key did at once, or as soon as the terminal takes it.

        All else is painted at the pace of the screen's timer.
        """
        if key_awaited() and self._dirty_widgets:
            self._on_timer_update()
            if self._dirty_widgets:
                self.set_timer(SOON, self.check_idle)
