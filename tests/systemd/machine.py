"""A machine of its own: a real systemd as the first process of its own namespaces.

It has its own units, D-Bus and journal, and the files of this machine otherwise. It empties /tmp
and /run as it boots, so it gets some of its own before (`boot.sh`).
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

BOOT = Path(__file__).with_name("boot.sh")
BOOTS_WITHIN = 60.0


@dataclass(frozen=True, slots=True)
class Machine:
    """A systemd that has booted; `pid` is its process, `launcher` the one that made it.

    Its system bus listens in `folder`, which anyone may enter.
    """

    pid: int
    launcher: subprocess.Popen[bytes]
    folder: Path

    @property
    def root(self) -> Path:
        """Its files, as seen from here."""
        return Path(f"/proc/{self.pid}/root")

    @property
    def bus(self) -> str:
        """The address of its system bus."""
        return f"unix:path={self.folder}/system_bus_socket"

    @property
    def journalctl(self) -> tuple[str, ...]:
        """What runs its journalctl."""
        return ("nsenter", f"--target={self.pid}", "--mount", "--pid", "journalctl")

    def run(self, *words: str) -> str:
        """What a program prints that runs inside."""
        inside = ("nsenter", f"--target={self.pid}", "--mount", "--pid", "--ipc", "--uts", *words)
        done = subprocess.run(inside, capture_output=True, text=True, check=False, timeout=60)
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done.stdout

    def end(self) -> None:
        """Kill it: with its first process, all others of its namespace end."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        self.launcher.wait(timeout=60)


def booted(given: Path, folder: Path) -> Machine:
    """A machine with the given units and rules, once its bus and its journal answer."""
    ends_with_us = ("setpriv", "--pdeathsig=KILL", "unshare", "--fork", "--kill-child")
    apart = ("--pid", "--mount", "--uts", "--ipc", "--cgroup")
    said = folder / "boot.log"
    with said.open("wb") as file:
        launcher = subprocess.Popen(
            [*ends_with_us, *apart, "sh", str(BOOT), str(given), str(folder)],
            stdin=subprocess.DEVNULL, stdout=file, stderr=file,
        )  # fmt: skip
    end = monotonic() + BOOTS_WITHIN
    while monotonic() < end and launcher.poll() is None:
        for pid in _children(launcher.pid):
            machine = Machine(pid, launcher, folder)
            if _answers(machine):
                return machine
        sleep(0.2)
    launcher.kill()
    raise AssertionError(f"systemd did not boot: {said.read_text()}")


def _answers(machine: Machine) -> bool:
    asked = ("systemctl", "is-active", "dbus.service", "systemd-journald.service", "ready.target")
    try:
        return machine.run(*asked).split() == ["active"] * 3
    except (AssertionError, subprocess.TimeoutExpired):
        return False


def _children(pid: int) -> Sequence[int]:
    try:
        return [*map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    except OSError:
        return []
