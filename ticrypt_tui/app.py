"""The full-screen console: it is on screen at once, opens the enclave behind it, and gives it up
again in bounded time, whatever ends it."""

from __future__ import annotations

import asyncio
import gc
import sys
import traceback
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from importlib import import_module
from time import monotonic
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import events
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.screen import Screen

from ticrypt_tui.backend.errors import TicryptError
from ticrypt_tui.config import keymap, theme
from ticrypt_tui.courtesy import key_pressed
from ticrypt_tui.screens.console import Clock, Console, Work, local_now
from ticrypt_tui.screens.frame import GoBack, GoTo
from ticrypt_tui.screens.messages import Message, Tone
from ticrypt_tui.screens.opening import OPENING, OpeningScreen
from ticrypt_tui.screens.tab_screen import TabScreen
from ticrypt_tui.screens.tabs import TABS
from ticrypt_tui.text import shown, shown_lines
from ticrypt_tui.widgets.backlog import unsent

if TYPE_CHECKING:
    from textual.command import Provider
    from textual.timer import Timer
    from textual.worker import WorkType

    from ticrypt_tui.config.chosen_theme import ChosenTheme
    from ticrypt_tui.screens.declaration import Tab
    from ticrypt_tui.screens.enclave import Enclave
    from ticrypt_tui.screens.too_small import TooSmall

CLOSING_SECONDS = 10.0
SMALLEST = Size(80, 24)
GARBAGE = 100_000, 10, 10
"""When garbage is looked for: not until the console is open, and never in what was loaded by then.
10,000 rows do not set it off again and again: each time, every key would wait for it."""
SWITCH_SECONDS = 0.001
"""For how long a thread may keep all others from running, such as those that read keys and write
frames."""
FIRST_COUNT_SECONDS, COUNT_SECONDS = 0.3, 2.0
"""How long tabs that are not in sight wait to have their rows counted again."""


def _everything() -> type[Provider]:
    """The palette's provider, imported when the palette is opened."""
    from ticrypt_tui.screens.palette import Everything

    return Everything


