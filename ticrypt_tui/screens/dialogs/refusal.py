"""Why something was not done, and what would help."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from ticrypt_tui.screens.dialogs.dialog import CANCEL, Dialog
from ticrypt_tui.text import shown
from ticrypt_tui.widgets.choice import Choice


class Refusal(Dialog[None]):
    """One sentence that says what is wrong, and one that says what would help."""

    DEFAULT_CSS = """
    Refusal .remedy { margin: 1 0 0 0; color: $text-muted; }
    """

    def __init__(
        self, title: str, sentence: str, remedy: str = "", *, failed: bool = False
    ) -> None:
        super().__init__(title)
        self.add_class("-danger" if failed else "-refused")
        self._sentence, self._remedy = sentence, remedy

    def body(self) -> Iterable[Widget]:
        yield Static(Content(shown(self._sentence)))
        if self._remedy:
            yield Static(Content(shown(self._remedy)), classes="remedy")

    def answers(self) -> Sequence[Choice]:
        return [Choice(CANCEL, "Close")]
