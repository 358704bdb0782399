"""Lines that keep coming: logs and the audit tail, followed, filtered, searched and saved."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from time import monotonic
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.timer import Timer

from ticrypt_tui.backend.errors import Failed, WrongUse
from ticrypt_tui.text import shown
from ticrypt_tui.widgets.line_pages import LinePages
from ticrypt_tui.widgets.line_ring import LineRing, LogLine
from ticrypt_tui.widgets.log_text import LogText
from ticrypt_tui.widgets.query import Query, parsed

PERIOD = 0.2


class LineView(LinePages):
    """A log that is followed while the cursor stands at its end, and stays put while it does not.

    What comes is painted at most five times a second. `role` says by which role a line of text is
    coloured; `columns` are the titles by key of the lines' fields, where they have any.
    """

    HELP = "Moving up holds the log still, End follows it again. n and N go to what was searched."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,i", "choose", "Details", id="detail", show=False),
        Binding("n", "find(1)", "Next match", id="log.next", show=False),
        Binding("N", "find(-1)", "Match before", id="log.previous", show=False),
    ]

    class Chosen(Message):
        """A line was opened."""

        def __init__(self, view: LineView, line: LogLine) -> None:
            super().__init__()
            self.view = view
            self.line = line

        @property
        def control(self) -> LineView:
            return self.view

    def __init__(
        self,
        *,
        role: Callable[[str], str] | None = None,
        columns: Mapping[str, str] | None = None,
        ring: LineRing | None = None,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(ring or LineRing(), name=name, id=id, classes=classes)
        self._role = role
        self._columns = columns
        self._text = LogText()
        self._open = False
        self._due: Timer | None = None
        self._settled_at = 0.0

    # What comes

    def append(self, lines: Iterable[LogLine]) -> None:
        """Takes lines; they are painted soon, together with what comes meanwhile."""
        for line in lines:
            self._ring.add(line)
        self._settle_soon()

    def feed(self, data: bytes) -> None:
        """Takes bytes of a log as they are read; a line without an end is shown as far as it is."""
        for text in self._text.feed(data):
            self._put(text)
            self._open = False
        if self._text.rest:
            self._put(self._text.rest)
            self._open = True
        self._settle_soon()

    def _put(self, text: str) -> None:
        line = LogLine(text, self._role(text) if self._role else "")
        if self._open:
            self._ring.replace_last(line)
        else:
            self._ring.add(line)

    def _settle_soon(self) -> None:
        if self._due is not None or not self.is_attached:
            return
        wait = self._settled_at + PERIOD - monotonic()
        if wait > 0:
            self._due = self.set_timer(wait, self._settle_what_came)
        else:
            self._settle_what_came()

    def _settle_what_came(self) -> None:
        self._due, self._settled_at = None, monotonic()
        self._settle()

    # What is shown

    @property
    def filter_text(self) -> str:
        """The filter that holds now."""
        return self._ring.query.text

    def filter_by(self, text: str) -> str:
        """Shows the lines for which `text` holds; a sentence where it says nothing, else ""."""
        try:
            self._ring.filter_by(self._query(text))
        except WrongUse as fault:
            return str(fault)
        self._settle()
        return ""

    def _query(self, text: str) -> Query:
        """What a filter means; raises WrongUse."""
        return parsed(text, self._columns)

    def search(self, text: str) -> bool:
        """Marks every place where `text` stands, and goes to the next; whether there is one."""
        self._sought = re.compile(re.escape(text), re.IGNORECASE) if text else None
        return self.action_find(1)

    async def save(self, path: Path) -> int:
        """Writes every line that matches, shown or not, to a new file; how many those were.

        Raises Failed with the reason, also where the file is already there.
        """
        lines = [shown(line.text) for line in self._ring.shown]
        try:
            await asyncio.to_thread(_write_new, path, lines)
        except OSError as fault:
            raise Failed(f"{shown(path)} was not written: {fault.strerror}.") from fault
        return len(lines)

    def action_find(self, step: int) -> bool:
        """Goes to the next line, or the one before, in which the sought text stands."""
        lines, sought, here = self._ring.shown, self._sought, self._cursor_place
        if sought is not None:
            for distance in range(1, len(lines) + 1):
                place = (here + step * distance) % len(lines)
                if sought.search(lines[place].text):
                    self._go(place)
                    return True
        self._settle()
        return False

    def action_choose(self) -> None:
        line = self.cursor_line
        if line is not None:
            self.post_message(self.Chosen(self, line))

    def on_click(self, event: events.Click) -> None:
        if event.chain == 2:
            self.action_choose()


def _for_owner_only(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)


def _write_new(path: Path, lines: list[str]) -> None:
    with open(path, "x", encoding="utf-8", opener=_for_owner_only) as file:
        file.writelines(f"{line}\n" for line in lines)
