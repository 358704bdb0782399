"""Work that waits for nothing, in a session of those that do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

from sqlmodel import Session
from sqlmodel.ext.asyncio.session import AsyncSession

T = TypeVar("T")


async def at_once(session: AsyncSession, work: Callable[[Session], T]) -> T:
    """What work gives that is written for `Database.write_at_once`, in an ordinary session."""
    return cast(T, await session.run_sync(cast(Any, work)))
