"""A button that says by brackets, and not by colour alone, that enter would press it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message

from ticrypt_tui.text import shown
from ticrypt_tui.widgets.typed_past import TypedPast


class Choice(TypedPast, can_focus=True):
    """One answer of a dialog."""

    DEFAULT_CSS = """
    Choice {
        width: auto; height: 1; margin: 0 0 0 2; color: $foreground;
        &.-danger { color: $error; }
        &:focus {
            background: $block-cursor-background; color: $block-cursor-foreground;
            text-style: bold;
        }
        &.-danger:focus { background: $error; color: $background; }
        &.-danger:focus:ansi { color: ansi_bright_white; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "press", "choose", show=False),
        Binding("left", "app.focus_previous", "choice before", show=False),
        Binding("right", "app.focus_next", "choice after", show=False),
    ]

    @dataclass
    class Pressed(Message):
        """The answer was chosen."""

        answer: str

    def __init__(self, answer: str, label: str, *, danger: bool = False) -> None:
        super().__init__(id=f"choice-{answer}", classes="-danger" if danger else "")
        self._answer, self._label = answer, shown(label)

    def relabel(self, label: str, *, danger: bool) -> None:
        """Say something else from now on."""
        self._label = shown(label)
        self.set_class(danger, "-danger")
        self.refresh(layout=True)

    def render(self) -> Content:
        return Content(f"[[ {self._label} ]]" if self.has_focus else f" [ {self._label} ] ")

    def get_content_width(self, container: Size, viewport: Size) -> int:
        return Content(self._label).cell_length + 6

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def on_click(self) -> None:
        self.action_press()

    def action_press(self) -> None:
        self.post_message(self.Pressed(self._answer))
