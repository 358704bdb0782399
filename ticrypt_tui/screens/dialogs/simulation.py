"""Simulate allocation: where VMs of a setup would go now, and what stands against every host."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Static

from ticrypt_tui.backend.errors import TicryptError
from ticrypt_tui.screens.dialogs.table_view import TableView
from ticrypt_tui.screens.dialogs.told import Told
from ticrypt_tui.screens.keys import bound, key_face
from ticrypt_tui.screens.showing import counted, moment
from ticrypt_tui.screens.verdicts import (
    HostVerdict,
    account,
    asked,
    columns_of,
    reasons,
    row_role,
    rows_of,
)
from ticrypt_tui.text import shown
from ticrypt_tui.widgets.key_line import Hint, KeyLine
from ticrypt_tui.widgets.one_line import OneLine, Piece
from ticrypt_tui.widgets.prompt import Prompt
from ticrypt_tui.widgets.row_view import RowView

if TYPE_CHECKING:
    from ticrypt_tui.backend.scheduling.model import Simulation
    from ticrypt_tui.backend.services.setups.simulating import SetupSimulation
    from ticrypt_tui.screens.console import Console

MOST = 10_000
Again = Callable[[int], Awaitable["SetupSimulation"]]


class SimulationView(TableView):
    """A table of hosts, and above and below it what was asked and what came of it."""

    DEFAULT_CSS = """
    SimulationView {
        & #head { color: $text-muted; }
        & #account { height: auto; max-height: 9; padding: 0 1; }
        & #account.-short { color: $text-warning; }
    }
    """
    AUTO_FOCUS = "RowView"
    BINDINGS: ClassVar[list[BindingType]] = [
        bound("refresh", "again(0)", "place them again, as things stand now"),
        bound("sort_previous", "sort(-1)", "sort by the column before"),
        bound("sort_next", "sort(1)", "sort by the column after"),
        Binding("plus", "again(1)", "one copy more", show=False),
        Binding("minus", "again(-1)", "one copy less", show=False),
        Binding("c", "ask_copies", "say how many copies", show=False, priority=True),
    ]

    prompts = ("search", "ask_copies")

    def __init__(self, shows: SetupSimulation, again: Again, console: Console) -> None:
        """`again` simulates so many copies."""
        columns = columns_of(shows.simulation.demand)
        super().__init__(RowView(columns, row_role=row_role), console)
        self._shows, self._again = shows, again
        self._wanted, self._busy = shows.simulation.count, False

    @property
    def export_title(self) -> str:
        return f"simulation of {self._shows.setup}"

    @property
    def _simulation(self) -> Simulation:
        return self._shows.simulation

    def compose(self) -> ComposeResult:
        yield OneLine(id="title", classes="-title")
        yield OneLine(id="head")
        yield self.table
        yield Static(id="account")
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        self._show_keys()
        self.console.work("showing the simulation", self._show)

    # What it shows

    async def _show(self) -> None:
        """Show the account; the words for thousands of hosts are not made on the loop."""
        shows = self._shows
        rows = await asyncio.to_thread(rows_of, shows.simulation, shows.states)
        if shows is not self._shows or not self.is_attached:
            return
        self.table.show(rows)
        names = {row.id: row.name for row in rows if row.copies}
        lines = [f"! {each}" for each in shows.notices] + account(shows.simulation, names)
        said = self.query_one("#account", Static)
        said.update(Content("\n").join([Content(shown(line)) for line in lines]))
        said.set_class(bool(shows.simulation.would_fit or shows.notices), "-short")
        self.show_title()

    def show_title(self) -> None:
        shows, counts = self._shows, self.table.counts
        doing = f" · placing {self._wanted:,} in thought …" if self._busy else ""
        left = [
            Piece(f"Simulate {shows.setup} ×{shows.simulation.count:,}", "bold"),
            Piece(f" in realm {shows.realm}"),
            Piece(doing, "bold $accent"),
        ]
        only = f"{counts.shown:,} of " if self.table.filter_text else ""
        hosts = counted(counts.total, "host")
        right = [Piece(f"  {only}{hosts} · nothing was changed", "", 1)]
        said = f"{asked(shows.simulation.demand)} each · as of {moment(shows.taken)}"
        self.query_one("#title", OneLine).say(left)
        self.query_one("#head", OneLine).say([Piece(said)], right)

    def _show_keys(self) -> None:
        face = partial(key_face, self.app)
        hints = [Hint(face("detail"), "reasons"), Hint("+ -", "copies"), Hint("c", "how many"),
                 Hint(face("export"), "export"), Hint(face("filter"), "filter"),
                 Hint(face("refresh"), "again")]  # fmt: skip
        self.query_one(KeyLine).show_keys(hints, Hint(face("quit"), "close"))

    # Placing again

    def action_again(self, step: int) -> None:
        self._place(self._wanted + step)

    def _place(self, count: int) -> None:
        """Place so many copies; while that is being done, the last number that was asked counts."""
        self._wanted = min(max(count, 1), MOST)
        if not self._busy:
            self.console.work("simulating", self._placed)

    async def _placed(self) -> None:
        self._busy = True
        try:
            done = 0
            while done != self._wanted:
                done = self._wanted
                self.show_title()
                self._shows = await self._again(done)
        except TicryptError as error:
            self._wanted = self._simulation.count
            self._complain(str(error))
        finally:
            self._busy = False
        if self.is_attached:
            await self._show()

    def _complain(self, sentence: str) -> None:
        self.app.push_screen(Told("Not simulated", [sentence]))

    async def action_ask_copies(self) -> None:
        def accept(text: str) -> str:
            if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:9]) <= MOST:
                return f"Expected a number, 1 to {MOST:,}."
            self._place(int(text[:9]))
            return ""

        prompt = Prompt("×", "", hint=lambda text: "how many copies", accept=accept)
        await prompt.open(self)

    # The table

    def action_sort(self, step: int) -> None:
        self.table.sort_beside(step)

    def on_row_view_chosen(self, event: RowView.Chosen) -> None:
        row: HostVerdict = event.row
        title = f"{self._shows.setup} on {row.name}"
        self.app.push_screen(Told(title, reasons(row, self._simulation.demand)))
