"""What is left when the SSH connection of a console breaks in the middle of an operation."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.conftest import Console
from tests.end_to_end.terminal import PATIENCE, Terminal


def _begin_a_shutdown(console: Console, terminal: Terminal) -> None:
    """Ask a guest to shut down that has not booted yet, and so does not hear it."""
    console.operation("config.start", config=console.name)
    terminal.run(f"{sys.executable} -m ticrypt_tui", console.environment)
    terminal.wait_for(r"hosts 1/1 up")
    terminal.press(":")
    terminal.type("running")
    terminal.press("Enter")
    terminal.wait_for(console.name)
    terminal.press("/")
    terminal.type(f"name:{console.name}")
    terminal.press("Enter")
    terminal.wait_for(r"Running VMs +1 of")
    terminal.press("a", "K")
    terminal.wait_for("Shut down ")
    terminal.press("BTab", "Enter")
    terminal.wait_for(r"vm\.shutdown +attempted")


def _outcomes(console: Console) -> list[str]:
    records: list[dict[str, Any]] = console.rows("audit")
    return [each["outcome"] for each in records if each["operation"] == "vm.shutdown"]


def _wait_until_gone(process: int) -> None:
    end = time.monotonic() + PATIENCE
    while Path(f"/proc/{process}").exists():
        assert time.monotonic() < end, "the console lives on without a terminal"
        time.sleep(0.2)


@pytest.mark.slow(seconds=45)
@pytest.mark.timeout(900)
def test_the_console_ends_and_records_how_its_operation_ended(
    console: Console, terminal: Terminal
) -> None:
    _begin_a_shutdown(console, terminal)
    process = terminal.process()

    terminal.close()

    _wait_until_gone(process)
    assert sorted(_outcomes(console)) in (["attempted", "done"], ["attempted", "failed"])


@pytest.mark.slow(seconds=45)
@pytest.mark.timeout(900)
def test_a_console_that_is_killed_leaves_a_report_for_the_next_start(
    console: Console, terminal: Terminal
) -> None:
    _begin_a_shutdown(console, terminal)

    process = terminal.process()
    subprocess.run(["kill", "-9", str(process)], check=True)
    terminal.close()
    _wait_until_gone(process)

    assert sorted(_outcomes(console)) == ["attempted", "interrupted"]
