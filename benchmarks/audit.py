"""One audit record against the least that it could cost: a bare commit and a bare synced line.

Both are measured in turns in one run: a bare SQLite commit of the same row in the same journal
mode, then an append of the same line with `fdatasync`.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median

from ticrypt_tui.backend.audit.log import AuditLog
from ticrypt_tui.backend.caller import present_origin
from ticrypt_tui.backend.operations import Record, Target
from ticrypt_tui.backend.store.database import Database
from ticrypt_tui.backend.store.migration import migrate

RECORDS = 200
RECORD = Record("vm.shutdown", "op-1", "attempted", None, Target("vm", "vm-1", "tiny"))
INSERT = "INSERT INTO audit_record (seq, operation_id, outcome, body, hash) VALUES (?, ?, ?, ?, ?)"
Step = Callable[[int], Awaitable[None]]


class Bare:
    """A connection and a descriptor, and nothing else."""

    def __init__(self, database: Path, file: Path) -> None:
        self.connection = sqlite3.connect(database, isolation_level=None)
        for pragma in ("journal_mode = TRUNCATE", "synchronous = FULL"):
            self.connection.execute(f"PRAGMA {pragma}")
        self.descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    async def write(self, seq: int) -> None:
        self.put(seq)

    def put(self, seq: int) -> None:
        self.connection.execute("BEGIN IMMEDIATE")
        self.connection.execute(INSERT, (seq, "op-1", "attempted", "x" * 500, "0" * 64))
        self.connection.execute("COMMIT")
        os.write(self.descriptor, b"x" * 580 + b"\n")
        os.fdatasync(self.descriptor)

    def close(self) -> None:
        self.connection.close()
        os.close(self.descriptor)


async def seconds(step: Step, seq: int) -> float:
    began = time.perf_counter()
    await step(seq)
    return time.perf_counter() - began


async def ratio(folder: Path) -> tuple[float, float]:
    """The median seconds of a bare write and of an audit record, measured in turns."""
    urls = [f"sqlite+aiosqlite:///{folder}/{name}.db" for name in ("bare", "audit")]
    for url in urls:
        await migrate(url)
    bare = Bare(folder / "bare.db", folder / "bare.jsonl")
    database = await Database.open(urls[1])
    log = AuditLog(database, folder / "audit.jsonl", present_origin())
    times = [
        (await seconds(bare.write, seq), await seconds(lambda _: log.append(RECORD), seq))
        for seq in range(1, RECORDS + 1)
    ]
    await log.close()
    await database.close()
    bare.close()
    return median(pair[0] for pair in times), median(pair[1] for pair in times)


def main() -> None:
    with tempfile.TemporaryDirectory(dir=".") as folder:
        bare, audit = asyncio.run(ratio(Path(folder).absolute()))
    print(f"bare commit and synced line: {bare * 1000:.2f} ms")
    print(f"audit record:                {audit * 1000:.2f} ms ({bare / audit:.2f}× the speed)")


if __name__ == "__main__":
    main()
