"""How every host, and every host name of the list, came out of a re-sync."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from textual.app import ComposeResult

from ticrypt_tui.screens.declaration import Column
from ticrypt_tui.screens.dialogs.table_view import TableView
from ticrypt_tui.screens.dialogs.told import Told
from ticrypt_tui.screens.keys import key_face
from ticrypt_tui.screens.showing import NONE, counted, or_none
from ticrypt_tui.widgets.key_line import Hint, KeyLine
from ticrypt_tui.widgets.one_line import OneLine, Piece
from ticrypt_tui.widgets.row_view import RowView

if TYPE_CHECKING:
    from ticrypt_tui.backend.services.licensing.resync import Resynced
    from ticrypt_tui.screens.console import Console

GOOD = ("in sync", "as saved")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one host, or of one host name."""

    id: str
    kind: str
    name: str
    realm: str
    state: str
    why: str

    @property
    def role(self) -> str:
        if self.state in GOOD:
            return "success"
        return "error" if self.state == "error" else "warning"


COLUMNS = (
    Column("kind", "WHAT", 5, lambda row: row.kind, rank=3),
    Column("name", "NAME", 18, lambda row: row.name, rank=0),
    Column("realm", "REALM", 10, lambda row: row.realm, rank=4),
    Column("state", "CAME OUT", 12, lambda row: row.state, rank=0, style=lambda row: row.role),
    Column("why", "WHY", 38, lambda row: or_none(row.why), rank=0),
)


def outcomes(result: Resynced) -> list[Outcome]:
    """A row for each, the worst first."""
    hosts = [Outcome(each.id, "host", each.name, each.realm, each.state, each.why)
             for each in result.hosts]  # fmt: skip
    names = [Outcome(each.id, "name", each.address, NONE, each.state, each.detail)
             for each in result.names]  # fmt: skip
    return sorted([*hosts, *names], key=lambda row: (row.state in GOOD, row.state != "error"))


def counts(rows: Iterable[Outcome]) -> str:
    """How many came out how."""
    found = Counter((row.kind, row.state) for row in rows)
    said = [f"{counted(number, kind)} {state}" for (kind, state), number in found.items()]
    return " · ".join(said) or "no host had to follow the list"


class ResyncView(TableView):
    """A table of hosts and names; `enter` shows one in full."""

    DEFAULT_CSS = """
    ResyncView {
        & #head { color: $text-muted; }
    }
    """
    AUTO_FOCUS = "RowView"

    def __init__(self, result: Resynced, console: Console) -> None:
        super().__init__(RowView(COLUMNS), console)
        self._outcomes = outcomes(result)

    @property
    def export_title(self) -> str:
        return "re-sync of licensing servers"

    def compose(self) -> ComposeResult:
        yield OneLine(id="title", classes="-title")
        yield OneLine(id="head")
        yield self.table
        yield KeyLine(id="keys")

    def on_mount(self) -> None:
        self.table.show(self._outcomes)
        face = partial(key_face, self.app)
        hints = [Hint(face("detail"), "in full"), Hint(face("export"), "export"),
                 Hint(face("filter"), "filter")]  # fmt: skip
        self.query_one(KeyLine).show_keys(hints, Hint(face("quit"), "close"))
        self.show_title()

    def show_title(self) -> None:
        shown = self.table.counts
        only = f"{shown.shown:,} of {shown.total:,} shown" if self.table.filter_text else ""
        self.query_one("#title", OneLine).say(
            [Piece("Re-sync of licensing servers", "bold")], [Piece(only, "", 1)]
        )
        self.query_one("#head", OneLine).say([Piece(counts(self._outcomes))])

    def on_row_view_chosen(self, event: RowView.Chosen) -> None:
        row: Outcome = event.row
        self.app.push_screen(Told(f"{row.name}: {row.state}", [row.why or "All is as it should."]))
