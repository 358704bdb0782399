"""Saving to a file on the machine where the console runs: a new one, for its owner only."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.widget import Widget
from textual.widgets import Input

from ticrypt_tui.backend.errors import TicryptError
from ticrypt_tui.screens.dialogs.dialog import CANCEL, Dialog, sentences
from ticrypt_tui.screens.messages import Tone
from ticrypt_tui.widgets.choice import Choice

if TYPE_CHECKING:
    from textual.screen import Screen

    from ticrypt_tui.screens.console import Console


def suggested(title: str, ending: str, now: datetime) -> Path:
    """A file in the home folder, named after what is saved and when."""
    word = re.sub(r"[^A-Za-z0-9]+", "-", title).strip("-").lower()[:60] or "saved"
    return Path.home() / f"{word}-{now:%Y%m%d-%H%M%S}{ending}"


class SaveAs(Dialog[Path]):
    """Asks for the file; gives its path, or None."""

    AUTO_FOCUS = "Input"

    def __init__(self, path: Path) -> None:
        super().__init__("Save to a file on this machine")
        self._path = path

    def body(self) -> Iterable[Widget]:
        field = Input(str(self._path), select_on_focus=False)
        field.cursor_blink = False
        yield field
        yield sentences(["", "A file that is there already is never overwritten."])

    def answers(self) -> Sequence[Choice]:
        return [Choice("go", "Save"), Choice(CANCEL, "Cancel")]

    def on_input_submitted(self) -> None:
        self.answered("go")

    def answered(self, answer: str) -> None:
        path = Path(self.query_one(Input).value.strip()).expanduser()
        if path.name:
            self.dismiss(path.absolute())
        else:
            self.complain("Write the name of a file.")


async def save(
    screen: Screen[Any], console: Console, path: Path, write: Callable[[Path], Awaitable[int]]
) -> None:
    """Ask where to, let `write` do it, and say how many lines it were; or why it was not done."""
    wanted = await screen.app.push_screen_wait(SaveAs(path))
    if wanted is None:
        return
    try:
        lines = await write(wanted)
    except TicryptError as fault:
        console.messages.add(Tone.FAILED, str(fault))
    else:
        console.messages.add(Tone.DONE, f"{lines:,} lines were saved to {wanted}")
