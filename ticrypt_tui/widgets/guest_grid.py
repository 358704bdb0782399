"""What is drawn of a VM's screen: a character and two colours for each cell of the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from rich.cells import cell_len
from rich.segment import Segment

from ticrypt_tui.text import shown
from ticrypt_tui.widgets.guest_strip import Span, colours

Codes = NDArray[np.uint32]
BLANK, UNKNOWN = ord(" "), "�"
NEAR = 6
"""Unchanged cells between two changed ones that are sent rather than jumped over."""


class Grid:
    """Rows of cells: code points, and colours as 0xRRGGBB."""

    __slots__ = ("background", "characters", "foreground")

    def __init__(self, height: int, width: int, background: int = 0) -> None:
        self.characters: Codes = np.full((height, width), BLANK, np.uint32)
        self.foreground: Codes = np.full((height, width), background, np.uint32)
        self.background: Codes = np.full((height, width), background, np.uint32)

    @property
    def size(self) -> tuple[int, int]:
        """The height and the width in cells."""
        height, width = self.characters.shape
        return int(height), int(width)

    def copy(self) -> Grid:
        """Another one with the same cells."""
        other = Grid(0, 0)
        other.characters = self.characters.copy()
        other.foreground, other.background = self.foreground.copy(), self.background.copy()
        return other

    def invert(self, row: int, first: int, after: int) -> None:
        """Swap the colours of some cells of a row, so that they stand out."""
        cells = slice(first, after)
        before, behind = self.foreground[row, cells].copy(), self.background[row, cells].copy()
        same = before == behind
        self.foreground[row, cells] = np.where(same, behind ^ 0xFFFFFF, behind)
        self.background[row, cells] = np.where(same, behind ^ 0xFFFFFF, before)

    def differing(self, other: Grid) -> list[int]:
        """The rows that are others than in another grid of the same size."""
        differs = (
            (self.characters != other.characters)
            | (self.background != other.background)
            | (self.foreground != other.foreground)
        )
        return [int(row) for row in np.flatnonzero(differs.any(1))]

    def spans(self, other: Grid, row: int) -> list[Span]:
        """Where a row looks different from that of another grid of the same size."""
        in_front = self.characters[row] != BLANK
        differs = (
            (self.characters[row] != other.characters[row])
            | (self.background[row] != other.background[row])
            | ((self.foreground[row] != other.foreground[row]) & in_front)
        )
        return _joined(np.flatnonzero(differs))

    def text(self, row: int) -> str:
        """The characters of a row."""
        return str(self.characters[row].astype("<u4").tobytes(), "utf-32-le")

    def segments(self, row: int) -> list[Segment]:
        """A row as runs of cells that look the same."""
        text, front, back = self.text(row), self.foreground[row], self.background[row]
        if not text:
            return []
        turns = np.flatnonzero((front[1:] != front[:-1]) | (back[1:] != back[:-1])) + 1
        edges = [0, *turns.tolist(), len(text)]
        return [
            Segment(text[first:after], colours(int(front[first]), int(back[first])))
            for first, after in pairwise(edges)
        ]


def _joined(places: NDArray[np.intp]) -> list[Span]:
    """Places as spans; those that are near each other in one."""
    if not places.size:
        return []
    breaks = np.flatnonzero(np.diff(places) > NEAR)
    firsts = places[np.concatenate(([0], breaks + 1))]
    lasts = places[np.concatenate((breaks, [places.size - 1]))]
    return [(int(first), int(last) + 1) for first, last in zip(firsts, lasts, strict=True)]


@lru_cache(2048)
def safe_code(character: str) -> int:
    """The code point that is drawn for a guest's character: one cell wide, and harmless."""
    one = len(character) == 1 and shown(character) == character and cell_len(character) == 1
    return ord(character if one else UNKNOWN)


def safe_codes(characters: Sequence[str]) -> list[int]:
    """The code points that are drawn for a row of a guest's characters."""
    return [safe_code(each) for each in characters]
