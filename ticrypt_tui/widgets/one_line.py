"""One line of pieces, at the left and at the right; what does not fit is dropped by rank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual.content import Content
from textual.widget import Widget

from ticrypt_tui.widgets.cells import fitted, safe

LONGEST = 400


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a line: foreign or own text, how it looks, and how soon it is dropped.

    `rank` 0 is never dropped; all pieces of the highest go first where the line is too narrow.
    """

    text: str
    style: str = ""
    rank: int = 0

    @property
    def cells(self) -> int:
        return cell_len(safe(self.text, LONGEST))


class OneLine(Widget):
    """A line that shows pieces; it repaints only when they differ from those that it shows."""

    DEFAULT_CSS = """
    OneLine { height: 1; width: 1fr; padding: 0 1; }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._left: tuple[Piece, ...] = ()
        self._right: tuple[Piece, ...] = ()

    def say(self, left: Sequence[Piece], right: Sequence[Piece] = ()) -> None:
        """Show these pieces from now on."""
        if (self._left, self._right) != (tuple(left), tuple(right)):
            self._left, self._right = tuple(left), tuple(right)
            self.refresh()

    def render(self) -> Content:
        return line(self._left, self._right, self.content_size.width)


def line(left: Sequence[Piece], right: Sequence[Piece], width: int) -> Content:
    """The pieces in exactly `width` cells; the last one at the left is cut where nothing helps."""
    left, right = _that_fit(left, right, width)
    room = width - sum(piece.cells for piece in right)
    said = Content.assemble(*((_text(piece), piece.style) for piece in left))
    if said.cell_length > room:
        said = said.truncate(max(room, 0), ellipsis=True)
    gap = Content(" " * (room - said.cell_length))
    return Content.assemble(said, gap, *((_text(piece), piece.style) for piece in right))


def _that_fit(
    left: Sequence[Piece], right: Sequence[Piece], width: int
) -> tuple[list[Piece], list[Piece]]:
    """The pieces without those that must go: the highest rank first, all of that rank."""
    every = [*left, *right]
    stay = set(range(len(every)))
    for rank in sorted({piece.rank for piece in every if piece.rank}, reverse=True):
        if sum(every[place].cells for place in stay) <= width:
            break
        stay -= {place for place, piece in enumerate(every) if piece.rank == rank}
    kept = [(place, piece) for place, piece in enumerate(every) if place in stay]
    return (
        [piece for place, piece in kept if place < len(left)],
        [piece for place, piece in kept if place >= len(left)],
    )


def _text(piece: Piece) -> str:
    return fitted(piece.text, piece.cells)
