"""Finding one object by what people call it: its ID, or a name that only it bears."""

from __future__ import annotations

from typing import Any, TypeVar

from sqlalchemy import ColumnElement, or_
from sqlmodel import SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.errors import Ambiguous, NotFound

Table = TypeVar("Table", bound=SQLModel)
_NAMES = ("login", "tag", "name")
_LISTED = 8


async def find_one(
    session: AsyncSession, table: type[Table], reference: str, *where: ColumnElement[bool] | bool
) -> Table:
    """The row with that ID, else the only one of that name among those that `where` leaves.

    Raises `NotFound`, or `Ambiguous` with the IDs of those that bear the name.
    """
    kind = str(table.__tablename__).removesuffix("_record").replace("_", " ").replace("vm", "VM")
    columns: Any = table.__table__.c  # type: ignore[attr-defined]
    names = [columns[name] == reference for name in _NAMES if name in columns]
    query = select(table).where(or_(columns.id == reference, *names), *where)
    found = list(await session.exec(query.order_by(columns.id)))
    exact = [row for row in found if row.id == reference]  # type: ignore[attr-defined]
    return only_one(exact or found, kind, reference)


def only_one(found: list[Table], kind: str, reference: str) -> Table:
    """The only one of those found; raises `NotFound`, or `Ambiguous` with the IDs of them all."""
    if not found:
        raise NotFound(f"There is no {kind} {reference}.")
    if len(found) > 1:
        raise Ambiguous(
            f"{len(found)} have the name {reference}: {_candidates(found)}.", "Give the ID."
        )
    return found[0]


def _candidates(rows: list[Any]) -> str:
    listed = [
        f"{row.id} ({realm})" if (realm := getattr(row, "realm_id", "")) else row.id for row in rows
    ]
    more = f" and {len(listed) - _LISTED} more" if len(listed) > _LISTED else ""
    return ", ".join(listed[:_LISTED]) + more
