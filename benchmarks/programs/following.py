"""A followed log file on screen, timed from inside: `REPORT KIND LOG`.

KIND is `open` (and nothing more, until it is ended), `burst` (how much of the processor's time
LINES take) or `keys` (how long keys take to show while they come). REPORT with `.ready` is there
once the file is followed; what was found is written to REPORT as JSON.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from textual.app import App
from textual.screen import Screen

from benchmarks.programs.timed import Timed
from ticrypt_tui.backend.services.audit.followed_logs import followed_logs
from ticrypt_tui.screens.console import Console, Work
from ticrypt_tui.screens.followed_files import FollowedFiles

LINES = 50_000
KEYS = 60
SETTLING = 1.0


class Following(App[None]):
    """The screen of followed files, and nothing else."""

    def __init__(self, report: Path, kind: str, log: Path) -> None:
        super().__init__()
        self.animation_level = "none"
        self.report, self.kind = report, kind
        self.state = Console()
        self.state.work = self._work
        self.files = FollowedFiles(self.state, followed_logs([log], lambda: ""))
        self.timed = Timed(self, lambda: self.files.view._start, ("right", "left"), turn=1)

    def _work(self, doing: str, work: Work) -> None:
        self.run_worker(work())

    def on_mount(self) -> None:
        self.push_screen(self.files)
        if self.kind != "open":
            self.run_worker(self._measure())

    async def _measure(self) -> None:
        await asyncio.sleep(SETTLING)
        gc.collect()
        self.report.with_suffix(".ready").touch()
        found = await (self._burst() if self.kind == "burst" else self._keys())
        self.report.write_text(json.dumps(found))
        self.exit()

    async def _burst(self) -> dict[str, float]:
        began, moment = time.process_time(), time.perf_counter()
        while self.files.view.counts.read < LINES:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.05)
        await asyncio.sleep(SETTLING / 2)
        spent = time.process_time() - began
        texts = [line.text for line in self.files.view._ring.shown]
        return {
            "cpu": spent,
            "seconds": time.perf_counter() - moment,
            "in_order": float(texts == [line_text(number) for number in range(LINES)]),
        }

    async def _keys(self) -> dict[str, float]:
        await asyncio.to_thread(self.timed.run, KEYS)
        return self.timed.found()

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        super()._display(screen, renderable)
        if renderable is not None:
            self.timed.displayed()


def line_text(number: int) -> str:
    """A line as a system's log has it."""
    return (
        f"2026-11-21T14:02:11.{number:06}Z INFO  auth[4711]: session {number:06} of user alice "
        "opened from 10.4.0.17 by key"
    )


if __name__ == "__main__":
    os.environ.setdefault("COLORTERM", "truecolor")
    Following(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])).run()
