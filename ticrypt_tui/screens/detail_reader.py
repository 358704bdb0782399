"""The detail panel of a table: open or not, about the row under the cursor, and kept up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ticrypt_tui.backend.errors import TicryptError

if TYPE_CHECKING:
    from textual.timer import Timer

    from ticrypt_tui.screens.resource_screen import ResourceScreen
    from ticrypt_tui.widgets.sections import Sections

REST = 0.15
"""Seconds that the cursor must rest on a row before its details are read."""


class DetailReader:
    """Opens and closes the panel of a screen, and reads what it shows."""

    def __init__(self, screen: ResourceScreen) -> None:
        self._screen = screen
        self._panel: Sections | None = None
        self._timer: Timer | None = None
        self.is_open = False

    @property
    def panel(self) -> Sections:
        """The panel; it is made when it is first wanted."""
        if self._panel is None:
            from ticrypt_tui.widgets.sections import Sections

            self._panel = Sections()
            self._screen.query_one("#content").mount(self._panel)
        return self._panel

    @property
    def fills_the_screen(self) -> bool:
        """Whether the panel stands in the place of the table, for want of room beside it."""
        return self.is_open and (
            self._screen.has_class("-narrow") or self._screen.has_class("-medium")
        )

    def turn(self) -> None:
        """Open the panel if it is closed, else close it."""
        if not self.is_open and self._screen.table.cursor_row is None:
            return
        self.is_open = not self.is_open
        self._screen.set_class(self.is_open, "-detail")
        if self.is_open:
            self._read()
        self._screen.call_after_refresh(self._screen.focus_body)

    def cursor_moved(self) -> None:
        """Read again, once the cursor rests."""
        if not self.is_open:
            return
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._screen.set_timer(REST, self._read)

    rows_changed = cursor_moved

    def _read(self) -> None:
        self._screen.console.work("reading details", self._show)

    async def _show(self) -> None:
        enclave, row_id = self._screen.console.enclave, self._screen.table.cursor_id
        if enclave is None or row_id is None:
            self.panel.say("Nothing is selected.")
            return
        try:
            detail = await enclave.detail(self._screen.tab.name, row_id)
        except TicryptError as fault:
            self.panel.say(str(fault))
            return
        if row_id == self._screen.table.cursor_id:
            self.panel.show(detail.title, detail.sections)
