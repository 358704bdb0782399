"""The chain in the store's table: the next place, taken inside a write transaction, and reading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Connection, Select, func, insert, select
from sqlmodel import col

from ticrypt_tui.backend.audit.records import (
    AuditRecord,
    Place,
    chained,
    line_of,
    read,
    unreadable,
)
from ticrypt_tui.backend.store.prepared import Prepared
from ticrypt_tui.backend.store.tables.records import AuditRow

if TYPE_CHECKING:
    from sqlmodel.ext.asyncio.session import AsyncSession


Fields = tuple[int, str, str, str, str]
"""A row as the database gives it: what a `Stored` has, in its order."""


class Stored(NamedTuple):
    """One row of the chain, as the table has it."""

    seq: int
    operation_id: str
    outcome: str
    body: str
    hash: str

    @property
    def line(self) -> bytes:
        """The line of the file for this row, with its end of line."""
        return line_of(self.body, self.hash).encode("ascii", "backslashreplace") + b"\n"

    @property
    def record(self) -> AuditRecord:
        """The row read back; one whose body was damaged says only that."""
        try:
            return read(self.body, self.hash)
        except ValueError:
            return unreadable(*self)


_ROW = (
    col(AuditRow.seq), col(AuditRow.operation_id), col(AuditRow.outcome),
    col(AuditRow.body), col(AuditRow.hash),
)  # fmt: skip
_SEQ, _OPERATION_ID, _OUTCOME, _, _HASH = _ROW
_END = select(_SEQ, _HASH).order_by(_SEQ.desc()).limit(1)
_LAST, _NEW = Prepared(_END), Prepared(insert(AuditRow))


class Added(NamedTuple):
    """Rows just added, and the place that they follow."""

    after: Place = Place()
    rows: Sequence[Stored] = ()


async def add(session: AsyncSession, entries: Sequence[Mapping[str, Any]]) -> Added:
    """Add entries to the end of the chain, in a session of `Database.write()`."""
    return await (await session.connection()).run_sync(add_at_once, entries)


def add_at_once(connection: Connection, entries: Sequence[Mapping[str, Any]]) -> Added:
    """Add entries to the end of the chain.

    The connection is a writer's, which excludes all other writers until it commits: that makes the
    sequence dense and gives every console the same order.
    """
    after = place = next((Place(*found) for found in _LAST.rows(connection)), Place())
    rows = []
    for entry in entries:
        body, digest = chained(entry, place.seq + 1, place.hash)
        place = Place(place.seq + 1, digest)
        rows.append(Stored(place.seq, entry["op_id"], entry["outcome"], body, digest))
    values = [row._asdict() for row in rows]
    if values:
        _NEW.run(connection, *values)
    return Added(after, rows)


def has_at_once(connection: Connection, operation_id: str) -> bool:
    """Whether an operation has a record, for `Database.read_at_once`."""
    chosen = select(_SEQ).where(_OPERATION_ID.in_([operation_id])).limit(1)
    return connection.execute(chosen).first() is not None


async def end(session: AsyncSession) -> Place:
    """The place of the last record."""
    found = (await (await session.connection()).execute(_END)).first()
    return Place(*found) if found else Place()


async def rows(session: AsyncSession, first: int, limit: int) -> list[Stored]:
    """At most `limit` rows, oldest first, from sequence number `first` on."""
    chosen = select(*_ROW).where(col(AuditRow.seq) >= first)
    return await _read(session, chosen.order_by(_SEQ).limit(limit))


def rows_at_once(connection: Connection, first: int, limit: int) -> list[Fields]:
    """As `rows`, for `Database.read_at_once`, and in the quickest way."""
    chosen = select(*_ROW).where(first <= _SEQ).order_by(_SEQ).limit(limit)
    found = connection.execute(chosen)  # the driver's own rows: SQLAlchemy's take thrice the time
    return list(found.cursor.fetchall()) if found.cursor else []


async def newest(session: AsyncSession, count: int) -> list[Stored]:
    """The last `count` rows, oldest first."""
    return (await _read(session, select(*_ROW).order_by(_SEQ.desc()).limit(count)))[::-1]


async def unanswered(session: AsyncSession) -> list[Stored]:
    """Attempts whose outcome is not in the chain, oldest first."""
    alone = select(_OPERATION_ID).group_by(_OPERATION_ID).having(func.count() == 1)
    chosen = select(*_ROW).where(_OPERATION_ID.in_(alone), _OUTCOME == "attempted")
    return await _read(session, chosen.order_by(_SEQ))


async def _read(session: AsyncSession, chosen: Select[int, str, str, str, str]) -> list[Stored]:
    return [Stored(*row) for row in await (await session.connection()).execute(chosen)]
