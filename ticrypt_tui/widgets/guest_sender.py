"""Sends a VM's screen as pixels, one picture at a time, encoded beside the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from textual.geometry import Region

from ticrypt_tui.widgets.backlog import unsent
from ticrypt_tui.widgets.guest_graphics import MOST_SIXELS, Graphics, cell_pixels, sent, taken_away

if TYPE_CHECKING:
    from ticrypt_tui.widgets.guest_view import GuestView

Work = Callable[[str, Callable[[], Awaitable[None]]], None]
PAUSE = 0.15
"""Seconds between two pictures, which are large."""


class PictureSender:
    """What of a view is pixels: the newest picture, which goes along with the view's last line."""

    def __init__(self, view: GuestView, work: Work) -> None:
        self._view, self._work = view, work
        self._at_work = self._again = False
        self._by: Graphics | None = None
        self.picture = ""
        """What is sent after the last line; nothing where there are only cells."""

    @property
    def _wanted(self) -> Graphics | None:
        """What the picture is to be sent by, if there is to be one."""
        by, text = self._view.drawing.graphics, self._view.drawing.text
        return Graphics(by) if by and text is None else None

    def measure(self) -> None:
        """Find out how large the terminal's cells are, where that matters."""
        by = self._wanted
        if by is not None:
            drawing = self._view.drawing
            drawing.cell_size = cell_pixels()
            drawing.most_pixels = MOST_SIXELS if by is Graphics.SIXEL else 0

    def send(self) -> None:
        """Send the picture as it is now, as soon as may be; or take it away."""
        if self._wanted is None:
            self.take_away()
        elif self._at_work:
            self._again = True
        else:
            self._at_work = True
            self._work("sending a picture", self._send)

    async def _send(self) -> None:
        try:
            self._again = True
            while self._again and (by := self._wanted) is not None:
                if not unsent(self._view.app):
                    self._again = False
                    await self._encode(by)
                await asyncio.sleep(PAUSE)
        finally:
            self._at_work = False

    async def _encode(self, by: Graphics) -> None:
        view, drawing = self._view, self._view.drawing
        pixels, window = drawing.guest.pixels.copy(), drawing.window
        data = await asyncio.to_thread(sent, pixels, window, by, drawing.cell_size)
        if view.seen and self._wanted is by and data != self.picture:
            self.picture, self._by = data, by
            view.refresh(Region(0, view.size.height - 1, view.size.width, 1))

    def take_away(self) -> None:
        """Show no picture any more."""
        if self._by is not None and self._view.app._driver is not None:
            self._view.app._driver.write(taken_away(self._by))
        self.picture, self._by = "", None
