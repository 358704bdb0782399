"""The passphrase of the operator's own key: asked for until it fits, or is left."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from ticrypt_tui.backend.errors import TicryptError
from ticrypt_tui.screens.dialogs.dialog import CANCEL, Dialog, sentences
from ticrypt_tui.text import shown
from ticrypt_tui.widgets.choice import Choice

if TYPE_CHECKING:
    from ticrypt_tui.screens.console import Console
    from ticrypt_tui.screens.enclave import Keys

ASKED = "This takes your own key, which is locked. Type the passphrase of its file."
TAKES = "Unlocking … this takes about a second."


class Passphrase(Dialog[bool]):
    """Unlocks a key; gives True, or None where that was left."""

    AUTO_FOCUS = "Input"
    DEFAULT_CSS = """
    Passphrase .fingerprint { color: $text-muted; margin: 1 0; }
    Passphrase .note { color: $text-muted; }
    """

    def __init__(self, keys: Keys, fingerprint: str, console: Console) -> None:
        super().__init__("Unlock your key")
        self._keys, self._fingerprint, self.console = keys, fingerprint, console
        self._busy = False

    def body(self) -> Iterable[Widget]:
        yield sentences([ASKED])
        yield Static(Content(f"your key  {shown(self._fingerprint)}"), classes="fingerprint")
        field = Input(password=True, placeholder="passphrase")
        field.cursor_blink = False
        yield field
        yield Static(self._note(), classes="note")

    def answers(self) -> Sequence[Choice]:
        return [Choice("go", "Unlock"), Choice(CANCEL, "Cancel")]

    def on_input_submitted(self) -> None:
        self.answered("go")

    def answered(self, answer: str) -> None:
        passphrase = self.query_one(Input).value
        if passphrase and not self._busy:
            self._busy = True
            self.query_one(".fault").display = False
            self._say(TAKES)

            async def unlock() -> None:
                await self._unlock(passphrase)

            self.console.work("unlocking the key", unlock)

    async def _unlock(self, passphrase: str) -> None:
        try:
            await self._keys.unlock(passphrase)
        except TicryptError as error:
            self._refused(error)
        else:
            if self.is_attached:
                self.dismiss(True)

    def _refused(self, error: TicryptError) -> None:
        """Say so, and let it be typed again."""
        self._busy = False
        if self.is_attached:
            self._say(self._note())
            self.complain(str(error))
            field = self.query_one(Input)
            field.value = ""
            field.focus()

    def _note(self) -> str:
        """How long it stays unlocked."""
        assert self.console.enclave is not None
        minutes = self.console.enclave.settings.session.key_memory.total_seconds() / 60
        return f"It stays unlocked for {minutes:g} min after its last use."

    def _say(self, sentence: str) -> None:
        self.query_one(".note", Static).update(Content(sentence))
