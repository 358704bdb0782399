"""The table: rows whose cursor, marks, filter and sort outlast every new reading."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from time import thread_time
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message

from ticrypt_tui.backend.errors import WrongUse
from ticrypt_tui.courtesy import give_way
from ticrypt_tui.widgets.painted import Line, Painted
from ticrypt_tui.widgets.row_lines import RowLines
from ticrypt_tui.widgets.row_model import Counts, RowModel
from ticrypt_tui.widgets.row_order import Arrangement, Sorting

if TYPE_CHECKING:
    from ticrypt_tui.screens.declaration import Column

HEADER = 1
AT_ONCE = 0.004
"""Seconds of work that are done before a frame; what is more comes between frames and keys."""


class Told(Message):
    """What a table tells of itself."""

    def __init__(self, view: RowView) -> None:
        super().__init__()
        self.view = view

    @property
    def control(self) -> RowView:
        return self.view


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

    class CursorMoved(Told):
        """Another row is selected, or none; also when the selected one left."""

        def __init__(self, view: RowView, row: Any | None) -> None:
            super().__init__(view)
            self.row = row

    class Chosen(Told):
        """A row was opened."""

        def __init__(self, view: RowView, row: Any) -> None:
            super().__init__(view)
            self.row = row

    class CountsChanged(Told):
        """The counts changed; `marks_lost` of the marked objects are no more."""

        def __init__(self, view: RowView, counts: Counts, marks_lost: int = 0) -> None:
            super().__init__(view)
            self.counts = counts
            self.marks_lost = marks_lost

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
        self._model = RowModel(self.columns)
        self._lines = RowLines(self.columns, row_role)
        self._told: tuple[Counts, str | None, str] = (Counts(), None, "")
        self._working = False

    # What it shows

    def show(self, rows: Sequence[Any]) -> None:
        """Takes a new reading of all rows; what did not change costs next to nothing."""
        self._model.read(rows)
        self._lines.measure(rows)
        self._work()

    @property
    def rows(self) -> list[Any]:
        """The rows that are shown, in order."""
        shown = self._model.shown
        return [shown.rows[key] for key in shown.order]

    @property
    def counts(self) -> Counts:
        return self._model.counts

    # Filter and sort

    @property
    def filter_text(self) -> str:
        """The filter that holds now."""
        return self._model.order.query.text

    def filter_by(self, text: str) -> str:
        """Shows the rows for which `text` holds; a sentence where it says nothing, else "".

        A filter that says nothing leaves the last good one as it was.
        """
        try:
            self._model.filter_by(text)
        except WrongUse as fault:
            return str(fault)
        self._work()
        return ""

    @property
    def sorting(self) -> Sorting:
        return self._model.order.sorting

    def sort_by(self, key: str, descending: bool = False) -> None:
        """Sorts by a column; with "" the rows stand as they were given."""
        self._model.sort_by(Sorting(key, descending))
        self._work()

    def sort_beside(self, step: int) -> None:
        """Sorts by the column that stands `step` places to the right of the present one."""
        keys = [placed.column.key for placed in self._lines.placed]
        at = keys.index(self.sorting.key) + step if self.sorting.key in keys else 0
        if keys:
            self.sort_by(keys[at % len(keys)])

    def turn_sort(self) -> None:
        """Sorts the other way round."""
        self.sort_by(self.sorting.key, not self.sorting.descending)

    # Cursor and marks

    @property
    def cursor_id(self) -> str | None:
        return self._model.selection.cursor

    @property
    def cursor_row(self) -> Any | None:
        return self._model.cursor_row

    @property
    def cursor_gone(self) -> str:
        """The name of the selected object, where it left the view; "" from the next step on.

        The cursor stands on its neighbour meanwhile, which nobody chose: no action may run on it.
        """
        return self._model.cursor_gone

    @property
    def marked_ids(self) -> list[str]:
        """The marked objects: those shown, in their order, then those that the filter hides."""
        return self._model.marked_ids

    def clear_marks(self) -> None:
        self._model.selection.marks.clear()
        self._show_state()

    def select(self, row_id: str) -> bool:
        """Puts the cursor on an object; whether it is shown."""
        place = self._model.shown.place.get(row_id)
        if place is not None:
            self._go(place)
        return place is not None

    def action_step(self, step: int) -> None:
        self._go(self._model.cursor_place + step if self.cursor_id is not None else 0)

    def action_page(self, step: int) -> None:
        self._go(self._model.cursor_place + step * max(1, self.size.height - HEADER))

    def action_first(self) -> None:
        self._go(0)

    def action_last(self) -> None:
        self._go(self.counts.shown - 1)

    def action_mark(self) -> None:
        if self.cursor_id is not None and not self.cursor_gone:
            self._model.selection.turn_mark(self.cursor_id)
            self.action_step(1)

    def action_choose(self) -> None:
        if self.cursor_row is not None:
            self.post_message(self.Chosen(self, self.cursor_row))

    def on_click(self, event: events.Click) -> None:
        place = event.y - HEADER + self.scroll_offset.y
        if event.y >= HEADER and place < self.counts.shown:
            self._go(place)
            if event.chain == 2:
                self.action_choose()

    def _go(self, place: int) -> None:
        self._model.choose(place)
        self._reveal()
        self._show_state()

    def _reveal(self) -> None:
        """Scrolls no further than it takes to have the cursor in sight."""
        place, top = self._model.cursor_place, self.scroll_offset.y
        height = self.size.height - HEADER
        if place < top:
            self.scroll_to(y=place, animate=False, force=True)
        elif height > 0 and place >= top + height:
            self.scroll_to(y=place - height + 1, animate=False, force=True)

    # Taking in what was read and asked

    def _work(self) -> None:
        """Brings the view to what was read and asked: at once, or, where it is much, soon."""
        if self._working:
            return  # and this is taken in as well
        work, until = self._model.working(), thread_time() + AT_ONCE
        for arrangement in work:
            self._arrange(arrangement)
            if thread_time() > until:
                self._working = True
                self.run_worker(self._work_in_slices(work))
                break
        self._show_state()

    async def _work_in_slices(self, work: Iterator[Arrangement | None]) -> None:
        """Works slice by slice, so that keys and frames come between."""
        for arrangement in work:
            self._arrange(arrangement)
            await give_way()
        self._working = False
        self._show_state()

    def _arrange(self, arrangement: Arrangement | None) -> None:
        """Lets the rows take their places, with the cursor's line where it was on the screen."""
        if arrangement is None:
            return
        model, in_sight = self._model, self._cursor_in_sight
        line = model.cursor_place - self.scroll_offset.y
        model.arrange(arrangement)
        self.virtual_size = Size(self.room, len(arrangement.order) + HEADER)
        top = model.cursor_place - line if in_sight else self.scroll_offset.y
        self.scroll_to(y=top, animate=False, force=True)
        if in_sight:
            self._reveal()

    @property
    def _cursor_in_sight(self) -> bool:
        """Whether the cursor's row is on the screen, from which the wheel may have moved it."""
        line = self._model.cursor_place - self.scroll_offset.y
        return self.cursor_id is not None and 0 <= line < self.size.height - HEADER

    def _show_state(self) -> None:
        """Paints what changed, and tells of it."""
        self.repaint()
        model = self._model
        counts, cursor, gone = model.counts, self.cursor_id, model.selection.gone
        told, self._told = self._told, (counts, cursor, gone)
        if told[0] != counts or model.marks_lost:
            self.post_message(self.CountsChanged(self, counts, model.marks_lost))
            model.marks_lost = 0
        if told[1:] != (cursor, gone):
            self.post_message(self.CursorMoved(self, self.cursor_row))

    # Drawing

    def on_resize(self) -> None:
        self._lines.lay_out(self.room)
        self._reveal()
        self.repaint()

    def line(self, y: int) -> Line:
        if y < HEADER:
            return self._lines.header(self.sorting)
        place = y - HEADER + self.scroll_offset.y
        shown, selection = self._model.shown, self._model.selection
        if place >= len(shown.order):
            return Line()
        row_id = shown.order[place]
        cursor = "gone" if selection.gone else self.cursor_role
        state = cursor if row_id == selection.cursor else ""
        return self._lines.row(shown.rows[row_id], state, row_id in selection.marks)
