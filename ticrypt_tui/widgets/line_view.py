"""Lines that keep coming: logs and the audit tail, followed, filtered, searched and saved."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.timer import Timer

from ticrypt_tui.backend.errors import Failed, WrongUse
from ticrypt_tui.text import shown
from ticrypt_tui.widgets.line_drawing import marked, part_from, wrapped
from ticrypt_tui.widgets.line_ring import LineCounts, LineRing, LogLine
from ticrypt_tui.widgets.log_text import LogText
from ticrypt_tui.widgets.painted import Cell, Line, Painted
from ticrypt_tui.widgets.query import parsed

GUTTER = 2
CURSOR = "▸ "
PERIOD = 0.2
SIDESTEP = 20


class LineView(Painted):
    """A log that is followed while the cursor stands at its end, and stays put while it does not.

    What comes is painted at most five times a second. `role` says by which role a line of text is
    coloured; `columns` are the titles by key of the lines' fields, where they have any.
    """

    HELP = "Moving up holds the log still, End follows it again. n and N go to what was searched."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "step(-1)", "Up", id="up", show=False),
        Binding("down,j", "step(1)", "Down", id="down", show=False),
        Binding("pageup", "page(-1)", "Page up", id="page_up", show=False),
        Binding("pagedown", "page(1)", "Page down", id="page_down", show=False),
        Binding("home,g", "first", "First", id="first", show=False),
        Binding("end,G", "last", "Follow", id="last", show=False),
        Binding("left", "sideways(-1)", "Left", id="log.left", show=False),
        Binding("right", "sideways(1)", "Right", id="log.right", show=False),
        Binding("enter,i", "choose", "Details", id="detail", show=False),
        Binding("w", "wrap", "Wrap", id="log.wrap", show=False),
        Binding("z", "hold", "Hold", id="audit.hold", show=False),
        Binding("n", "find(1)", "Next match", id="log.next", show=False),
        Binding("N", "find(-1)", "Match before", id="log.previous", show=False),
    ]

    @dataclass
    class Chosen(Message):
        """A line was opened."""

        view: LineView
        line: LogLine

        @property
        def control(self) -> LineView:
            return self.view

    @dataclass
    class CountsChanged(Message):
        """The counts, or whether the log is followed, changed."""

        view: LineView
        counts: LineCounts
        following: bool

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
        super().__init__(name=name, id=id, classes=classes)
        self._role = role
        self._columns = columns
        self._ring = ring or LineRing()
        self._text = LogText()
        self._open = False
        self._rows: list[tuple[LogLine, str]] = []
        self._cursor = 0
        self._top = 0
        self._seen = -1
        self._following = True
        self._start = 0
        self._wraps = False
        self._sought: re.Pattern[str] | None = None
        self._due: Timer | None = None
        self._settled_at = 0.0
        self._told: tuple[LineCounts, bool] = (LineCounts(), True)

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
    def counts(self) -> LineCounts:
        ring = self._ring
        unseen = len(ring.shown) - ring.place(self._seen + 1)
        return LineCounts(len(ring.shown), ring.read, ring.dropped, unseen)

    @property
    def following(self) -> bool:
        """Whether the view moves on with what comes."""
        return self._following

    @property
    def cursor_line(self) -> LogLine | None:
        shown = self._ring.shown
        return shown[self._cursor_place] if shown else None

    @property
    def filter_text(self) -> str:
        """The filter that holds now."""
        return self._ring.query.text

    def filter_by(self, text: str) -> str:
        """Shows the lines for which `text` holds; a sentence where it says nothing, else ""."""
        try:
            self._ring.filter_by(parsed(text, self._columns))
        except WrongUse as fault:
            return str(fault)
        self._settle()
        return ""

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

    # Moving

    def action_step(self, step: int) -> None:
        self._go(self._cursor_place + step)

    def action_page(self, step: int) -> None:
        self._go(self._cursor_place + step * max(1, self.size.height - 1))

    def action_first(self) -> None:
        self._go(0)

    def action_last(self) -> None:
        self._go(len(self._ring.shown) - 1)

    def action_hold(self) -> None:
        """Stops following, or goes on with it."""
        if self._following:
            self._following = False
            self._settle()
        else:
            self.action_last()

    def action_sideways(self, step: int) -> None:
        self._start = 0 if self._wraps else max(0, self._start + step * SIDESTEP)
        self.repaint()

    def action_wrap(self) -> None:
        self._wraps, self._start = not self._wraps, 0
        self._settle()

    def action_find(self, step: int) -> bool:
        """Goes to the next line, or the one before, in which the sought text stands."""
        shown, sought, here = self._ring.shown, self._sought, self._cursor_place
        if sought is not None:
            for distance in range(1, len(shown) + 1):
                place = (here + step * distance) % len(shown)
                if sought.search(shown[place].text):
                    self._go(place)
                    return True
        self._settle()
        return False

    def action_choose(self) -> None:
        line = self.cursor_line
        if line is not None:
            self.post_message(self.Chosen(self, line))

    def on_click(self, event: events.Click) -> None:
        if event.y < len(self._rows):
            self._go(self._ring.place(self._rows[event.y][0].number))
            if event.chain == 2:
                self.action_choose()

    @property
    def _cursor_place(self) -> int:
        return min(self._ring.place(self._cursor), max(0, len(self._ring.shown) - 1))

    def _go(self, place: int) -> None:
        shown = self._ring.shown
        if shown:
            place = min(max(place, 0), len(shown) - 1)
            self._cursor = shown[place].number
            self._following = place == len(shown) - 1
        self._settle()

    # Drawing

    def _settle(self) -> None:
        """Brings the view to the present state of the ring, and paints what that changes."""
        lines, (width, height) = self._ring.shown, self.size
        if self._following and lines:
            self._cursor = self._seen = lines[-1].number
        self.virtual_size = Size(width, self._top_of_page(len(lines) - 1) + height)
        self._scroll_into_sight()
        self.repaint()
        told = (self.counts, self._following)
        if told != self._told:
            self._told = told
            self.post_message(self.CountsChanged(self, *told))

    def _scroll_into_sight(self) -> None:
        """Keeps the top line where it is, unless the cursor would be out of sight."""
        cursor, top = self._cursor_place, self._ring.place(self._top)
        top = max(min(top, cursor), self._top_of_page(cursor))
        self._top = self._ring.shown[top].number if self._ring.shown else 0
        self.scroll_to(y=top, animate=False, force=True)

    def _top_of_page(self, last: int) -> int:
        """The first line of the page that ends with line `last`."""
        room, first = self.size.height, max(last, 0)
        if not self._wraps:
            return max(0, first - max(room, 1) + 1)
        room -= len(self._parts(self._ring.shown[first]))
        while first and (room := room - len(self._parts(self._ring.shown[first - 1]))) >= 0:
            first -= 1
        return first

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        shown, top = self._ring.shown, round(new_value)
        if top < len(shown) and shown[top].number != self._top:
            self._top = shown[top].number
            last = self._ring.place(self._rows[-1][0].number) if self._rows else top
            cursor = min(max(self._cursor_place, top), last)
            self._cursor, self._following = shown[cursor].number, cursor == len(shown) - 1
            self._settle()

    def on_resize(self) -> None:
        self._settle()

    def repaint(self) -> None:
        self._rows = self._visible_rows()
        super().repaint()

    def _visible_rows(self) -> list[tuple[LogLine, str]]:
        height, rows = self.size.height, []
        for line in islice(self._ring.shown, self.scroll_offset.y, None):
            rows += [(line, part) for part in self._parts(line)]
            if len(rows) >= height:
                break
        return rows[:height]

    def _parts(self, line: LogLine) -> list[str]:
        width = max(1, self.size.width - GUTTER)
        if self._wraps:
            return wrapped(line.text, width, max(1, self.size.height))
        return [part_from(line.text, self._start, width)]

    def line(self, y: int) -> Line:
        if y >= len(self._rows):
            return Line()
        line, part = self._rows[y]
        chosen = line.number == self._cursor
        gutter = Cell(CURSOR if chosen else " " * GUTTER, GUTTER)
        role = "cursor" if chosen else line.role
        return Line((gutter, *marked(part, self._sought)), (role,) if role else ())


def _for_owner_only(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)


def _write_new(path: Path, lines: list[str]) -> None:
    with open(path, "x", encoding="utf-8", opener=_for_owner_only) as file:
        file.writelines(f"{line}\n" for line in lines)
