"""How wide each column is, and which ones a narrow terminal does without."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from rich.cells import cell_len

from ticrypt_tui.widgets.cells import safe

if TYPE_CHECKING:
    from ticrypt_tui.screens.declaration import Column

GAP = 2
ARROW = 2
"""How many cells the arrow takes behind the title of the column that is sorted by."""
MEASURED = 100
"""How many rows of a table are looked at to find how wide its columns have to be."""
MOST = 48
"""How many cells a column asks for at most, whatever it says."""


class Placed(NamedTuple):
    """A column that is shown, and its cells, with the gap to the next one apart."""

    column: Column
    width: int


def laid_out(
    columns: Sequence[Column], room: int, needs: Mapping[str, int] | None = None
) -> tuple[Placed, ...]:
    """The columns that fit into `room` cells, with what is left shared out among the texts.

    The highest rank goes first, of equals the rightmost; rank 0 stays, narrower if need be. Where
    `needs` tells how wide what they say is, what some need not have goes to those that lack it.
    """
    kept = list(columns)
    while _needed(kept) > room and any(column.rank for column in kept):
        kept.remove(max(reversed(kept), key=lambda column: column.rank))
    widths = [column.width for column in kept]
    spare = room - _needed(kept)
    if spare < 0:
        widths = _shared(widths, max(room - GAP * (len(kept) - 1), len(kept)))
    elif spare:
        weights = [0 if column.right else column.width for column in kept]
        if any(weights):
            more = _shared(weights, spare)
            widths = [width + extra for width, extra in zip(widths, more, strict=True)]
    placed = tuple(Placed(column, width) for column, width in zip(kept, widths, strict=True))
    return _lent(placed, needs) if needs else placed


def looked_at(rows: Sequence[Any]) -> Sequence[Any]:
    """The rows that tell how wide columns have to be: all of few, and of many some."""
    return rows if len(rows) <= MEASURED else rows[:: len(rows) // MEASURED + 1]


def needs_of(
    columns: Sequence[Column], rows: Sequence[Any], *, whole: bool = True
) -> dict[str, int]:
    """How wide each column has to be for what it says of these rows.

    Where these are not the `whole` table, no column needs less than it was declared with.
    """
    return {
        column.key: max(
            [0 if whole else column.width, *(_asked(column.value(row)) for row in rows)]
        )
        for column in columns
    }


def _asked(text: str) -> int:
    return min(cell_len(safe(text, MOST)), MOST)


def _lent(placed: Sequence[Placed], needs: Mapping[str, int]) -> tuple[Placed, ...]:
    """The same columns, with the room that some do not need lent to those that are cut, of them
    first to those that are never dropped."""
    texts = [needs.get(each.column.key, each.width) for each in placed]
    titles = [cell_len(each.column.title) for each in placed]
    every = list(zip(placed, texts, titles, strict=True))
    lacking = [max(text - each.width, 0) for each, text, title in every]
    spared = [max(each.width - max(text, title + ARROW), 0) for each, text, title in every]
    moved = min(sum(lacking), sum(spared))
    if not moved:
        return tuple(placed)
    changes = zip(placed, _filled(placed, lacking, moved), _shared(spared, moved), strict=True)
    return tuple(Placed(each.column, each.width + more - less) for each, more, less in changes)


def _filled(placed: Sequence[Placed], lacking: Sequence[int], amount: int) -> list[int]:
    """What each gets of some cells, those of the lowest rank first."""
    got = [0] * len(placed)
    for place in sorted(range(len(placed)), key=lambda place: placed[place].column.rank):
        got[place] = min(lacking[place], amount)
        amount -= got[place]
    return got


def _needed(columns: Sequence[Column]) -> int:
    return sum(column.width for column in columns) + GAP * (len(columns) - 1)


def _shared(weights: Sequence[int], amount: int) -> list[int]:
    """`amount` split by weight into whole cells, none of them lost."""
    total, upto, given, shares = sum(weights), 0, 0, []
    for weight in weights:
        upto += weight
        share = amount * upto // total - given
        given += share
        shares.append(share)
    return shares
