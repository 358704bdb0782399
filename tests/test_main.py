"""The ways into the console, and how it ends when its terminal goes."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ticrypt_tui.__main__ import console_wanted
from ticrypt_tui.config import locations
from ticrypt_tui.terminal import DUMB, NO_TERMINAL

CONFIGURATION = """
[database]
url = "sqlite+aiosqlite:///{folder}/console.db"

[audit]
file = "{folder}/audit.jsonl"
heartbeat = "off"
"""


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ([], (False, "")),
        (["demo"], (True, "")),
        (["--demo"], (True, "")),
        (["--config", "a.toml"], (False, "a.toml")),
        (["--config=a.toml"], (False, "a.toml")),
        (["demo", "--check"], None),
        (["list", "running"], None),
        (["--help"], None),
    ],
)
def test_which_words_open_the_console(words: list[str], wanted: tuple[bool, str] | None) -> None:
    assert console_wanted(words) == wanted


def program(*words: str, **changes: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ticrypt_tui", *words], env={**os.environ, **changes},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("words", [(), ("demo",), ("demo", "--reset")])
def test_without_a_terminal_one_sentence_points_at_the_check(words: tuple[str, ...]) -> None:
    said = program(*words)
    assert (said.returncode, said.stderr) == (2, f"{NO_TERMINAL}\n")


def in_terminal(*words: str, **changes: str) -> tuple[subprocess.Popen[bytes], int]:
    """The program on a terminal of its own, and our end of it."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "ticrypt_tui", *words], env={**os.environ, **changes},
        stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    return process, ours


def read(ours: int, until: bytes, seconds: float = 180) -> bytes:
    """What the program wrote, until it wrote that or ended."""
    text, end = b"", time.monotonic() + seconds
    while until not in text:
        assert time.monotonic() < end, text[-2000:]
        try:
            text += os.read(ours, 65536)
        except OSError:
            return text
    return text


def test_a_dumb_terminal_is_told_so() -> None:
    process, ours = in_terminal(TERM="dumb")
    text = read(ours, b"every part of the demo.")
    assert text.replace(b"\r\n", b"") == DUMB.encode()
    assert process.wait(180) == 2
    os.close(ours)


@pytest.mark.slow(seconds=10)
def test_a_console_that_loses_its_terminal_ends_in_order(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(CONFIGURATION.format(folder=tmp_path))
    where = {locations.VARIABLE: str(file), "XDG_DATA_HOME": str(tmp_path)}
    assert program("init", **where).returncode == 0
    process, ours = in_terminal(TERM="xterm-256color", **where)
    read(ours, b"chain ok")
    os.close(ours)
    process.send_signal(signal.SIGHUP)  # what sshd's end of the session does
    assert process.wait(180) == 128 + signal.SIGHUP
