"""Who holds the keys of drives, as the store says for those who only look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.store.tables.data import DriveHolder


async def read_holders(session: AsyncSession) -> Mapping[str, Sequence[str]]:
    """The IDs of the users that hold each drive's key, by the drive's ID."""
    found: dict[str, list[str]] = {}
    for drive_id, user_id in await session.exec(select(DriveHolder.drive_id, DriveHolder.user_id)):
        found.setdefault(drive_id, []).append(user_id)
    return found
