"""A console of its own for the tests: `writer.py URL FILE COUNT [STEP]` makes attempts.

It prints the operation of each attempt that it goes ahead with. At a STEP of its last attempt it
kills itself, as `kill -9` would.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from ticrypt_tui.backend.audit.file import AuditFile
from ticrypt_tui.backend.audit.log import AuditLog
from ticrypt_tui.backend.caller import present_origin
from ticrypt_tui.backend.operations import Record, Target
from ticrypt_tui.backend.store.database import Database


def die(*_: object, **__: object) -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still alive")


def half(file: AuditFile, lines: bytes) -> NoReturn:
    """Write half of the last line, and die."""
    os.write(file._descriptor, lines[: -len(lines.splitlines()[-1]) // 2])
    die()


STEPS: dict[str, Callable[[], None]] = {
    "before the file is opened": lambda: setattr(AuditFile, "__init__", die),
    "before the file is written": lambda: setattr(AuditFile, "add", die),
    "in the middle of a line": lambda: setattr(AuditFile, "add", half),
    "before the file is synced": lambda: setattr(os, "fdatasync", die),
    "after the file is synced": lambda: setattr(AuditFile, "close", die),
}


async def write(url: str, file: str, count: int, step: str) -> None:
    database = await Database.open(url)
    log = AuditLog(database, Path(file), present_origin())
    for number in range(count):
        if step and number == count - 1:
            STEPS[step]()
        for outcome in ("attempted", "done"):
            target = Target("vm", "vm-1", "tiny")
            operation_id = f"{os.getpid()}-{number}"
            await log.append(Record("vm.start", operation_id, outcome, None, target))
            if outcome == "attempted":
                print(operation_id, flush=True)  # noqa: T201
    await log.close()
    await database.close()


if __name__ == "__main__":
    _, url, file, count, *step = sys.argv
    asyncio.run(write(url, file, int(count), "".join(step)))
