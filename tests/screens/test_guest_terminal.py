"""A VM's screen at a real terminal: what is sent to it, byte by byte."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

import pytest

from tools.terminal import Terminal

PREFIX = "\x1d"
QUESTION = b"\x1b[6n"


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    """A terminal in which the console is about to open a VM's screen whose cursor blinks."""
    command = [sys.executable, "-m", "benchmarks.programs.guest"]
    with Terminal(command, columns=160, lines=45, environment={"COLORTERM": "truecolor"}) as made:
        made.wait_for("hosts 25/26 up")
        made.press(":running\r")
        made.wait_for("genome-7")
        yield made


@pytest.mark.slow(seconds=8)
def test_an_idle_screen_sends_nothing_and_a_typed_character_little(terminal: Terminal) -> None:
    terminal.press("v")
    terminal.wait_for("/ #")
    terminal.seconds_until(QUESTION)
    terminal.press("\x1b[1;1R\x1b[1;1R")  # it has no pictures
    before = terminal.wait_until_quiet(2.5)
    time.sleep(2)
    assert terminal.received == before
    terminal.press("\x1b[19~")  # the table behind it changes
    time.sleep(2)
    assert terminal.received == before
    terminal.press("x")
    terminal.wait_for("/ # x")
    assert 0 < terminal.wait_until_quiet() - before < 300


@pytest.mark.slow(seconds=8)
def test_a_terminal_that_has_pictures_is_sent_one_and_then_only_what_is_new(
    terminal: Terminal,
) -> None:
    terminal.press("v")
    terminal.seconds_until(QUESTION)
    terminal.press("\x1b[1;4R\x1b[1;1R")  # as kitty does
    terminal.wait_until_quiet()
    terminal.press(f"{PREFIX}t")
    terminal.seconds_until(b"a=T,f=24,o=z,s=720,v=400")
    before = terminal.wait_until_quiet(2.5)
    time.sleep(2)
    assert terminal.received == before
    terminal.press(f"{PREFIX}t")
    terminal.seconds_until(b"a=d,d=I")
