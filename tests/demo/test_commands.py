from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from ticrypt_tui.backend.errors import DeadlineMissed, Failed
from ticrypt_tui.demo import commands


async def test_what_a_program_says_and_how_it_ends_are_kept() -> None:
    finished = await commands.run("sh", "-c", "echo out; echo why >&2; exit 3", seconds=60)

    assert finished == commands.Finished(3, "out\n", "why\n")


async def test_the_reason_is_its_last_line_made_safe() -> None:
    finished = await commands.run(
        "sh", "-c", r"printf 'first\nerror: no \033[2Jdisk\n\n' >&2; exit 1", seconds=60
    )

    assert finished.reason == r"no \u{1b}[2Jdisk"


async def test_a_program_that_says_nothing_has_its_exit_code_for_a_reason() -> None:
    assert (await commands.run("false", seconds=60)).reason == "exit code 1"


async def test_a_program_that_is_not_there_is_named() -> None:
    with pytest.raises(Failed, match="no-such-program cannot be run: No such file"):
        await commands.run("no-such-program", seconds=60)


async def test_after_the_deadline_it_and_what_it_started_are_ended(tmp_path: Path) -> None:
    started = tmp_path / "child"
    script = f"sleep 600 & echo $! > {started}; wait"

    with pytest.raises(DeadlineMissed, match="sh did not end in 3 s"):
        await commands.run("sh", "-c", script, seconds=3)

    child = Path("/proc", started.read_text().strip(), "cmdline")
    async with asyncio.timeout(60):
        while runs(child):  # noqa: ASYNC110 - nobody but its parent is told of its end
            await asyncio.sleep(0.01)


def runs(command: Path) -> bool:
    """Whether the process of this `/proc/…/cmdline` has not ended."""
    with suppress(OSError):
        return command.read_bytes() != b""
    return False


async def test_it_has_no_terminal_to_ask_on() -> None:
    finished = await commands.run("sh", "-c", "read line; : </dev/tty", seconds=60)

    assert finished.code != 0
