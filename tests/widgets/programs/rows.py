"""A table in a terminal: `c` changes one cell, `x` changes forty rows at each of forty readings.

Writes on leaving (`q`) to the file that it is given how many frames waited at once since `x`.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from textual.app import App
from textual.screen import Screen

from tests.widgets.machines import RowsScreen, machines

READINGS = 40


class Rows(App[int]):
    def __init__(self) -> None:
        super().__init__()
        self.animation_level = "none"
        self.rows = machines(*range(200))
        self.table_screen = RowsScreen(self.rows)
        self.waiting = 0

    def get_default_screen(self) -> Screen[Any]:
        return self.table_screen

    def on_mount(self) -> None:
        self.run_worker(self.watch_queue())

    async def watch_queue(self) -> None:
        writer = getattr(self._driver, "_writer_thread", None)
        while writer is not None:
            self.waiting = max(self.waiting, writer._queue.qsize())
            await asyncio.sleep(0.005)

    def key_c(self) -> None:
        self.rows[3] = replace(self.rows[3], owner="changed")
        self.table_screen.view.show(self.rows)

    async def key_x(self) -> None:
        self.waiting = 0
        for reading in range(1, READINGS + 1):
            for at in range(40):
                self.rows[at] = replace(self.rows[at], owner=f"reading-{reading}-{at}")
            self.table_screen.view.show(self.rows)
            await asyncio.sleep(0.05)

    def key_q(self) -> None:
        self.exit(self.waiting)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(str(Rows().run()))
