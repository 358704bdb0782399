"""A QEMU of its own whose screen can be watched: a boot sector, and no guest behind it."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# Sets the timer to 50 Hz; then, at each tick, writes another letter into each of the 80 x 25 cells.
CHANGING = bytes.fromhex(
    "fab034e643b038e640b05de640b800b88ec0bb0007fcfb31ffb9d007fec389d8243f0c40ab40e2f8f4ebec"
)
# Fills 80 x 25 cells with all characters in all colours, without a cursor, and waits for a key:
# `g` shows a pattern of 320 x 200 pixels in 256 colours, `t` the text again; any other shifts the
# text by its code.
QUIET = bytes.fromhex(
    "31c08ed0bc007cfc31dbb80300cd10b401b90020cd106800b80731ffb9d00789fad1ea88d000d8c1ea0388"
    "d4abe2f0b400cd1688c33c6774063c7474cdebd7b81300cd106800a00731ffb900fa89f830e0aae2f9ebd9"
)


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine that runs; its screen is served at a socket."""

    process: subprocess.Popen[bytes]
    socket: Path


@contextmanager
def running(folder: Path, program: bytes, graphics: str = "", *more: str) -> Iterator[Machine]:
    """A machine that executes a boot sector, until the block is left.

    `graphics` goes to QEMU behind the address of its screen, `more` as it stands.
    """
    disk, socket = folder / "boot.img", folder / "screen"
    disk.write_bytes(program.ljust(510, b"\0") + b"\x55\xaa")
    command = [
        "qemu-system-x86_64", "-accel", "tcg", "-m", "16", "-display", "none", "-nodefaults",
        "-vga", "std", "-drive", f"file={disk},format=raw,if=floppy",
        "-vnc", f"unix:{socket}{graphics}", *more,
    ]  # fmt: skip
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as process:
        try:
            _wait(process, socket)
            yield Machine(process, socket)
        finally:
            process.kill()


def _wait(process: subprocess.Popen[bytes], socket: Path) -> None:
    end = time.monotonic() + 60
    while not socket.exists():
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError("QEMU does not start")
        time.sleep(0.02)
