"""The audit chain's own table; rows are added and never changed (reliability.md B)."""

from __future__ import annotations

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel


class AuditRow(SQLModel, table=True):
    """One record of the chain: the canonical JSON that was hashed, and the hash."""

    __tablename__ = "audit_record"

    seq: int = Field(
        primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False}
    )
    operation_id: str = Field(index=True, max_length=64)
    outcome: str = Field(max_length=20)
    body: str
    hash: str = Field(max_length=64)
