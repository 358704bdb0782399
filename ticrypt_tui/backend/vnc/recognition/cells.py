"""Cuts a picture into cells, and says what each cell's pixels are in a few bytes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint32]
Places = tuple[NDArray[np.intp], ...]
"""Rows and columns of cells."""

COLOURS = 8
"""The bytes at the end of a key: the brighter and the darker colour, low byte first."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Where the cells of a picture are, in pixels."""

    cell_width: int
    cell_height: int
    left: int
    top: int
    columns: int
    rows: int

    @classmethod
    def over(
        cls, pixels: Pixels, cell_width: int, cell_height: int, left: int = 0, top: int = 0
    ) -> Grid:
        """As many whole cells as the picture has room for."""
        height, width = pixels.shape
        columns, rows = (width - left) // cell_width, (height - top) // cell_height
        return cls(cell_width, cell_height, left, top, columns, rows)

    def everywhere(self) -> Places:
        """The places of all cells."""
        return np.nonzero(np.ones((self.rows, self.columns), np.bool_))


def keys_of(pixels: Pixels, grid: Grid, places: Places) -> list[bytes]:
    """The key of each cell: its bits as `Font` knows them, and its two colours.

    "Bright" is the greater number 0xRRGGBB of the two. A cell of one colour is all bright; one of
    more than two has a key of zeros.
    """
    cells = _cells(pixels, grid)[places].reshape(-1, grid.cell_width * grid.cell_height)
    bright, dark = cells.max(axis=1), cells.min(axis=1)
    ink = cells == bright[:, None]
    two = (ink | (cells == dark[:, None])).all(axis=1)
    bits = np.packbits(ink, axis=1)
    layout = [("bits", np.uint8, bits.shape[1]), ("bright", "<u4"), ("dark", "<u4")]
    keys = np.empty(len(cells), np.dtype(layout))
    keys["bits"], keys["bright"], keys["dark"] = bits, bright, dark
    keys[~two] = 0
    listed: list[bytes] = keys.view(f"V{keys.itemsize}").tolist()
    return listed


def _cells(pixels: Pixels, grid: Grid) -> Pixels:
    """The picture by row, column, line, pixel; nothing is copied."""
    width, height = grid.columns * grid.cell_width, grid.rows * grid.cell_height
    part = pixels[grid.top : grid.top + height, grid.left : grid.left + width]
    shape = (grid.rows, grid.cell_height, grid.columns, grid.cell_width)
    return part.reshape(shape).transpose(0, 2, 1, 3)
