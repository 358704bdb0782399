"""Leaving a screen: once, and never another one in its place.

Keys come in bursts. A second escape, or an enter behind it, may still be on its way to a dialog
that the first one has closed; and what a dialog waited for may be done while another one stands on
it. Textual would take away whatever is on top then, and at last the tab itself.
"""

from __future__ import annotations

from typing import Any

from textual import events, on
from textual.await_complete import AwaitComplete
from textual.screen import Screen


class LeavingScreen(Screen[Any]):
    """A screen that is left once, and only when it is on top: below another one, it waits."""

    _leaves_with: tuple[Any] | None = None

    def dismiss(self, result: Any = None) -> AwaitComplete:
        if self.is_active:
            self._leaves_with = None
            return super().dismiss(result)
        if any(self in stack for stack in self.app._screen_stacks.values()):
            self._leaves_with = (result,)
        return AwaitComplete()

    @on(events.ScreenResume)
    def _leave_at_last(self) -> None:
        """Leave now, if that was to be."""
        if self._leaves_with is not None and self.is_active:
            self.dismiss(*self._leaves_with)
