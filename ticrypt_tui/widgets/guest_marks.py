"""What is marked on a VM's text screen: places that were searched for, and what is to be copied."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

Place = tuple[int, int]
"""A row and a column."""


@dataclass(frozen=True, slots=True)
class Found:
    """Where a text stands: its row, its first cell, and the one after its last."""

    row: int
    first: int
    after: int


def found_in(lines: Sequence[str], sought: str) -> list[Found]:
    """Every place where a text stands, from the top; upper and lower case are the same."""
    if not sought:
        return []
    pattern = re.compile(re.escape(sought), re.IGNORECASE)
    return [
        Found(row, match.start(), match.end())
        for row, line in enumerate(lines)
        for match in pattern.finditer(line)
    ]


@dataclass(frozen=True, slots=True)
class Selection:
    """Cells that are to be copied, from where it was begun to where it is now, line by line.

    While it is not `begun`, only its end moves about.
    """

    start: Place
    end: Place
    begun: bool = False

    def moved(self, rows: int, columns: int, size: tuple[int, int]) -> Selection:
        """With its end moved by some cells, within a screen of some size (height, width)."""
        height, width = size
        row = min(max(self.end[0] + rows, 0), height - 1)
        column = min(max(self.end[1] + columns, 0), width - 1)
        return self.to((row, column))

    def to(self, place: Place) -> Selection:
        """With its end at a place."""
        return replace(self, end=place, start=self.start if self.begun else place)

    def spans(self, width: int) -> list[Found]:
        """The cells of each row that are in it."""
        (top, first), (bottom, last) = sorted((self.start, self.end))
        return [
            Found(row, first if row == top else 0, last + 1 if row == bottom else width)
            for row in range(top, bottom + 1)
        ]

    def text(self, lines: Sequence[str]) -> str:
        """What it says, without the blanks at the ends of lines."""
        width = max(map(len, lines), default=0)
        inside = [each for each in self.spans(width) if each.row < len(lines)]
        return "\n".join(lines[each.row][each.first : each.after].rstrip() for each in inside)
