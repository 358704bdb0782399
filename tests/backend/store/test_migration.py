"""Tables are made and changed all or nothing, under a lock, with a backup of what was there."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlmodel import SQLModel, select

from ticrypt_tui.backend.errors import StoreUnavailable
from ticrypt_tui.backend.store import migration, schema
from ticrypt_tui.backend.store.address import read_address
from ticrypt_tui.backend.store.database import Database
from ticrypt_tui.backend.store.migration import MIGRATIONS, back_up, migrate
from ticrypt_tui.backend.store.tables.people import Team, TeamMember, User

PRESENT = schema.REVISION
NEWER = f"{int(PRESENT) + 1:04}"
NEXT = f"""
import sqlalchemy as sa
from alembic import op
revision, down_revision = "{NEWER}", "{PRESENT}"
def upgrade():
    with op.batch_alter_table("team") as team:
        team.alter_column("name", type_=sa.String(300))  # which replaces the table, in SQLite
        team.add_column(sa.Column("motto", sa.String(), nullable=False, server_default="up"))
"""


def what_differs(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, SQLModel.metadata))


async def test_the_migrations_make_what_the_tables_say(database: Database) -> None:
    async with database.read() as session:
        connection = await session.connection()
        assert await connection.run_sync(what_differs) == []


def test_the_program_knows_its_newest_migration() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_heads() == [schema.REVISION]


async def test_a_migrated_database_is_left_as_it_is(database: Database, database_url: str) -> None:
    async with database.write() as session:
        session.add(Team(name="imaging"))
    assert await migrate(database_url) is None
    async with database.read() as session:
        assert list(await session.exec(select(Team.name))) == ["imaging"]


@pytest.fixture
def newer_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The program with one migration more, which replaces a table that others refer to."""
    folder = tmp_path / "migrations"
    shutil.copytree(MIGRATIONS, folder)
    (folder / "versions" / f"{NEWER}_motto.py").write_text(NEXT)
    monkeypatch.setattr(migration, "MIGRATIONS", folder)
    monkeypatch.setattr(schema, "REVISION", NEWER)
    return folder


async def team_with_member(database: Database) -> None:
    async with database.write() as session:
        session.add(Team(id="team-1", name="imaging"))
        session.add(User(id="user-1", login="mara", name="Mara"))
        await session.flush()
        session.add(TeamMember(team_id="team-1", user_id="user-1"))
    await database.close()


def query(file: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(statement).fetchall()


async def test_a_migration_keeps_the_rows_and_what_refers_to_them(
    database: Database, database_url: str, newer_program: Path, tmp_path: Path
) -> None:
    await team_with_member(database)
    await migrate(database_url)
    file = tmp_path / "data" / "console.db"
    assert query(file, "SELECT name, motto FROM team") == [("imaging", "up")]
    assert query(file, "SELECT team_id, user_id FROM team_member") == [("team-1", "user-1")]


async def test_the_database_is_backed_up_as_it_was_before(
    database: Database, database_url: str, newer_program: Path
) -> None:
    await team_with_member(database)
    backup = await migrate(database_url)
    assert backup is not None
    assert backup.name.startswith("console.db.backup-")
    assert oct(backup.stat().st_mode & 0o777) == "0o600"
    assert query(backup, "SELECT version_num FROM alembic_version") == [(PRESENT,)]
    assert query(backup, "SELECT name FROM team") == [("imaging",)]


async def test_a_migration_that_fails_half_way_leaves_all_as_it_was(
    database: Database, database_url: str, newer_program: Path, tmp_path: Path
) -> None:
    await team_with_member(database)
    fails = NEXT + '    op.execute("SELECT * FROM nowhere")\n'
    (newer_program / "versions" / f"{NEWER}_motto.py").write_text(fails)
    with pytest.raises(StoreUnavailable, match="fails: no such table: nowhere"):
        await migrate(database_url)
    file = tmp_path / "data" / "console.db"
    assert query(file, "SELECT version_num FROM alembic_version") == [(PRESENT,)]
    assert query(file, "SELECT id, version, name, cores FROM team") == [
        ("team-1", 1, "imaging", None)
    ]


async def test_a_migration_that_would_break_a_reference_is_undone(
    database: Database, database_url: str, newer_program: Path, tmp_path: Path
) -> None:
    await team_with_member(database)
    breaks = NEXT + '    op.execute("DELETE FROM user_record")\n'
    (newer_program / "versions" / f"{NEWER}_motto.py").write_text(breaks)
    with pytest.raises(StoreUnavailable, match="rows that refer to nothing; it is as it was"):
        await migrate(database_url)
    assert query(tmp_path / "data" / "console.db", "SELECT login FROM user_record") == [("mara",)]


async def test_the_older_program_refuses_what_the_newer_one_has_migrated(
    database: Database, database_url: str, newer_program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await database.close()
    await migrate(database_url)
    monkeypatch.setattr(schema, "REVISION", PRESENT)
    with pytest.raises(StoreUnavailable, match=rf"is newer \(revision {NEWER}\) than this program"):
        await Database.open(database_url)


async def test_a_database_can_be_backed_up_while_it_is_written(database: Database) -> None:
    assert database.address.file is not None
    async with database.write() as session:
        session.add(Team(name="imaging"))
        await session.flush()
        backup = back_up(database.address.file)
    assert query(backup, "SELECT name FROM team") == []


async def test_a_backup_that_cannot_be_made_stops_the_migration(
    database: Database, database_url: str, newer_program: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await database.close()
    nowhere = read_address("sqlite+aiosqlite:////nowhere/copy.db").file
    monkeypatch.setattr(migration, "backup_of", lambda *_: nowhere)
    with pytest.raises(StoreUnavailable, match=r"The backup /nowhere/copy\.db cannot be made"):
        await migrate(database_url)
    assert database.address.file is not None
    found = query(database.address.file, "SELECT version_num FROM alembic_version")
    assert found == [(PRESENT,)]
