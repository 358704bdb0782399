"""The log's sign of life: one record in each period, by whichever console or sync comes first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ticrypt_tui.backend.audit import chain
from ticrypt_tui.backend.operations import Record, Target

if TYPE_CHECKING:
    from ticrypt_tui.backend.audit.log import AuditLog

NAME = "audit.heartbeat"
GRACE = timedelta(seconds=30)
"""How late a heartbeat may be before it is missed."""


async def beat(log: AuditLog, at: datetime, every: timedelta) -> datetime:
    """Write the record of the period that `at` is in, unless there is one; returns its beginning.

    The record's operation ID names the period, so that there is one over all consoles. Raises
    `AuditUnavailable`, `StoreUnavailable`.
    """
    begun = period(at, every)
    name = f"heartbeat-{int(begun.timestamp())}"
    if not await log.database.read_at_once(lambda it: chain.has_at_once(it, name)):
        await log.append_once(Record(NAME, name, "done", None, Target("audit")))
    return begun


def period(at: datetime, every: timedelta) -> datetime:
    """When the period began that a moment is in; periods are counted from 1970."""
    seconds = max(int(every.total_seconds()), 1)
    return datetime.fromtimestamp(int(at.timestamp()) // seconds * seconds, UTC)


def missed_since(last: datetime, at: datetime, every: timedelta) -> datetime | None:
    """Since when a heartbeat is overdue, if the last one was in the period begun then."""
    due = last + every
    return due if at > due + min(GRACE, every) else None
