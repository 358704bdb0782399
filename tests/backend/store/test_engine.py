"""How SQLite keeps its journal: by its version, and by where the file is."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlmodel import text

from ticrypt_tui.backend.store import engine, files
from ticrypt_tui.backend.store.database import Database
from ticrypt_tui.backend.store.migration import migrate


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ((3, 40, 1), False), ((3, 44, 5), False), ((3, 44, 6), True), ((3, 45, 0), False),
        ((3, 50, 6), False), ((3, 50, 7), True), ((3, 51, 2), False), ((3, 51, 3), True),
        ((3, 52, 0), False), ((3, 53, 0), True),
    ],
)  # fmt: skip
def test_wal_is_used_only_where_its_bug_is_fixed(version: tuple[int, int, int], safe: bool) -> None:
    assert engine.wal_is_safe(version) is safe


async def journal_mode(url: str) -> str:
    database = await Database.open(url)
    async with database.read() as session:
        mode = (
            await (await session.connection()).execute(text("PRAGMA journal_mode"))
        ).scalar_one()
    await database.close()
    return str(mode)


@pytest.mark.parametrize(("safe", "mode"), [(True, "wal"), (False, "truncate")])
async def test_the_journal_is_as_this_sqlite_allows(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch, safe: bool, mode: str
) -> None:
    monkeypatch.setattr(engine, "wal_is_safe", lambda _: safe)
    assert await journal_mode(database_url) == mode


async def test_a_network_file_system_never_has_wal_and_is_warned_of(
    database: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "wal_is_safe", lambda _: True)
    mounts = f"proc /proc proc rw 0 0\nserver:/data {tmp_path}/data nfs4 rw,vers=4.2 0 0\n"
    monkeypatch.setattr(files, "mounts", lambda: mounts)
    assert await journal_mode(database_url) == "truncate"
    assert "PostgreSQL is made for that" in database.notice


def test_a_mount_point_with_a_space_is_understood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    point = f"{tmp_path}/my\\040disk"
    monkeypatch.setattr(
        files, "mounts", lambda: f"host {point} 9p rw 0 0\n/dev/vda / ext4 rw 0 0\n"
    )
    assert files.on_network(tmp_path / "my disk" / "console.db")
    assert not files.on_network(tmp_path / "console.db")


async def test_a_name_with_signs_that_urls_use_is_a_name(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}/a%3Fmode=ro#1 é.db"
    await migrate(url)
    await (await Database.open(url)).close()
    assert (tmp_path / "a?mode=ro#1 é.db").exists()


async def test_each_commit_is_synced_to_the_disk(database: Database) -> None:
    async with database.read() as session:
        found = await (await session.connection()).execute(text("PRAGMA synchronous"))
        assert found.scalar_one() == 2  # FULL


def test_an_sqlite_database_is_opened_without_alembic_or_asyncpg(tmp_path: Path) -> None:
    """Both are slow to import, and the first rows wait for it."""
    program = (
        "import sys; import ticrypt_tui.backend.store.people, ticrypt_tui.backend.store.lookup; "
        "assert not {'alembic', 'asyncpg', 'libvirt', 'numpy'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
