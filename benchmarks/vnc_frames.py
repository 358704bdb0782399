"""A VM's screen watched by us, by asyncvnc and by vncdotool, on one and the same QEMU.

Each client is a process of its own; they take turns. The screen has 720 x 400 pixels of text; one
changes all of its letters 50 times a second (QEMU sends at most 33 pictures of them), the other
when a key is pressed.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.report import Ratio
from benchmarks.screens import CHANGING, QUIET, Machine, running

PROGRAM = [sys.executable, "-m", "benchmarks.programs.frames"]
PEERS = ("asyncvnc", "vncdotool")
CLIENTS = ("ours", *PEERS)
RUNS = 3
FIRST_SECONDS, KEY_SECONDS = 0.5, 0.15


def measured() -> list[Ratio]:
    with tempfile.TemporaryDirectory() as folder:
        with running(Path(folder), CHANGING) as machine:
            rates = _found(machine, "rate", (*CLIENTS, "far"))
        with running(Path(folder), QUIET) as machine:
            first, key = _found(machine, "first", CLIENTS), _found(machine, "key", CLIENTS)
    return [
        rate_of(rates, "asyncvnc", 4),
        rate_of(rates, "vncdotool", None),
        rate_of(rates, "asyncvnc", None, ours="far"),
        *(time_of(first, "the first picture", peer, FIRST_SECONDS) for peer in PEERS),
        *(time_of(key, "key to changed picture", peer, KEY_SECONDS) for peer in PEERS),
    ]


def rate_of(rates: dict[str, float], peer: str, least: float | None, ours: str = "ours") -> Ratio:
    how = ", compressed as for another machine" if ours == "far" else ""
    what = f"pictures a second of a changing screen{how}: ours, beside {peer}"
    mine, theirs = rates[ours], rates[peer]
    return Ratio(what, f"{mine:.1f}", f"{theirs:.1f}", mine / theirs, least=least)


def time_of(seconds: dict[str, float], what: str, peer: str, bound: float) -> Ratio:
    mine, theirs = seconds["ours"], seconds[peer]
    return Ratio(
        f"a VM's screen, {what}: ours, beside {peer}",
        f"{mine * 1000:.0f} ms",
        f"{theirs * 1000:.0f} ms",
        mine / theirs,
        bound=f"at most {bound * 1000:.0f} ms",
        kept=mine <= bound,
    )


def _found(machine: Machine, what: str, clients: Sequence[str]) -> dict[str, float]:
    """The middle of what each client found, in turns."""
    runs = [{client: _run(machine, client, what) for client in clients} for _ in range(RUNS)]
    return {client: median(run[client] for run in runs) for client in clients}


def _run(machine: Machine, client: str, what: str) -> float:
    command = [*PROGRAM, client, what, str(machine.socket)]
    return float(subprocess.run(command, capture_output=True, check=True, timeout=120).stdout)
