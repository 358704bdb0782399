"""How a log's lines become lines of the screen: cut or wrapped, with what is searched marked."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.cells import cell_len, chop_cells, split_text

from ticrypt_tui.text import shown
from ticrypt_tui.widgets.cells import ELLIPSIS, fitted
from ticrypt_tui.widgets.painted import Cell


def part_from(text: str, start: int, width: int) -> str:
    """What of a line is seen in `width` cells when the first `start` cells are scrolled away."""
    text = shown(text)
    if start:
        text = ELLIPSIS + split_text(text, start + 1)[1] if cell_len(text) > start else ""
    return fitted(text, width).rstrip(" ")


def wrapped(text: str, width: int, most: int) -> list[str]:
    """A line in as many pieces of `width` cells as it takes, but no more than `most`."""
    parts = chop_cells(shown(text), width) or [""]
    if len(parts) > most:
        parts = [*parts[: most - 1], fitted("".join(parts[most - 1 : most + 1]), width)]
    return parts


def marked(text: str, sought: re.Pattern[str] | None) -> Sequence[Cell]:
    """The cells of a piece of text, with every place where `sought` is found apart."""
    cells: list[Cell] = []
    at = 0
    for match in sought.finditer(text) if sought else ():
        cells += [_cell(text[at : match.start()]), _cell(match[0], "found")]
        at = match.end()
    return [cell for cell in (*cells, _cell(text[at:])) if cell.text]


def _cell(text: str, *roles: str) -> Cell:
    return Cell(text, cell_len(text), roles)
