"""The one mechanism behind every table: rows, filter, marks, details, actions and what is said."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding, BindingsMap, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from ticrypt_tui.backend.errors import TicryptError
from ticrypt_tui.config.keymap import action_of
from ticrypt_tui.courtesy import give_way
from ticrypt_tui.screens.charting import Charting
from ticrypt_tui.screens.detail_reader import DetailReader
from ticrypt_tui.screens.keys import bound
from ticrypt_tui.screens.messages import Tone
from ticrypt_tui.screens.refresher import Refresher
from ticrypt_tui.screens.tab_screen import TabScreen
from ticrypt_tui.text import shown
from ticrypt_tui.widgets.key_line import Hint
from ticrypt_tui.widgets.one_line import OneLine, Piece
from ticrypt_tui.widgets.row_view import RowView

if TYPE_CHECKING:
    from ticrypt_tui.screens.acting import Acting
    from ticrypt_tui.screens.console import Console
    from ticrypt_tui.screens.declaration import Action, Link, Tab

NOTICES = 3
KEY = re.compile(r"\{([a-z_.]+)\}")
COMMON = {
    "detail": "details", "mark": "mark", "filter": "filter", "go": "go to", "audit": "audit",
}  # fmt: skip


class ResourceScreen(TabScreen):
    """A tab of rows, as its declaration says."""

    DEFAULT_CSS = """
    ResourceScreen {
        & #notices { height: auto; padding: 0 1; color: $text-warning; }
        & #content { height: 1fr; }
        & #rows { width: 1fr; height: 1fr; }
        & RowView { height: 1fr; }
        & #sentence { height: 1fr; padding: 1 4; color: $text-muted; display: none; }
        &.-empty RowView { height: 1; }
        &.-empty #sentence { display: block; }
        &.-fault #sentence { color: $text-error; }
        & Sections { display: none; width: 42; border-left: solid $border-blurred; }
        &.-roomy Sections { width: 54; }
        &.-detail Sections { display: block; }
        &.-detail.-narrow Sections, &.-detail.-medium Sections { width: 1fr; border-left: none; }
        & Charts { display: none; }
        &.-charts Charts { display: block; }
        &.-detail.-narrow #rows, &.-detail.-medium #rows { display: none; }
    }
    """
    AUTO_FOCUS = "RowView"
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("detail", "detail", "details of the row"),
        bound("sort_previous", "sort_beside(-1)", "sort by the column before"),
        bound("sort_next", "sort_beside(1)", "sort by the column after"),
        bound("sort_turn", "sort_turn", "turn the sorting round"),
        bound("copy_id", "copy_id", "copy the row's ID"),
        bound("export", "export", "export what is shown as CSV"),
    ]

    def __init__(self, tab: Tab, console: Console) -> None:
        super().__init__(tab, console)
        self.add_class("-empty")
        own = [
            Binding(each.key, f"act('{each.operation}')", each.label,
                    id=action_of(each.operation), show=False)
            for each in tab.actions
        ]  # fmt: skip
        own += [
            Binding(each.key, f"follow('{each.name}')", each.label, id=each.name, show=False)
            for each in tab.links
        ]
        own += [bound("charts", "charts", "charts of what is shown")] if tab.charts else []
        self._bindings = BindingsMap.merge([self._bindings.copy(), BindingsMap(own)])
        self.table = RowView(tab.columns, row_role=tab.dims)
        self._rows: Sequence[Any] = ()
        self._by_id: dict[str, Any] | None = None
        self._notices: tuple[str, ...] = ()
        self._fault: TicryptError | None = None
        self._listed = False
        self._wanted = ""
        self._told: tuple[str, list[str]] = ("", [])
        self._refresher = Refresher(self, console, f"reading {tab.title}", self._read)
        self._details = DetailReader(self)
        self._charting = Charting(self)

    @cached_property
    def _acting(self) -> Acting:
        from ticrypt_tui.screens.acting import Acting

        return Acting(self)

    @property
    def filterable(self) -> RowView:
        return self.table

    def body(self) -> Iterable[Widget]:
        yield Horizontal(Vertical(self.table, Static(id="sentence"), id="rows"), id="content")

    def on_mount(self) -> None:
        if self.tab.sort:
            self.table.sort_by(self.tab.sort, self.tab.newest_first)
        self.show_state()
        self.show_first_look()

    # Reading

    def show_first_look(self) -> None:
        if (rows := self.console.first_look.get(self.tab.name)) and not self._listed:
            self._show(rows)

    async def on_screen_resume(self) -> None:
        self._refresher.resume()

    def rows_changed(self) -> None:
        """The tab's rows are not as they were: read them as soon as that may be."""
        self._refresher.ask()

    @property
    def reading(self) -> bool:
        return self._refresher.reading

    def action_refresh(self) -> None:
        if self.console.enclave is not None:
            self.console.enclave.refresh()
        self._refresher.ask(at_once=True)

    async def _read(self) -> None:
        assert self.console.enclave is not None
        try:
            listing = await self.console.enclave.listing(self.tab.name)
        except TicryptError as fault:
            self._fault = fault
        else:
            self._fault, self._notices = None, listing.notices
            await give_way()
            self._show(listing.rows)
        await give_way()
        self._details.rows_changed()
        self.show_frame()

    def _show(self, rows: Sequence[Any]) -> None:
        self._listed = True
        self._rows, self._by_id = rows, None
        self.table.show(rows)
        self._reveal_wanted()
        self.console.counts[self.tab.name] = len(rows)

    @property
    def by_id(self) -> dict[str, Any]:
        """Every row that was read last; put together once somebody asks for one."""
        if self._by_id is None:
            self._by_id = {row.id: row for row in self._rows}
        return self._by_id

    def reveal(self, row_id: str) -> None:
        self._wanted = row_id
        self._reveal_wanted()

    def _reveal_wanted(self) -> None:
        """Select the row that was asked for; a filter that hides it gives way."""
        if self._wanted and self._wanted in self.by_id:
            if not self.table.select(self._wanted):
                self.table.filter_by("")
                self.table.select(self._wanted)
            self._wanted = ""

    def show_state(self) -> None:
        """Show notices, and where there is no row, why; paints nothing where all is as it was."""
        self._charting.recount()
        sentence, notices = self._why_empty(), self._sentences()
        if (sentence, notices) == self._told:
            return
        self._told = sentence, notices
        self.set_class(bool(sentence), "-empty")
        self.set_class(self._fault is not None or self.console.broken, "-fault")
        self.query_one("#sentence", Static).update(Content(shown(sentence)))
        self._show_notices(Content("\n").join([Content(shown(f"! {line}")) for line in notices]))

    def _show_notices(self, content: Content) -> None:
        """Have notices above the table, or none."""
        notices = next(iter(self.query("#notices").results(Static)), None)
        if notices is None and content:
            self.mount(Static(content, id="notices"), after="#heading")
        elif notices is not None:
            notices.update(content)
            notices.display = bool(content)

    def _sentences(self) -> list[str]:
        """What must be known of the rows."""
        lines = [*self._notices]
        if self._fault is not None and self.table.counts.total:
            lines.insert(0, f"These rows are old: {self._fault}")
        if len(lines) > NOTICES:
            lines[NOTICES - 1 :] = [f"and {len(lines) - NOTICES + 1} more such notices"]
        return lines

    def _why_empty(self) -> str:
        if self.table.counts.shown:
            return ""
        if self.table.counts.total:
            return f"No {self.tab.noun} fits the filter. {self.key_face('back')} clears it."
        if self._fault is not None:
            return f"{self._fault} {self.key_face('refresh')} tries again."
        if self.console.enclave is None:
            return self.console.opening + ("" if self.console.broken else " …")
        return self._empty if self._listed else f"Reading {self.tab.title} …"

    @property
    def _empty(self) -> str:
        """What the tab is, why it is empty and how that ends, with the keys as they are now."""
        return KEY.sub(lambda found: self.key_face(found[1]), self.tab.empty)

    # What the frame says

    def heading(self) -> tuple[Sequence[Piece], Sequence[Piece]]:
        counts, sorting = self.table.counts, self.table.sorting
        left = [Piece(self.tab.title, "bold")]
        if self._listed:
            left.append(Piece(f"   {counts.shown:,} of {counts.total:,}", "$text-muted"))
        if counts.marked:
            left.append(Piece(f" · {counts.marked:,} marked", "bold $warning"))
        if self.table.filter_text:
            left.append(Piece(f" · filter: {self.table.filter_text}", "bold $accent"))
        title = next((c.title for c in self.tab.columns if c.key == sorting.key), "")
        arrow = "▼" if sorting.descending else "▲"
        right = [Piece(f"sorted by {title.lower()} {arrow}", "$text-muted", 1)] if title else []
        return left, right

    def hints(self) -> Sequence[Hint]:
        row, is_open = self.table.cursor_row, self.console.enclave is not None
        own = [
            Hint(self.key_face(action_of(each.operation)), each.label,
                 is_open and not self._acting.reason(each, row))
            for each in self.tab.actions
        ]  # fmt: skip
        own += [
            Hint(self.key_face(each.name), each.label, not self._no_way(each))
            for each in self.tab.links
        ]
        common = {"charts": "charts", **COMMON} if self.tab.charts else COMMON
        return [*own, *(Hint(self.key_face(name), says) for name, says in common.items())]

    def reasons(self) -> dict[str, str]:
        row = self.table.cursor_row
        of_links = {f"follow('{each.name}')": self._no_way(each) for each in self.tab.links}
        return of_links | {
            f"act('{each.operation}')": self._acting.reason(each, row) for each in self.tab.actions
        }

    def _no_way(self, link: Link) -> str:
        """Why a link leads nowhere from the row, or ''."""
        if (row := self.table.cursor_row) is None:
            return "There is no row here."
        return "" if link.leads(row) else link.nowhere

    def on_row_view_cursor_moved(self) -> None:
        self._details.cursor_moved()
        self.show_keys()

    def on_row_view_counts_changed(self, event: RowView.CountsChanged) -> None:
        self.query_one("#heading", OneLine).say(*self.heading())
        self.show_state()
        if event.marks_lost:
            what = f"{event.marks_lost} of the marked {self.tab.noun}s"
            self.console.messages.add(Tone.NOTE, f"{what} left the table; their marks are gone.")

    def focus_body(self) -> None:
        (self._details.panel if self._details.fills_the_screen else self.table).focus()

    # Keys

    def on_row_view_chosen(self) -> None:
        self.action_detail()

    def action_detail(self) -> None:
        self._details.turn()

    def action_sort_beside(self, step: int) -> None:
        self.table.sort_beside(step)
        self.show_frame()

    def action_sort_turn(self) -> None:
        self.table.turn_sort()
        self.show_frame()

    def action_back(self) -> None:
        if self.focus_in_dock:
            self.focus_body()
        elif self._details.is_open:
            self._details.turn()
        elif self.table.filter_text:
            self.table.filter_by("")
        elif self.table.counts.marked:
            self.table.clear_marks()
        elif self._charting.is_open:
            self._charting.turn()
        else:
            super().action_back()

    def action_copy_id(self) -> None:
        if (row := self.table.cursor_row) is not None:
            self.app.copy_to_clipboard(shown(row.id))
            self.console.messages.add(Tone.NOTE, f"The ID {row.id} was sent to the terminal.")

    def action_charts(self) -> None:
        self._charting.turn()

    def action_follow(self, name: str) -> None:
        link = next(each for each in self.tab.links if each.name == name)
        if reason := self._no_way(link):
            self.console.messages.add(Tone.REFUSED, f"{link.label}: {reason}")
        elif (row_id := link.leads(self.table.cursor_row)) is not None:
            self.go_to(link.to, row_id)

    def action_export(self) -> None:
        from ticrypt_tui.screens.export import export

        self.console.work(f"exporting {self.tab.title}", partial(export, self))

    def action_act(self, operation: str) -> None:
        action = self._action(operation)
        self.console.work(f"{action.label} in {self.tab.title}", partial(self._acting.act, action))

    def _action(self, operation: str) -> Action:
        return next(each for each in self.tab.actions if each.operation == operation)
