"""A line of a VM's serial console as the terminal is sent it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.color import Color
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

if TYPE_CHECKING:
    from ticrypt_tui.screens.guest_terminal import Run

GREY, BLACK = 0xAAAAAA, 0x000000
Span = tuple[int, int]
"""The first cell, and the one after the last."""


def strip_of(row: Sequence[Run], width: int, turned: Sequence[Span] = ()) -> Strip:
    """A line in so many cells, some of which stand out: the cursor's, or what is marked."""
    strip = Strip([Segment(run.text, _style(run)) for run in row])
    strip = strip.adjust_cell_length(width, _look(-1, -1))
    for first, wanted in turned:
        after = max(wanted, _after(strip, first))
        parts = strip.crop(0, first), strip.crop(first, after), strip.crop(after)
        strip = Strip.join([parts[0], _turned(parts[1]), parts[2]])
    return strip.adjust_cell_length(width, _look(-1, -1))


def cells_of(row: Sequence[Run]) -> list[str]:
    """A character for each cell: with its marks, and '' in the second cell of a wide one."""
    cells: list[str] = []
    for character in "".join(run.text for run in row):
        width = cell_len(character)
        if width == 0 and cells:
            last = len(cells) - (2 if len(cells) > 1 and not cells[-1] else 1)
            cells[last] += character
        else:
            cells += [character, *[""] * (width - 1)]
    return cells


def _after(strip: Strip, first: int) -> int:
    """The cell behind the character that begins at one."""
    two = strip.crop(first, first + 2).text
    return first + (2 if cell_len(two[:1]) == 2 else 1)


def _turned(strip: Strip) -> Strip:
    """The same with its colours swapped."""
    return Strip(
        Segment(text, (style or Style()) + Style(reverse=not (style and style.reverse)))
        for text, style, _ in strip
    )


def _style(run: Run) -> Style:
    return _look(
        run.foreground, run.background, run.bold, run.italic, run.underline, run.struck,
        run.reversed,
    )  # fmt: skip


@lru_cache(2048)
def _look(foreground: int, background: int, *attributes: bool) -> Style:
    """The style of characters; the attributes are bold, italic, underlined, struck and reversed."""
    bold, italic, underline, struck, turned = attributes or (False,) * 5
    return Style(
        color=_colour(GREY if foreground < 0 else foreground),
        bgcolor=_colour(BLACK if background < 0 else background),
        bold=bold or None, italic=italic or None, underline=underline or None,
        strike=struck or None, reverse=turned or None,
    )  # fmt: skip


def _colour(value: int) -> Color:
    return Color.from_rgb(value >> 16 & 255, value >> 8 & 255, value & 255)