class TicryptApp(App[int]):
    """The console; its return value is the exit code."""

    TITLE = "ticrypt-tui"
    DEFAULT_MODE = OPENING
    COMMANDS: ClassVar = App.COMMANDS | {_everything}
    ENABLE_COMMAND_PALETTE = False  # bound by the key map, not by Textual
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "quit", id="quit_now", show=False, priority=True),
    ]
    DEFAULT_CSS = """
    CommandPalette SearchIcon { display: none; }
    CommandPalette > Vertical { width: 84; max-width: 96%; }
    """

    def __init__(
        self,
        opener: Callable[[], Awaitable[Enclave]],
        *,
        look: Callable[[], Awaitable[Mapping[str, Sequence[Any]]]] | None = None,
        clock: Clock = local_now,
        chosen_theme: ChosenTheme | None = None,
    ) -> None:
        super().__init__()
        self._opener, self._look = opener, look
        self.animation_level = "none"
        self.use_command_palette = True
        self.console_state = Console(clock)
        self.console_state.work = self.work
        self.console_state.changed = self.show_changes
        self.console_state.messages.added = self._said
        self.trail: list[str] = []
        self._uncounted: set[str] = set()
        self._counting: Timer | None = None
        self._to_show = False
        self._touched = monotonic()
        self._told_size = False
        self._too_small: TooSmall | None = None
        self._unsubscribe: Callable[[], None] = lambda: None
        self._chosen_theme = chosen_theme
        self._set_up_themes()
        self.add_mode(OPENING, self._opening_screen)
        for tab in TABS:
            self.add_mode(tab.name, partial(self._screen_of, tab))

    def _set_up_themes(self) -> None:
        """Have these themes and no others, which lack the colours of projects."""
        foreign = [*self.available_themes]
        for each in theme.THEMES:
            self.register_theme(each)
        self._last_theme = self._chosen_theme.name() if self._chosen_theme else theme.fitting()
        self.theme = self._last_theme
        for name in foreign:
            self.unregister_theme(name)

    def watch_theme(self, name: str) -> None:
        """Remember another theme."""
        if self._chosen_theme is not None and name != self._last_theme:
            self._last_theme = name
            keep = partial(asyncio.to_thread, self._chosen_theme.keep, name)
            self.work("keeping the theme", keep)

    def _opening_screen(self) -> TabScreen:
        return self._fitted(OpeningScreen(self.console_state))

    def _screen_of(self, tab: Tab) -> TabScreen:
        from ticrypt_tui.screens.which import screen_of

        return self._fitted(screen_of(tab, self.console_state))

    def _fitted(self, screen: TabScreen) -> TabScreen:
        """A new screen, styled as all are now, so that it need not be styled twice."""
        screen._css_update_count = self._css_update_count
        screen.expect(self.size)
        return screen

    # Opening and closing

    def on_mount(self) -> None:
        sys.setswitchinterval(SWITCH_SECONDS)
        self._mind_size(self.size)
        self.call_after_refresh(self.work, "opening the enclave", self._open)

    def opening(self, sentence: str) -> None:
        """Say how far the opening is; may be called from any thread."""
        self.console_state.opening = sentence
        self.call_later(self.show_changes)

    async def _open(self) -> None:
        await asyncio.to_thread(import_module, "ticrypt_tui.screens.which")
        await self._show_first_tab()
        try:
            await self._first_look()
            enclave = await self._opener()
        except TicryptError as error:
            line = Text(shown(error), no_wrap=True, overflow="ignore")
            self.exit(error.exit_code, error.exit_code, message=line)
            return
        finally:
            gc.freeze()
            gc.set_threshold(*GARBAGE)
            gc.enable()
        self.console_state.enclave, self.console_state.first_look = enclave, {}
        self._unsubscribe = enclave.subscribe(self._rows_changed)
        self.set_keymap(keymap.remapped(enclave.settings.keys))
        for sentence in enclave.status.messages:
            self.console_state.messages.add(Tone.NOTE, sentence)
        self._rows_changed("")
        self._mind_idleness()

    async def _first_look(self) -> None:
        """Show what can be seen before the enclave is open, and what it needs even loaded."""
        if self._look is not None:
            self.console_state.first_look = await self._look()
            if self.tab_screen is not None:
                self.tab_screen.show_first_look()
            self.show_changes()

    async def _show_first_tab(self) -> None:
        """Let the first tab take the place of its frame, unless somebody already types there."""
        if self.current_mode == OPENING and (screen := self.tab_screen) is not None:
            if screen.is_asking:
                self.set_timer(0.1, self._show_first_tab)
            else:
                await self.switch_mode(TABS[0].name)
                await self.remove_mode(OPENING)
                self._told_size = False
                self._mind_size(self.size)

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

    def work(self, doing: str, work: Work) -> None:
        """Do something that takes time; an unforeseen error is told, and the console lives."""
        guarded: WorkType[None] = partial(self._guarded, doing, work)
        self.run_worker(guarded, exit_on_error=False)

    async def _guarded(self, doing: str, work: Work) -> None:
        try:
            await work()
        except TicryptError as error:
            self.console_state.messages.add(Tone.FAILED, f"{doing}: {error}")
        except Exception as error:
            text = f"An error that nobody foresaw while {doing}: {type(error).__name__}: {error}"
            if self.console_state.enclave is None:
                self.console_state.opening, self.console_state.broken = text, True
            self.console_state.messages.add(Tone.CRASHED, text, traceback.format_exc())

    def _fatal_error(self) -> None:
        """Tell an error that ends the console without the values of variables: some are secret."""
        self.bell()
        told = "\n".join(shown_lines(traceback.format_exc()))
        self._exit_renderables.append(Text(told))
        self._close_messages_no_wait()

    # What changed

    @property
    def tab_screen(self) -> TabScreen | None:
        """The tab that is open, whatever dialog stands on it; None once the console is closing."""
        stack = self.screen_stack if self.is_running else ()
        first: Screen[Any] | None = next(iter(stack), None)
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
        self._uncounted |= {each.name for each in TABS if tab in ("", each.name)} - {"audit"}
        if self._counting is None:
            wait = COUNT_SECONDS if self.console_state.counts else FIRST_COUNT_SECONDS
            self._counting = self.set_timer(wait, self._count)
        if not self._to_show:  # news comes tab by tab, and the frame is the same for all
            self._to_show = True
            self.call_later(self._show_once)

    def _show_once(self) -> None:
        self._to_show = False
        self.show_changes()

    def _count(self) -> None:
        self._counting = None
        if unsent(self) or self._reads:
            self._counting = self.set_timer(FIRST_COUNT_SECONDS, self._count)
        else:
            self.work("counting rows", self._count_out_of_sight)

    async def _count_out_of_sight(self) -> None:
        """Count the rows of the tabs that nobody looks at; the one in sight counts its own."""
        tabs, self._uncounted = self._uncounted - {self.current_mode}, set()
        for tab in sorted(tabs):
            if self._reads:
                self._uncounted.add(tab)
            elif (enclave := self.console_state.enclave) is not None:
                with suppress(TicryptError):
                    self.console_state.counts[tab] = await enclave.count(tab)
        if self._uncounted and self._counting is None:
            self._counting = self.set_timer(FIRST_COUNT_SECONDS, self._count)
        self.show_changes()

    @property
    def _reads(self) -> bool:
        """Whether the open tab reads its rows: it goes before all that is only counted."""
        return self.tab_screen is not None and self.tab_screen.reading

    def _said(self, message: Message) -> None:
        if (screen := self.tab_screen) is not None:
            screen.show_message(message)
            screen.show_frame()

    # Going about

    async def on_go_to(self, event: GoTo) -> None:
        """Open a tab, and remember where that was from."""
        if event.tab != self.current_mode:
            if self.current_mode != OPENING:
                self.trail.append(self.current_mode)
            await self.switch_mode(event.tab)
        if event.row_id and self.tab_screen is not None:
            self.tab_screen.reveal(event.row_id)
        if event.operation and self.tab_screen is not None:
            self.tab_screen.action_act(event.operation)

    async def on_go_back(self, event: GoBack) -> None:
        if self.trail:
            await self.switch_mode(self.trail.pop())
        elif event.may_quit:
            await self.action_quit()

    async def action_quit(self) -> None:
        """Quit; while something runs, only after a question."""
        if self.console_state.runs:
            self.work("quitting", self._quit_while_running)
        else:
            self.exit(0)

    async def _quit_while_running(self) -> None:
        from ticrypt_tui.screens.dialogs.confirm import Confirm

        lines = [f"  {run.sentence}, since {run.since:%H:%M:%S}" for run in self.console_state.runs]
        lines += ["", "Each is recorded as cancelled; it may take effect all the same."]
        if await self.push_screen_wait(Confirm("Quit while this runs?", lines, "Quit")):
            self.exit(0)

    # Size and idleness

    def on_resize(self, event: events.Resize) -> None:
        self._mind_size(event.size)

    def _mind_size(self, size: Size) -> None:
        """Say that the terminal is too small for as long as it is."""
        if not self.screen_stack or not isinstance(self.screen_stack[0], TabScreen):
            return
        small = size.width < SMALLEST.width or size.height < SMALLEST.height
        if small and not self._told_size:
            from ticrypt_tui.screens.too_small import TooSmall

            self._too_small = TooSmall(size, SMALLEST)
            self.push_screen(self._too_small)
        elif self._too_small is not None and not small:
            self._too_small.dismiss()
            self._too_small = None
        self._told_size = small

    def on_cursor_position(self, event: events.CursorPosition) -> None:
        self.console_state.cursor_told(event.x, event.y)

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.InputEvent):
            self._touched = monotonic()
        if isinstance(event, events.Key):
            key_pressed()
        await super().on_event(event)

    def _mind_idleness(self) -> None:
        """Leave once nobody pressed a key for `session.idle_exit`, and nothing runs."""
        enclave = self.console_state.enclave
        limit = enclave.settings.session.idle_exit if enclave is not None else None
        if limit is None:
            return
        left = limit.total_seconds() - (monotonic() - self._touched)
        if left <= 0 and not self.console_state.runs:
            self.exit(
                0, 0, message=Text(f"Left after {limit} without a key ([session] idle_exit).")
            )
        else:
            self.set_timer(max(left, 1.0), self._mind_idleness)

    def action_command_palette(self) -> None:
        from ticrypt_tui.screens.palette import Palette

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def search_themes(self) -> None:
        from textual.theme import ThemeProvider

        from ticrypt_tui.screens.palette import Palette

        self.push_screen(Palette([ThemeProvider], placeholder="Search for themes…"))

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        yield SystemCommand("Theme", "choose the colours", self.action_change_theme)
        yield SystemCommand("Quit", "leave the console", self.action_quit)
