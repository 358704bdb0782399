"""What a cell's key says, remembered: each different cell is read once."""

from __future__ import annotations

from dataclasses import dataclass

from ticrypt_tui.backend.vnc.recognition.cells import COLOURS
from ticrypt_tui.backend.vnc.recognition.cursor import beneath
from ticrypt_tui.backend.vnc.recognition.fonts import Font, Match
from ticrypt_tui.backend.vnc.recognition.screen import Cell

_REMEMBERED = 1 << 16


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A cell as it is read.

    `inked` says whether it is more than ground of one colour, `exact` whether its pixels are just
    those of the character. `beneath` is what may be under a text cursor, if one may be here: cells
    by the order of their characters.
    """

    cell: Cell
    inked: bool
    exact: bool
    beneath: tuple[Cell, ...] = ()

    @property
    def unknown(self) -> bool:
        """Whether there is something like a character, which the font does not know."""
        return not self.exact and not self.beneath and self is not PICTURE


PICTURE = Reading(Cell("", 0, 0), inked=True, exact=False)


class Readings(dict[bytes, Reading]):
    """The readings of one font's cells by their keys."""

    def __init__(self, font: Font) -> None:
        super().__init__()
        self.font = font

    def __missing__(self, key: bytes) -> Reading:
        if len(self) >= _REMEMBERED:
            self.clear()
        self[key] = reading = read(key, self.font)
        return reading


def read(key: bytes, font: Font) -> Reading:
    """The reading of a cell that is in no cursor's or picture's way, or else of what is there."""
    bits = key[:-COLOURS]
    bright = int.from_bytes(key[-COLOURS : -COLOURS // 2], "little")
    dark = int.from_bytes(key[-COLOURS // 2 :], "little")
    if not any(bits):
        return PICTURE
    if bright == dark:
        return Reading(Cell(" ", bright, bright), inked=False, exact=True)
    under = tuple(_cell(each, bright, dark) for each in beneath(bits, font))
    if match := font.exact(bits):
        return Reading(_cell(match, bright, dark), True, True, under)
    near = None if under else font.nearest(bits)
    cell = _cell(near, bright, dark) if near else PICTURE.cell
    return Reading(cell, inked=True, exact=False, beneath=under)


def _cell(match: Match, bright: int, dark: int) -> Cell:
    ink, ground = (dark, bright) if match.inverse else (bright, dark)
    return Cell(match.character, ground if match.character == " " else ink, ground)
