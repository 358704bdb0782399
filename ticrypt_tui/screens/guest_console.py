"""A VM's serial console, full screen: its guest's from edge to edge, but for one line."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from ticrypt_tui.backend.errors import TicryptError
from ticrypt_tui.config.keymap import DEFAULTS
from ticrypt_tui.screens.console_commands import ConsoleCommands, ConsoleMenu, copying_hints
from ticrypt_tui.screens.guest_status import ENDED, LOUD, QUIET, VIEW_ONLY, way_out
from ticrypt_tui.screens.keys import key_face
from ticrypt_tui.screens.messages import Tone
from ticrypt_tui.text import shown
from ticrypt_tui.widgets.backlog import PatientScreen
from ticrypt_tui.widgets.one_line import OneLine, Piece
from ticrypt_tui.widgets.prompt import is_asking
from ticrypt_tui.widgets.terminal_view import TerminalView

if TYPE_CHECKING:
    from textual.screen import Screen
    from textual.timer import Timer

    from ticrypt_tui.screens.console import Console
    from ticrypt_tui.screens.guest_terminal import GuestTerminal

SAID_SECONDS = 8.0
"""How long what was said last stands there."""


async def show_console(screen: Screen[Any], console: Console, guest: GuestTerminal) -> None:
    """Look at a console that was opened from a screen; who has left that meanwhile, has left it."""
    if screen.is_current:
        await screen.app.push_screen(ConsoleScreen(guest, console))
        return
    await guest.close()
    said = f"The serial console of {guest.title} came after you had left: it was closed again."
    console.messages.add(Tone.NOTE, said)


class ConsoleScreen(PatientScreen, ModalScreen[None]):
    """Leaving it closes the console: one alone may have it, and others wait for it."""

    DEFAULT_CSS = """
    ConsoleScreen {
        layers: base said menu; background: $background;
        & #notice {
            layer: said; dock: top; background: $panel; color: $text-warning; text-style: bold;
            padding: 0 1; width: 1fr; height: auto; max-height: 4; display: none;
        }
        & #keys { background: $panel; }
    }
    """
    AUTO_FOCUS = "TerminalView"

    def __init__(self, guest: GuestTerminal, console: Console) -> None:
        super().__init__()
        self.guest, self.console = guest, console
        self._commands = ConsoleCommands(self)
        self.view = TerminalView(guest, self.prefix, self._command)
        self._said = self._noticed = ""
        self._unsaid: Timer | None = None

    def compose(self) -> ComposeResult:
        yield self.view
        yield Static(id="notice")
        yield OneLine(id="keys")
        yield ConsoleMenu()

    def leave(self) -> None:
        """Close the console, and go back."""
        self.attempt("closing the serial console", self.guest.close)
        self.dismiss(None)

    def prefix(self) -> frozenset[str]:
        """The keys that are not the guest's."""
        keys = self.app._keymap.get("guest.leave", DEFAULTS["guest.leave"])
        return frozenset(keys.split(","))

    # What the lines around it say

    def show_state(self) -> None:
        """Say how the console is now."""
        if not self.is_mounted:
            return
        line = self.query_one("#keys", OneLine)
        if self.view.selection is not None:
            line.say(_copying())
        else:
            line.say(_state(self.view), way_out(key_face(self.app, "guest.leave")))
        self._show_notice(shown(self._said or self.guest.notice or self._first_words))

    @property
    def _first_words(self) -> str:
        """What helps before the guest has said anything: it does not know that somebody came."""
        if self.guest.received or self.guest.view_only:
            return ""
        return "Nothing was printed yet: enter makes most guests say something."

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
                self._failed(error)

        self.console.work(doing, work)

    def attempt_now(self, what: Callable[[], object]) -> None:
        """Do something before the next key; what goes wrong is said here."""
        try:
            what()
        except TicryptError as error:
            self._failed(error)

    def _failed(self, error: TicryptError) -> None:
        self.console.messages.add(Tone.FAILED, str(error), seen=self.is_current)
        if self.is_attached:
            self.say(str(error))

    # What comes from the view

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Every key, also while the terminal's window has no focus; but for those of a prompt."""
        return not is_asking(self)

    async def on_key(self, event: events.Key) -> None:
        """A key that came while nothing had the focus is the guest's, too."""
        if self.focused is None:
            event.stop()
            self.set_focus(self.view)
            await self.view.on_key(event)

    async def _command(self, key: str) -> None:
        """The prefix was pressed, or a key behind it."""
        if key:
            await self._commands.pressed(self.view, key)
        else:
            self.unsay()
            self.query_one(ConsoleMenu).open(key_face(self.app, "guest.leave"))

    def on_terminal_view_untyped(self) -> None:
        self._commands.untyped(self.view)

    def on_terminal_view_pasted(self, event: TerminalView.Pasted) -> None:
        self._commands.paste(self.view, event.text)

    def on_terminal_view_changed(self) -> None:
        self.show_state()

    def on_terminal_view_marked(self) -> None:
        self._commands.copy(self.view)

    def on_terminal_view_resized(self) -> None:
        """The guest cannot know: a serial line tells it no size."""
        columns, rows = self.guest.size
        prefix = key_face(self.app, "guest.leave")
        if self.guest.received and not self.guest.view_only and not self.guest.ended:
            self.say(f"{columns}×{rows} now. The guest does not know: {prefix} s types stty.")


def _state(view: TerminalView) -> list[Piece]:
    """Whose console it is, whether keys reach it, and how much of it is seen."""
    guest = view.guest
    columns, rows = guest.size
    loud = [Piece(VIEW_ONLY, LOUD), Piece(" ")] if guest.view_only else []
    ended = [Piece(" ENDED ", ENDED), Piece(" ")] if guest.ended else []
    back = [Piece(f" BACK {view.back:,} ", LOUD), Piece(" ")] if view.back else []
    lost = [Piece(f" · {guest.left_out:,} B left out", "$warning", 1)] if guest.left_out else []
    return [
        *loud, *ended, *back, Piece(guest.title, "bold"),
        Piece(f" · serial {columns}×{rows}", QUIET, 2),
        Piece(f" · {guest.received:,} B", QUIET, 3),
        *lost,
    ]  # fmt: skip


def _copying() -> list[Piece]:
    hints = [
        (Piece(f"{key} ", "bold $accent"), Piece(f"{says}  ")) for key, says in copying_hints()
    ]
    return [Piece(" COPY ", "bold reverse $accent"), Piece(" "), *sum(hints, ())]
