"""Rows that two people may edit: the second to save learns that the first was there."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Integer
from sqlalchemy.orm import declared_attr
from sqlmodel import Field, SQLModel


class Versioned(SQLModel):
    """A row with a counter that each change raises; a change from an older reading is refused.

    SQLAlchemy raises `StaleDataError`, which `store.database` turns into a `Refused`.
    """

    version: int = Field(default=None, sa_type=Integer, nullable=False)

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        column: Column[int] = cls.__table__.c.version  # type: ignore[attr-defined]
        return {"version_id_col": column}
