"""A fault of the program that ends the console, seen on a real pseudo-terminal."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.screens.crashing_program import SECRET
from tools.terminal import Terminal

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = [sys.executable, str(Path(__file__).with_name("crashing_program.py"))]
LEAVE_FULL_SCREEN = b"\x1b[?1049l"


def test_it_gives_the_terminal_back_and_tells_the_fault_without_the_values_of_variables() -> None:
    with Terminal(PROGRAM, environment={"PYTHONPATH": str(ROOT)}) as terminal:
        terminal.wait_for("Realms")
        terminal.press("!")
        terminal.wait_until_ended()
        _, left, told = terminal.everything.partition(LEAVE_FULL_SCREEN)

    assert left
    assert b"RuntimeError: a fault at a passphrase of 28 letters \\u{1b}[2J" in told
    assert SECRET.encode() not in terminal.everything
