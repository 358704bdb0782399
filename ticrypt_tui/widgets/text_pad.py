"""A field of several lines, in which a text such as a script is typed."""

from __future__ import annotations

from rich.text import Text
from textual.widgets import TextArea

from ticrypt_tui.text import masked


class TextPad(TextArea):
    """Lines of text; enter begins another one, tab leaves the field.

    What a terminal could trip over is drawn as a sign that stands for it, and stays in the text.
    """

    DEFAULT_CSS = """
    TextPad.-flat, TextPad.-flat:focus {
        width: 1fr; height: 5; border: none; padding: 0 1; background: $panel;
        scrollbar-size-vertical: 1;
    }
    TextPad.-flat:focus { background: $primary 30%; }
    TextPad.-flat .text-area--cursor-line { background: transparent; }
    TextPad.-flat:ansi { text-style: underline; }
    """

    def __init__(self, text: str = "") -> None:
        super().__init__(text, classes="-flat")
        self.cursor_blink = False

    @property
    def value(self) -> str:
        """All the lines."""
        return self.text

    def put(self, value: str) -> None:
        """Hold another text."""
        self.load_text(value)

    def get_line(self, line_index: int) -> Text:
        """A line as it is drawn."""
        return Text(masked(self.document.get_line(line_index)), end="", no_wrap=True)
