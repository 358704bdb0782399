"""Whether auditing works at this moment: what the status line and the red banner say of it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from ticrypt_tui.backend.audit.log import AuditLog
from ticrypt_tui.backend.audit.verify import Verdict, verify
from ticrypt_tui.backend.errors import StoreUnavailable
from ticrypt_tui.backend.news import News
from ticrypt_tui.backend.store.database import Database

_PROBE_SECONDS = 5.0
_QUIET_SECONDS = 2.0


class AuditHealth:
    """Checks new records soon after they are written, and tries again where writing fails."""

    def __init__(self, audit: AuditLog, database: Database, file: Path, news: News) -> None:
        self._audit, self._database, self._file, self._news = audit, database, file, news
        self._verdict: Verdict | None = None
        self._checked: datetime | None = None
        self._changed = asyncio.Event()

    @property
    def sentence(self) -> str:
        """Such as `chain ok at 14:02:11`, in local time."""
        if self._verdict is None or self._checked is None:
            return "chain not checked yet"
        if not self._verdict.ok:
            return f"CHAIN BROKEN at record {self._verdict.first_bad}"
        return f"chain ok at {self._checked:%H:%M:%S}"

    def changed(self) -> None:
        """Something was written to the store: there may be records to check."""
        self._changed.set()

    async def verified(self) -> Verdict:
        """Check the whole log anew; raises `StoreUnavailable`."""
        verdict = await self._verified_from(None)
        self._keep(verdict)
        return verdict

    async def check(self) -> None:
        """Check what is new, again and again; an idle log is not read."""
        while True:
            with suppress(StoreUnavailable):
                good = self._verdict if self._verdict and self._verdict.ok else None
                verdict = await self._verified_from(good)
                if verdict != self._verdict:
                    self._keep(verdict)
            await self._changed.wait()
            await asyncio.sleep(_QUIET_SECONDS)
            self._changed.clear()

    async def _verified_from(self, good: Verdict | None) -> Verdict:
        """The file first gets what other machines wrote: that it lags behind them is no fault."""
        await self._audit.catch_up()
        return await verify(self._database, self._file, good)

    async def probe(self) -> None:
        """Try again while records cannot be written, and tell when that begins or ends."""
        while True:
            before = self._audit.fault
            await asyncio.sleep(_PROBE_SECONDS)
            if self._audit.fault:
                await self._audit.probe()
            if self._audit.fault != before:
                self._news.tell()

    def _keep(self, verdict: Verdict) -> None:
        self._verdict, self._checked = verdict, datetime.now().astimezone()
        self._news.tell("audit")
