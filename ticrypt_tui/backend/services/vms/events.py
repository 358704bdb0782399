"""What happened to a VM, in order: the recorded events that every log of it begins with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.store.prepared import Prepared
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.machines import VmEvent

if TYPE_CHECKING:
    from ticrypt_tui.backend.store.database import Database

_POLL_SECONDS = 0.5


def add_event(session: AsyncSession, vm_id: str, what: str, detail: str = "") -> None:
    """Record that something happened to a VM, as part of the session's transaction."""
    session.add(VmEvent(vm_id=vm_id, what=what, detail=detail))


def add_events(connection: Connection, vm_id: str, *events: tuple[str, str]) -> None:
    """Record what happened to a VM, each with its detail or '', in `Database.write_at_once`."""
    at = now()
    rows = [{"vm_id": vm_id, "at": at, "what": what, "detail": detail} for what, detail in events]
    _NEW.run(connection, *rows)


_NEW = Prepared(insert(VmEvent))


async def event_lines(database: Database, vm_id: str, after: int = 0) -> tuple[str, ...]:
    """The events of a VM, one line each, with their times in UTC."""
    return tuple(_line(event) for event in await _events(database, vm_id, after))


async def _events(database: Database, vm_id: str, after: int) -> tuple[VmEvent, ...]:
    wanted = select(VmEvent).where(VmEvent.vm_id == vm_id, col(VmEvent.id) > after)
    async with database.read() as session:
        return tuple(await session.exec(wanted.order_by(col(VmEvent.id))))


def _line(event: VmEvent) -> str:
    return f"{event.at:%Y-%m-%d %H:%M:%S}Z  {event.what}" + (
        f": {event.detail}" if event.detail else ""
    )


@dataclass(frozen=True, slots=True)
class EventLog:
    """A VM's recorded events as a log."""

    database: Database
    vm_id: str
    title: str = "events"

    async def last(self, size: int) -> bytes:
        lines = await event_lines(self.database, self.vm_id)
        return _encoded(lines)[-size:]

    async def follow(self) -> AsyncGenerator[bytes, None]:
        after = 0
        while True:
            events = await _events(self.database, self.vm_id, after)
            if events:
                after = events[-1].id or after
                yield _encoded(tuple(_line(event) for event in events))
            await asyncio.sleep(_POLL_SECONDS)


def _encoded(lines: tuple[str, ...]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()
