"""Making and migrating the tables: under a lock, all or nothing, an SQLite file backed up."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from ticrypt_tui.backend.errors import StoreUnavailable
from ticrypt_tui.backend.store import schema
from ticrypt_tui.backend.store.address import Address, read_address
from ticrypt_tui.backend.store.engine import make_engine, writing
from ticrypt_tui.backend.store.faults import explained
from ticrypt_tui.backend.store.files import check_file, make_file

MIGRATIONS = Path(__file__).parent / "migrations"


async def migrate(url: str) -> Path | None:
    """Bring a database to this program's revision, making an SQLite file where there is none.

    Returns the backup that was made of a database that had to change. Raises `StoreUnavailable`,
    also for a database that a newer program has made.
    """
    address = read_address(url)
    if address.file is not None and not await asyncio.to_thread(make_file, address.file):
        await asyncio.to_thread(check_file, address.file)
    # Foreign keys are checked at the end: altering a table in SQLite means replacing it.
    engine = writing(make_engine(address, foreign_keys=False))
    try:
        with explained(address):
            async with engine.begin() as connection:
                return await connection.run_sync(_migrate, address)
    finally:
        await engine.dispose()


def alembic_configuration(connection: Connection) -> Config:
    """Alembic's configuration for work on a connection that is in a transaction."""
    configuration = Config()
    configuration.set_main_option("script_location", str(MIGRATIONS))
    configuration.attributes["connection"] = connection
    return configuration


def _migrate(connection: Connection, address: Address) -> Path | None:
    found = schema.revision(connection)
    schema.check_not_newer(found, address)
    if found == schema.REVISION:
        return None
    backup = _back_up(address.file, found) if address.file is not None and found else None
    command.upgrade(alembic_configuration(connection), "head")
    if address.file is not None and connection.execute(text("PRAGMA foreign_key_check")).first():
        raise StoreUnavailable(
            f"{address.says} has rows that refer to nothing; it was not migrated.",
            f"It is as it was; the backup is {backup}.",
        )
    return backup


def _back_up(file: Path, found: str) -> Path:
    """Copy the database by SQLite's own means, and check the copy; nobody writes meanwhile."""
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    copy = file.with_name(f"{file.name}.before-{schema.REVISION}-{moment}")
    os.close(os.open(copy, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
        verdict = target.execute("PRAGMA integrity_check").fetchone()[0]
    if verdict != "ok":
        raise StoreUnavailable(
            f"{file} (revision {found}) is damaged: {verdict}.", "Restore it from a backup."
        )
    return copy
