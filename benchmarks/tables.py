"""Runs the program that times tables, in a terminal of its own."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from tools.terminal import Terminal

PROGRAM = [sys.executable, "-m", "benchmarks.programs.tables"]
PATIENCE = 300


def found(kind: str, which: str) -> dict[str, float]:
    """What the program found; `sent` are the bytes it wrote after its table was filled."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "found.json"
        with Terminal([*PROGRAM, str(report), kind, which]) as terminal:
            terminal.wait_until_ended(PATIENCE)
            filled = report.with_suffix(".filled")
            moment = filled.stat().st_mtime if filled.exists() else 0.0
            sent = terminal.received_since(moment)
        values: dict[str, float] = json.loads(report.read_text(encoding="utf-8"))
        return {**values, "sent": sent}
