"""Changing and deleting an object that others may be changing, too."""

from __future__ import annotations

from typing import TypeVar

from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.errors import Changed, NotFound
from ticrypt_tui.backend.operations import Argument
from ticrypt_tui.text import shown

Table = TypeVar("Table", bound=SQLModel)

VERSION = Argument(
    "version", "number", required=False,
    says="the version that was read: another one in the store is somebody else's change",
)  # fmt: skip


async def as_read(
    session: AsyncSession, table: type[Table], object_id: str, name: str, version: int
) -> Table:
    """The object as it stands in this transaction, if nobody changed it since it was read.

    Raises `Changed`, or `NotFound` where it was deleted meanwhile.
    """
    found = await session.get(table, object_id, populate_existing=True)
    if found is None:
        raise NotFound(f"{shown(name)} was deleted meanwhile.")
    if found.version != version:  # type: ignore[attr-defined]
        raise Changed(
            f"Somebody else changed {shown(name)} meanwhile; nothing was saved.",
            "Look at it again, then repeat your change.",
        )
    return found
