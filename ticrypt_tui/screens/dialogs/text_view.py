"""A text of fixed length, such as a realm's configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ticrypt_tui.screens.dialogs.viewer import Viewer
from ticrypt_tui.widgets.line_ring import LogLine

if TYPE_CHECKING:
    from ticrypt_tui.screens.console import Console


class TextView(Viewer):
    """Shows a text from its beginning."""

    def __init__(self, title: str, text: str, console: Console) -> None:
        super().__init__(title, console)
        self._lines = [LogLine(line) for line in text.replace("\r\n", "\n").split("\n")]

    def on_mount(self) -> None:
        self.view.append(self._lines)
        self.call_after_refresh(self.view.action_first)
