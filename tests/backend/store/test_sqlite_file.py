"""Each thing that can be wrong with a database file is said in one sentence that names the file."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlmodel import select

from ticrypt_tui.backend.errors import StoreUnavailable
from ticrypt_tui.backend.store import engine, schema
from ticrypt_tui.backend.store.database import Database
from ticrypt_tui.backend.store.files import check_file
from ticrypt_tui.backend.store.migration import migrate
from ticrypt_tui.backend.store.tables.people import Team


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def file(folder: Path) -> Path:
    return folder / "console.db"


async def sentence(url: str) -> str:
    """What is said when the database is opened."""
    with pytest.raises(StoreUnavailable) as refusal:
        await Database.open(url)
    return str(refusal.value)


def run_sql(file: Path, statement: str) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute(statement)


async def test_the_file_and_its_folder_are_made_for_their_owner_alone(
    database: Database, folder: Path, file: Path
) -> None:
    assert oct(folder.stat().st_mode & 0o777) == "0o700"
    assert {oct(each.stat().st_mode & 0o777) for each in folder.iterdir()} == {"0o600"}


async def test_a_folder_that_is_missing_is_named(database_url: str, folder: Path) -> None:
    assert f"There is no folder {folder}" in await sentence(database_url)


async def test_a_file_that_is_missing_is_named_and_is_not_made(
    database_url: str, folder: Path, file: Path
) -> None:
    folder.mkdir()
    assert await sentence(database_url) == (
        f"There is no database {file}. `ticrypt-tui init` makes it."
    )
    assert not file.exists()


async def test_a_folder_in_the_files_place_is_said_to_be_one(database_url: str, file: Path) -> None:
    file.mkdir(parents=True)
    assert f"{file} is a folder." in await sentence(database_url)


async def test_a_pipe_in_the_files_place_is_not_waited_for(database_url: str, file: Path) -> None:
    file.parent.mkdir()
    os.mkfifo(file)
    assert f"{file} is no ordinary file." in await sentence(database_url)


async def test_a_file_of_another_kind_is_not_a_database(database_url: str, file: Path) -> None:
    file.parent.mkdir()
    file.write_text("[database]\nurl = ...\n")
    assert f"{file} is not a database, or is damaged." in await sentence(database_url)


async def test_a_file_of_zeros_is_no_database_once_nobody_is_making_it(
    database_url: str, file: Path
) -> None:
    file.parent.mkdir()
    file.write_bytes(bytes(8192))
    check_file(file)
    assert f"{file} is not a database, or is damaged." in await sentence(database_url)


@pytest.fixture
def unprivileged() -> Iterator[None]:
    """This process for the length of a test as `nobody`."""
    if os.geteuid() != 0:
        pytest.skip("only root can become nobody")
    os.seteuid(65534)
    yield
    os.seteuid(0)


async def test_a_folder_that_may_not_be_entered_is_said_to_be_so(
    database: Database, unprivileged: None, database_url: str, file: Path
) -> None:
    assert await sentence(database_url) == (
        f"The database {file} cannot be read: Permission denied. "
        "Ask its owner for access to it and to its folder."
    )
    with pytest.raises(StoreUnavailable, match="cannot be made: Permission denied"):
        await migrate(database_url)


async def test_an_empty_file_has_no_tables_yet(database_url: str, file: Path) -> None:
    file.parent.mkdir()
    file.touch()
    assert f"The database {file} has no tables yet. `ticrypt-tui init`" in await sentence(
        database_url
    )


async def test_a_damaged_file_is_said_to_be_and_the_newest_backup_named(
    database: Database, database_url: str, file: Path
) -> None:
    await database.close()
    for moment in ("20260101T000000.000000Z", "20260301T000000.000000Z"):
        (file.parent / f"console.db.backup-{moment}").touch()
    with file.open("r+b") as opened:
        opened.seek(100)
        opened.write(b"\xff" * 8000)
    said = await sentence(database_url)
    assert "is damaged" in said
    assert said.endswith("console.db.backup-20260301T000000.000000Z.")


async def test_a_newer_database_is_refused_with_both_revisions(
    database: Database, database_url: str, file: Path
) -> None:
    await database.close()
    run_sql(file, "UPDATE alembic_version SET version_num = '9001'")
    said = f"The database {file} is newer (revision 9001) than this program ({schema.REVISION})."
    assert said in await sentence(database_url)
    with pytest.raises(StoreUnavailable, match=r"is newer \(revision 9001\)"):
        await migrate(database_url)


async def test_an_older_database_is_refused_until_it_is_migrated(
    database: Database, database_url: str, file: Path
) -> None:
    await database.close()
    run_sql(file, "UPDATE alembic_version SET version_num = '0000'")
    assert "is older (revision 0000)" in await sentence(database_url)


async def test_another_programs_database_is_left_alone(database_url: str, file: Path) -> None:
    file.parent.mkdir()
    run_sql(file, "CREATE TABLE bookmarks (title TEXT)")
    with pytest.raises(StoreUnavailable, match="tables of another program, such as bookmarks"):
        await migrate(database_url)
    assert "has no tables yet" in await sentence(database_url)


async def test_a_writer_that_waits_too_long_says_who_to_ask(
    database_url: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "WAIT", 0.2)
    await migrate(database_url)
    database = await Database.open(database_url)
    with closing(sqlite3.connect(file)) as holder:
        holder.execute("BEGIN IMMEDIATE")
        with pytest.raises(
            StoreUnavailable, match=f"The database {file} is held by another program"
        ):
            async with database.write() as session:
                session.add(Team(name="imaging"))
    async with database.write() as session:
        session.add(Team(name="imaging"))
    await database.close()


async def test_a_writer_that_is_waited_for_is_not_noticed(database: Database, file: Path) -> None:
    with closing(sqlite3.connect(file)) as holder:
        holder.execute("BEGIN IMMEDIATE")

        async def add() -> None:
            async with database.write() as session:
                session.add(Team(name="imaging"))

        waiting = asyncio.create_task(add())
        await asyncio.sleep(0.3)
        assert not waiting.done()
        holder.rollback()
        await waiting


@pytest.fixture
def immutable(database: Database, file: Path) -> Iterator[Path]:
    """The database's file, which nobody may write, not even root."""
    done = subprocess.run(["chattr", "+i", file], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no immutable files here: {done.stderr.strip()}")
    yield file
    subprocess.run(["chattr", "-i", file], check=True)


async def test_a_read_only_file_is_read_and_refuses_to_be_written(
    database_url: str, immutable: Path
) -> None:
    database = await Database.open(database_url)
    with pytest.raises(StoreUnavailable, match=f"The database {immutable} is read-only"):
        async with database.write() as session:
            session.add(Team(name="imaging"))
    async with database.read() as session:
        assert list(await session.exec(select(Team))) == []
    await database.close()


@pytest.fixture
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of 640 KiB, where the data folder is."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=640k,mode=700", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", folder], check=True)


async def test_a_full_disk_keeps_what_was_there_and_goes_on_when_there_is_room(
    small_disk: Path, database_url: str, file: Path
) -> None:
    await migrate(database_url)
    database = await Database.open(database_url)
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(600_000 - file.stat().st_size))
    with pytest.raises(
        StoreUnavailable, match=f"The database {file} cannot grow: the disk is full"
    ):
        async with database.write() as session:
            session.add_all(Team(name=f"{number:0200}") for number in range(2000))
    async with database.read() as session:
        assert list(await session.exec(select(Team))) == []
    ballast.unlink()
    async with database.write() as session:
        session.add(Team(name="imaging"))
    await database.close()


async def test_a_disk_too_full_for_the_tables_leaves_none(
    small_disk: Path, database_url: str, file: Path
) -> None:
    (small_disk / "ballast").write_bytes(bytes(500_000))
    with pytest.raises(StoreUnavailable, match="the disk is full"):
        await migrate(database_url)
    assert "has no tables yet" in await sentence(database_url)
