"""Tables in a terminal, timed from inside.

`FILE paint ROWS`, `FILE refresh VIEW` or `FILE anew VIEW` writes what it found to FILE as JSON and
leaves. VIEW is `rows` (ours) or `datatable`; `anew` makes every row of every reading anew.
"""

from __future__ import annotations

import asyncio
import gc
import json
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

from textual.app import App, ComposeResult
from textual.screen import Screen
from textual.widgets import DataTable

from ticrypt_tui.screens.declaration import Column
from ticrypt_tui.widgets.backlog import PatientScreen
from ticrypt_tui.widgets.row_view import RowView

KEYS = 90
REFRESHES = 25
SETTLING = 0.4
ROWS = 10_000
CHANGED = 100


@dataclass(frozen=True, slots=True)
class Machine:
    id: str
    name: str
    state: str
    owner: str
    team: str
    project: str
    host: str
    cores: int
    memory: int
    load: float
    address: str


def text_column(key: str, width: int) -> Column:
    return Column(key, key.capitalize(), width, lambda row: str(getattr(row, key)))


COLUMNS = (
    *(text_column(key, 12) for key in ("name", "state", "owner", "team", "project", "host")),
    text_column("cores", 6),
    text_column("memory", 8),
    Column("load", "Load", 8, lambda row: f"{row.load:.1f}", right=True),
    text_column("address", 16),
)


def machines(count: int) -> list[Machine]:
    """So many machines, in no order."""
    dice = random.Random(1)
    made = [
        Machine(
            id=f"id-{number}",
            name=f"vm-{number}",
            state=dice.choice(["running", "paused", "crashed", "shut off"]),
            owner=f"user{dice.randrange(80)}",
            team=f"team{dice.randrange(20)}",
            project=f"project-{dice.randrange(500)}",
            host=f"node{dice.randrange(40):02}",
            cores=dice.randrange(1, 65),
            memory=dice.randrange(1, 512),
            load=dice.random() * 100,
            address=f"10.4.{dice.randrange(256)}.{dice.randrange(256)}",
        )
        for number in range(count)
    ]
    dice.shuffle(made)
    return made


class Ours(PatientScreen):
    def __init__(self) -> None:
        super().__init__()
        self.view = RowView(COLUMNS)

    def compose(self) -> ComposeResult:
        yield self.view

    def on_mount(self) -> None:
        self.view.focus()


class Theirs(Screen[None]):
    def __init__(self) -> None:
        super().__init__()
        self.view: DataTable[str] = DataTable(cursor_type="row")

    def compose(self) -> ComposeResult:
        yield self.view


class Tables(App[None]):
    """Runs one measurement, and leaves with what it found."""

    def __init__(self, shown: Screen[Any], measure: Callable[[Tables], Any]) -> None:
        super().__init__()
        self.animation_level = "none"
        self.shown = shown
        self.found: dict[str, float] = {}
        self._measure = measure
        self._painted = asyncio.Event()
        self.all_shown = asyncio.Event()

    def get_default_screen(self) -> Screen[Any]:
        return self.shown

    def on_mount(self) -> None:
        self.run_worker(self._run())

    async def _run(self) -> None:
        await asyncio.sleep(SETTLING)
        await self._measure(self)
        self.exit()

    def on_row_view_counts_changed(self, event: RowView.CountsChanged) -> None:
        if event.counts.shown == event.counts.total:
            self.all_shown.set()

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        super()._display(screen, renderable)
        if renderable is not None:
            self._painted.set()

    async def seconds_to_paint(self, act: Callable[[], object]) -> float:
        """From an act to the frame that shows it."""
        self._painted.clear()
        began = time.perf_counter()
        act()
        await self._painted.wait()
        return time.perf_counter() - began


async def paint(app: Tables, rows: list[Machine]) -> None:
    """The first paint of a sorted table, and key presses once it is sorted."""
    view = app.query_one(RowView)
    view.sort_by("name")
    await asyncio.sleep(SETTLING)
    gc.collect()
    app.found["paint"] = await app.seconds_to_paint(lambda: view.show(rows))
    await app.all_shown.wait()
    await asyncio.sleep(SETTLING)
    gc.collect()
    keys = []
    for _ in range(KEYS):
        keys.append(await app.seconds_to_paint(lambda: app.simulate_key("down")))
        await asyncio.sleep(0.02)
    half = KEYS // 2  # those on the first page, and those that scroll
    app.found["key"] = (median(keys[:half]) + median(keys[half + 5 :])) / 2


Show = Callable[[list[Machine]], None]


async def refresh(app: Tables, show: Show, anew: bool) -> None:
    """Readings that change one cell of one row in a hundred; the processor's time for each.

    Rows that did not change are the same objects as before, or, `anew`, equal ones.
    """
    rows = machines(ROWS)
    show(rows)
    await asyncio.sleep(10 * SETTLING)
    Path(sys.argv[1]).with_suffix(".filled").touch()
    spent = 0.0
    for reading in range(REFRESHES):
        rows = later(rows, reading, anew)
        gc.collect()
        began = time.process_time()
        show(rows)
        await asyncio.sleep(SETTLING / 2)
        spent += time.process_time() - began
    app.found["refresh"] = spent / REFRESHES


def later(rows: list[Machine], reading: int, anew: bool) -> list[Machine]:
    """The next reading."""
    step = ROWS // CHANGED
    now = [replace(row) for row in rows] if anew else list(rows)
    for at in range(7 * reading % step, ROWS, step):
        now[at] = replace(now[at], load=(now[at].load + 13.7) % 100)
    return now


def ours(anew: bool) -> Tables:
    screen = Ours()
    return Tables(screen, lambda app: refresh(app, screen.view.show, anew))


def theirs(anew: bool) -> Tables:
    screen = Theirs()
    known: list[Machine] = []

    def show(rows: list[Machine]) -> None:
        if not known:
            fill(screen.view, rows)
        for row, before in zip(rows, known, strict=False):
            if row is not before and row != before:
                screen.view.update_cell(row.id, "load", f"{row.load:.1f}")
        known[:] = rows

    return Tables(screen, lambda app: refresh(app, show, anew))


def fill(table: DataTable[str], rows: list[Machine]) -> None:
    for column in COLUMNS:
        table.add_column(column.title, key=column.key, width=column.width)
    for row in rows:
        table.add_row(*[column.value(row) for column in COLUMNS], key=row.id)


def chosen(kind: str, which: str) -> Tables:
    if kind == "paint":
        rows = machines(int(which))
        return Tables(Ours(), lambda app: paint(app, rows))
    return {"rows": ours, "datatable": theirs}[which](kind == "anew")


if __name__ == "__main__":
    app = chosen(sys.argv[2], sys.argv[3])
    app.run()
    Path(sys.argv[1]).write_text(json.dumps(app.found))
