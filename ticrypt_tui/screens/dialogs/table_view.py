"""A table of its own that fills the screen: filtered, exported and closed by the same keys."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.binding import BindingType
from textual.screen import ModalScreen

from ticrypt_tui.screens.keys import bound
from ticrypt_tui.widgets.backlog import PatientScreen
from ticrypt_tui.widgets.prompt import Prompt, is_asking
from ticrypt_tui.widgets.row_view import RowView

if TYPE_CHECKING:
    from ticrypt_tui.screens.console import Console


class TableView(PatientScreen, ModalScreen[None]):
    """A title, a table, and what is said of it; `prompts` are the actions whose keys are letters
    while a prompt is open."""

    DEFAULT_CSS = """
    TableView {
        background: $background;
        & OneLine.-title { background: $panel; }
        & RowView { height: 1fr; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("back", "back", "close"),
        bound("quit", "leave", "close"),
        bound("filter", "search", "filter: words, column:word, !word", at_once=True),
        bound("export", "save", "export as CSV"),
        bound("help", "help", "the keys that work here"),
    ]
    prompts: ClassVar[tuple[str, ...]] = ("search",)

    def __init__(self, table: RowView, console: Console) -> None:
        super().__init__()
        self.table, self.console = table, console

    @property
    def export_title(self) -> str:
        """What the table is, as its export is named."""
        raise NotImplementedError

    def show_title(self) -> None:
        """Show what the table is, and how much of it."""
        raise NotImplementedError

    def on_row_view_counts_changed(self) -> None:
        self.show_title()

    async def action_search(self) -> None:
        before = self.table.filter_text

        def hint(text: str) -> str:
            return self.table.filter_by(text) or f"{self.table.counts.shown:,} shown"

        def refuse() -> None:
            self.table.filter_by(before)

        await Prompt("/", before, hint=hint, accept=self.table.filter_by, refuse=refuse).open(self)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return not (action in self.prompts and is_asking(self))

    def action_help(self) -> None:
        from ticrypt_tui.screens.help import Help, entries

        self.app.push_screen(Help(self.export_title, entries(self)))

    def action_save(self) -> None:
        from ticrypt_tui.screens.export import export_rows

        columns, rows = self.table.columns, list(self.table.rows)
        write = partial(export_rows, self, self.console, self.export_title, columns, rows)
        self.console.work("exporting", write)

    def action_back(self) -> None:
        if self.table.filter_text:
            self.table.filter_by("")
        else:
            self.action_leave()

    def action_leave(self) -> None:
        self.dismiss(None)
