"""A console that signs, and keeps the file of a log within bounds: what such tests share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.backend.audit.builders import entry
from ticrypt_tui.backend import audit_retention
from ticrypt_tui.backend.audit import chain, tail
from ticrypt_tui.backend.audit.journal import Journal
from ticrypt_tui.backend.audit.keys import make_key
from ticrypt_tui.backend.audit.log import AuditLog
from ticrypt_tui.backend.audit.parts import parts
from ticrypt_tui.backend.audit.pin import Pin
from ticrypt_tui.backend.audit.signing import Signing
from ticrypt_tui.backend.audit.verify import Verdict
from ticrypt_tui.backend.audit.witnesses import Witnesses
from ticrypt_tui.backend.audit_health import AuditHealth
from ticrypt_tui.backend.audit_retention import Retention
from ticrypt_tui.backend.caller import Origin
from ticrypt_tui.backend.news import News
from ticrypt_tui.backend.store.database import Database

DAY = timedelta(days=1)
LATER = datetime.now(UTC) + 9 * DAY


@dataclass
class Keeper:
    """A console that can sign, and keeps the log's file within bounds."""

    log: AuditLog
    health: AuditHealth
    origin: Origin
    checkpoints: Path

    async def write(self, count: int) -> None:
        """Write records of this very moment."""
        at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        async with self.log.database.write() as session:
            await chain.add(session, [entry(self.origin, "op", ts=at)] * count)
        await self.log.catch_up()

    async def at_checkpoint(self, at: datetime | None = None) -> Verdict:
        """Sign what there is, and do what is due then; how the log stands after it."""
        await self.health.signed()
        await self.health.keep_in_bounds(at or datetime.now(UTC))
        return await self.health.verified()

    async def told(self) -> list[tuple[str, str, str, str]]:
        """Who did what of this with which part, and how it ended."""
        records = await tail.newest(self.log.database, 1_000)
        return [
            (each.login, each.operation, each.outcome, each.detail.get("file", ""))
            for each in records
            if each.operation in (audit_retention.ROTATE, audit_retention.REMOVE)
        ]

    @property
    def names(self) -> list[str]:
        return [part.path.name for part in parts(self.log.file)]


class Keepers:
    """Makes consoles on one log, whose bounds are one byte and a day unless told otherwise."""

    def __init__(self, database: Database, folder: Path, origin: Origin) -> None:
        self._database, self._folder, self._origin = database, folder, origin
        self._open: list[AuditLog] = []

    def __call__(self, size: int | None = 1, keep: timedelta | None = DAY) -> Keeper:
        key, file = self._folder / "checkpoint.key", self._folder / "audit" / "audit.jsonl"
        make_key(key, "lab/one")
        checkpoints, journal = self._folder / "audit.checkpoints", Journal(Path("/none"))
        log = AuditLog(self._database, file, self._origin)
        self._open.append(log)
        health = AuditHealth(
            log, self._database, file, News(),
            witnesses=Witnesses(checkpoints, key, Pin(self._folder / "pin.json"), journal),
            signing=Signing(checkpoints, key, 1, journal),
            retention=Retention(log, size, keep),
        )  # fmt: skip
        return Keeper(log, health, self._origin, checkpoints)

    async def close(self) -> None:
        for log in self._open:
            await log.close()
