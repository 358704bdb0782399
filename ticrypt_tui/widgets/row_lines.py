"""How a table's header and rows become lines of cells."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len
from textual.cache import LRUCache

from ticrypt_tui.widgets.cells import fitted
from ticrypt_tui.widgets.column_layout import GAP, Placed, laid_out, looked_at, needs_of
from ticrypt_tui.widgets.painted import Cell, Line
from ticrypt_tui.widgets.row_order import Sorting

if TYPE_CHECKING:
    from ticrypt_tui.screens.declaration import Column

GUTTER = 3
SIGNS = {"cursor": "▸", "blurred cursor": "▸", "gone": "▹", "": " "}
MARK = "*"
ASCENDING, DESCENDING = "▲", "▼"


class RowLines:
    """Draws rows in columns; the values of a row are read once, until it is another object."""

    def __init__(self, columns: Sequence[Column], row_role: Callable[[Any], str] | None) -> None:
        self.placed: tuple[Placed, ...] = ()
        self._columns = columns
        self._needs: dict[str, int] = {}
        self._measured: Sequence[Any] = ()
        self._width = 0
        self._row_role = row_role
        self._cells: LRUCache[str, tuple[Any, tuple[Cell, ...]]] = LRUCache(512)

    def lay_out(self, width: int) -> None:
        """Gives the columns their places in a view of this width."""
        self._width = width
        self.placed = laid_out(self._columns, width - GUTTER, self._needs)
        self._cells.clear()

    def measure(self, rows: Sequence[Any]) -> None:
        """Finds how wide the columns have to be, for these rows and all before them: none moves
        to and fro."""
        known, seen = set(map(id, self._measured)), looked_at(rows)
        fresh = [row for row in seen if id(row) not in known]
        self._measured = tuple(seen)
        found = needs_of(self._columns, fresh, whole=seen is rows)
        needs = {key: max(need, self._needs.get(key, 0)) for key, need in found.items()}
        if needs != self._needs:
            self._needs = needs
            if self._width:
                self.lay_out(self._width)

    def header(self, sorting: Sorting) -> Line:
        texts = [self._title(placed, sorting) for placed in self.placed]
        cells = self._spaced(texts, [()] * len(texts))
        return Line((Cell(" " * GUTTER, GUTTER), *cells), ("header",))

    def row(self, row: Any, state: str, marked: bool) -> Line:
        """The line of a row; `state` is a key of `SIGNS`, and the role that colours it."""
        sign = f"{SIGNS[state]}{MARK if marked else ' '} "
        gutter = Cell(sign, GUTTER, ("mark",) if marked else ())
        role = state or (self._row_role(row) if self._row_role else "")
        return Line((gutter, *self._row_cells(row)), (role,) if role else ())

    def _title(self, placed: Placed, sorting: Sorting) -> str:
        column = placed.column
        if column.key != sorting.key:
            return fitted(column.title, placed.width, right=column.right)
        arrow = DESCENDING if sorting.descending else ASCENDING
        title = fitted(column.title, min(cell_len(column.title), placed.width - 1))
        gap = " " if cell_len(title) < placed.width - 1 else ""
        return fitted(f"{title}{gap}{arrow}", placed.width, right=column.right)

    def _row_cells(self, row: Any) -> tuple[Cell, ...]:
        known = self._cells.get(row.id)
        if known is not None and known[0] is row:
            return known[1]
        texts, roles = [], []
        for placed in self.placed:
            column = placed.column
            texts.append(fitted(column.value(row), placed.width, right=column.right))
            role = column.style(row) if column.style else ""
            roles.append((role,) if role else ())
        cells = self._spaced(texts, roles)
        self._cells[row.id] = (row, cells)
        return cells

    def _spaced(self, texts: Sequence[str], roles: Sequence[tuple[str, ...]]) -> tuple[Cell, ...]:
        """Cells with the gap to the next one behind each."""
        gap = " " * GAP
        return tuple(
            Cell(text + gap, placed.width + GAP, role)
            for text, placed, role in zip(texts, self.placed, roles, strict=True)
        )
