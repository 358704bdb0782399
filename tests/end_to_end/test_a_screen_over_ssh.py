"""A guest's screen in the terminal: its host is behind ssh, and it is mended by typing."""

from __future__ import annotations

import re
import sys

import pytest

from tests.end_to_end.conftest import Console
from tests.end_to_end.terminal import Terminal

FEW = 6
"""Letters that a keyboard holds for a guest that is late: it loses what is typed beyond that."""
TYPED = "echo 'a@b|c~d{e}' > /tmp/x && cat /tmp/x"


@pytest.mark.slow(seconds=85)
@pytest.mark.timeout(900)
def test_a_guest_is_logged_in_to_read_and_powered_off_in_a_terminal(
    console: Console, terminal: Terminal
) -> None:
    console.operation("setup.edit", setup="tiny", debug_console="yes")
    console.operation("config.start", config=console.name)

    terminal.run(f"{sys.executable} -m ticrypt_tui", console.environment)
    terminal.wait_for(r"hosts 1/1 up")
    terminal.press(":")
    terminal.type("running")
    terminal.press("Enter")
    terminal.wait_for(rf"{console.name} +DEBUG")
    terminal.press("v")
    terminal.wait_for(r"tiny-linux ready")
    terminal.wait_for(r"/ #")
    enter(terminal, TYPED)
    terminal.wait_for(r"(?m)^\W*a@b\|c~d\{e\}")

    printed = console.operation("vm.screen_text", vm=console.name)  # beside the one that is open
    assert "a@b|c~d{e}" in printed.splitlines()

    terminal.press("C-c")  # the guest's, like every other key
    enter(terminal, "poweroff")
    screen = terminal.wait_for(r"The VM has ended: powered off by guest")
    assert "a@b|c~d{e}" in screen
    terminal.press("C-]", "x")
    terminal.wait_for(r"Running VMs")
    told = console.command("audit", "tail", "--once", "--last", "40", "--json")
    assert TYPED not in told
    assert "vm.close_vnc" in told
    assert "ok" in console.command("audit", "verify").lower()


def enter(terminal: Terminal, line: str) -> None:
    """Type a line as fast as its guest echoes it."""
    for end in range(FEW, len(line) + FEW, FEW):
        terminal.type(line[end - FEW : end])
        terminal.wait_for(re.escape(line[:end].rstrip()))
    terminal.press("Enter")
