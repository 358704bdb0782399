"""Who and what the IDs in other tables mean, as people know them."""

from __future__ import annotations

from sqlalchemy import Connection
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.services.naming import READ, UNLOCKED, Names, names_of
from ticrypt_tui.backend.store.at_once import at_once

__all__ = ["UNLOCKED", "Names", "read_names"]


async def read_names(session: AsyncSession) -> Names:
    """All names, in the session's snapshot."""
    return await at_once(session, _read)


def _read(connection: Connection) -> Names:
    return names_of([connection.exec_driver_sql(each).all() for each in READ])
