"""The table: rows whose cursor, marks, filter and sort outlast every new reading."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.cache import LRUCache
from textual.geometry import Size
from textual.message import Message

from ticrypt_tui.backend.errors import WrongUse
from ticrypt_tui.widgets.cells import fitted
from ticrypt_tui.widgets.column_layout import GAP, Placed, laid_out
from ticrypt_tui.widgets.painted import Cell, Line, Painted
from ticrypt_tui.widgets.query import parsed
from ticrypt_tui.widgets.row_order import AT_ONCE, RowOrder, Sorting
from ticrypt_tui.widgets.row_selection import RowSelection, neighbour

if TYPE_CHECKING:
    from ticrypt_tui.screens.declaration import Column

HEADER = 1
GUTTER = 3
CURSOR, GONE, MARK = "▸", "▹", "*"
ASCENDING, DESCENDING = "▲", "▼"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows are shown, how many there are, and how many of them are marked."""

    shown: int = 0
    total: int = 0
    marked: int = 0


class RowView(Painted):
    """A table over any number of rows, which draws only what is on screen and changed.

    `row_role` names the colour role of a whole row, such as "muted" for what is not up to date.
    """

    HELP = "Move with the arrows, mark with space, open with enter."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "step(-1)", "Up", id="up", show=False),
        Binding("down,j", "step(1)", "Down", id="down", show=False),
        Binding("pageup", "page(-1)", "Page up", id="page_up", show=False),
        Binding("pagedown", "page(1)", "Page down", id="page_down", show=False),
        Binding("home,g", "first", "First", id="first", show=False),
        Binding("end,G", "last", "Last", id="last", show=False),
        Binding("space", "mark", "Mark", id="mark", show=False),
        Binding("enter,i", "choose", "Details", id="detail", show=False),
    ]

    @dataclass
    class CursorMoved(Message):
        """Another row is selected, or none; also when the selected one left."""

        view: RowView
        row: Any | None

        @property
        def control(self) -> RowView:
            return self.view

    @dataclass
    class Chosen(Message):
        """A row was opened."""

        view: RowView
        row: Any

        @property
        def control(self) -> RowView:
            return self.view

    @dataclass
    class CountsChanged(Message):
        """The counts changed; `marks_lost` of the marked objects are no more."""

        view: RowView
        counts: Counts
        marks_lost: int = 0

        @property
        def control(self) -> RowView:
            return self.view

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        row_role: Callable[[Any], str] | None = None,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.columns = tuple(columns)
        self._row_role = row_role
        self._order = RowOrder(self.columns)
        self._selection = RowSelection()
        self._placed: tuple[Placed, ...] = ()
        self._cells: LRUCache[str, tuple[Any, tuple[Cell, ...]]] = LRUCache(512)
        self._last_row: Any | None = None
        self._told: tuple[Counts, str | None, str] = (Counts(), None, "")
        self._asked = False
        self._arranging = False

    # What it shows

    def show(self, rows: Sequence[Any]) -> None:
        """Takes a new reading of all rows; what did not change costs next to nothing."""
        if self._order.take(rows):
            self._arrange()
        lost = self._selection.keep_marks(self._order.rows.keys())
        self._show_state(lost)

    @property
    def rows(self) -> list[Any]:
        """The rows that are shown, in order."""
        return [self._order.rows[key] for key in self._order.shown]

    @property
    def counts(self) -> Counts:
        order = self._order
        return Counts(len(order.shown), len(order.rows), len(self._selection.marks))

    # Filter and sort

    @property
    def filter_text(self) -> str:
        """The filter that holds now."""
        return self._order.query.text

    def filter_by(self, text: str) -> str:
        """Shows the rows for which `text` holds; a sentence where it says nothing, else "".

        A filter that says nothing leaves the last good one as it was.
        """
        try:
            query = parsed(text, self._order.titles)
        except WrongUse as fault:
            return str(fault)
        self._order.filter_by(query)
        self._rearrange()
        return ""

    @property
    def sorting(self) -> Sorting:
        return self._order.sorting

    def sort_by(self, key: str, descending: bool = False) -> None:
        """Sorts by a column; with "" the rows stand as they were given."""
        self._order.sort_by(Sorting(key, descending))
        self._rearrange()

    def sort_beside(self, step: int) -> None:
        """Sorts by the column that stands `step` places to the right of the present one."""
        keys = [placed.column.key for placed in self._placed]
        at = keys.index(self.sorting.key) + step if self.sorting.key in keys else 0
        if keys:
            self.sort_by(keys[at % len(keys)])

    def turn_sort(self) -> None:
        """Sorts the other way round."""
        self.sort_by(self.sorting.key, not self.sorting.descending)

    # Cursor and marks

    @property
    def cursor_id(self) -> str | None:
        return self._selection.cursor

    @property
    def cursor_row(self) -> Any | None:
        return self._order.rows.get(self._selection.cursor or "")

    @property
    def cursor_gone(self) -> str:
        """The name of the selected object, where it left the view; "" from the next step on.

        The cursor stands on its neighbour meanwhile, which nobody chose: no action may run on it.
        """
        return getattr(self._last_row, "name", "?") if self._selection.gone else ""

    @property
    def marked_ids(self) -> list[str]:
        """The marked objects: those shown, in their order, then those that the filter hides."""
        marks, place = self._selection.marks, self._order.place
        return sorted(marks, key=lambda key: (place.get(key, len(place)), key))

    def clear_marks(self) -> None:
        self._selection.marks.clear()
        self._show_state()

    def select(self, row_id: str) -> bool:
        """Puts the cursor on an object; whether it is shown."""
        if row_id not in self._order.place:
            return False
        self._selection.choose(row_id)
        self._reveal()
        self._show_state()
        return True

    def action_step(self, step: int) -> None:
        self._go(self._cursor_place + step if self.cursor_id is not None else 0)

    def action_page(self, step: int) -> None:
        self._go(self._cursor_place + step * max(1, self.size.height - HEADER))

    def action_first(self) -> None:
        self._go(0)

    def action_last(self) -> None:
        self._go(len(self._order.shown) - 1)

    def action_mark(self) -> None:
        if self.cursor_id is not None and not self.cursor_gone:
            self._selection.turn_mark(self.cursor_id)
            self.action_step(1)

    def action_choose(self) -> None:
        if self.cursor_row is not None:
            self.post_message(self.Chosen(self, self.cursor_row))

    def on_click(self, event: events.Click) -> None:
        place = event.y - HEADER + self.scroll_offset.y
        if event.y >= HEADER and place < len(self._order.shown):
            self._go(place)
            if event.chain == 2:
                self.action_choose()

    @property
    def _cursor_place(self) -> int:
        return self._order.place.get(self._selection.cursor or "", 0)

    def _go(self, place: int) -> None:
        shown = self._order.shown
        if shown:
            self.select(shown[min(max(place, 0), len(shown) - 1)])

    def _reveal(self) -> None:
        """Scrolls no further than it takes to have the cursor in sight."""
        place, top, height = self._cursor_place, self.scroll_offset.y, self.size.height - HEADER
        if place < top:
            self.scroll_to(y=place, animate=False, force=True)
        elif height > 0 and place >= top + height:
            self.scroll_to(y=place - height + 1, animate=False, force=True)

    # Putting rows in order

    def _rearrange(self) -> None:
        """Puts the rows in order as a person asked: then the cursor may go to another object."""
        self._asked = True
        self._arrange()
        self._show_state()

    def _arrange(self) -> None:
        """Puts the rows in order: at once, or, where they are very many, in slices."""
        self._arranging = self._order.work_left > AT_ONCE
        if self._arranging:
            self._place(self._order.as_given())
            self.run_worker(self._arrange_in_slices(), group="arranging", exclusive=True)
            return
        self.workers.cancel_group(self, "arranging")
        *_, order = self._order.arranging()
        self._place(order or [])
        self._asked = False

    async def _arrange_in_slices(self) -> None:
        for order in self._order.arranging():
            if order is None:
                await asyncio.sleep(0)
                continue
            self._arranging = False
            self._place(order)
            self._asked = False
            self._show_state()

    def _place(self, order: Sequence[str]) -> None:
        """Lets rows take these places, and keeps the cursor's row and its line on the screen."""
        before, place_before = self._order.shown, self._order.place
        line = self._cursor_place - self.scroll_offset.y
        self._order.place_all(order)
        place, selection = self._order.place, self._selection
        if self._asked and selection.cursor in place_before and selection.cursor not in place:
            selection.choose(neighbour(before, place_before[selection.cursor], place))
        was_none = selection.cursor is None
        if not (was_none and self._arranging):
            selection.follow(before, place_before, place)
        self.virtual_size = Size(self.size.width, len(order) + HEADER)
        if not was_none:
            self.scroll_to(y=self._cursor_place - line, animate=False, force=True)
            self._reveal()

    def _show_state(self, marks_lost: int = 0) -> None:
        """Paints what changed, and tells of it."""
        self.repaint()
        if not self._selection.gone:
            self._last_row = self.cursor_row
        counts, cursor, gone = self.counts, self.cursor_id, self._selection.gone
        told, self._told = self._told, (counts, cursor, gone)
        if told[0] != counts or marks_lost:
            self.post_message(self.CountsChanged(self, counts, marks_lost))
        if told[1:] != (cursor, gone):
            self.post_message(self.CursorMoved(self, self.cursor_row))

    # Drawing

    def on_resize(self) -> None:
        self._placed = laid_out(self.columns, self.size.width - GUTTER)
        self._cells.clear()
        self._reveal()
        self.repaint()

    def line(self, y: int) -> Line:
        if y < HEADER:
            return self._header()
        place = y - HEADER + self.scroll_offset.y
        shown = self._order.shown
        return self._row_line(shown[place]) if place < len(shown) else Line()

    def _header(self) -> Line:
        texts = [self._title(placed) for placed in self._placed]
        return Line(
            (Cell(" " * GUTTER, GUTTER), *self._spaced(texts, [()] * len(texts))), ("header",)
        )

    def _title(self, placed: Placed) -> str:
        column, sorting = placed.column, self.sorting
        if column.key != sorting.key:
            return fitted(column.title, placed.width, right=column.right)
        arrow = DESCENDING if sorting.descending else ASCENDING
        title = fitted(column.title, min(cell_len(column.title), placed.width - 2)).rstrip()
        return fitted(f"{title} {arrow}", placed.width, right=column.right)

    def _row_line(self, row_id: str) -> Line:
        row = self._order.rows[row_id]
        chosen, marked = row_id == self.cursor_id, row_id in self._selection.marks
        state = ("gone" if self._selection.gone else "cursor") if chosen else ""
        sign = {"cursor": CURSOR, "gone": GONE}.get(state, " ")
        gutter = Cell(f"{sign}{MARK if marked else ' '} ", GUTTER, ("mark",) if marked else ())
        role = state or (self._row_role(row) if self._row_role else "")
        return Line((gutter, *self._row_cells(row_id, row)), (role,) if role else ())

    def _row_cells(self, row_id: str, row: Any) -> tuple[Cell, ...]:
        known = self._cells.get(row_id)
        if known is not None and known[0] is row:
            return known[1]
        texts, roles = [], []
        for placed in self._placed:
            column = placed.column
            texts.append(fitted(column.value(row), placed.width, right=column.right))
            role = column.style(row) if column.style else ""
            roles.append((role,) if role else ())
        cells = self._spaced(texts, roles)
        self._cells[row_id] = (row, cells)
        return cells

    def _spaced(self, texts: Sequence[str], roles: Sequence[tuple[str, ...]]) -> tuple[Cell, ...]:
        """Cells with the gap to the next one behind each."""
        gap = " " * GAP
        return tuple(
            Cell(text + gap, placed.width + GAP, role)
            for text, placed, role in zip(texts, self._placed, roles, strict=True)
        )
