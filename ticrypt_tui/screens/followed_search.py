"""What was found in a whole log file, with the lines around it; the file is searched on from there.

The search begins at the file's end: of a log, the newest is what is looked for first.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.worker import Worker

from ticrypt_tui.backend.errors import TicryptError
from ticrypt_tui.screens.dialogs.viewer import Viewer
from ticrypt_tui.screens.followed_feed import in_units
from ticrypt_tui.screens.keys import bound
from ticrypt_tui.widgets.followed_lines import FollowedLines
from ticrypt_tui.widgets.key_line import Hint
from ticrypt_tui.widgets.one_line import Piece
from ticrypt_tui.widgets.prompt import is_asking

if TYPE_CHECKING:
    from ticrypt_tui.screens.console import Console
    from ticrypt_tui.screens.followed_log import FollowedLog, Window

SAID_SECONDS = 0.2
"""How often it is said how far a search is."""


class FoundLines(Viewer):
    """A window onto the file, a place where the text stands in its middle."""

    BINDINGS: ClassVar[list[BindingType]] = [
        bound("log.next", "on(1)", at_once=True),
        bound("log.previous", "on(-1)", at_once=True),
        bound("log.earlier", "turn(-1)"),
        bound("log.later", "turn(1)"),
    ]

    def __init__(self, text: str, log: FollowedLog, console: Console) -> None:
        super().__init__(log.title, console)
        self._sought, self._search = text, log.search()
        self._window: Window | None = None
        self._at_work: Worker[None] | None = None
        self._said = ""
        self._said_at = 0.0

    def on_mount(self) -> None:
        self._seek(-1)

    def on_unmount(self) -> None:
        self._search.close()

    # Searching

    def action_on(self, step: int) -> None:
        """Search on, unless it is searching."""
        if self._at_work is None:
            self._seek(step)

    def _seek(self, step: int) -> None:
        self._at_work = self.run_worker(self._find(step), exit_on_error=False)

    async def _find(self, step: int) -> None:
        try:
            found = await self._found(step)
            if found is not None:
                await self._show(found)
            else:
                self._say(self._not_found(step))
        except TicryptError as error:
            self._say(f"! {error}")
        finally:
            self._at_work = None

    def _not_found(self, step: int) -> str:
        if self._window is None:
            return "is nowhere in the file"
        return "is not found again later in the file" if step > 0 else "is not found before that"

    async def _found(self, step: int) -> int | None:
        here, found = self._window, None
        after = here.after if here and step > 0 else None
        before = here.at if here and step < 0 else None
        async with aclosing(self._search.find(self._sought, after=after, before=before)) as steps:
            async for progress in steps:
                found = progress.found
                if monotonic() - self._said_at > SAID_SECONDS:
                    done, whole = in_units(progress.searched), in_units(progress.whole)
                    self._say(f"searching: {done} of {whole}; escape stops")
        return found

    def action_back(self) -> None:
        """Stop searching, else as everywhere."""
        if self._at_work is not None:
            self._at_work.cancel()
            self._say("stopped")
        else:
            super().action_back()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        letters = action in ("on", "turn") and is_asking(self)
        return False if letters else super().check_action(action, parameters)

    # What is shown

    async def action_turn(self, step: int) -> None:
        """Show the lines before those shown, or after them."""
        here = self._window
        if here is None or self._at_work is not None:
            return
        if step < 0 < here.start:
            await self._turn(here.start - 1)
        elif step > 0 and here.end < here.size:
            await self._turn(here.end)

    async def _turn(self, at: int) -> None:
        try:
            await self._show(at)
        except TicryptError as error:
            self._say(f"! {error}")

    async def _show(self, at: int) -> None:
        self._window = window = await self._search.around(at)
        view = FollowedLines()
        focused = self.view.has_focus
        await self.view.remove()
        self.view = view
        await self.mount(view, before="#keys")
        if focused:
            view.focus()
        view.show_part(window, self._sought)
        self._say(f"at {in_units(at)} of {in_units(window.size)}")

    def _say(self, text: str) -> None:
        self._said, self._said_at = text, monotonic()
        self.show_state()

    def hints(self) -> Sequence[Hint]:
        named = {"log.previous": "earlier one", "log.next": "later one",
                 "log.earlier": "earlier lines", "log.later": "later lines"}  # fmt: skip
        return [self.hint(name, says) for name, says in named.items()]

    def state(self) -> Sequence[Piece]:
        return [Piece(f"  {self._sought}", "bold $accent", 1), Piece(f" · {self._said}", "", 0)]
