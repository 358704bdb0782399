"""What a table holds: rows in order, the cursor and the marks; the whole of it but its drawing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ticrypt_tui.widgets.query import parsed
from ticrypt_tui.widgets.row_order import Arrangement, RowOrder, Sorting
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
        self.shown = Arrangement([], {}, {})
        self.marks_lost = 0
        self._last_row: Any | None = None
        self._unread: Sequence[Any] | None = None
        self._unarranged = False
        self._asked = False

    @property
    def counts(self) -> Counts:
        return Counts(len(self.shown.order), self.order.total, len(self.selection.marks))

    @property
    def cursor_place(self) -> int:
        cursor = self.selection.cursor
        return 0 if cursor is None else self.shown.place.get(cursor, 0)

    @property
    def cursor_row(self) -> Any | None:
        return self.shown.rows.get(self.selection.cursor or "")

    @property
    def cursor_gone(self) -> str:
        """The name of the selected object, if it left the view since the cursor was put on it."""
        return str(getattr(self._last_row, "name", "?")) if self.selection.gone else ""

    @property
    def marked_ids(self) -> list[str]:
        """The marked objects: those shown, in their order, then those that the filter hides."""
        place = self.shown.place
        return sorted(self.selection.marks, key=lambda key: (place.get(key, len(place)), key))

    def read(self, rows: Sequence[Any]) -> None:
        """Leaves a new reading to be taken in; it takes the place of one that still waits.

        Of a first reading the first rows are shown at once; none of them is selected yet.
        """
        self._unread = list(rows)
        if not self.shown.rows:
            self.shown = self.order.glimpse(self._unread)

    def filter_by(self, text: str) -> None:
        """Filters as a person asked; raises WrongUse, and keeps the last filter, if it is none."""
        self.order.query = parsed(text, self.order.titles)
        self._unarranged = self._asked = True

    def sort_by(self, sorting: Sorting) -> None:
        self.order.sort_by(sorting)
        self._unarranged = self._asked = True

    def choose(self, place: int) -> None:
        """Puts the cursor on the row at a place, or the nearest to it."""
        shown = self.shown.order
        if shown:
            self.selection.choose(shown[min(max(place, 0), len(shown) - 1)])

    def working(self) -> Iterator[Arrangement | None]:
        """Takes in what was read and asked: `None` after every slice, and what is to be shown.

        What is read or asked meanwhile is taken in too, afterwards.
        """
        while self._unread is not None or self._unarranged:
            if self._unread is not None:
                rows, self._unread = self._unread, None
                self._unarranged |= yield from self.order.taking(rows)
                self.marks_lost += self.selection.keep_marks(self.order.rows)
            if self._unarranged:
                self._unarranged = False
                yield (yield from self.order.arranging())
            else:
                self.shown = self.shown._replace(rows=self.order.rows)

    def arrange(self, shown: Arrangement) -> None:
        """Lets the rows take their places.

        Where a person asked for another filter, the cursor may go to another row with him knowing.
        """
        before, at, selection = self.shown.order, self.cursor_place, self.selection
        self._last_row = self._last_row if selection.gone else self.cursor_row
        self.shown = shown
        cursor = selection.cursor
        if self._asked and cursor in shown.rows and cursor not in shown.place:
            selection.choose(neighbour(before, at, shown.place))
        selection.follow(before, at, shown.place)
        self._asked = self._unarranged
