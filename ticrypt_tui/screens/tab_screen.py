"""What every tab has around it: the status line, the sidebar, the audit dock, the line of keys."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from time import monotonic
from typing import TYPE_CHECKING, ClassVar, Protocol

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.geometry import Size
from textual.widget import Widget

from ticrypt_tui.screens import frame
from ticrypt_tui.screens.going import completions, meant
from ticrypt_tui.screens.keys import bound, key_face
from ticrypt_tui.screens.messages import STYLES, SYMBOLS, Message
from ticrypt_tui.screens.tabs import BY_NAME
from ticrypt_tui.widgets.backlog import PatientScreen
from ticrypt_tui.widgets.key_line import Hint, KeyLine
from ticrypt_tui.widgets.one_line import OneLine, Piece
from ticrypt_tui.widgets.sidebar import Sidebar

if TYPE_CHECKING:
    from ticrypt_tui.screens.console import Console
    from ticrypt_tui.screens.declaration import Tab

MESSAGE_SECONDS = 4.0
"""How long a message stands at least; then the next key takes it away."""


class Counts(Protocol):
    """How much of it is shown."""

    @property
    def shown(self) -> int: ...


class Filterable(Protocol):
    """What can be filtered: a table, or lines."""

    @property
    def filter_text(self) -> str: ...
    @property
    def counts(self) -> Counts: ...
    def filter_by(self, text: str) -> str:
        """Filter; gives a sentence where the text says nothing, else ''."""


class TabScreen(PatientScreen):
    """One tab: its subclass fills the body."""

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-medium"), (120, "-wide"), (150, "-roomy")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (36, "-tall")]  # noqa: RUF012
    DEFAULT_CSS = """
    TabScreen {
        background: $background;
        & #status { background: $panel; }
        & #banner { background: $error; color: $background; text-style: bold; }
        & #banner.-note { background: $warning; }
        & #banner:ansi { color: ansi_black; }
        & #heading { height: 1; margin: 0; }
        &.-narrow Sidebar { display: none; }
        &.-short AuditDock { height: 4; }
        & #middle { height: 1fr; }
        & #main { width: 1fr; height: 1fr; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("go", "go", "go to a tab by name", at_once=True),
        bound("palette", "app.command_palette", "every tab, action and object"),
        bound("help", "help", "the keys that work here"),
        bound("audit", "dock", "open or close the audit tail"),
        bound("audit_focus", "dock_focus", "into the audit tail and back"),
        bound("filter", "filter", "filter: words, column:word, !word", at_once=True),
        bound("messages", "messages", "every message with its full text"),
        bound("refresh", "refresh", "refresh now"),
        bound("back", "back", "close, clear the filter, clear the marks, back"),
        bound("next_pane", "app.focus_next", "next pane"),
        bound("quit", "leave", "leave the screen; on the first screen, quit"),
    ]

    HAS_DOCK = True

    def __init__(self, tab: Tab, console: Console) -> None:
        super().__init__()
        self.tab, self.console = tab, console
        self._said_at = 0.0
        self._said: Message | None = None
        self._keys_of_dock = False

    def expect(self, size: Size) -> None:
        """Be laid out for a terminal of this size at once, and not first for another."""
        for breakpoints, extent in (
            (self.HORIZONTAL_BREAKPOINTS, size.width),
            (self.VERTICAL_BREAKPOINTS, size.height),
        ):
            self.add_class(max(each for each in breakpoints if each[0] <= extent)[1])

    def compose(self) -> ComposeResult:
        yield OneLine(id="status")
        with Horizontal(id="middle"):
            yield Sidebar(self.tab.name)
            with Vertical(id="main"):
                yield OneLine(id="heading")
                yield from self.body()
        yield KeyLine(id="keys")

    def body(self) -> Iterable[Widget]:
        """What the tab shows."""
        return ()

    def hints(self) -> Sequence[Hint]:
        """The keys of the last line, the most important first."""
        return ()

    # The frame

    def on_mount(self) -> None:
        self.show_frame()

    async def on_screen_resume(self) -> None:
        self.show_frame()
        await self.show_dock()

    def show_frame(self) -> None:
        """Show how the enclave and the console stand now."""
        self.query_one("#status", OneLine).say(*frame.status(self.console))
        self.query_one(Sidebar).show(frame.entries(self.console))
        self._show_banner(*frame.banner(self.console))
        self.query_one("#heading", OneLine).say(*self.heading())
        self.show_keys()
        self.show_state()

    def _show_banner(self, text: str, is_fault: bool) -> None:
        """Have a banner below the status line, or, without a text, none."""
        banner = next(iter(self.query("#banner").results(OneLine)), None)
        if text and banner is None:
            banner = OneLine(id="banner")
            self.mount(banner, after="#status")
        if banner is not None:
            banner.say([Piece(text)])
            banner.display = bool(text)
            banner.set_class(not is_fault, "-note")

    def show_state(self) -> None:
        """Show in the body what is not a row."""

    def heading(self) -> tuple[Sequence[Piece], Sequence[Piece]]:
        """The line above the body, at its left and at its right."""
        return [Piece(self.tab.title, "bold")], ()

    def show_keys(self) -> None:
        """Show the keys that work here now, unless a message has still to be read."""
        self._keys_of_dock = self.focus_in_dock
        if self._said is None:
            every = Hint(self.key_face("help"), "all keys")
            hints = self._dock_hints() if self._keys_of_dock else self.hints()
            self.query_one(KeyLine).show_keys(hints, every)

    def key_face(self, action_id: str) -> str:
        """The first key of an action, as people write it."""
        return key_face(self.app, action_id)

    # Messages

    def show_message(self, message: Message) -> None:
        """Say something in the last line, until it could be read and a key is pressed."""
        self._said, self._said_at = message, monotonic()
        style = STYLES[message.tone]
        said = f"{SYMBOLS[message.tone]} {message.tone}  "
        more = Piece(f"  {self.key_face('messages')} all messages", "$text-muted", 1)
        time = Piece(f"{message.at:%H:%M:%S}  ", "$text-muted", 2)
        self.query_one(KeyLine).say(
            [time, Piece(said, f"bold {style}"), Piece(message.text)], [more]
        )

    def on_key(self) -> None:
        if self._said is not None and monotonic() - self._said_at > MESSAGE_SECONDS:
            self._said = None
            self.show_keys()

    # Prompts

    @property
    def filterable(self) -> Filterable:
        """What `/` filters."""
        raise NotImplementedError

    def focus_body(self) -> None:
        """Put the focus where the arrows move."""

    async def action_go(self) -> None:
        from ticrypt_tui.widgets.prompt import Prompt

        def hint(text: str) -> str:
            return "  ".join(completions(text, BY_NAME)) or meant(text, BY_NAME)[1]

        def accept(text: str) -> str:
            name, fault = meant(text, BY_NAME)
            if name:
                self.go_to(name)
            return fault

        def complete(text: str) -> str:
            found = completions(text, BY_NAME)
            return found[0] if len(found) == 1 else text

        await Prompt(":", "", hint=hint, accept=accept, complete=complete).open(self)

    async def action_filter(self) -> None:
        from ticrypt_tui.widgets.line_view import LineView
        from ticrypt_tui.widgets.prompt import Prompt

        in_dock = self.focused if self.focus_in_dock else None
        filtered = in_dock if isinstance(in_dock, LineView) else self.filterable
        before = filtered.filter_text

        def hint(text: str) -> str:
            fault = filtered.filter_by(text)
            self.query_one("#heading", OneLine).say(*self.heading())
            return fault or f"{filtered.counts.shown:,} shown"

        def refuse() -> None:
            filtered.filter_by(before)

        prompt = Prompt("/", before, hint=hint, accept=filtered.filter_by, refuse=refuse)
        await prompt.open(self)

    def on_prompt_closed(self) -> None:
        self.show_frame()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While a prompt is open, `:` and `/` are letters; without a dock no key is its."""
        if action in ("dock", "dock_focus"):
            return self.HAS_DOCK
        return not (action in ("go", "filter") and self.is_asking)

    @property
    def is_asking(self) -> bool:
        """Whether a prompt is open."""
        return not self.query_one(KeyLine).display

    # The audit dock

    def on_descendant_focus(self) -> None:
        if self._keys_of_dock is not self.focus_in_dock:
            self.show_keys()

    def _dock_hints(self) -> Sequence[Hint]:
        from ticrypt_tui.screens.audit_lines import HINTS

        return [Hint(self.key_face(name), says) for name, says in HINTS.items()]

    async def show_dock(self) -> None:
        """Have the dock or not, as on every screen."""
        dock = next(iter(self.query("#dock")), None)
        if self.console.dock_open and self.HAS_DOCK and dock is None:
            from ticrypt_tui.screens.audit_dock import AuditDock

            await self.query_one("#main").mount(AuditDock(self, self.console))
        elif dock is not None and not self.console.dock_open:
            await dock.remove()
            self.focus_body()

    async def action_dock(self) -> None:
        self.console.dock_open = not self.console.dock_open
        await self.show_dock()

    async def action_dock_focus(self) -> None:
        if self.focus_in_dock:
            self.focus_body()
            return
        self.console.dock_open = True
        await self.show_dock()
        self.query("#dock LineView").focus()

    @property
    def focus_in_dock(self) -> bool:
        """Whether the keys move in the dock now."""
        return self.focused is not None and self.focused in self.query("#dock LineView")

    def records_changed(self) -> None:
        """The audit log has new records."""
        for dock in self.query("#dock"):
            dock.records_changed()  # type: ignore[attr-defined]

    # Elsewhere

    def on_sidebar_chosen(self, event: Sidebar.Chosen) -> None:
        self.focus_body()
        self.go_to(event.name)

    def go_to(self, tab: str, row_id: str = "", operation: str = "") -> None:
        """Go to another tab, and there to a row, or run an action there that is on none."""
        self.post_message(frame.GoTo(tab, row_id, operation))

    def action_act(self, operation: str) -> None:
        """Run one of the tab's actions."""

    def reveal(self, row_id: str) -> None:
        """Put the cursor on a row, as soon as it is there."""

    def action_leave(self) -> None:
        self.post_message(frame.GoBack())

    def action_back(self) -> None:
        if self.focus_in_dock:
            self.focus_body()
        else:
            self.post_message(frame.GoBack(may_quit=False))

    def show_first_look(self) -> None:
        """Show what there is to be seen before the enclave is open."""

    def rows_changed(self) -> None:
        """What the tab shows is not as it was."""

    @property
    def reading(self) -> bool:
        """Whether its rows are being read: what else could be read had better wait."""
        return False

    def action_refresh(self) -> None:
        """Read now."""

    def action_help(self) -> None:
        from ticrypt_tui.screens.help import Help, entries

        self.app.push_screen(Help(self.tab.title, entries(self)))

    def action_messages(self) -> None:
        from ticrypt_tui.screens.message_list import MessageList

        self.console.messages.read()
        self.app.push_screen(MessageList(self.console))
        self.show_frame()

    def reasons(self) -> dict[str, str]:
        """The actions on the row, by what their keys run, each with why it would be refused."""
        return {}
