"""A box that is ticked or not, and says so by a letter and not by colour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message

from ticrypt_tui.text import shown
from ticrypt_tui.widgets.typed_past import TypedPast


class Tick(TypedPast, can_focus=True):
    """One yes-or-no line of a dialog; not ticked at first, unless said otherwise."""

    DEFAULT_CSS = """
    Tick {
        width: auto; height: 1;
        &:focus {
            background: $block-cursor-background; color: $block-cursor-foreground;
            text-style: bold;
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "turn", "tick or not", show=False),
    ]

    @dataclass
    class Changed(Message):
        """It was turned."""

        value: bool

    def __init__(self, label: str, *, ticked: bool = False) -> None:
        super().__init__()
        self._label = shown(label)
        self.value = ticked

    def render(self) -> Content:
        return Content(f"[{'x' if self.value else ' '}] {self._label}")

    def on_click(self) -> None:
        self.action_turn()

    def action_turn(self) -> None:
        self.put(not self.value)

    def put(self, value: bool) -> None:
        """Tick it or not."""
        if value != self.value:
            self.value = value
            self.refresh()
            self.post_message(self.Changed(self.value))
