"""Operations that a dead console left half-recorded: they get an outcome, and are reported."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ticrypt_tui.backend.audit import chain
from ticrypt_tui.backend.audit.records import AuditRecord, interruption_of
from ticrypt_tui.backend.caller import process_started
from ticrypt_tui.text import shown

if TYPE_CHECKING:
    from sqlmodel.ext.asyncio.session import AsyncSession

    from ticrypt_tui.backend.audit.log import AuditLog
    from ticrypt_tui.backend.caller import Origin


async def record_interrupted(log: AuditLog) -> tuple[AuditRecord, ...]:
    """Give the attempts of this machine's dead processes the outcome `interrupted`; returns these.

    Attempts of other machines are theirs to judge. Raises `StoreUnavailable`.
    """
    async with log.database.read() as session:
        if not await _abandoned(session, log.origin):
            return ()
    async with log.database.write() as session:
        attempts = await _abandoned(session, log.origin)
        at = datetime.now(UTC)
        entries = [interruption_of(attempt, log.origin, at) for attempt in attempts]
        added = await chain.add(session, entries)
    await log.catch_up()
    return tuple(row.record for row in added.rows)


def told(record: AuditRecord) -> str:
    """What to tell of an operation that a console did not live to finish."""
    what = f"{record.operation} {shown(record.target_name)}".rstrip()
    return f"Interrupted: {what}. {shown(record.reason)} Look at the object."


async def _abandoned(session: AsyncSession, here: Origin) -> list[AuditRecord]:
    records = [row.record for row in await chain.unanswered(session)]
    return [each for each in records if each.machine == here.machine and _is_dead(each)]


def _is_dead(record: AuditRecord) -> bool:
    return process_started(record.pid) != record.pid_started
