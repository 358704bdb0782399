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
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from ticrypt_tui.backend.errors import StoreUnavailable
from ticrypt_tui.backend.store import schema
from ticrypt_tui.backend.store.address import Address, read_address
from ticrypt_tui.backend.store.engine import make_engine, writing
from ticrypt_tui.backend.store.faults import explained
from ticrypt_tui.backend.store.files import backup_of, check_file, make_file

MIGRATIONS = Path(__file__).parent / "migrations"


async def migrate(url: str) -> Path | None:
    """Bring a database to this program's revision, making an SQLite file where there is none.

    Returns the backup that was made of a database that had to change. Raises `StoreUnavailable`,
    also for a database that a newer program has made; what fails leaves it as it was.
    """
    address = read_address(url)
    if address.file is not None:
        await asyncio.to_thread(make_file, address.file)
        await asyncio.to_thread(check_file, address.file)
    # Foreign keys are checked at the end: altering a table in SQLite means replacing it.
    engine = writing(make_engine(address, foreign_keys=False))
    try:
        with explained(address, connecting=True):
            return await _migrate(engine, address)
    finally:
        await engine.dispose()


async def _migrate(engine: AsyncEngine, address: Address) -> Path | None:
    async with engine.begin() as connection:
        found = await connection.run_sync(schema.revision)
        schema.check_not_newer(found, address)
        if found == schema.REVISION:
            return None
        if not found:
            await connection.run_sync(schema.check_empty, address)
        backup = None
        if found and address.file is not None:
            backup = await asyncio.to_thread(back_up, address.file)
        await connection.run_sync(_upgrade, address)
        return backup


def alembic_configuration(connection: Connection) -> Config:
    """Alembic's configuration for work on a connection that is in a transaction."""
    configuration = Config()
    configuration.set_main_option("script_location", str(MIGRATIONS))
    configuration.attributes["connection"] = connection
    return configuration


def _upgrade(connection: Connection, address: Address) -> None:
    try:
        command.upgrade(alembic_configuration(connection), "head")
    except CommandError as error:
        raise StoreUnavailable(
            f"{address.says} cannot be migrated: {error}.", "Is it another program's database?"
        ) from error
    if address.file is not None and connection.execute(text("PRAGMA foreign_key_check")).first():
        raise StoreUnavailable(
            f"{address.says} has rows that refer to nothing; it is as it was.",
            "Restore it from an older backup, or ask for help.",
        )


def back_up(file: Path) -> Path:
    """Copy an SQLite database beside it by SQLite's own means, whoever has it open; returns where.

    Raises `StoreUnavailable` where the copy cannot be made, or shows that the database is damaged.
    """
    copy = backup_of(file, datetime.now(UTC))
    try:
        os.close(os.open(copy, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
            verdict = target.execute("PRAGMA integrity_check").fetchone()[0]
    except (sqlite3.Error, OSError) as error:
        copy.unlink(missing_ok=True)
        raise StoreUnavailable(
            f"The backup {copy} cannot be made: {error}.", "The database is as it was."
        ) from error
    if verdict != "ok":
        raise StoreUnavailable(f"{file} is damaged: {verdict}.", "Restore it from a backup.")
    return copy
