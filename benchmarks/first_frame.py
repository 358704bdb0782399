"""How long the console takes to be on screen, beside a bare Textual application."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from statistics import median

from benchmarks.report import Ratio
from tools.terminal import Terminal

RUNS = 15
CONSOLE = ([sys.executable, "-m", "ticrypt_tui"], b"ticrypt-tui")
BARE = ([sys.executable, "-m", "benchmarks.programs.bare"], b"a bare application")
NO_FILE = {"TICRYPT_TUI_CONFIG": "/nonexistent/ticrypt-tui.toml"}


def seconds(program: tuple[Sequence[str], bytes]) -> float:
    """From the start of a program to the first frame with its words."""
    command, words = program
    with Terminal(command, environment=NO_FILE) as terminal:
        return terminal.seconds_until(words)


def measured() -> list[Ratio]:
    for program in (CONSOLE, BARE):
        seconds(program)  # compiles what is not compiled yet
    pairs = [(seconds(CONSOLE), seconds(BARE)) for _ in range(RUNS)]
    console, bare = (median(times) for times in zip(*pairs, strict=True))
    return [
        Ratio(
            "first frame: the console, beside a bare Textual application",
            f"{console * 1000:.0f} ms",
            f"{bare * 1000:.0f} ms",
            median(ours / least for ours, least in pairs),  # a pair shares its moment's load
            most=1.25,
        )
    ]
