"""One row of cells as it is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ticrypt_tui.backend.vnc.recognition.readings import Reading
from ticrypt_tui.backend.vnc.recognition.screen import Cell


@dataclass(frozen=True, slots=True)
class Row:
    """One row of cells, and what the whole screen must know of it."""

    cells: tuple[Cell, ...]
    inked: int
    exact: int
    """How many cells have ink, and how many of those are just a character."""
    read: int
    marks: tuple[int, ...]
    """The columns where a text cursor may be."""
    grounds: Mapping[int, int]
    pairs: frozenset[tuple[int, int]]
    unknown: frozenset[bytes]
    """How many cells have each background; the colours of characters; the keys of what is none."""


NO_ROW = Row((), 0, 0, 0, (), {}, frozenset(), frozenset())


def summary(readings: Sequence[Reading]) -> Row:
    """What the screen must know of a row of readings."""
    inked = exact = read = 0
    marked = False
    grounds: dict[int, int] = {}
    pairs, unknown = set(), set()
    for each, count in Counter(readings).items():
        cell = each.cell
        grounds[cell.background] = grounds.get(cell.background, 0) + count
        read += count if cell.character else 0
        if not each.inked:
            continue
        inked += count
        if each.exact:
            exact += count
            pairs.add((cell.foreground, cell.background))
        if each.unknown:
            unknown.add(each.unknown)
        marked = marked or bool(each.beneath)
    marks = tuple(i for i, each in enumerate(readings) if each.beneath) if marked else ()
    cells = tuple([each.cell for each in readings])
    return Row(cells, inked, exact, read, marks, grounds, frozenset(pairs), frozenset(unknown))
