"""Column types and fields that every table shares: identities, references, moments, choices."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Dialect, Enum, TypeDecorator
from sqlmodel import Field, SQLModel

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# Constraints have names, so that a migration can change one (SQLite gives none by itself).
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# SQLAlchemy makes the rows, and pydantic validates none: what it would do that with is not built.
SQLModel.model_config["defer_build"] = True


class Moment(TypeDecorator[datetime]):
    """An aware UTC time, kept as whole microseconds since 1970: alike on SQLite and PostgreSQL."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        return (value - _EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return _EPOCH + timedelta(microseconds=value)


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


def belongs(to: str, **options: Any) -> Any:
    """A reference to the object that a row is a part of: the row goes when the object goes."""
    return Field(foreign_key=f"{to}.id", ondelete="CASCADE", **options)


def recalls(to: str) -> Any:
    """A reference to an object that may be deleted later: it is then empty."""
    return Field(default=None, foreign_key=f"{to}.id", ondelete="SET NULL")


def choice(words: type[StrEnum], **options: Any) -> Any:
    """A column that holds one word of a closed list, as that word: alike on both databases."""
    kept = Enum(
        words, values_callable=lambda kind: [word.value for word in kind],
        native_enum=False, create_constraint=False, length=40,
    )  # fmt: skip
    return Field(sa_type=kept, **options)


def whole(default: int = 0) -> Any:
    """A column for numbers that may pass 2³¹, such as bytes."""
    return Field(default=default, sa_type=BigInteger)
