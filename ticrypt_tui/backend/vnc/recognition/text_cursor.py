"""Which cell of a screen has the text cursor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ticrypt_tui.backend.vnc.recognition.readings import Reading
from ticrypt_tui.backend.vnc.recognition.rows import Row
from ticrypt_tui.backend.vnc.recognition.screen import Cell

Place = tuple[int, int]
"""Row and column."""
Read = Sequence[Sequence[Reading]]


def text_cursor(
    read: Read, rows: Sequence[Row], hidden: Mapping[Place, Cell], was: Place | None
) -> tuple[Place, Cell] | None:
    """Where the cursor is, and what is beneath it. A screen has one at most, or it has none.

    `hidden` is what was in cells before a cursor came there, `was` where it was last.
    """
    return _line(read, rows, hidden, was) or _block(read, rows)


def _line(
    read: Read, rows: Sequence[Row], hidden: Mapping[Place, Cell], was: Place | None
) -> tuple[Place, Cell] | None:
    """A cursor of lines: a cell that is nothing else, or the one that looks like a cursor."""
    marks = [(r, c) for r, row in enumerate(rows) for c in row.marks]
    marks = [(r, c) for r, c in marks if not read[r][c].exact] or marks
    place = marks[0] if len(marks) == 1 else was
    if place is None or place not in marks:
        return None
    row, column = place
    beneath = read[row][column].beneath
    before = hidden.get(place)
    return place, before if before in beneath else beneath[0]


def _block(read: Read, rows: Sequence[Row]) -> tuple[Place, Cell] | None:
    """A cursor that is a whole cell: the only one of its ground, turned round from its neighbour.

    The screen's text must be of these two colours elsewhere, the other way round.
    """
    grounds: dict[int, int] = {}
    for each in rows:
        for ground, count in each.grounds.items():
            grounds[ground] = grounds.get(ground, 0) + count
    lone = {ground for ground, count in grounds.items() if count == 1}
    for r, row in enumerate(rows if lone else ()):
        for ground in lone & row.grounds.keys():
            column = next(i for i, cell in enumerate(row.cells) if cell.background == ground)
            found = _turned(row.cells, column, read[r][column], rows)
            if found:
                return (r, column), found
    return None


def _turned(
    cells: Sequence[Cell], column: int, reading: Reading, rows: Sequence[Row]
) -> Cell | None:
    if len(cells) < 2:
        return None
    cell, ground = cells[column], cells[column - 1 if column else 1].background
    if not reading.exact or "▀" <= cell.character <= "▟":  # a block is as well another, turned
        return None
    if reading.inked and cell.foreground != ground:
        return None
    if not any((cell.background, ground) in row.pairs for row in rows):
        return None
    return Cell(cell.character, cell.background if reading.inked else ground, ground)
