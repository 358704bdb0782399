"""Work that waits for nothing, in a session of those that do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from sqlalchemy import Connection
from sqlmodel import Session
from sqlmodel.ext.asyncio.session import AsyncSession

T = TypeVar("T")


async def at_once(session: AsyncSession, work: Callable[[Session], T]) -> T:
    """What work gives that is written for a plain session, in one of those that wait."""
    return cast(T, await session.run_sync(cast(Any, work)))


def in_session(connection: Connection, work: Callable[[Session], T]) -> T:
    """The same in `Database.write_at_once`, whose transaction it is that commits."""
    with Session(connection, expire_on_commit=False) as session:
        result = work(session)
        session.commit()
    return result
