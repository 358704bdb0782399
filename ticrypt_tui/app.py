"""The full-screen console: it is on screen at once, opens the enclave behind it, and gives it up
again in bounded time, whatever ends it."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import Screen

from ticrypt_tui.backend.errors import TicryptError
from ticrypt_tui.config import keymap, theme
from ticrypt_tui.screens.console import Clock, Console, local_now
from ticrypt_tui.screens.frame import Go, Leave
from ticrypt_tui.screens.messages import Message, Tone
from ticrypt_tui.screens.tab_screen import TabScreen
from ticrypt_tui.screens.tabs import TABS
from ticrypt_tui.screens.which import screen_of

if TYPE_CHECKING:
    from ticrypt_tui.screens.enclave import Enclave

CLOSING_SECONDS = 10.0
SMALLEST = (80, 24)


class TicryptApp(App[int]):
    """The console; its return value is the exit code."""

    TITLE = "ticrypt-tui"
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "quit", id="quit_now", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    * { scrollbar-size-vertical: 1; }
    """

    def __init__(
        self, opener: Callable[[], Awaitable[Enclave]], *, clock: Clock = local_now
    ) -> None:
        super().__init__()
        self._opener = opener
        self.animation_level = "none"
        self.console_state = Console(clock)
        self.console_state.work = self.work
        self.console_state.changed = self.show_changes
        self.console_state.messages.added = self._said
        self.trail: list[str] = []
        self._unsubscribe: Callable[[], None] = lambda: None
        for each in theme.THEMES:
            self.register_theme(each)
        self.theme = theme.fitting()
        for tab in TABS:
            self.add_mode(tab.name, partial(screen_of, tab, self.console_state))

    # Opening and closing

    async def on_mount(self) -> None:
        await self.switch_mode(TABS[0].name)
        self.call_after_refresh(self.work, "opening the enclave", self._open())

    def opening(self, sentence: str) -> None:
        """Say how far the opening is; may be called from any thread."""
        self.console_state.opening = sentence
        self.call_later(self.show_changes)

    async def _open(self) -> None:
        try:
            enclave = await self._opener()
        except TicryptError as error:
            self.exit(error.exit_code, error.exit_code, message=str(error))
            return
        self.console_state.enclave = enclave
        self._unsubscribe = enclave.subscribe(self._rows_changed)
        self.set_keymap(keymap.remapped(enclave.settings.keys))
        for sentence in enclave.status.messages:
            self.console_state.messages.add(Tone.NOTE, sentence)
        self._rows_changed("")

    async def close_enclave(self) -> None:
        """End what runs, with its outcome recorded, and give the enclave up; in bounded time."""
        self._unsubscribe()
        enclave, self.console_state.enclave = self.console_state.enclave, None
        await self.console_state.runs.end(CLOSING_SECONDS / 2)
        if enclave is not None:
            await asyncio.wait_for(enclave.close(), CLOSING_SECONDS)

    async def on_unmount(self) -> None:
        await self.close_enclave()

    # Work beside the screen, and the boundary where an unknown error becomes a message

    def work(self, doing: str, work: Coroutine[Any, Any, None]) -> None:
        """Do something that takes time; an unforeseen error is told, and the console lives."""
        self.run_worker(self._guarded(doing, work), exit_on_error=False)

    async def _guarded(self, doing: str, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except TicryptError as error:
            self.console_state.messages.add(Tone.FAILED, f"{doing}: {error}")
        except Exception as error:
            text = f"An error that nobody foresaw while {doing}: {type(error).__name__}: {error}"
            self.console_state.messages.add(Tone.CRASHED, text, traceback.format_exc())

    # What changed

    @property
    def tab_screen(self) -> TabScreen | None:
        """The tab that is open, whatever dialog stands on it."""
        first: Screen[Any] = self.screen_stack[0]
        return first if isinstance(first, TabScreen) and first.is_mounted else None

    def show_changes(self) -> None:
        """Show on the open tab how things stand now."""
        if (screen := self.tab_screen) is not None:
            screen.show_frame()

    def _rows_changed(self, tab: str) -> None:
        for stack in self._screen_stacks.values():
            screen = stack[0] if stack else None
            if isinstance(screen, TabScreen) and tab in ("", screen.tab.name):
                screen.rows_changed()
            if isinstance(screen, TabScreen) and tab in ("", "audit"):
                screen.records_changed()
        self.show_changes()

    def _said(self, message: Message) -> None:
        if (screen := self.tab_screen) is not None:
            screen.show_message(message)
            screen.show_frame()

    # Going about

    async def on_go(self, event: Go) -> None:
        await self.go_to(event.tab)

    async def go_to(self, tab: str) -> None:
        """Open a tab, and remember where that was from."""
        if tab != self.current_mode:
            self.trail.append(self.current_mode)
            await self.switch_mode(tab)

    async def on_leave(self, event: Leave) -> None:
        if self.trail:
            await self.switch_mode(self.trail.pop())
        elif event.may_quit:
            await self.action_quit()

    async def action_quit(self) -> None:
        self.exit(0)
