"""A field of one line, in which text is typed."""

from __future__ import annotations

from textual.widgets import Input


class TextBox(Input):
    """Text on a line of its own colour, without a frame."""

    DEFAULT_CSS = """
    TextBox.-flat, TextBox.-flat:focus {
        width: 1fr; height: 1; border: none; padding: 0 1; background: $panel;
    }
    TextBox.-flat:focus { background: $primary 30%; }
    TextBox.-flat.-wrong { background: $error 25%; }
    TextBox.-flat:ansi { text-style: underline; }
    """

    def __init__(self, text: str = "", placeholder: str = "") -> None:
        super().__init__(text, placeholder, select_on_focus=False, classes="-flat")
        self.cursor_blink = False

    def put(self, value: str) -> None:
        """Hold another text."""
        self.value = value
        self.cursor_position = len(value)
