"""Work that waits for nothing, in a session of those that do."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection
from sqlmodel.ext.asyncio.session import AsyncSession

T = TypeVar("T")


async def at_once(session: AsyncSession, work: Callable[[Connection], T]) -> T:
    """What work gives that is written for `Database.write_at_once`, in an ordinary session."""
    return await (await session.connection()).run_sync(work)
