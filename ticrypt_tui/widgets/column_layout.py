"""How wide each column is, and which ones a narrow terminal does without."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from ticrypt_tui.screens.declaration import Column

GAP = 2


class Placed(NamedTuple):
    """A column that is shown, and its cells, with the gap to the next one apart."""

    column: Column
    width: int


def laid_out(columns: Sequence[Column], room: int) -> tuple[Placed, ...]:
    """The columns that fit into `room` cells, with what is left shared out among the texts.

    The highest rank goes first, of equals the rightmost; rank 0 stays, narrower if need be.
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
    return tuple(Placed(column, width) for column, width in zip(kept, widths, strict=True))


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
