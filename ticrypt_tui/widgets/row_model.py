"""What a table holds: rows in order, the cursor and the marks; the whole of it but its drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ticrypt_tui.widgets.query import parsed
from ticrypt_tui.widgets.row_order import RowOrder, Sorting
from ticrypt_tui.widgets.row_selection import RowSelection, neighbour

if TYPE_CHECKING:
    from ticrypt_tui.screens.declaration import Column


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rows are shown, how many there are, and how many of them are marked."""

    shown: int = 0
    total: int = 0
    marked: int = 0


class RowModel:
    """The state of a table that outlasts every reading."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.order = RowOrder(columns)
        self.selection = RowSelection()
        self._last_row: Any | None = None
        self._asked = False

    @property
    def counts(self) -> Counts:
        return Counts(len(self.order.shown), len(self.order.rows), len(self.selection.marks))

    @property
    def cursor_place(self) -> int:
        return self.order.place.get(self.selection.cursor or "", 0)

    @property
    def cursor_row(self) -> Any | None:
        return self.order.rows.get(self.selection.cursor or "")

    @property
    def cursor_gone(self) -> str:
        """The name of the selected object, if it left the view since the cursor was put on it."""
        return str(getattr(self._last_row, "name", "?")) if self.selection.gone else ""

    @property
    def marked_ids(self) -> list[str]:
        """The marked objects: those shown, in their order, then those that the filter hides."""
        place = self.order.place
        return sorted(self.selection.marks, key=lambda key: (place.get(key, len(place)), key))

    def take(self, rows: Sequence[Any]) -> bool:
        """Takes a new reading in; whether the rows must be arranged again."""
        self._remember()
        return self.order.take(rows)

    def drop_lost_marks(self) -> int:
        """Drops the marks of objects that are no more; how many those were."""
        return self.selection.keep_marks(self.order.rows)

    def filter_by(self, text: str) -> None:
        """Filters as a person asked; raises WrongUse, and keeps the last filter, if it is none."""
        self.order.filter_by(parsed(text, self.order.titles))
        self._asked = True

    def sort_by(self, sorting: Sorting) -> None:
        self.order.sort_by(sorting)
        self._asked = True

    def choose(self, place: int) -> None:
        """Puts the cursor on the row at a place, or the nearest to it."""
        shown = self.order.shown
        if shown:
            self.selection.choose(shown[min(max(place, 0), len(shown) - 1)])

    def arrange(self, order: Sequence[str], final: bool = True) -> None:
        """Lets the rows take their places; where this is not the final order, no row is chosen yet.

        Where a person asked for another filter, the cursor may go to another row with him knowing.
        """
        self._remember()
        before, place_before = self.order.shown, self.order.place
        self.order.place_all(order)
        place, selection = self.order.place, self.selection
        cursor = selection.cursor
        if self._asked and cursor in self.order.rows and cursor not in place:
            selection.choose(neighbour(before, place_before[cursor], place))
        if final or selection.cursor is not None:
            selection.follow(before, place_before, place)
        self._asked = self._asked and not final

    def _remember(self) -> None:
        """Keeps the selected row, so that it can be named when it is no more."""
        if not self.selection.gone:
            self._last_row = self.cursor_row or self._last_row
