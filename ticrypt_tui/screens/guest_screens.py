"""The VMs' screens that are open: one fills the terminal, the others wait behind it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Self

from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.content import Content
from textual.geometry import Region
from textual.screen import ModalScreen
from textual.widgets import Static

from ticrypt_tui.backend.errors import TicryptError
from ticrypt_tui.config.keymap import DEFAULTS
from ticrypt_tui.screens.guest_commands import Commands
from ticrypt_tui.screens.guest_graphics import graphics_of
from ticrypt_tui.screens.guest_menu import GuestMenu
from ticrypt_tui.screens.guest_status import state, way_out
from ticrypt_tui.screens.keys import key_face
from ticrypt_tui.screens.messages import Tone
from ticrypt_tui.text import shown
from ticrypt_tui.widgets.backlog import PatientScreen
from ticrypt_tui.widgets.guest_view import GuestView
from ticrypt_tui.widgets.one_line import OneLine
from ticrypt_tui.widgets.prompt import is_asking

if TYPE_CHECKING:
    from textual.timer import Timer

    from ticrypt_tui.screens.console import Console
    from ticrypt_tui.screens.guest_screen import GuestScreen
    from ticrypt_tui.widgets.guest_graphics import Graphics

SAID_SECONDS = 8.0
"""How long what was said last stands there."""


class GuestScreens(PatientScreen, ModalScreen[None]):
    """Full screen; leaving it leaves the screens open, but for what is closed."""

    DEFAULT_CSS = """
    GuestScreens {
        layers: base menu; background: $background;
        & #notice {
            background: $panel; color: $text-warning; text-style: bold; padding: 0 1;
            width: 1fr; height: auto; max-height: 4; display: none;
        }
        & #keys { background: $panel; }
        & #guests { width: 1fr; height: 1fr; }
    }
    """
    AUTO_FOCUS = ""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self.console = console
        self.views: list[GuestView] = []
        self.chosen = 0
        self.graphics: list[Graphics] = []
        """What the terminal has beside block characters."""
        self._said = self._noticed = ""
        self._unsaid: Timer | None = None
        self._commands = Commands(self)
        self._opened: dict[GuestView, str] = {}

    def compose(self) -> ComposeResult:
        yield Container(id="guests")
        yield Static(id="notice")
        yield OneLine(id="keys")
        yield GuestMenu()

    async def on_mount(self) -> None:
        for view in self.views:
            await self.query_one("#guests").mount(view)
        self.show_chosen()
        self.attempt("asking the terminal for pictures", self._ask_for_graphics)

    async def _ask_for_graphics(self) -> None:
        """Draw pictures with pixels, where the terminal has such."""
        self.graphics = await graphics_of(self.app, self.console)
        for view in self.views:
            view.drawing.looks.graphics = next(iter(self.graphics), "")
        if self.graphics and self.view is not None:
            self.view.paint()

    def refresh(
        self,
        *regions: Region,
        repaint: bool = True,
        layout: bool = False,
        recompose: bool = False,
    ) -> Self:
        """Textual asks for regions where the tab behind has changed, which nobody sees here."""
        if regions:
            return self
        return super().refresh(repaint=repaint, layout=layout, recompose=recompose)

    # Opening, choosing, closing

    @property
    def view(self) -> GuestView | None:
        """The screen that is looked at."""
        return self.views[self.chosen] if self.views else None

    async def add(self, guest: GuestScreen, opened: str) -> None:
        """Keep one more screen, and look at it; `opened` says of what it was opened."""
        view = GuestView(guest, self.prefix, self._command, self.console.work)
        view.drawing.looks.graphics = next(iter(self.graphics), "")
        self._opened[view] = opened
        self.views.append(view)
        self.chosen = len(self.views) - 1
        if self.is_mounted:
            await self.query_one("#guests").mount(view)
            self.show_chosen()

    def find(self, opened: str) -> bool:
        """Look at the screen that was opened of something, if it is open and has not ended."""
        for place, view in enumerate(self.views):
            if self._opened[view] == opened and not view.guest.ended:
                self.choose(place)
                return True
        return False

    def choose(self, place: int) -> None:
        """Look at another of the screens."""
        if 0 <= place < len(self.views):
            self.chosen = place
            self.show_chosen()

    def close_view(self) -> None:
        """Close the screen that is looked at; after the last one, leave."""
        view = self.view
        if view is None:
            return
        self.views.remove(view)
        self.chosen = max(0, self.chosen - 1)
        view.remove()
        self.attempt("closing the screen", view.guest.close)
        if self.views:
            self.show_chosen()
        else:
            self.dismiss(None)

    def leave(self) -> None:
        """Go back to the console; the screens stay open, and ask for nothing."""
        left = ", ".join(view.guest.title for view in self.views)
        said = f"The screen of {left} stays open: VNC there goes back to it."
        self.console.messages.add(Tone.NOTE, said)
        self.dismiss(None)

    def on_screen_resume(self) -> None:
        self.show_chosen()

    def on_screen_suspend(self) -> None:
        self._watch(None)
        for view in self.views:
            view.hide_picture()

    def _watch(self, seen: GuestView | None) -> None:
        for view in self.views:
            view.guest.watch(view is seen)

    def show_chosen(self) -> None:
        """Show the chosen screen as it is now, and ask for what comes."""
        if not self.is_mounted or self.view is None:
            return
        for view in self.views:
            view.display = view is self.view
            if view is not self.view:
                view.hide_picture()
        self._watch(self.view)
        if self.view.is_attached:
            self.set_focus(self.view)
            self.view.paint()
        self.show_state()

    # What the lines below say

    def prefix(self) -> frozenset[str]:
        """The keys that are not the guest's."""
        keys = self.app._keymap.get("guest.leave", DEFAULTS["guest.leave"])
        return frozenset(keys.split(","))

    def show_state(self) -> None:
        """Say how the screen is now."""
        if self.view is None or not self.is_mounted:
            return
        titles = [view.guest.title for view in self.views]
        out = way_out(key_face(self.app, "guest.leave"))
        line = self.query_one("#keys", OneLine)
        if keys := self._commands.line:
            line.say(keys)
        else:
            line.say(state(self.view.drawing, titles, self.chosen), out)
        self._show_notice(shown(self._said or self.view.guest.notice))

    def _show_notice(self, sentence: str) -> None:
        if sentence != self._noticed:
            self._noticed = sentence
            notice = self.query_one("#notice", Static)
            notice.update(Content(sentence))
            notice.display = bool(sentence)

    def say(self, sentence: str) -> None:
        """Show a sentence for a while."""
        self._said = sentence
        if self._unsaid is not None:
            self._unsaid.stop()
        self._unsaid = self.set_timer(SAID_SECONDS, self.unsay)
        self.show_state()

    def unsay(self) -> None:
        """Take away what was said."""
        if self._said:
            self._said = ""
            self.show_state()

    def attempt(self, doing: str, what: Callable[[], Awaitable[object]]) -> None:
        """Do something beside the keys; what goes wrong is said here."""

        async def work() -> None:
            try:
                await what()
            except TicryptError as error:
                self.console.messages.add(Tone.FAILED, str(error), seen=self.is_current)
                if self.is_attached:
                    self.say(str(error))

        self.console.work(doing, work)

    # What comes from the views

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Every key, also while the terminal's window has no focus; but for those of a prompt."""
        return not is_asking(self)

    async def on_key(self, event: events.Key) -> None:
        """A key that came while nothing had the focus is the guest's, too."""
        if self.view is not None and self.focused is None:
            event.stop()
            self.set_focus(self.view)
            await self.view.on_key(event)

    async def _command(self, view: GuestView, key: str) -> None:
        if key:
            await self._commands.pressed(view, key)
        else:
            self.unsay()
            self.query_one(GuestMenu).open(key_face(self.app, "guest.leave"))

    def on_guest_view_untyped(self, event: GuestView.Untyped) -> None:
        self._commands.untyped(event.view, event.key)

    def on_guest_view_pasted(self, event: GuestView.Pasted) -> None:
        self._commands.paste(event.view, event.text)

    def on_guest_view_changed(self, event: GuestView.Changed) -> None:
        self.show_state()

    def on_guest_view_marked(self, event: GuestView.Marked) -> None:
        self._commands.copy(event.view)
