"""A VM's text screen drawn as text: each of its cells is one of the terminal's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ticrypt_tui.widgets.guest_blocks import DOTS, Blocks, Dots, drawn, few_colours
from ticrypt_tui.widgets.guest_grid import Grid, safe_codes
from ticrypt_tui.widgets.guest_picture import sampled

if TYPE_CHECKING:
    from ticrypt_tui.screens.guest_screen import Cell, TextScreen

CURSOR_SECONDS = 1.5
"""How long a cursor that is not seen stays where it was: longer than any blinks."""


class TextDrawing:
    """The whole text screen as a grid; only rows that are others than before are drawn anew."""

    def __init__(self) -> None:
        self.grid = Grid(0, 0)
        self._pictures = np.zeros((0, 0), np.bool_)
        self._rows: list[Sequence[Cell]] = []

    def draw(self, text: TextScreen, pixels: Dots, blocks: Blocks) -> Grid:
        """The grid of a text screen; what is no text in it is a picture in its place."""
        size = len(text.rows), max((len(row) for row in text.rows), default=0)
        if self.grid.size != size:
            self.grid, self._pictures, self._rows = Grid(*size), np.zeros(size, np.bool_), []
        for number, row in enumerate(text.rows):
            if number >= len(self._rows) or row is not self._rows[number]:
                self._put(number, row)
        self._rows = list(text.rows)
        if self._pictures.any():
            self._draw_pictures(text, pixels, blocks)
        return self.grid

    def draws(self, text: TextScreen) -> bool:
        """Whether a text screen looks as the one that was drawn last, its cursor apart."""
        return self._rows == list(text.rows) and not self._pictures.any()

    def _put(self, number: int, row: Sequence[Cell]) -> None:
        cells = number, slice(0, len(row))
        self.grid.characters[cells] = safe_codes([cell.character or " " for cell in row])
        self.grid.foreground[cells] = [cell.foreground for cell in row]
        self.grid.background[cells] = [cell.background for cell in row]
        self._pictures[cells] = [not cell.character for cell in row]

    def _draw_pictures(self, text: TextScreen, pixels: Dots, blocks: Blocks) -> None:
        rows, columns = self.grid.size
        down, across = DOTS[blocks]
        part = pixels[text.top :, text.left :]
        part = part[: rows * text.cell_height, : columns * text.cell_width]
        if not part.size:
            return
        drawing = drawn(few_colours(sampled(part, columns * across, rows * down)), blocks)
        here = self._pictures
        self.grid.characters[here] = drawing.characters[here]
        self.grid.foreground[here] = drawing.foreground[here]
        self.grid.background[here] = drawing.background[here]


class SteadyCursor:
    """The guest's cursor without its blinking, which would be sent for ever."""

    def __init__(self) -> None:
        self._place: tuple[int, int] | None = None
        self._seen_at = 0.0
        self._seen = False

    def place(self, seen: tuple[int, int] | None, now: float) -> tuple[int, int] | None:
        """Where the cursor is drawn now, given where it is seen; `now` in seconds."""
        self._seen = seen is not None
        if seen is not None:
            self._place, self._seen_at = seen, now
        elif now - self._seen_at > CURSOR_SECONDS:
            self._place = None
        return self._place

    def left(self, now: float) -> float | None:
        """In how many seconds a cursor that was not seen now is gone; None of one that was."""
        if self._place is None or self._seen:
            return None
        return max(0.0, self._seen_at + CURSOR_SECONDS - now)


def lines_of(text: TextScreen) -> list[str]:
    """What a text screen says, row by row, a character to a cell, each harmless."""
    rows = ([cell.character or " " for cell in row] for row in text.rows)
    return ["".join(map(chr, safe_codes(row))) for row in rows]


def placed(grid: Grid, top: int, left: int, size: tuple[int, int], border: int) -> Grid:
    """What of a text screen is seen from a row and a column on, in a grid of some size (height,
    width); in a frame of the colour `border` where there is room for one."""
    height, width = size
    seen_rows, seen_columns = min(height, grid.size[0]), min(width, grid.size[1])
    row, column = (height - seen_rows) // 2, (width - seen_columns) // 2
    view = Grid(height, width)
    here = slice(row, row + seen_rows), slice(column, column + seen_columns)
    there = slice(top, top + seen_rows), slice(left, left + seen_columns)
    for mine, whole in (
        (view.characters, grid.characters),
        (view.foreground, grid.foreground),
        (view.background, grid.background),
    ):
        mine[here] = whole[there]
    if row and column and border:
        _frame(view, row - 1, column - 1, seen_rows + 1, seen_columns + 1, border)
    return view


def _frame(view: Grid, top: int, left: int, height: int, width: int, colour: int) -> None:
    bottom, right = top + height, left + width
    view.foreground[top : bottom + 1, [left, right]] = colour
    view.foreground[[top, bottom], left : right + 1] = colour
    view.characters[top : bottom + 1, [left, right]] = ord("│")
    view.characters[[top, bottom], left : right + 1] = ord("─")
    corners = np.array([[ord("╭"), ord("╮")], [ord("╰"), ord("╯")]], np.uint32)
    view.characters[np.ix_([top, bottom], [left, right])] = corners
