"""Whether auditing works at this moment: the log is checked, signed, rotated, and kept alive."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ticrypt_tui.backend import audit_heartbeat as heartbeat
from ticrypt_tui.backend.audit.journal import Journal
from ticrypt_tui.backend.audit.log import AuditLog
from ticrypt_tui.backend.audit.parts import rotate
from ticrypt_tui.backend.audit.pin import Pin
from ticrypt_tui.backend.audit.signing import EVERY, Signing
from ticrypt_tui.backend.audit.verify import Verdict, verify
from ticrypt_tui.backend.audit.witnesses import Witnesses
from ticrypt_tui.backend.audit_proof import Proof, Standing
from ticrypt_tui.backend.audit_retention import Retention
from ticrypt_tui.backend.errors import (
    AuditUnavailable,
    Failed,
    Refused,
    StoreUnavailable,
    TicryptError,
)
from ticrypt_tui.backend.news import News
from ticrypt_tui.backend.store.database import Database
from ticrypt_tui.config.settings import Settings

_PROBE_SECONDS = 5.0
_QUIET_SECONDS = 2.0
_TRIES = 5
_TRY_AGAIN = 3_600.0


class AuditHealth:
    """Checks and signs new records soon after they are written, keeps the log's heart beating, and
    tries again where writing fails."""

    def __init__(
        self,
        audit: AuditLog,
        database: Database,
        file: Path,
        news: News,
        *,
        witnesses: Witnesses | None = None,
        signing: Signing | None = None,
        every: timedelta | None = None,
        retention: Retention | None = None,
    ) -> None:
        self._audit, self._database, self._file, self._news = audit, database, file, news
        self._retention, self._kept_again = retention, 0.0
        self._witnesses, self._signing, self._every = witnesses, signing, every
        self._standing = Standing(witnesses is not None, every is not None)
        self._changed = asyncio.Event()

    @property
    def sentence(self) -> str:
        """Such as `chain ok at 14:02:11`, in local time."""
        return self._standing.sentence

    @property
    def proof(self) -> Proof:
        """How everything stands that shows that auditing works."""
        able = self._signing is not None and self._signing.able
        return self._standing.proof(self._audit, self._audit.origin.login if able else "")

    def changed(self) -> None:
        """Something was written to the store: there may be records to check."""
        self._changed.set()

    async def verified(self) -> Verdict:
        """Check the whole log anew; raises `StoreUnavailable`."""
        verdict = await self._verified_from(None)
        self._keep(verdict)
        return verdict

    async def signed(self, after: Verdict | None = None) -> Verdict:
        """Check the log, all of it or only what follows an earlier verdict, and sign all that is
        good of it; raises `Failed`, `Refused`."""
        verdict = await self._verified_from(after)
        self._keep(verdict)
        if not verdict.ok or self._signing is None:
            return verdict
        if not self._signing.able:
            raise Refused(
                "This process cannot read the key of the checkpoints.",
                "Do it as the account of the sync service.",
            )
        await asyncio.to_thread(self._signing.sign, verdict, at_once=True)
        return verdict

    async def rotated(self, after: Verdict | None = None) -> tuple[Path | None, Verdict]:
        """Sign what is there, and rotate the file where it ends with just that.

        Gives no path where there was nothing to rotate, or where others write all the time; raises
        `Failed` for a broken log, and as `signed` does.
        """
        for _ in range(_TRIES):
            after = await self.signed(after)
            if not after.ok:
                raise Failed(f"The audit log is broken, so that its file stays: {after.sentence}")
            old = await asyncio.to_thread(rotate, self._file, after.up_to)
            if old is not None:
                return old, after
        assert after is not None
        return None, after

    async def keep_in_bounds(self, at: datetime) -> None:
        """Rotate the file and remove old parts, as far as it is due; what prevents it is an alarm,
        and is tried again an hour later."""
        if self._retention is None or time.monotonic() < self._kept_again:
            return

        async def rotate_now() -> Path | None:
            return (await self.rotated())[0]

        try:
            await self._retention.after_checkpoint(rotate_now, self.verified, at)
        except TicryptError as error:
            self._standing.unkept, self._kept_again = str(error), time.monotonic() + _TRY_AGAIN
            self._news.tell()
        else:
            self._standing.unkept = ""

    async def check(self) -> None:
        """Check and sign what is new, again and again; an idle log is not read."""
        while True:
            wait: float | None = None
            with suppress(StoreUnavailable):
                verdict = await self._verified_from(self._standing.good)
                if verdict != self._standing.verdict:
                    self._keep(verdict)
                wait = await self._sign(verdict)
                if wait == 0:
                    await self.keep_in_bounds(datetime.now(UTC))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), wait)
            await asyncio.sleep(_QUIET_SECONDS if wait is None or wait else 0)
            self._changed.clear()

    async def probe(self) -> None:
        """Try again while records cannot be written, and tell when that begins or ends."""
        while True:
            before = self._audit.fault
            await asyncio.sleep(_PROBE_SECONDS)
            if self._audit.fault:
                await self._audit.probe()
            if self._audit.fault != before:
                self._news.tell()

    async def beat(self) -> None:
        """Keep the log's heart beating, and tell when that stops or goes on."""
        if self._every is None:
            return
        before = heartbeat.period(datetime.now(UTC), self._every) - self._every
        while True:
            at = datetime.now(UTC)
            begun = heartbeat.period(at, self._every)
            if self._standing.last_beat != begun:
                with suppress(AuditUnavailable, StoreUnavailable):
                    self._standing.last_beat = await heartbeat.beat(self._audit, at, self._every)
            missed = heartbeat.missed_since(self._standing.last_beat or before, at, self._every)
            if missed != self._standing.missed:
                self._standing.missed = missed
                self._news.tell()
            await asyncio.sleep(min(_PROBE_SECONDS, self._every.total_seconds() / 2))

    async def _verified_from(self, good: Verdict | None) -> Verdict:
        """The file first gets what other machines wrote: that it lags behind them is no fault."""
        await self._audit.catch_up()
        verdict = await verify(self._database, self._file, good, self._witnesses)
        is_news = good is None or verdict.signed != good.signed
        if verdict.ok and self._witnesses and is_news:
            with suppress(OSError, ValueError):  # then this console will not know it again
                await asyncio.to_thread(self._witnesses.remember, verdict.signed, verdict.key)
        return verdict

    async def _sign(self, verdict: Verdict) -> float | None:
        """Sign if it is time to; returns the seconds after which to look again, if ever."""
        if self._signing is None or not verdict.ok or not self._signing.able:
            return None
        try:
            wait = await asyncio.to_thread(self._signing.sign, verdict)
        except Failed as error:
            self._standing.unsigned = str(error)
            return EVERY
        self._standing.unsigned = ""
        return wait

    def _keep(self, verdict: Verdict) -> None:
        self._standing.verdict, self._standing.checked = verdict, datetime.now().astimezone()
        self._news.tell("audit")


def health_of(settings: Settings, audit: AuditLog, data: Path, news: News) -> AuditHealth:
    """The health of the log that the settings describe; `data` is this console's own folder."""
    said, database = settings.audit, audit.database
    if said.checkpoint_key is None:
        return AuditHealth(audit, database, said.file, news, every=said.heartbeat)
    file = said.checkpoints or said.file.with_suffix(".checkpoints")
    journal = Journal()
    witnesses = Witnesses(file, said.checkpoint_key, Pin.of(data, settings.database.url), journal)
    signing = Signing(file, said.checkpoint_key, said.checkpoint_records, journal)
    return AuditHealth(
        audit, database, said.file, news,
        witnesses=witnesses, signing=signing, every=said.heartbeat,
        retention=Retention(audit, said.rotate_size, said.keep),
    )  # fmt: skip
