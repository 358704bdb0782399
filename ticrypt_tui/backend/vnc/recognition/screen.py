"""The text of a screen: what reading a picture gives."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cell:
    """One character with its colours, 0xRRGGBB; no character ('') means that a picture is there.

    A blank has its ground's colour for both.
    """

    character: str
    foreground: int
    background: int


@dataclass(frozen=True, slots=True)
class TextScreen:
    """The characters of a screen, and where on the picture they are, in pixels.

    `cursor` is the row and column of the text cursor, if it is seen: the cell there is as it is
    beneath. `recognised` is the share of the cells that were read.
    """

    rows: tuple[tuple[Cell, ...], ...]
    cell_width: int
    cell_height: int
    left: int
    top: int
    font: str
    cursor: tuple[int, int] | None
    recognised: float

    def lines(self) -> list[str]:
        """The text, line by line, without the blanks at the ends; a blank for what is no text."""
        return ["".join(cell.character or " " for cell in row).rstrip() for row in self.rows]
