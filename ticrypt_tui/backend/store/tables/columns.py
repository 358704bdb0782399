"""Column types and fields that every table shares: identities, moments, versions."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Dialect, TypeDecorator
from sqlmodel import Field

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Moment(TypeDecorator[datetime]):
    """An aware UTC time, kept as whole microseconds since 1970: alike on SQLite and PostgreSQL."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        elapsed = value - _EPOCH
        return (elapsed.days * 86_400 + elapsed.seconds) * 1_000_000 + elapsed.microseconds

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return datetime.fromtimestamp(value // 1_000_000, UTC).replace(microsecond=value % 1_000_000)


def now() -> datetime:
    """The present moment, aware and in UTC."""
    return datetime.now(UTC)


def new_id(kind: str) -> str:
    """A new object ID: its kind, a hyphen and a random UUID, as in `vm-7f3a…`."""
    return f"{kind}-{uuid.uuid4()}"


def identity(kind: str) -> Any:
    """The primary key of a table whose IDs begin with `kind`."""
    return Field(default_factory=lambda: new_id(kind), primary_key=True, max_length=64)


def moment(**options: Any) -> Any:
    """A column that holds a time; `default_factory=now` where it is set at creation."""
    return Field(sa_type=Moment, **options)


def whole(default: int = 0) -> Any:
    """A column for numbers that may pass 2³¹, such as bytes."""
    return Field(default=default, sa_type=BigInteger)
