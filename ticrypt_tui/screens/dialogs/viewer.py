"""A text that fills the screen: moved through, searched, wrapped and saved."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import ModalScreen

from ticrypt_tui.screens.keys import bound, key_face
from ticrypt_tui.screens.saving import suggested
from ticrypt_tui.widgets.backlog import PatientScreen
from ticrypt_tui.widgets.key_line import Hint, KeyLine
from ticrypt_tui.widgets.line_view import LineView
from ticrypt_tui.widgets.one_line import OneLine, Piece
from ticrypt_tui.widgets.prompt import Prompt, is_asking

if TYPE_CHECKING:
    from ticrypt_tui.screens.console import Console


class Viewer(PatientScreen, ModalScreen[None]):
    """A title, lines, and the keys that work on them."""

    DEFAULT_CSS = """
    Viewer {
        background: $background;
        & #title { background: $panel; }
        & LineView { height: 1fr; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("back", "back", "close"),
        bound("quit", "leave", "close"),
        bound("filter", "search", "search; n and N go on", at_once=True),
        bound("export", "save", "save to a file"),
        bound("log.filter", "keep", "show matching lines only", at_once=True),
        bound("help", "help", "the keys that work here"),
    ]

    def __init__(self, title: str, console: Console) -> None:
        super().__init__()
        self.title_text, self.console = title, console
        self.view = LineView()

    def compose(self) -> ComposeResult:
        yield OneLine(id="title")
        yield self.view
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        self.view.focus()
        self.show_state()
        hints = [*self.hints(), self.hint("filter", "search"), self.hint("log.filter", "filter"),
                 self.hint("log.wrap", "wrap"), self.hint("export", "save")]  # fmt: skip
        self.query_one(KeyLine).show_keys(hints, self.hint("quit", "close"))

    def hint(self, action_id: str, says: str) -> Hint:
        """A key of the key map, with what it does here."""
        return Hint(key_face(self.app, action_id), says)

    def hints(self) -> Sequence[Hint]:
        """The keys that this kind of text has beside the common ones."""
        return ()

    def state(self) -> Sequence[Piece]:
        """What the title line says after the title."""
        return ()

    def show_state(self) -> None:
        """Show the title, and how many lines there are."""
        counts = self.view.counts
        lines = f"{counts.shown:,} of {counts.read:,} lines"
        if counts.dropped:
            lines += f" · the oldest {counts.dropped:,} are no longer kept"
        kept = self.view.filter_text
        filtered = [Piece(f" · only: {kept}", "bold $accent")] if kept else []
        left = [Piece(self.title_text, "bold"), *self.state(), *filtered]
        self.query_one("#title", OneLine).say(left, [Piece(f"  {lines}", "$text-muted", 1)])

    def on_line_view_counts_changed(self) -> None:
        self.show_state()

    # Searching, filtering, saving

    def nowhere(self) -> str:
        """What is said where the sought text is in no line."""
        return "It is nowhere in these lines."

    async def action_search(self) -> None:
        def accept(text: str) -> str:
            found = self.view.search(text) or not text
            return "" if found else self.nowhere()

        await Prompt("/", "", hint=lambda text: "enter searches", accept=accept).open(self)

    async def action_keep(self) -> None:
        before = self.view.filter_text

        def hint(text: str) -> str:
            fault = self.view.filter_by(text)
            self.show_state()
            return fault or f"{self.view.counts.shown:,} lines"

        def refuse() -> None:
            self.view.filter_by(before)

        await Prompt("&", before, hint=hint, accept=self.view.filter_by, refuse=refuse).open(self)

    def on_prompt_closed(self) -> None:
        self.show_state()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While a prompt is open, the keys that open one are letters."""
        return not (action in ("search", "keep") and is_asking(self))

    def action_help(self) -> None:
        from ticrypt_tui.screens.help import Help, entries

        self.app.push_screen(Help(self.title_text, entries(self)))

    def action_save(self) -> None:
        from ticrypt_tui.screens.saving import save

        path = suggested(self.title_text, ".log", self.console.clock())
        write = partial(save, self, self.console, path, self.view.save)
        self.console.work("saving", write)

    def action_back(self) -> None:
        if self.view.filter_text:
            self.view.filter_by("")
            self.show_state()
        else:
            self.action_leave()

    def action_leave(self) -> None:
        self.dismiss(None)
