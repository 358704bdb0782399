"""Which revision of the tables a database has, and whether this program can work with it.

Revisions are numbered, `0001` onwards, so that a newer one is known without knowing it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ticrypt_tui.backend.errors import StoreUnavailable

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ticrypt_tui.backend.store.address import Address

REVISION = "0002"
"""The newest migration: the revision that the tables of this program are."""


def revision(connection: Connection) -> str:
    """The revision that a database has, or '' where it has no tables of ours."""
    from sqlalchemy import inspect, text

    if not inspect(connection).has_table("alembic_version"):
        return ""
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or ""


def check_empty(connection: Connection, address: Address) -> None:
    """Raise `StoreUnavailable` for a database that holds tables, but none of ours."""
    from sqlalchemy import inspect

    if found := inspect(connection).get_table_names():
        raise StoreUnavailable(
            f"{address.says} holds tables of another program, such as {found[0]}.",
            "Give the console a database of its own in [database] url.",
        )


def check_not_newer(found: str, address: Address) -> None:
    """Raise `StoreUnavailable` for a database that a newer program has made."""
    if found > REVISION:
        raise StoreUnavailable(
            f"{address.says} is newer (revision {found}) than this program ({REVISION}).",
            "Install the newer ticrypt-tui, or restore the backup made before the migration.",
        )


def check(found: str, address: Address) -> None:
    """Raise `StoreUnavailable` unless the database is exactly as this program wants it."""
    check_not_newer(found, address)
    if not found:
        raise StoreUnavailable(
            f"{address.says} has no tables yet.", "`ticrypt-tui init` makes them."
        )
    if found != REVISION:
        raise StoreUnavailable(
            f"{address.says} is older (revision {found}) than this program ({REVISION}).",
            "`ticrypt-tui init` migrates it; an SQLite file is backed up first.",
        )
