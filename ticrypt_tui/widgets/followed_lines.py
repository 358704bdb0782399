"""The lines of a log file, with what happened to the file in between."""

from __future__ import annotations

import re
from typing import Protocol

from ticrypt_tui.widgets.line_ring import LogLine
from ticrypt_tui.widgets.line_view import LineView
from ticrypt_tui.widgets.log_text import LogText

BEGAN, GOES_ON = "… ".encode(), " … and so on".encode()


class Part(Protocol):
    """A line of a file with the lines around it; it may have begun before, and go on behind."""

    @property
    def before(self) -> bytes: ...
    @property
    def line(self) -> bytes: ...
    @property
    def behind(self) -> bytes: ...
    @property
    def began(self) -> bool: ...
    @property
    def goes_on(self) -> bool: ...


class FollowedLines(LineView):
    """A file's lines as they are: nothing in them can colour, move or hide another."""

    def __init__(self) -> None:
        super().__init__()
        self._text = LogText(plain=True)

    def note(self, text: str) -> None:
        """A line of our own; a line of the file that has no end yet is over."""
        self.end_line()
        self.append([LogLine(f"── {text} ──", "accent")])

    def end_line(self) -> None:
        """What comes next begins a new line."""
        if self._text.rest:
            self.feed(b"\n")
        self._text = LogText(plain=True)
        self._open = False

    def show_part(self, part: Part, sought: str) -> None:
        """Show a part of a file, its line in the middle, and mark the sought text in all of it."""
        self._sought = re.compile(re.escape(sought), re.IGNORECASE)
        self.feed(part.before)
        place = self._ring.read
        self.feed(BEGAN * part.began + part.line.removesuffix(b"\n") + GOES_ON * part.goes_on)
        self.end_line()
        self.feed(part.behind)
        self.call_after_refresh(self._centre, place)

    def _centre(self, place: int) -> None:
        half = self.size.height // 2
        for each in (place - half, place + half, place):
            self._go(each)
