"""The cells of a text screen as they were read last, and what tells that it still is one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain

import numpy as np

from ticrypt_tui.backend.vnc.framebuffer import Rect
from ticrypt_tui.backend.vnc.recognition.cells import Grid, Pixels, Places, keys_of
from ticrypt_tui.backend.vnc.recognition.finding import best_font, legible
from ticrypt_tui.backend.vnc.recognition.fonts import Font, fonts_of
from ticrypt_tui.backend.vnc.recognition.readings import PICTURE, Readings
from ticrypt_tui.backend.vnc.recognition.rows import NO_ROW, summary
from ticrypt_tui.backend.vnc.recognition.screen import Cell, TextScreen
from ticrypt_tui.backend.vnc.recognition.text_cursor import Place, text_cursor

_MOST_UNKNOWN = 100


class Page:
    """The text of a picture that was found to be in this grid and font."""

    def __init__(self, pixels: Pixels, grid: Grid, font: Font) -> None:
        self.grid, self.font = grid, font
        self._readings = Readings(font)
        self._of_fonts = {font.name: self._readings}
        self._keys = [[b""] * grid.columns for _ in range(grid.rows)]
        self._read = [[PICTURE] * grid.columns for _ in range(grid.rows)]
        self._rows = [NO_ROW] * grid.rows
        self._hidden: dict[Place, Cell] = {}
        self._cursor: Place | None = None
        self._unknown: frozenset[bytes] = frozenset()
        height, width = pixels.shape
        self.update(pixels, [Rect(0, 0, width, height)])

    def update(self, pixels: Pixels, changed: Sequence[Rect]) -> None:
        """Read the cells again that have a part in what changed."""
        places = self._places(changed)
        self._read_again(places, keys_of(pixels, self.grid, places))
        unknown = frozenset[bytes]().union(*(row.unknown for row in self._rows))
        if not all(self._readings[key].beneath for key in unknown - self._unknown):
            self._choose_font()  # what is new is more than a cursor that was seen before
        self._unknown = unknown
        if unknown and self.legible:
            self._look_closely()

    @property
    def legible(self) -> bool:
        """Whether enough of what has ink is characters of the font."""
        return legible(sum(row.exact for row in self._rows), sum(row.inked for row in self._rows))

    def text(self) -> TextScreen:
        """The screen as it is now."""
        grid = self.grid
        rows = [row.cells for row in self._rows]
        read = sum(row.read for row in self._rows)
        found = text_cursor(self._read, self._rows, self._hidden, self._cursor)
        self._cursor = found[0] if found else None
        if found:
            (row, column), cell = found
            read += not rows[row][column].character
            rows[row] = (*rows[row][:column], cell, *rows[row][column + 1 :])
        place = (grid.cell_width, grid.cell_height, grid.left, grid.top)
        share = read / (grid.rows * grid.columns)
        return TextScreen(tuple(rows), *place, self.font.name, self._cursor, share)

    def _places(self, changed: Sequence[Rect]) -> Places:
        grid = self.grid
        touched = np.zeros((grid.rows, grid.columns), np.bool_)
        for rect in changed:
            top, left = rect.y - grid.top, rect.x - grid.left
            rows = _span(top, rect.height, grid.cell_height)
            touched[rows, _span(left, rect.width, grid.cell_width)] = True
        return np.nonzero(touched)

    def _read_again(self, places: Places, keys: Sequence[bytes]) -> None:
        rows, columns = places
        readings = self._readings
        for row, column, key in zip(rows.tolist(), columns.tolist(), keys, strict=True):
            self._keys[row][column], reading = key, readings[key]
            before, self._read[row][column] = self._read[row][column], reading
            if before.exact and not reading.exact:
                self._hidden[row, column] = before.cell
        for row in np.unique(rows).tolist():
            self._rows[row] = summary(self._read[row])

    def _choose_font(self) -> None:
        """Take another font of the size, if it knows more of the screen."""
        keys = list(chain.from_iterable(self._keys))
        fonts = fonts_of(self.grid.cell_width, self.grid.cell_height)
        font, _, _ = best_font(Counter(keys), (self.font, *fonts))
        if font is not self.font:
            self.font = font
            self._readings = self._of_fonts.setdefault(font.name, Readings(font))
            self._read_again(self.grid.everywhere(), keys)

    def _look_closely(self) -> None:
        """Read what is no character of the font at a glance, if that is not too much."""
        rows = [number for number, row in enumerate(self._rows) if row.unknown]
        unknown = frozenset[bytes]().union(*(self._rows[row].unknown for row in rows))
        unknown = frozenset(key for key in unknown if self._readings[key].glanced_at)
        if not 0 < len(unknown) <= _MOST_UNKNOWN:
            return
        for key in unknown:
            self._readings.look_closely(key)
        columns = range(self.grid.columns)
        places = np.repeat(rows, len(columns)), np.tile(columns, len(rows))
        self._read_again(places, [key for row in rows for key in self._keys[row]])


def _span(start: int, length: int, step: int) -> slice:
    return slice(max(start // step, 0), max(-(-(start + length) // step), 0))
