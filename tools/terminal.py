"""A terminal for a program to run in: it counts what it is sent, may be slow, and can be read."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pexpect
import pyte

PATIENCE = 60.0
"""Seconds that anything waited for may take on a busy machine."""


class Terminal:
    """A pseudo-terminal with a program in it; use it in a `with` statement.

    `rate` is how many bytes a second it takes; without one it takes all at once.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 160,
        lines: int = 50,
        environment: Mapping[str, str] | None = None,
        rate: int | None = None,
    ) -> None:
        self.started = time.perf_counter()
        self._child = pexpect.spawn(
            command[0],
            list(command[1:]),
            dimensions=(lines, columns),
            env={**_surroundings(), "TERM": "xterm-256color", **(environment or {})},
        )
        self.rate = rate
        self.received = 0
        self.changed = self.started
        self._bytes: list[bytes] = []
        self._moments: list[float] = []
        self._fed = 0
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)
        self._ended = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        if self._child.isalive():
            self._child.kill(signal.SIGKILL)
            self._child.wait()
        self._reader.join(PATIENCE)
        self._child.close()

    @property
    def everything(self) -> bytes:
        """All that was sent."""
        return b"".join(self._bytes)

    @property
    def resident(self) -> float:
        """The program's resident memory in MiB."""
        said = Path(f"/proc/{self._child.pid}/status").read_text(encoding="ascii").splitlines()
        return int(next(line for line in said if line.startswith("VmRSS")).split()[1]) / 1024

    @property
    def worked(self) -> float:
        """The seconds that a processor has worked for the program."""
        said = Path(f"/proc/{self._child.pid}/stat").read_text(encoding="ascii")
        user, system = said.rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def press(self, keys: str) -> None:
        """Types these characters."""
        self._child.send(keys)

    def text(self) -> str:
        """What the screen says now, as lines."""
        for data in self._bytes[self._fed :]:
            self._stream.feed(data)
            self._fed += 1
        return "\n".join(self._screen.display)

    def wait_for(self, text: str) -> str:
        """The screen once it says `text`; fails with what it says instead."""
        end = time.monotonic() + PATIENCE
        while text not in (screen := self.text()):
            assert time.monotonic() < end, f"{text!r} is not on the screen:\n{screen}"
            time.sleep(0.02)
        return screen

    def seconds_until(self, sent: bytes) -> float:
        """When the program had written this, in seconds from its start."""
        end = time.monotonic() + PATIENCE
        while sent not in self.everything:
            assert time.monotonic() < end, f"{sent!r} was not written"
            time.sleep(0.005)
        so_far = b""
        for moment, data in zip(self._moments, self._bytes, strict=False):
            so_far += data
            if sent in so_far:
                return moment - self.started
        raise AssertionError("what was written is gone")

    def wait_until_quiet(self, seconds: float = 0.6) -> int:
        """Bytes received in all, once nothing came for some seconds."""
        end = time.monotonic() + PATIENCE
        while time.perf_counter() - self.changed < seconds:
            assert time.monotonic() < end, "the program does not stop writing"
            time.sleep(0.02)
        return self.received

    def received_since(self, moment: float) -> int:
        """Bytes received after a moment of `time.time`."""
        began = moment - time.time() + time.perf_counter()
        pairs = zip(self._moments, self._bytes, strict=False)
        return sum(len(data) for at, data in pairs if at > began)

    def wait_until_ended(self, seconds: float = PATIENCE) -> None:
        """Returns when the program has left."""
        assert self._ended.wait(seconds), "the program does not leave"

    def _read(self) -> None:
        chunk = self.rate // 20 if self.rate else 1 << 16
        try:
            while data := os.read(self._child.child_fd, chunk):
                self.changed = time.perf_counter()
                self._moments.append(self.changed)
                self._bytes.append(data)
                self.received += len(data)
                if self.rate:
                    time.sleep(len(data) / self.rate)
        except OSError:
            pass  # how a pseudo-terminal says that the program has left
        self._ended.set()


def _surroundings() -> dict[str, str]:
    """This process's environment, but for the size of another terminal than the program's own."""
    return {key: value for key, value in os.environ.items() if key not in ("COLUMNS", "LINES")}
