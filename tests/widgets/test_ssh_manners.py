"""What goes over the wire, measured at a real terminal."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tools.terminal import Terminal

pytestmark = pytest.mark.slow(seconds=35)

# What Textual itself writes to a terminal: cursor, colours, modes, its questions and its title.
OURS = re.compile(rb"\x1b(\[[0-9;?=<>]*\$?[a-zA-Z]|\][0-9;]*[^\x07\x1b]*(\x07|\x1b\\)|[=>78P\\])")


@contextmanager
def program(name: str, *arguments: str, rate: int | None = None) -> Iterator[Terminal]:
    command = [sys.executable, "-m", f"tests.widgets.programs.{name}", *arguments]
    with Terminal(command, rate=rate) as terminal:
        yield terminal


@pytest.fixture
def rows(tmp_path: Path) -> Iterator[Terminal]:
    with program("rows", str(tmp_path / "waiting")) as terminal:
        terminal.wait_for("vm-48")
        terminal.wait_until_quiet()
        yield terminal


def test_an_idle_table_sends_nothing(rows: Terminal) -> None:
    before = rows.wait_until_quiet(2.5)
    assert rows.wait_until_quiet(5) == before


def test_a_changed_cell_costs_less_than_a_kilobyte(rows: Terminal) -> None:
    before = rows.received
    rows.press("c")
    rows.wait_for("changed")
    assert rows.wait_until_quiet() - before < 1_000


def test_a_step_of_the_cursor_costs_two_lines_at_most(rows: Terminal) -> None:
    before = rows.received
    rows.press("j")
    rows.wait_for("▸  vm-1 ")
    assert rows.wait_until_quiet() - before < 2_000


def test_frames_wait_for_a_slow_terminal_and_then_show_the_newest_state(tmp_path: Path) -> None:
    report = tmp_path / "waiting"
    with program("rows", str(report), rate=60_000) as terminal:
        terminal.wait_for("vm-48")
        terminal.wait_until_quiet()
        before = terminal.received
        terminal.press("x")
        terminal.wait_for("reading-40-39")
        sent = terminal.wait_until_quiet() - before
        terminal.press("q")
        terminal.wait_until_ended()
        skipped = set(range(1, 41)) - readings(terminal.everything)
    assert int(report.read_text()) < 10
    assert sent < 40 * 20_000
    assert skipped


def readings(data: bytes) -> set[int]:
    return {int(number) for number in re.findall(rb"reading-(\d+)-", data)}


def test_an_idle_log_sends_nothing_and_a_line_less_than_a_kilobyte() -> None:
    with program("log") as terminal:
        terminal.wait_for("first line")
        before = terminal.wait_until_quiet(2.5)
        assert terminal.wait_until_quiet(5) == before
        terminal.press("c")
        terminal.wait_for("one more line")
        assert terminal.wait_until_quiet() - before < 1_000


def test_a_flood_of_hostile_lines_is_followed_to_its_end_and_obeyed_nowhere() -> None:
    with program("log", rate=60_000) as terminal:
        terminal.wait_for("first line")
        terminal.press("x")
        assert "number 380 of 400" in terminal.wait_for("number 400 of 400")
        terminal.wait_until_quiet()
        rest = OURS.sub(b"", terminal.everything)
    assert not re.search(rb"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]", rest)
