"""What a cell's key says, remembered: each different cell is read once."""

from __future__ import annotations

from dataclasses import dataclass

from ticrypt_tui.backend.vnc.recognition.cells import COLOURS
from ticrypt_tui.backend.vnc.recognition.cursor import beneath, is_low_bar
from ticrypt_tui.backend.vnc.recognition.fonts import Font, Match
from ticrypt_tui.backend.vnc.recognition.screen import Cell

_REMEMBERED = 1 << 16


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """A cell as it is read.

    `inked` says whether it is more than ground of one colour, `exact` whether its pixels are just
    those of the character. `beneath` is what may be under a text cursor, if one may be here: cells
    by the order of their characters. `unknown` is the key of a cell of two colours that is no
    character of the font, as far as it was looked at.
    """

    cell: Cell
    inked: bool
    exact: bool
    beneath: tuple[Cell, ...] = ()
    unknown: bytes = b""
    glanced_at: bool = False


PICTURE = Reading(Cell("", 0, 0), inked=True, exact=False)


class Readings(dict[bytes, Reading]):
    """The readings of one font's cells by their keys."""

    def __init__(self, font: Font) -> None:
        super().__init__()
        self.font = font

    def __missing__(self, key: bytes) -> Reading:
        if len(self) >= _REMEMBERED:
            self.clear()
        self[key] = reading = self._at_a_glance(key)
        return reading

    def look_closely(self, key: bytes) -> None:
        """Read a cell that is no character of the font: one with a cursor, or nearly one."""
        bits, bright, dark = _parts(key)
        under = tuple(_cell(each, bright, dark) for each in beneath(bits, self.font))
        near = None if under else self.font.nearest(bits)
        cell = _cell(near, bright, dark) if near else PICTURE.cell
        self[key] = Reading(cell, inked=True, exact=False, beneath=under, unknown=key)

    def _at_a_glance(self, key: bytes) -> Reading:
        bits, bright, dark = _parts(key)
        if not any(bits):
            return PICTURE
        if bright == dark:
            return Reading(Cell(" ", bright, bright), inked=False, exact=True)
        if match := self.font.exact(bits):
            under = (Match(" ", match.inverse),) if is_low_bar(bits, match, self.font) else ()
            hidden = tuple(_cell(each, bright, dark) for each in under)
            return Reading(_cell(match, bright, dark), inked=True, exact=True, beneath=hidden)
        return Reading(PICTURE.cell, inked=True, exact=False, unknown=key, glanced_at=True)


def _parts(key: bytes) -> tuple[bytes, int, int]:
    bright = int.from_bytes(key[-COLOURS : -COLOURS // 2], "little")
    return key[:-COLOURS], bright, int.from_bytes(key[-COLOURS // 2 :], "little")


def _cell(match: Match, bright: int, dark: int) -> Cell:
    ink, ground = (dark, bright) if match.inverse else (bright, dark)
    return Cell(match.character, ground if match.character == " " else ink, ground)
