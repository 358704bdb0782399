"""A line of a terminal as the screens show it: runs of characters that look the same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any

from rich.cells import cell_len

UNKNOWN = "�"
DEFAULT = -1
"""The colour of what has none of its own."""

# The names that pyte gives the colours of ECMA-48, as the Linux console paints them.
_NAMED: Mapping[str, int] = {
    "black": 0x000000, "red": 0xAA0000, "green": 0x00AA00, "brown": 0xAA5500,
    "blue": 0x0000AA, "magenta": 0xAA00AA, "cyan": 0x00AAAA, "white": 0xAAAAAA,
    "brightblack": 0x555555, "brightred": 0xFF5555, "brightgreen": 0x55FF55,
    "brightbrown": 0xFFFF55, "brightblue": 0x5555FF, "brightmagenta": 0xFF55FF,
    "bfightmagenta": 0xFF55FF, "brightcyan": 0x55FFFF, "brightwhite": 0xFFFFFF,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Run:
    """Characters that look the same: colours are 0xRRGGBB, or -1 for the terminal's own."""

    text: str
    foreground: int = DEFAULT
    background: int = DEFAULT
    bold: bool = False
    italic: bool = False
    underline: bool = False
    struck: bool = False
    reversed: bool = False


Row = tuple[Run, ...]
_PLAIN = Run("")


def row_of(cells: Mapping[int, Any], columns: int, blank: Any) -> Row:
    """A line of pyte's characters by their column, without the blanks at its end."""
    last = max((x for x, cell in cells.items() if cell != blank and x < columns), default=-1)
    looks = list(_cells(cells, last + 1, columns, blank))
    return tuple(
        replace(look, text=_measured([text for _, text, _ in each], sum(w for _, _, w in each)))
        for look, each in ((look, list(each)) for look, each in groupby(looks, itemgetter(0)))
    )


def _cells(
    cells: Mapping[int, Any], count: int, columns: int, blank: Any
) -> Iterator[tuple[Run, str, int]]:
    """The look, the text and the width of each character."""
    x = 0
    while x < count:
        cell = cells.get(x, blank)
        wide = 2 if x + 1 < columns and cells.get(x + 1, blank).data == "" else 1
        yield _look(cell), _fitting(cell.data, wide), wide
        x += wide


def _look(cell: Any) -> Run:
    return _look_of(cell[1:])


@lru_cache(1024)
def _look_of(attributes: tuple[Any, ...]) -> Run:
    front, back, bold, italic, underline, struck, turned, _ = attributes
    return Run("", _colour(front), _colour(back), bold, italic, underline, struck, turned)


def _colour(name: str) -> int:
    """A colour by pyte's name for it, or its six hexadecimal digits."""
    if name in _NAMED:
        return _NAMED[name]
    return int(name, 16) if len(name) == 6 else DEFAULT


@lru_cache(4096)
def _fitting(text: str, width: int) -> str:
    """A character that fills its cells in any terminal, or the one for what does not."""
    if cell_len(text) == width and text:
        return text
    return UNKNOWN.ljust(width) if text else " " * width


def _measured(texts: list[str], width: int) -> str:
    """A run of characters; where they are narrower or wider together, what is no ASCII goes."""
    text = "".join(texts)
    if text.isascii() or cell_len(text) == width:
        return text
    return "".join(each if each.isascii() else UNKNOWN.ljust(cell_len(each)) for each in texts)
