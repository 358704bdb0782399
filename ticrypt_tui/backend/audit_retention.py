"""Keeping the audit file within bounds: rotated at a checkpoint, and old parts removed in time.

It is done by whoever has just signed a checkpoint. The table keeps every record; a part of the file
goes only after a record said so, the oldest first, so that what is kept has no gap.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from ticrypt_tui.backend.audit import chain
from ticrypt_tui.backend.audit.log import AuditLog
from ticrypt_tui.backend.audit.parts import parts, removal_id
from ticrypt_tui.backend.audit.records import Place
from ticrypt_tui.backend.audit.verify import Verdict
from ticrypt_tui.backend.errors import Failed, TicryptError
from ticrypt_tui.backend.operations import Record, Target

ROTATE, REMOVE = "audit.rotate", "audit.remove"
Verify = Callable[[], Awaitable[Verdict]]
"""Checks the whole log."""
Rotate = Callable[[], Awaitable[Path | None]]
"""Checks and signs what is there, and rotates right after it; gives what the old part is called."""


@dataclass(frozen=True, slots=True)
class OldPart:
    """A closed part of the file: its records, and the hash of the last one."""

    path: Path
    first: int
    last: Place


@dataclass(frozen=True, slots=True)
class Retention:
    """The bounds of one log's file: bytes of the part that is written, and how old a part gets."""

    log: AuditLog
    rotate_size: int | None
    keep: timedelta | None

    async def after_checkpoint(self, rotate: Rotate, verify: Verify, at: datetime) -> None:
        """Rotate and remove what is due; raises `Failed`, `AuditUnavailable`, `StoreUnavailable`.

        A part is removed only of a log that was just found good, all of it.
        """
        if await self._is_too_long():
            await self._recorded(ROTATE, uuid.uuid4().hex, {}, rotate)
        if await self._oldest(at) is None:
            return
        verdict = await verify()
        if not verdict.ok:
            raise Failed(f"The audit log is broken, so that its files stay: {verdict.sentence}")
        while (part := await self._oldest(at)) and part.last.seq <= verdict.signed_up_to:
            await self._remove(part)

    async def _is_too_long(self) -> bool:
        if self.rotate_size is None:
            return False
        return await asyncio.to_thread(_size, self.log.file) >= self.rotate_size

    async def _oldest(self, at: datetime) -> OldPart | None:
        """The oldest part, if it is old enough to go."""
        if self.keep is None:
            return None
        found = await asyncio.to_thread(old_parts, self.log.file)
        if not found:
            return None
        async with self.log.database.read() as session:
            newest = await chain.rows(session, found[0].last.seq, 1)
        is_due = newest and newest[0].record.at < at - self.keep
        return found[0] if is_due else None

    async def _remove(self, part: OldPart) -> None:
        async def unlink() -> Path:
            await asyncio.to_thread(part.path.unlink, missing_ok=True)
            return part.path

        detail = {"records": f"{part.first} to {part.last.seq}", "hash": part.last.hash}
        await self._recorded(REMOVE, removal_id(part.last.seq), detail, unlink)

    async def _recorded(
        self, operation: str, operation_id: str, detail: dict[str, str], work: Rotate
    ) -> None:
        """Do what an attempt was recorded for, and record how it ended."""
        target = Target("audit", "", self.log.file.name)

        def record(outcome: str, reason: str = "") -> Record:
            return Record(operation, operation_id, outcome, None, target, reason, detail)

        await self.log.append(record("attempted"))
        try:
            path = await work()
        except (TicryptError, OSError) as error:
            reason = f"{error.strerror}." if isinstance(error, OSError) else str(error)
            await self.log.append(record("failed", reason))
            raise Failed(f"{self.log.file} is not kept within its bounds: {reason}") from error
        detail = {**detail, "file": path.name} if path else detail
        await self.log.append(record("done", "" if path else "there was nothing left to do"))


def old_parts(file: Path) -> list[OldPart]:
    """The closed parts of a file, the oldest first; blocks."""
    return [OldPart(part.path, part.first, after.after) for part, after in pairwise(parts(file))]


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0
