"""Which part of a VM's screen is seen, where in the terminal, and how large."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil

FIT = 0.0
"""The zoom that shows the whole screen."""
ZOOMS = (FIT, 0.5, 1.0, 2.0, 4.0)
"""Dots of the terminal to a pixel of the guest."""
MARGIN = 0.15
"""The share of a window, at each side, in which what is followed moves the window along."""


@dataclass(frozen=True, slots=True)
class Window:
    """A part of the guest's screen, in its pixels, and the cells of the terminal that show it."""

    left: int
    top: int
    width: int
    height: int
    column: int
    row: int
    columns: int
    rows: int

    def pixel(self, column: float, row: float) -> tuple[int, int]:
        """The pixel that a place in the terminal shows, or the one that is nearest to it."""
        x = self.left + int((column - self.column) * self.width / self.columns)
        y = self.top + int((row - self.row) * self.height / self.rows)
        right, bottom = self.left + self.width - 1, self.top + self.height - 1
        return min(max(x, self.left), right), min(max(y, self.top), bottom)

    def moved(self, x: int, y: int) -> Window:
        """The same window over another part, which is put right when it is drawn."""
        return replace(self, left=self.left + x, top=self.top + y)


def followed(start: int, seen: int, whole: int, target: int, margin: int = 0) -> int:
    """Where what is `seen` of a `whole` starts, so that the target is in it; it moves no further
    than that takes."""
    if target < start + margin:
        start = target - margin
    elif target >= start + seen - margin:
        start = target - seen + margin + 1
    return max(0, min(start, whole - seen))


def fitting(width: int, height: int, columns: int, rows: int) -> Window:
    """The whole screen, as large as it can be; a cell is twice as high as it is wide."""
    pixels = max(width / columns, height / (2 * rows))
    wide = min(columns, max(1, round(width / pixels)))
    high = min(rows, max(1, ceil(height / (2 * pixels) - 0.01)))
    return Window(0, 0, width, height, (columns - wide) // 2, (rows - high) // 2, wide, high)


def zoomed(
    size: tuple[int, int], cells: tuple[int, int], dots: tuple[int, int], zoom: float,
    start: tuple[int, int], target: tuple[int, int] | None,
) -> Window:  # fmt: skip
    """A part of a screen of some size (width, height), whose pixels are `zoom` dots wide.

    `cells` are the columns and rows there are, `dots` those that each has across and down; `start`
    is where the part began before, and `target` the pixel that must be seen.
    """
    spans = [
        _span(whole, count, each / zoom, begin, None if target is None else target[axis])
        for axis, (whole, count, each, begin) in enumerate(
            zip(size, cells, dots, start, strict=True)
        )
    ]
    (left, width, column, columns), (top, height, row, rows) = spans
    return Window(left, top, width, height, column, row, columns, rows)


def _span(
    whole: int, count: int, pixels: float, start: int, target: int | None
) -> tuple[int, int, int, int]:
    """First pixel, how many, first cell, how many, along one axis."""
    seen = min(whole, max(1, int(count * pixels)))
    used = min(count, max(1, ceil(seen / pixels)))
    aim = start if target is None else target
    begin = followed(start, seen, whole, aim, int(seen * MARGIN) if target is not None else 0)
    return begin, seen, (count - used) // 2, used
