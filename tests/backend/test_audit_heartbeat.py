"""One heartbeat in each period, over all consoles, and an alarm where none comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ticrypt_tui.backend.audit import tail
from ticrypt_tui.backend.audit.log import AuditLog
from ticrypt_tui.backend.audit_health import AuditHealth
from ticrypt_tui.backend.audit_heartbeat import beat, missed_since, period
from ticrypt_tui.backend.caller import Origin
from ticrypt_tui.backend.errors import StoreUnavailable
from ticrypt_tui.backend.news import News
from ticrypt_tui.backend.store.database import Database

NOON = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
EVERY = timedelta(minutes=5)


async def refuse(*_: object) -> None:
    """As a database that cannot be written."""
    raise StoreUnavailable("It is read-only.")


@pytest.fixture
async def logs(
    database: Database, tmp_path: Path, origin: Origin
) -> AsyncIterator[tuple[AuditLog, AuditLog]]:
    """The logs of two consoles on two machines, which share one database."""
    one = AuditLog(database, tmp_path / "one.jsonl", origin)
    other = AuditLog(database, tmp_path / "other.jsonl", replace(origin, machine="console-2"))
    yield one, other
    await one.close()
    await other.close()


async def beats(log: AuditLog) -> list[tuple[str, str, str]]:
    found = await tail.newest(log.database)
    return [(each.operation, each.outcome, each.login) for each in found]


async def test_two_consoles_write_one_heartbeat_in_a_period(
    logs: tuple[AuditLog, AuditLog],
) -> None:
    for seconds in (0, 1, 299):
        for log in logs:
            await beat(log, NOON + timedelta(seconds=seconds), EVERY)
    assert await beats(logs[0]) == [("audit.heartbeat", "done", "system")]


async def test_consoles_at_the_same_moment_write_one_heartbeat(
    logs: tuple[AuditLog, AuditLog],
) -> None:
    await asyncio.gather(*(beat(log, NOON, EVERY) for log in logs for _ in range(5)))
    assert len(await beats(logs[0])) == 1


async def test_the_next_period_has_its_own(logs: tuple[AuditLog, AuditLog]) -> None:
    await beat(logs[0], NOON, EVERY)
    assert await beat(logs[1], NOON + timedelta(seconds=301), EVERY) == NOON + EVERY
    assert len(await beats(logs[0])) == 2


def test_periods_begin_at_the_same_moments_everywhere() -> None:
    assert period(NOON + timedelta(seconds=299), EVERY) == NOON
    assert period(NOON + timedelta(seconds=300), EVERY) == NOON + EVERY


@pytest.mark.parametrize(("seconds", "missed"), [(0, False), (310, False), (331, True)])
def test_a_heartbeat_is_missed_half_a_minute_after_its_period_began(
    seconds: int, missed: bool
) -> None:
    found = missed_since(NOON, NOON + timedelta(seconds=seconds), EVERY)
    assert found == (NOON + EVERY if missed else None)


async def test_a_heart_that_cannot_beat_is_an_alarm_until_it_does(
    logs: tuple[AuditLog, AuditLog], monkeypatch: pytest.MonkeyPatch
) -> None:
    log, every = logs[0], timedelta(seconds=1)
    news = News()
    health = AuditHealth(log, log.database, log.file, news, every=every)

    async def alarmed() -> bool:
        return "heartbeat is overdue since" in health.proof.alarm

    async def beating() -> bool:
        return not health.proof.alarm and health.proof.heartbeat.startswith("heartbeat ")

    write = log.database.write_at_once
    monkeypatch.setattr(log.database, "write_at_once", refuse)
    work = asyncio.create_task(health.beat())
    try:
        assert await news.until(alarmed, 60)
        assert "OVERDUE" in health.proof.heartbeat
        monkeypatch.setattr(log.database, "write_at_once", write)
        assert await news.until(beating, 60)
    finally:
        work.cancel()
