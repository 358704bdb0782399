"""Pages of lines: a cursor that belongs to a line, and follows the end or holds still."""

from __future__ import annotations

import re
from itertools import islice
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message

from ticrypt_tui.widgets.line_drawing import marked, part_from, wrapped
from ticrypt_tui.widgets.line_ring import LineCounts, LineRing, LogLine
from ticrypt_tui.widgets.painted import Cell, Line, Painted

GUTTER = 2
CURSOR = "▸ "
SIDESTEP = 20


class LinePages(Painted):
    """The lines of a ring, a page at a time.

    The page follows the end while the cursor stands there; else it stays, whatever comes or goes.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "step(-1)", "Up", id="up", show=False),
        Binding("down,j", "step(1)", "Down", id="down", show=False),
        Binding("pageup", "page(-1)", "Page up", id="page_up", show=False),
        Binding("pagedown", "page(1)", "Page down", id="page_down", show=False),
        Binding("home,g", "first", "First", id="first", show=False),
        Binding("end,G", "last", "Follow", id="last", show=False),
        Binding("left", "sideways(-1)", "Left", id="log.left", show=False),
        Binding("right", "sideways(1)", "Right", id="log.right", show=False),
        Binding("w", "wrap", "Wrap", id="log.wrap", show=False),
        Binding("z", "hold", "Hold", id="audit.hold", show=False),
    ]

    class CountsChanged(Message, namespace="line_view"):
        """The counts, or whether the log is followed, changed."""

        def __init__(self, view: LinePages, counts: LineCounts, following: bool) -> None:
            super().__init__()
            self.view = view
            self.counts = counts
            self.following = following

        @property
        def control(self) -> LinePages:
            return self.view

    def __init__(
        self,
        ring: LineRing,
        *,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._ring = ring
        self._rows: list[tuple[LogLine, str]] = []
        self._cursor = 0
        self._top = 0
        self._seen = -1
        self._following = True
        self._start = 0
        self._wraps = False
        self._sought: re.Pattern[str] | None = None
        self._told: tuple[LineCounts, bool] = (LineCounts(), True)

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

    def on_click(self, event: events.Click) -> None:
        if event.y < len(self._rows):
            self._go(self._ring.place(self._rows[event.y][0].number))

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
        elif lines:
            self._cursor = lines[self._cursor_place].number
        if height:  # a view without lines would be scrolled beyond what it then has
            self.virtual_size = Size(width, self._top_of_page(len(lines) - 1) + height)
            self._scroll_into_sight()
            self.repaint()
        self._tell()

    def _tell(self) -> None:
        """Says what of the counts changed."""
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
        if not self._wraps or not self._ring.shown:
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
        width = max(1, self.room - GUTTER)
        if self._wraps:
            return wrapped(line.text, width, max(1, self.size.height))
        return [part_from(line.text, self._start, width)]

    def line(self, y: int) -> Line:
        if y >= len(self._rows):
            return Line()
        line, part = self._rows[y]
        chosen = line.number == self._cursor
        gutter = Cell(CURSOR if chosen else " " * GUTTER, GUTTER)
        role = self.cursor_role if chosen else line.role
        return Line((gutter, *marked(part, self._sought)), (role,) if role else ())
