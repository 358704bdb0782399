"""Pixels as block characters: each cell of the terminal shows several dots in two colours."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from ticrypt_tui.widgets.guest_grid import BLANK, Codes, Grid

Dots = NDArray[np.uint32]


class Blocks(StrEnum):
    """What a cell is divided into; not every font has sextants."""

    HALF = "half blocks"
    QUADRANTS = "quadrants"
    SEXTANTS = "sextants"


DOTS = {Blocks.HALF: (2, 1), Blocks.QUADRANTS: (2, 2), Blocks.SEXTANTS: (3, 2)}
"""How many dots a cell has, downward and across."""

_QUADRANTS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
# Block Sextant-1 is U+1FB00; the two halves and the full block are elsewhere (Unicode 13, 1FB00).
_LEFT, _RIGHT = 0b010101, 0b101010


def _sextant(pattern: int) -> str:
    known = {0: " ", _LEFT: "▌", _RIGHT: "▐", 63: "█"}
    return known.get(pattern) or chr(0x1FB00 + pattern - 1 - (pattern > _LEFT) - (pattern > _RIGHT))


_GLYPHS: dict[Blocks, Codes] = {
    Blocks.QUADRANTS: np.array([ord(each) for each in _QUADRANTS], np.uint32),
    Blocks.SEXTANTS: np.array([ord(_sextant(each)) for each in range(64)], np.uint32),
}


def few_colours(pixels: Dots) -> Dots:
    """Colours of four bits a channel: what looks alike is alike, and need not be sent again."""
    high = pixels & np.uint32(0xF0F0F0)
    return high | high >> np.uint32(4)


def drawn(dots: Dots, blocks: Blocks) -> Grid:
    """The cells that show these dots; there must be a whole number of cells."""
    down, across = DOTS[blocks]
    rows, columns = dots.shape[0] // down, dots.shape[1] // across
    squares = dots.reshape(rows, down, columns, across).swapaxes(1, 2)
    cells = squares.reshape(rows, columns, down * across)
    grid = Grid(rows, columns)
    if blocks is Blocks.HALF:
        _halves(grid, cells)
    else:
        _shapes(grid, cells, _GLYPHS[blocks])
    same = grid.foreground == grid.background
    grid.characters[same] = BLANK
    return grid


def _halves(grid: Grid, cells: Dots) -> None:
    grid.characters[:] = ord("▀")
    grid.foreground[:], grid.background[:] = cells[..., 0], cells[..., 1]


def _shapes(grid: Grid, cells: Dots, glyphs: Codes) -> None:
    """Lighter dots in front of darker ones, each in the colour that is between all of theirs."""
    channels = np.stack([cells >> shift & 255 for shift in (16, 8, 0)], -1).astype(np.float32)
    light = channels @ np.array([0.299, 0.587, 0.114], np.float32)
    middle = (light.max(-1) + light.min(-1))[..., None] / 2
    front = light > middle
    weights = 1 << np.arange(cells.shape[-1], dtype=np.uint32)
    grid.characters[:] = glyphs[(front * weights).sum(-1)]
    grid.foreground[:], grid.background[:] = _between(channels, front), _between(channels, ~front)
    plain = ~front.any(-1)
    grid.foreground[plain] = grid.background[plain]


def _between(channels: NDArray[np.float32], which: NDArray[np.bool_]) -> Dots:
    count = np.maximum(which.sum(-1), 1)[..., None]
    mean = ((channels * which[..., None]).sum(-2) / count).astype(np.uint32)
    return few_colours(mean[..., 0] << 16 | mean[..., 1] << 8 | mean[..., 2])
