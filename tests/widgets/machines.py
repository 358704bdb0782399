"""Rows of the shape that tabs have, for tests of the widgets."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from textual.app import ComposeResult

from ticrypt_tui.screens.declaration import Column
from ticrypt_tui.widgets.backlog import PatientScreen
from ticrypt_tui.widgets.row_view import RowView


@dataclass(frozen=True, slots=True)
class Machine:
    id: str
    name: str
    state: str = "running"
    cores: int = 1
    owner: str = "alice"


COLUMNS = (
    Column("name", "Name", 12, lambda row: row.name, rank=0),
    Column(
        "state",
        "State",
        10,
        lambda row: row.state,
        rank=0,
        style=lambda row: {"running": "success", "crashed": "error"}.get(row.state, ""),
    ),
    Column(
        "cores",
        "Cores",
        6,
        lambda row: str(row.cores),
        rank=2,
        right=True,
        sorts_by=lambda row: row.cores,
    ),
    Column("owner", "Owner", 10, lambda row: row.owner, rank=3),
)


def machines(*numbers: int, **fields: Any) -> list[Machine]:
    """Machines named by their numbers."""
    return [Machine(f"id-{number}", f"vm-{number}", **fields) for number in numbers]


class RowsScreen(PatientScreen):
    """A screen with nothing but a table."""

    def __init__(
        self, rows: Iterable[Any] = (), row_role: Callable[[Any], str] | None = None
    ) -> None:
        super().__init__()
        self.view = RowView(COLUMNS, row_role=row_role)
        self._first = list(rows)

    def compose(self) -> ComposeResult:
        yield self.view

    def on_mount(self) -> None:
        self.view.focus()
        self.view.show(self._first)
