"""What the line below a VM's screen says of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ticrypt_tui.widgets.guest_drawing import Follows
from ticrypt_tui.widgets.guest_window import FIT
from ticrypt_tui.widgets.one_line import Piece

if TYPE_CHECKING:
    from ticrypt_tui.widgets.guest_drawing import GuestDrawing

VIEW_ONLY = " VIEW ONLY "
LOUD = "bold reverse $warning"
ENDED = "bold reverse $error"
QUIET = "$text-muted"


def state(drawing: GuestDrawing, titles: Sequence[str], chosen: int) -> list[Piece]:
    """Which screen it is, whether keys reach it, and how it is drawn."""
    guest = drawing.guest
    loud = [Piece(VIEW_ONLY, LOUD), Piece(" ")] if guest.view_only else []
    ended = [Piece(" ENDED ", ENDED), Piece(" ")] if guest.ended else []
    return [
        *loud, *ended, *strip(titles, chosen),
        Piece(f" · {seen(drawing)}", QUIET, 1),
        *_unseen(drawing),
        *_found(drawing),
        Piece(f" · {guest.layout} keyboard", QUIET, 4),
    ]  # fmt: skip


def strip(titles: Sequence[str], chosen: int) -> list[Piece]:
    """The open screens, by their numbers where there are several."""
    if len(titles) == 1:
        return [Piece(titles[0], "bold")]
    return [
        Piece(f"[{place + 1} {title}] ", "bold $accent")
        if place == chosen
        else Piece(f"{place + 1} {title}  ", QUIET, 3)
        for place, title in enumerate(titles)
    ]


def seen(drawing: GuestDrawing) -> str:
    """The guest's screen, and how it is drawn."""
    guest, looks, text = drawing.guest, drawing.looks, drawing.text
    if guest.awaited:
        return "no picture came" if guest.ended else "waiting for the first picture"
    if text is not None:
        return f"text {max((len(row) for row in text.rows), default=0)}×{len(text.rows)}"
    size = f"{guest.width}×{guest.height} {looks.drawn_by}"
    if looks.zoom == FIT:
        return f"{size}, fit"
    follows = "" if looks.follows is Follows.NOTHING else f", follows {looks.follows}"
    return f"{size}, {looks.zoom:g}:1{follows}"


def _unseen(drawing: GuestDrawing) -> list[Piece]:
    return [Piece(f" · {drawing.unseen}", QUIET, 2)] if drawing.unseen else []


def _found(drawing: GuestDrawing) -> list[Piece]:
    sought = drawing.looks.sought
    if not sought or drawing.text is None:  # in a picture there is nothing to be found
        return []
    found = drawing.found
    where = f"{min(drawing.looks.chosen, len(found) - 1) + 1} of {len(found)}" if found else "none"
    return [Piece(f" · /{sought}: {where}", "$accent", 1)]


def way_out(prefix: str) -> list[Piece]:
    """What stands at the right: the way out."""
    return [Piece(f"  {prefix}", "bold $accent"), Piece(" menu")]
