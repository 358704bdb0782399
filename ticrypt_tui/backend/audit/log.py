"""The audit log: the chain in the store's table, and the JSON-lines file brought up to it.

The table is the chain, and has a record first; the file on each machine holds every record in the
same order, because whoever writes next, under a lock, first adds what is missing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ticrypt_tui.backend.audit import chain
from ticrypt_tui.backend.audit.chain import Stored
from ticrypt_tui.backend.audit.file import AuditFile, not_continued
from ticrypt_tui.backend.audit.records import Place, entry_of, moment
from ticrypt_tui.backend.errors import AuditUnavailable, Refused, StoreUnavailable

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlmodel.ext.asyncio.session import AsyncSession

    from ticrypt_tui.backend.caller import Origin
    from ticrypt_tui.backend.operations import Record
    from ticrypt_tui.backend.store.database import Database

Result = TypeVar("Result")
RECORDED = "recorded"
"""What a session is marked with whose transaction has a record."""
_BATCH = 2_000
_MOST_OWED = 1_000


class AuditLog:
    """Where every operation leaves its records; `fault` says why it cannot, or is ''."""

    def __init__(self, database: Database, file: Path, origin: Origin) -> None:
        self.database = database
        self.file = file
        self.origin = origin
        self._owed: list[dict[str, Any]] = []
        self._table_fault = ""
        self._file_fault = ""
        self._caught_up = False
        self.latency: float | None = None
        """Seconds that the last record took to be written."""
        self._asked = 0
        self._served = 0
        self._turn = asyncio.Lock()
        self._thread = ThreadPoolExecutor(1, "audit-file")
        self._under_way: set[asyncio.Task[Any]] = set()

    @property
    def fault(self) -> str:
        """Why records cannot be written at present, in a sentence for the red banner, or ''."""
        return self._table_fault or self._file_fault

    @property
    def file_fault(self) -> str:
        """Why the file cannot be written at present, or ''."""
        return self._file_fault

    async def append(self, record: Record, session: AsyncSession | None = None) -> None:
        """Write one record; with a session, as part of its transaction (then `catch_up` after it).

        Raises `AuditUnavailable` if the table cannot be written, and for an attempt also if the
        file cannot. What the table does not get is kept, and written first when that works again;
        an attempt that does not go ahead gets the outcome `refused` by itself.
        """
        entry = entry_of(record, self.origin, datetime.now(UTC))
        if session is not None:
            await chain.add(session, [entry])
            session.info[RECORDED] = True
        elif record.outcome == "attempted":
            await self._attempted(entry)
        elif not await self._stored_or_owed(entry):
            await self.catch_up()

    async def append_once(self, record: Record) -> None:
        """Write one record, unless its operation has one already; raises `AuditUnavailable`."""
        entry = entry_of(record, self.origin, datetime.now(UTC))
        if not await self._to_its_end(self._stored(entry, once=True)):
            await self.catch_up()

    async def catch_up(self) -> None:
        """Bring the file up to the table; what prevents it is in `fault` and raises nothing."""
        await self._to_its_end(self._brought_up())

    async def probe(self) -> str:
        """Try whether table and file can be written, add what waits for it, and return `fault`."""
        with suppress(AuditUnavailable):
            await self._to_its_end(self._stored())
        await self.catch_up()
        return self.fault

    async def close(self) -> None:
        """Let end what is being written, try once more what waits, and give the thread back."""
        if self._under_way:
            await asyncio.wait(self._under_way)
        if self._owed or self._file_fault:
            await self.probe()
        self._thread.shutdown(wait=False)

    async def _attempted(self, entry: dict[str, Any]) -> None:
        try:
            if not await self._to_its_end(self._stored(entry)):
                await self.catch_up()
            if self._file_fault:
                raise AuditUnavailable(self._file_fault, "Nothing was changed.")
        except AuditUnavailable as error:
            at = moment(datetime.now(UTC))
            refusal = {**entry, "ts": at, "outcome": "refused", "reason": error.sentence}
            with suppress(AuditUnavailable):
                await self._stored_or_owed(refusal)
            raise

    async def _stored_or_owed(self, entry: dict[str, Any]) -> bool:
        try:
            return await self._to_its_end(self._stored(entry))
        except AuditUnavailable:
            if len(self._owed) < _MOST_OWED:
                self._owed.append(entry)
            raise

    async def _stored(self, *entries: dict[str, Any], once: bool = False) -> bool:
        """Add to the table; True where the file has it all by then, too."""
        owed, self._owed = self._owed, []

        def add(connection: Connection) -> chain.Added:
            new = [each for each in entries if not (once and _is_there(connection, each))]
            return chain.add_at_once(connection, [*owed, *new])

        began = time.monotonic()
        try:
            await self.database.write_at_once(add, self._follows)
        except (StoreUnavailable, Refused) as error:
            self._owed[:0] = owed
            self._table_fault = f"The audit log cannot be written: {error}"
            raise AuditUnavailable(self._table_fault) from error
        self._table_fault = ""
        self.latency = time.monotonic() - began
        return self._caught_up

    def _follows(self, added: chain.Added) -> None:
        """Let the file have the new rows at once, if it lacks no others and nobody holds it."""
        self._caught_up = False
        with suppress(AuditUnavailable):
            file = AuditFile(self.file, patience=0)
            try:
                if added.after == file.place:
                    file.add(b"".join(row.line for row in added.rows))
                    self._file_fault, self._caught_up = "", True
            finally:
                file.close()

    async def _brought_up(self) -> None:
        """Bring the file up to the table, unless a turn that began after this call has done so."""
        self._asked += 1
        mine = self._asked
        async with self._turn:
            if self._served < mine:
                self._served = self._asked
                self._file_fault = await self._fault_of_turn()

    async def _fault_of_turn(self) -> str:
        try:
            while await self._batch_written():
                pass
        except AuditUnavailable as error:
            return str(error)
        except StoreUnavailable as error:
            return f"The audit file {self.file} is not up to date: {error}"
        return ""

    async def _batch_written(self) -> bool:
        """Write the next missing rows to the file; True if there may be more of them."""
        file = await self._in_thread(lambda: AuditFile(self.file))
        try:
            rows = await self._missing(file.place)
            await self._in_thread(lambda: file.add(b"".join(row.line for row in rows)))
        finally:
            await self._in_thread(file.close)
        return len(rows) == _BATCH

    async def _missing(self, place: Place) -> Sequence[Stored]:
        """The rows that follow the file's end, at most a batch; raises `AuditUnavailable`."""
        async with self.database.read() as session:
            rows = await chain.rows(session, max(place.seq, 1), _BATCH + 1)
        if not place.seq:
            return rows[:_BATCH]
        if not rows or rows[0].seq != place.seq:
            raise not_continued(self.file, f"its end, record {place.seq}, is not in the table")
        if rows[0].hash != place.hash:
            raise not_continued(self.file, f"its end, record {place.seq}, differs from the table's")
        return rows[1:]

    async def _in_thread(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def _to_its_end(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Wait for work that goes on to its end even if the waiting is cancelled."""
        task = asyncio.ensure_future(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return await asyncio.shield(task)


def _is_there(connection: Connection, entry: dict[str, Any]) -> bool:
    return chain.has_at_once(connection, entry["op_id"])
