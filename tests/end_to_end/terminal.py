"""A real terminal for a real program: tmux, driven by keys and read as text."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

SURROUNDINGS = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "LINES")}
"""The tests' own environment without the size of another terminal, which Textual would believe."""


PATIENCE = 180.0
"""Seconds that anything waited for may take on a busy machine."""


class Terminal:
    """One tmux session of its own server; `close` ends both."""

    def __init__(self, folder: Path, columns: int = 160, lines: int = 45) -> None:
        self._socket = str(folder / "tmux.sock")
        self._size = (columns, lines)

    def run(self, command: str, environment: Mapping[str, str]) -> None:
        """Start a shell command as the terminal's only program; the screen stays when it ends."""
        columns, lines = self._size
        variables = [
            word for name, value in environment.items() for word in ("-e", f"{name}={value}")
        ]
        self._tmux("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(lines),
                   *variables, command, ";", "set", "-g", "remain-on-exit", "on")  # fmt: skip

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names, such as `Enter`, `Escape` or `K`."""
        for key in keys:
            self._tmux("send-keys", key)
            time.sleep(0.05)

    def type(self, text: str) -> None:
        """Type a text letter by letter."""
        self._tmux("send-keys", "-l", text)

    def screen(self) -> str:
        """What the screen says now."""
        return self._tmux("capture-pane", "-p").stdout

    def wait_for(self, pattern: str, seconds: float = PATIENCE) -> str:
        """The screen once it matches a regular expression; fails with the screen otherwise."""
        return self._wait(lambda screen: re.search(pattern, screen) is not None, pattern, seconds)

    def wait_without(self, pattern: str, seconds: float = PATIENCE) -> str:
        """The screen once it matches a regular expression no more."""
        return self._wait(
            lambda screen: re.search(pattern, screen) is None, f"no {pattern}", seconds
        )

    def process(self) -> int:
        """The pid of the program."""
        return int(self._tmux("display-message", "-p", "#{pane_pid}").stdout)

    def close(self) -> None:
        """End the session, as a lost SSH connection would."""
        self._tmux("kill-server", check=False)

    def _wait(self, matches: object, what: str, seconds: float) -> str:
        assert callable(matches)
        end = time.monotonic() + seconds
        screen = self.screen()
        while not matches(screen):
            if time.monotonic() > end:
                raise AssertionError(
                    f"after {seconds} s the screen does not show {what}:\n{screen}"
                )
            time.sleep(0.2)
            screen = self.screen()
        return screen

    def _tmux(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["tmux", "-S", self._socket, *words],
            check=check, capture_output=True, text=True, timeout=60, env=SURROUNDINGS,
        )  # fmt: skip
