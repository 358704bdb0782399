"""Which row is selected and which are marked: by ID, whatever comes, goes or moves."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence


class RowSelection:
    """The cursor and the marks of a table.

    The cursor never changes to another object by itself and keeps quiet about it: where its object
    has left the view, the cursor stands on the nearest neighbour and `gone` holds the ID that left,
    until the next step of the cursor or until the object is back.
    """

    def __init__(self) -> None:
        self.cursor: str | None = None
        self.gone = ""
        self.marks: set[str] = set()

    def choose(self, row_id: str | None) -> None:
        """Puts the cursor on a row, as a person asked."""
        self.cursor, self.gone = row_id, ""

    def follow(self, before: Sequence[str], at: int, place: Mapping[str, int]) -> None:
        """Keeps to the selected object, once at place `at`, after rows came, went or moved."""
        if self.gone in place:
            self.choose(self.gone)
        elif self.cursor is not None and self.cursor not in place:
            self.gone = self.gone or self.cursor
            self.cursor = neighbour(before, at, place)
        if self.cursor is None:
            self.cursor = next(iter(place), None)

    def keep_marks(self, known: Collection[str]) -> int:
        """Drops the marks of objects that are no more; how many those were."""
        lost = {key for key in self.marks if key not in known}
        self.marks -= lost
        return len(lost)

    def turn_mark(self, row_id: str) -> None:
        self.marks ^= {row_id}


def neighbour(before: Sequence[str], at: int, place: Mapping[str, int]) -> str | None:
    """The row nearest to a place of the old order that is still there: below it, else above."""
    below = (key for key in before[at + 1 :] if key in place)
    above = (key for key in reversed(before[:at]) if key in place)
    return next(below, None) or next(above, None)
