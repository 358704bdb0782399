"""Verifying a million records, chain, file and tree, against bare SHA-256 over the same bytes."""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from benchmarks.audit import RECORD
from benchmarks.report import Ratio
from ticrypt_tui.backend.audit import chain
from ticrypt_tui.backend.audit.discrepancies import lines_of
from ticrypt_tui.backend.audit.records import entry_of
from ticrypt_tui.backend.audit.verify import verify
from ticrypt_tui.backend.caller import present_origin
from ticrypt_tui.backend.store.database import Database
from ticrypt_tui.backend.store.migration import migrate

RECORDS = 1_000_000
_BATCH = 5_000
_ROUNDS = 2


async def filled(folder: Path) -> Database:
    """A database and a file with that many records."""
    url = f"sqlite+aiosqlite:///{folder}/console.db"
    await migrate(url)
    database = await Database.open(url)
    entry = entry_of(RECORD, present_origin(), datetime.now(UTC))

    def add(connection: Connection) -> chain.Added:
        return chain.add_at_once(connection, [entry] * _BATCH)

    with (folder / "audit.jsonl").open("wb") as file:
        for _ in range(RECORDS // _BATCH):
            file.write(lines_of((await database.write_at_once(add)).rows))
    return database


def bare(file: Path) -> float:
    """The seconds for one hash of each line, and nothing else."""
    lines = file.read_bytes().splitlines()
    began = time.perf_counter()
    for line in lines:
        hashlib.sha256(line).digest()
    return time.perf_counter() - began


async def ratio(folder: Path) -> tuple[float, float]:
    """The least seconds of a verification, and of bare hashing, measured in turns."""
    database, file = await filled(folder), folder / "audit.jsonl"
    times = []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        assert (await verify(database, file)).up_to == RECORDS
        times.append((time.perf_counter() - began, bare(file)))
    await database.close()
    return min(each[0] for each in times), min(each[1] for each in times)


def measured() -> list[Ratio]:
    with tempfile.TemporaryDirectory(dir=".") as folder:
        whole, hashing = asyncio.run(ratio(Path(folder).absolute()))
    what = f"verifying {RECORDS:,} audit records, beside bare SHA-256 over the same bytes"
    return [Ratio(what, f"{whole:.1f} s", f"{hashing:.1f} s", whole / hashing, most=12)]
