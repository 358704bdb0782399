"""Audit records as lines of a view: read once, in order, and from then on only what is new."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ticrypt_tui.screens.audit import OUTCOME_ROLES, SEVERITIES, TAB, clock_time, said
from ticrypt_tui.widgets.cells import fitted
from ticrypt_tui.widgets.line_ring import LineRing, LogLine

if TYPE_CHECKING:
    from ticrypt_tui.screens.enclave import AuditRecord, Enclave
    from ticrypt_tui.widgets.line_view import LineView

AT_FIRST = 500
TITLES = {column.key: column.title.lower() for column in TAB.columns}
SEVERITY = list(TITLES).index("severity")
"""Which of a line's fields says how severe its record is."""


class AuditFeed:
    """The records that views of one ring share, and up to which they were read."""

    def __init__(self) -> None:
        self.ring = LineRing()
        self.least = SEVERITIES[0]
        """How severe a record has to be, to be shown."""
        self._after: int | None = None
        self.last_at: datetime | None = None
        self._recent: deque[datetime] = deque(maxlen=AT_FIRST)
        self._on_screen = 0
        self._painted = asyncio.Event()

    async def read(self, enclave: Enclave, view: LineView, *, dated: bool) -> None:
        """Let a view have every record that is new; raises a `TicryptError`."""
        while fresh := await self._fresh(enclave):
            view.append([line(each, dated=dated) for each in fresh])
            if len(fresh) < AT_FIRST:
                break

    def reword(self, *, dated: bool) -> None:
        """Have the lines that were read with their dates, or without."""
        self.ring.reword(lambda each: line(each.record, dated=dated).text)

    async def _fresh(self, enclave: Enclave) -> list[AuditRecord]:
        """The next records; of very many at once, not all."""
        records = await enclave.records(self._after, AT_FIRST)
        fresh = [each for each in records if self._after is None or each.seq > self._after]
        if fresh:
            self._after, self.last_at = fresh[-1].seq, fresh[-1].at
            self._recent.extend(each.at for each in fresh)
        return fresh

    def per_minute(self, now: datetime) -> str:
        """How many records the last minute has, as far as they are counted."""
        count = sum(now - at < timedelta(minutes=1) for at in self._recent)
        return f"{count}" if count < AT_FIRST else f"{AT_FIRST}+"

    def painted(self) -> None:
        """What was read is on screen."""
        self._on_screen = self._after or 0
        self._painted.set()

    async def until_painted(self, seq: int, seconds: float) -> bool:
        """Wait until a record is on screen; False after so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._on_screen < seq:
                    self._painted.clear()
                    await self._painted.wait()
                return True
        return False


def line(record: AuditRecord, *, dated: bool) -> LogLine:
    """A record in columns: with its date, or for a narrow place with the time of day. In UTC."""
    at = clock_time(record)
    parts = (
        at if dated else at[11:19],
        f"{record.seq:>6}",
        fitted(record.operation, 17),
        fitted(record.outcome, 11),
        fitted(record.login, 8),
        fitted(record.target_name, 16 if dated else 10),
        said(record),
    )
    fields = tuple(column.value(record) for column in TAB.columns)
    role = OUTCOME_ROLES.get(record.outcome, "")
    return LogLine("  ".join(parts), "" if role == "success" else role, record, fields)
