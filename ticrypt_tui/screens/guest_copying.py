"""Copying from a VM's text screen, by keys or by the mouse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ticrypt_tui.widgets.guest_marks import Selection
from ticrypt_tui.widgets.one_line import Piece

if TYPE_CHECKING:
    from ticrypt_tui.screens.guest_screens import GuestScreens
    from ticrypt_tui.widgets.guest_view import GuestView

MOVES = {
    "up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1),
    "k": (-1, 0), "j": (1, 0), "h": (0, -1), "l": (0, 1),
    "pageup": (-1000, 0), "pagedown": (1000, 0), "home": (0, -1000), "end": (0, 1000),
}  # fmt: skip
HINTS = (("arrows", "move"), ("space", "from here"), ("enter", "copy"), ("a", "copy all"))


class Copying:
    """Marks cells and copies them into the terminal's clipboard (OSC 52)."""

    def __init__(self, screens: GuestScreens) -> None:
        self._screens = screens

    @property
    def line(self) -> Sequence[Piece]:
        """The keys that work while something is marked; nothing else while nothing is."""
        view = self._screens.view
        if view is None or view.drawing.looks.selection is None:
            return ()
        hints = [(f"{key} ", f"{says}  ") for key, says in (*HINTS, ("escape", "leave"))]
        pieces = [(Piece(key, "bold $accent"), Piece(says)) for key, says in hints]
        return [Piece(" COPY ", "bold reverse $accent"), Piece(" "), *sum(pieces, ())]

    def begin(self, view: GuestView) -> None:
        """Let cells be marked, from the guest's cursor on."""
        text = view.drawing.text
        if text is None:
            self._screens.say("A picture has no text to copy.")
            return
        start = text.cursor or (0, 0)
        view.drawing.looks.selection = Selection(start, start)
        view.captive = True
        view.paint()

    def pressed(self, view: GuestView, key: str) -> None:
        """A key while cells are marked."""
        looks, text = view.drawing.looks, view.drawing.text
        if text is None or looks.selection is None or key == "escape":
            self.end(view)
        elif key in MOVES:
            size = len(text.rows), max(map(len, text.rows), default=1)
            looks.selection = looks.selection.moved(*MOVES[key], size)
            view.paint()
        elif key in ("space", "v"):
            looks.selection = replace(looks.selection, start=looks.selection.end, begun=True)
            view.paint()
        elif key in ("enter", "y"):
            self.copy(view)
        elif key == "a":
            self._copied("\n".join(line.rstrip() for line in view.drawing.lines).rstrip("\n"))
            self.end(view)

    def copy(self, view: GuestView) -> None:
        """Copy what is marked, and mark nothing any more."""
        selection = view.drawing.looks.selection
        if selection is not None:
            self._copied(selection.text(view.drawing.lines))
        self.end(view)

    def end(self, view: GuestView) -> None:
        """Mark nothing any more: keys are the guest's again."""
        view.drawing.looks.selection = None
        view.captive = False
        view.paint()
        self._screens.show_state()

    def _copied(self, text: str) -> None:
        if text:
            self._screens.app.copy_to_clipboard(text)
        self._screens.say(f"Copied {len(text):,} characters.")
