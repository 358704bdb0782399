"""The console with 10,000 VMs beside a bare Textual application: its start, memory and keys.

Until the rows are shown, the hosts are disabled, so that what is timed is the console, its store
and the table. Memory and keys are measured with hosts that are read: `benchmarks.programs.busy`.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from statistics import median

from benchmarks import large
from benchmarks.first_frame import BARE, seconds
from benchmarks.machines import HOSTS, VMS
from benchmarks.report import Ratio
from ticrypt_tui.backend.store.tables.infrastructure import HostState
from tools.terminal import Terminal

RUNS = 7
TURNS = 3  # the best pair counts: a busy machine makes single keys wait
PATIENCE = 300
ROWS = f"{HOSTS * VMS:,}"


def measured() -> list[Ratio]:
    return [start(), *in_use()]


def start() -> Ratio:
    """How soon all rows are there."""
    with tempfile.TemporaryDirectory() as folder:
        configuration = large.made(Path(folder), HostState.DISABLED)
        pairs = [(filled(configuration), seconds(BARE)) for _ in range(RUNS + 1)][1:]
    ours, bare = (median(times) for times in zip(*pairs, strict=True))
    return Ratio(
        f"from the start of the console to {ROWS} running VMs, beside a bare application's start",
        f"{ours * 1000:.0f} ms",
        f"{bare * 1000:.0f} ms",
        median(ours / least for ours, least in pairs),
        most=3,
    )


def filled(configuration: Path) -> float:
    """From the start of the console to the tab with all rows, gone to as soon as it can be."""
    environment = {"TICRYPT_TUI_CONFIG": str(configuration)}
    with Terminal([sys.executable, "-m", "ticrypt_tui"], environment=environment) as terminal:
        terminal.seconds_until(b"ticrypt-tui")
        terminal.press(":running\r")
        return terminal.seconds_until(f"{ROWS} of {ROWS}".encode())


def in_use() -> list[Ratio]:
    """How long a key takes to show while every row changes, and what is held in memory."""
    with tempfile.TemporaryDirectory() as folder:
        file = large.made(Path(folder), HostState.ENABLED)
        pairs = [(inside("busy", file), inside("bare", file)) for _ in range(TURNS)]
    ours, bare = min(pairs, key=lambda pair: pair[0]["p95"])
    what = f"from a key to its frame while {ROWS} rows change twice a second, beside a bare line"
    return [
        keys(f"{what}: 95 of 100 keys", ours["p95"], bare["p95"], "at most 50 ms"),
        keys(f"{what}: the median", ours["median"], bare["median"], ""),
        memory(min(found["memory"] for found, _ in pairs), resident()),
    ]


def keys(what: str, ours: float, bare: float, bound: str) -> Ratio:
    took, beside = (f"{each * 1000:.0f} ms" for each in (ours, bare))
    return Ratio(what, took, beside, ours / bare, bound=bound, kept=ours <= 0.05)


def memory(ours: float, bare: float) -> Ratio:
    what = f"resident memory with {ROWS} VMs, beside a bare application's"
    held, beside, kept = f"{ours:.0f} MiB", f"{bare:.0f} MiB", ours - bare <= 100
    return Ratio(what, held, beside, ours / bare, bound="at most 100 MiB more", kept=kept)


def inside(role: str, configuration: Path) -> dict[str, float]:
    """What the program found from inside."""
    report = configuration.with_suffix(".json")
    program = [sys.executable, "-m", "benchmarks.programs.busy"]
    with Terminal([*program, str(report), role, str(configuration)]) as terminal:
        terminal.wait_until_ended(PATIENCE)
    found: dict[str, float] = json.loads(report.read_text(encoding="utf-8"))
    return found


def resident() -> float:
    """What a bare application holds in memory, in MiB."""
    command, words = BARE
    with Terminal(command) as terminal:
        terminal.seconds_until(words)
        return terminal.resident
