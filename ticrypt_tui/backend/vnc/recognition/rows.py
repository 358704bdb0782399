"""One row of cells as it is read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
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
    grounds: Counter[int]
    pairs: frozenset[tuple[int, int]]
    unknown: frozenset[bytes]
    """The background of every cell, the two colours of all characters, the keys of what is none."""


NO_ROW = Row((), 0, 0, 0, (), Counter(), frozenset(), frozenset())


def summary(readings: Sequence[Reading]) -> Row:
    """What the screen must know of a row of readings."""
    of = Counter(readings)
    inked = [(each, count) for each, count in of.items() if each.inked]
    grounds: Counter[int] = Counter()
    for each, count in of.items():
        grounds[each.cell.background] += count
    doubtful = any(each.beneath for each, _ in inked)
    return Row(
        tuple([each.cell for each in readings]),
        sum(count for _, count in inked),
        sum(count for each, count in inked if each.exact),
        sum(count for each, count in of.items() if each.cell.character),
        tuple(i for i, each in enumerate(readings) if each.beneath) if doubtful else (),
        grounds,
        frozenset((each.cell.foreground, each.cell.background) for each, _ in inked if each.exact),
        frozenset(each.unknown for each, _ in inked if each.unknown),
    )
