"""A database's URL names an SQLite file or a PostgreSQL server, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from ticrypt_tui.backend.errors import ConfigurationError
from ticrypt_tui.backend.store.address import read_address


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("console.db", "not a database URL"),
        ("mysql://server/name", "begins with mysql"),
        ("sqlite:///console.db", r"begins with sqlite\."),
        ("sqlite+aiosqlite://", "names no file"),
        ("sqlite+aiosqlite:///:memory:", "names no file"),
    ],
)
def test_a_url_that_cannot_be_meant_is_refused_with_the_forms_that_can(url: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says) as refusal:
        read_address(url)
    assert "sqlite+aiosqlite:////folder/console.db" in str(refusal.value)


def test_a_file_is_named_by_its_whole_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    address = read_address("sqlite+aiosqlite:///console.db")
    assert address.file == tmp_path / "console.db"
    assert address.says == f"The database {tmp_path}/console.db"


def test_a_server_is_named_without_its_password() -> None:
    address = read_address("postgresql+asyncpg://mara:geheim@db.example.org/console")
    assert (address.file, address.says) == (None, "The database console on db.example.org")
