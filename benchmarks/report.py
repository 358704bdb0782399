"""What a benchmark found, and the page that all of it is written to."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

PAGE = Path(__file__).parent / "results.md"
HEAD = """# Measured

Each line sets two things side by side that were measured in turns in one run, so that a busy
machine slows both. `make bench` writes this page anew.

{where}

| what | measured | beside it | ratio | aim | |
|---|---|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Ratio:
    """One comparison: the measured figure, the one beside it, and the first over the second.

    `most` and `least` are the bounds that are aimed at, if any; or else the `bound` is of the
    measured figure itself, in words, and `kept` says whether it is.
    """

    what: str
    measured: str
    beside: str
    over: float
    most: float | None = None
    least: float | None = None
    bound: str = ""
    kept: bool = True

    @property
    def aim(self) -> str:
        if self.bound:
            return self.bound
        if self.most is not None:
            return f"at most {self.most:g}×"
        return f"at least {self.least:g}×" if self.least is not None else ""

    @property
    def verdict(self) -> str:
        if not self.aim:
            return ""
        if self.bound:
            return "met" if self.kept else "missed"
        met = self.over <= self.most if self.most is not None else self.over >= (self.least or 0)
        return "met" if met else "missed"

    def line(self) -> str:
        """The comparison as a row of the page."""
        cells = (self.what, self.measured, self.beside, f"{self.over:.2f}×", self.aim, self.verdict)
        return f"| {' | '.join(cells)} |"


def machine() -> str:
    """Where and with what was measured."""
    facts = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    models = [line.partition(": ")[2] for line in facts.splitlines() if "model name" in line]
    load = os.getloadavg()[0]
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC on {os.cpu_count()} × {(models or ['CPU'])[0]}, "
        f"load {load:.1f}; Python {platform.python_version()}, Textual {version('textual')}."
    )


def write(ratios: Sequence[Ratio]) -> None:
    """Writes the page."""
    lines = "\n".join(ratio.line() for ratio in ratios)
    PAGE.write_text(HEAD.format(where=machine()) + lines + "\n", encoding="utf-8")
