"""One of a few words, all of them in sight."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widget import Widget

from ticrypt_tui.text import shown

GAP = 3
_DOT = 4
_ROOM = 49
"""Cells that a form has for the words of a choice."""


def fits(words: Sequence[str]) -> bool:
    """Whether all the words can be in sight at once."""
    return sum(len(word) + _DOT for word in words) + GAP * (len(words) - 1) <= _ROOM


class Radio(Widget, can_focus=True):
    """A row of words with a dot before the chosen one; `unset` stands for none of them."""

    DEFAULT_CSS = """
    Radio { width: 1fr; height: 1; padding: 0 1; }
    Radio:focus { background: $primary 30%; }
    Radio:focus:ansi { text-style: reverse; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1)", "the word before", show=False),
        Binding("right,space", "step(1)", "the next word", show=False),
    ]

    class Changed(Message):
        """Another word is chosen."""

    def __init__(self, words: Sequence[str], chosen: str = "", unset: str = "") -> None:
        super().__init__()
        self._words, self._unset = ("", *words) if unset else tuple(words), unset
        self.value = chosen or self._words[0]

    def put(self, value: str) -> None:
        """Choose a word."""
        if value != self.value:
            self.value = value
            self.refresh()
            self.post_message(self.Changed())

    def render(self) -> Content:
        parts = [self._part(word) for word in self._words]
        return Content(" " * GAP).join(parts)

    def action_step(self, step: int) -> None:
        here = self._words.index(self.value) if self.value in self._words else 0
        self.put(self._words[(here + step) % len(self._words)])

    def on_click(self, event: Click) -> None:
        start = 1
        for word in self._words:
            end = start + self._part(word).cell_length
            if start <= event.x < end:
                self.put(word)
            start = end + GAP

    def _part(self, word: str) -> Content:
        said = shown(word or self._unset)
        if word == self.value:
            return Content.styled(f"(•) {said}", "bold")
        return Content.styled(f"( ) {said}", "$text-muted")
