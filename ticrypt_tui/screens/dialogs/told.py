"""Lines to read, and a way to close them."""

from __future__ import annotations

from collections.abc import Iterable

from textual.widget import Widget

from ticrypt_tui.screens.dialogs.dialog import CANCEL, Dialog, sentences
from ticrypt_tui.widgets.choice import Choice


class Told(Dialog[None]):
    """Lines to read, and a way to close them."""

    DEFAULT_CSS = """
    Told > .box { width: 90; }
    """

    def __init__(self, title: str, lines: Iterable[str]) -> None:
        super().__init__(title)
        self._lines = tuple(lines)

    def body(self) -> Iterable[Widget]:
        yield sentences(self._lines)

    def answers(self) -> list[Choice]:
        return [Choice(CANCEL, "Close")]
