"""How a VM's screen is drawn in a terminal of some size: as text where it is text, or a picture."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from ticrypt_tui.widgets.guest_blocks import DOTS, Blocks
from ticrypt_tui.widgets.guest_grid import Grid
from ticrypt_tui.widgets.guest_marks import Found, Place, Selection, found_in
from ticrypt_tui.widgets.guest_picture import picture
from ticrypt_tui.widgets.guest_strip import NO_COLOUR
from ticrypt_tui.widgets.guest_text import SteadyCursor, TextDrawing, lines_of, placed
from ticrypt_tui.widgets.guest_window import FIT, Window, fitting, followed, zoomed

if TYPE_CHECKING:
    from ticrypt_tui.screens.guest_screen import GuestScreen, TextScreen

FOUND, HERE, MARKED = 0xFFD75F, 0xFF8700, 0x87AFD7
"""What is behind a text that was searched for, behind the one of them that is looked at, and behind
what is to be copied."""
FRAME = 0x5F6B7A


class Follows(StrEnum):
    """What moves a window over a screen that is larger than it."""

    CURSOR = "the text cursor"
    POINTER = "the pointer"
    NOTHING = "nothing"


@dataclass
class Looks:
    """How somebody wants to see a screen."""

    as_picture: bool = False
    blocks: Blocks = Blocks.HALF
    graphics: str = ""
    """What pixels are sent by, where the terminal has such a thing; else there are blocks."""
    zoom: float = FIT
    follows: Follows = Follows.CURSOR
    sought: str = ""
    chosen: int = 0
    """Which of the places with what is sought is looked at."""
    selection: Selection | None = None

    @property
    def drawn_by(self) -> str:
        """What pictures are drawn with."""
        return self.graphics or str(self.blocks)


class GuestDrawing:
    """One screen as it is drawn; what of it is seen stays where it is for as long as it can."""

    def __init__(self, guest: GuestScreen) -> None:
        self.guest, self.looks = guest, Looks()
        self._cursor = SteadyCursor()
        self.covered = False
        """Whether something stands on the screen, which pixels would cover."""
        self.cell_size, self.most_pixels = (10, 20), 0
        """How many pixels a cell of the terminal has, across and down; how many it takes at most,
        each way, or 0."""
        self.pointer: Place | None = None
        """The pixel (x, y) that the pointer was last moved to."""
        self.window = Window(0, 0, 1, 1, 0, 0, 1, 1)
        self._text = TextDrawing()
        self._top = self._left = 0
        self._target: Place | None = None
        self._drawn = Grid(0, 0)
        self._drawn_of: tuple[object, ...] = ()

    @property
    def graphics(self) -> str:
        """What pixels are sent by now; nothing where there are block characters."""
        return "" if self.covered else self.looks.graphics

    @property
    def text(self) -> TextScreen | None:
        """The text screen, where there is one and it is to be seen as such."""
        return None if self.looks.as_picture else self.guest.text

    @property
    def lines(self) -> list[str]:
        """What the screen says; nothing where it is a picture."""
        return lines_of(self.text) if self.text is not None else []

    @property
    def found(self) -> list[Found]:
        """Every place where what is sought stands."""
        return found_in(self.lines, self.looks.sought) if self.looks.sought else []

    def draw(self, size: tuple[int, int], now: float) -> Grid:
        """The screen in a grid of some size (height, width), at a time in seconds."""
        text = self.text
        if text is None:
            self._drawn_of = ()
            return self._picture(size)
        cursor = self._cursor.place(text.cursor, now)
        of = (size, cursor, self.pointer, replace(self.looks))
        if of != self._drawn_of or not self._text.draws(text):
            whole = self._text.draw(text, self.guest.pixels, self.looks.blocks)
            marked = self._marked(whole, cursor)
            self._keep_in_sight(text, size)
            self._place_window(text, size)
            self._drawn = placed(marked, self._top, self._left, size, FRAME)
            self._drawn_of = of
        return self._drawn

    @property
    def follows_pointer(self) -> bool:
        """Whether moving the pointer may move what is seen."""
        return self.looks.follows is Follows.POINTER

    @property
    def facts(self) -> tuple[object, ...]:
        """All that is said of a screen in words: where it is the same, so are they."""
        guest, text = self.guest, self.text
        size = None if text is None else (len(text.rows), self.window.rows)
        shown = (guest.notice, guest.ended, guest.view_only, guest.layout, guest.title)
        return (
            *shown,
            guest.awaited,
            guest.width,
            guest.height,
            size,
            self.unseen,
            replace(self.looks),
        )

    def cursor_left(self, now: float) -> float | None:
        """In how many seconds a cursor that blinks would be taken as gone."""
        return None if self.text is None else self._cursor.left(now)

    # As text

    def _marked(self, whole: Grid, cursor: Place | None) -> Grid:
        """A copy of the text screen with the cursor and all marks on it."""
        grid = whole.copy()
        rows, columns = grid.size
        if cursor is not None and cursor[0] < rows and cursor[1] < columns:
            grid.invert(cursor[0], cursor[1], cursor[1] + 1)
        for number, each in enumerate(self.found):
            _mark(grid, each, HERE if number == self.looks.chosen else FOUND)
        if self.looks.selection is not None:
            for each in self.looks.selection.spans(columns):
                _mark(grid, each, MARKED)
        return grid

    def _keep_in_sight(self, text: TextScreen, size: tuple[int, int]) -> None:
        """Move what is seen no further than it takes to see what moved last."""
        rows, columns = self._text.grid.size
        target = self._sighted(text)
        if target == self._target or target is None:
            target = self._top, self._left  # as it was moved by hand
        else:
            self._target = target
        self._top = followed(self._top, min(size[0], rows), rows, target[0])
        self._left = followed(self._left, min(size[1], columns), columns, target[1])

    def _sighted(self, text: TextScreen) -> Place | None:
        """The cell that is to be seen."""
        if self.looks.selection is not None:
            return self.looks.selection.end
        found = self.found
        if self.looks.sought and found:
            chosen = found[min(self.looks.chosen, len(found) - 1)]
            return chosen.row, chosen.first
        if self.looks.follows is Follows.POINTER and self.pointer is not None:
            x, y = self.pointer
            return (y - text.top) // text.cell_height, (x - text.left) // text.cell_width
        return text.cursor if self.looks.follows is Follows.CURSOR else None

    def _place_window(self, text: TextScreen, size: tuple[int, int]) -> None:
        rows, columns = min(size[0], len(text.rows)), min(size[1], self._text.grid.size[1])
        self.window = Window(
            text.left + self._left * text.cell_width, text.top + self._top * text.cell_height,
            columns * text.cell_width, rows * text.cell_height,
            (size[1] - columns) // 2, (size[0] - rows) // 2, max(columns, 1), max(rows, 1),
        )  # fmt: skip

    def cell(self, column: int, row: int) -> Place:
        """The row and column of the text screen that a place in the terminal shows."""
        rows, columns = self._text.grid.size
        down, across = row - self.window.row + self._top, column - self.window.column + self._left
        return min(max(down, 0), rows - 1), min(max(across, 0), columns - 1)

    @property
    def unseen(self) -> str:
        """Which rows of a text screen are seen, where that is not all of them."""
        rows, seen = self._text.grid.size[0], self.window.rows
        if self.text is None or seen >= rows:
            return ""
        return f"rows {self._top + 1}-{self._top + seen} of {rows}"

    # As a picture

    def _picture(self, size: tuple[int, int]) -> Grid:
        pixels = self.guest.pixels
        height, width = pixels.shape
        if not pixels.size or not all(size):
            return Grid(*size)
        if self.graphics:
            self._aim_pixels(size, (width, height))
            return self._see_through(Grid(*size))
        self._aim(size, (width, height), DOTS[self.looks.blocks][::-1])
        return picture(pixels, self.window, self.looks.blocks, size)

    def _aim(self, size: tuple[int, int], guest: tuple[int, int], dots: tuple[int, int]) -> None:
        """Choose what of a picture (width, height) is seen, in a terminal of some size (height,
        width), whose cells have some dots across and down."""
        cells = size[1], size[0]
        if self.looks.zoom == FIT:
            self.window = fitting(*guest, *cells)
            return
        target = self._followed_pixel()
        moved = target if target != self._target else None
        self._target = target
        start = self.window.left, self.window.top
        self.window = zoomed(guest, cells, dots, self.looks.zoom, start, moved)

    def _aim_pixels(self, size: tuple[int, int], guest: tuple[int, int]) -> None:
        """The same in pixels; where there is a most to them, in the middle."""
        across, down = self.cell_size
        rows, columns = size
        if self.most_pixels:
            rows, columns = (
                min(rows, self.most_pixels // down),
                min(columns, self.most_pixels // across),
            )
        self._aim((rows, columns), guest, self.cell_size)
        column, row = (size[1] - columns) // 2, (size[0] - rows) // 2
        self.window = replace(
            self.window, column=self.window.column + column, row=self.window.row + row
        )

    def _see_through(self, grid: Grid) -> Grid:
        """Cells through which what is behind them is seen, where the window is."""
        window = self.window
        here = (
            slice(window.row, window.row + window.rows),
            slice(window.column, window.column + window.columns),
        )
        if not self.most_pixels:  # sixels are before what is behind the cells
            grid.background[here] = grid.foreground[here] = NO_COLOUR
        return grid

    def _followed_pixel(self) -> Place | None:
        text = self.guest.text
        if self.looks.follows is Follows.CURSOR and text is not None and text.cursor:
            row, column = text.cursor
            return text.left + column * text.cell_width, text.top + row * text.cell_height
        return self.pointer if self.looks.follows is Follows.POINTER else None

    # Moving what is seen by hand

    def pan(self, rows: int, columns: int) -> None:
        """Move what is seen by some cells of the terminal, until what is followed moves."""
        self._top, self._left, self._drawn_of = self._top + rows, self._left + columns, ()
        each_row = self.window.height / self.window.rows
        each_column = self.window.width / self.window.columns
        self.window = self.window.moved(int(columns * each_column), int(rows * each_row))


def _mark(grid: Grid, found: Found, colour: int) -> None:
    """Put a colour behind some cells, which may be gone by now."""
    if found.row < grid.size[0]:
        cells = found.row, slice(found.first, found.after)
        grid.foreground[cells], grid.background[cells] = 0, colour
