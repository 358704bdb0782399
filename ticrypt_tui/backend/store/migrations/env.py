"""How Alembic runs the migrations: on the connection, and in the transaction, that it is given."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy import Enum, TypeDecorator
from sqlmodel import SQLModel

from ticrypt_tui.backend.store import tables

assert tables.__all__  # importing them is what defines them


def plain(kind: str, found: Any, _context: Any) -> str | Literal[False]:
    """A column's type as what is stored: a migration stays as it is when a type of ours changes."""
    if kind == "type" and isinstance(found, TypeDecorator):
        return f"sa.{found.impl!r}"
    if kind == "type" and isinstance(found, Enum):
        return f"sa.String({found.length})"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    render_as_batch=True,
    compare_type=True,
    render_item=plain,
)
with context.begin_transaction():
    context.run_migrations()
