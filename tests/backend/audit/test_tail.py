from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing

import pytest

from tests.backend.audit.builders import tamper
from ticrypt_tui.backend.audit import tail
from ticrypt_tui.backend.audit.log import AuditLog
from ticrypt_tui.backend.operations import Record
from ticrypt_tui.backend.store.database import Database

Make = Callable[..., Record]


async def first(log: AuditLog, count: int, **options: int) -> list[int]:
    """The sequence numbers of the first `count` records that following yields."""
    seen: list[int] = []
    async with asyncio.timeout(60), aclosing(tail.follow(log.database, **options)) as following:
        async for batch in following:
            seen += [record.seq for record in batch]
            if len(seen) >= count:
                break
    return seen


async def test_following_begins_with_the_last_records(log: AuditLog, record: Make) -> None:
    for _ in range(5):
        await log.append(record())
    assert await first(log, 3, last=3) == [3, 4, 5]


async def test_following_begins_after_a_record(log: AuditLog, record: Make) -> None:
    for _ in range(5):
        await log.append(record())
    assert await first(log, 2, after=3) == [4, 5]


async def test_new_records_come_once_and_in_order(log: AuditLog, record: Make) -> None:
    await log.append(record())
    following = asyncio.create_task(first(log, 21))
    for _ in range(20):
        await log.append(record())
    assert await following == list(range(1, 22))


async def test_the_records_of_another_console_come_too(
    log: AuditLog, database_url: str, record: Make
) -> None:
    database = await Database.open(database_url)
    other = AuditLog(database, log.file, log.origin)
    following = asyncio.create_task(first(log, 3))
    await asyncio.sleep(0)
    for _ in range(3):
        await other.append(record())
    assert await following == [1, 2, 3]
    await other.close()
    await database.close()


async def test_nothing_is_missed_even_if_nobody_says_that_something_changed(
    log: AuditLog, record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail, "LOOK_AGAIN", 0.01)
    monkeypatch.setattr(tail, "_set_at_changes", lambda *_: asyncio.sleep(0))
    following = asyncio.create_task(first(log, 2))
    await log.append(record())
    await log.append(record())
    assert await following == [1, 2]


async def test_a_burst_is_read_in_batches(
    log: AuditLog, record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail, "_BATCH", 4)
    for _ in range(11):
        await log.append(record())
    assert [each.seq for each in await tail.later(log.database, 2, 4)] == [3, 4, 5, 6]
    assert await first(log, 11, after=0) == list(range(1, 12))


async def test_a_damaged_record_does_not_end_the_following(log: AuditLog, record: Make) -> None:
    await log.append(record())
    await log.append(record())
    await tamper(log.database, "UPDATE audit_record SET body = '{' WHERE seq = 1")
    damaged, whole = await tail.newest(log.database)
    assert (damaged.operation, whole.operation) == ("unreadable", "vm.shutdown")
