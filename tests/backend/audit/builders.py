"""Chains made without a database, and questions that several tests ask of a log."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text

from ticrypt_tui.backend.audit import tail
from ticrypt_tui.backend.audit.chain import Stored
from ticrypt_tui.backend.audit.log import AuditLog
from ticrypt_tui.backend.audit.records import GENESIS, chained, entry_of
from ticrypt_tui.backend.audit.verify import verify
from ticrypt_tui.backend.caller import Origin
from ticrypt_tui.backend.operations import Record, Target
from ticrypt_tui.backend.store.database import Database

NOON = datetime(2026, 3, 1, 12, 0, 0, 7, tzinfo=UTC)


def entry(origin: Origin, operation_id: str = "op-1", **differing: Any) -> dict[str, Any]:
    """A system record's content, at noon."""
    record = Record("audit.heartbeat", operation_id, "done", None, Target("audit"))
    return {**entry_of(record, origin, NOON), **differing}


def rows(origin: Origin, count: int) -> list[Stored]:
    """An unbroken chain of so many records."""
    made, previous = [], GENESIS
    for seq in range(1, count + 1):
        said = entry(origin, f"op-{seq}")
        body, previous = chained(said, seq, previous)
        made.append(Stored(seq, said["op_id"], said["outcome"], body, previous))
    return made


def lines(file: Path) -> list[str]:
    return file.read_text(encoding="ascii").splitlines()


async def assert_whole(log: AuditLog, records: int) -> None:
    """Table and file hold these many records, the same, in one unbroken chain."""
    verdict = await verify(log.database, log.file)
    assert (verdict.first_bad, verdict.up_to) == (0, records), verdict.sentence
    assert lines(log.file) == [each.line for each in await tail.newest(log.database, 100_000)]


async def tamper(database: Database, statement: str, **values: Any) -> None:
    """Change the table, or how its writers are connected, behind the log's back."""
    await database.write_at_once(lambda it: it.execute(text(statement), values))
