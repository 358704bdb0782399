"""Where the database is: a URL of the configuration, read once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from ticrypt_tui.backend.errors import ConfigurationError

SQLITE = "sqlite+aiosqlite"
POSTGRESQL = "postgresql+asyncpg"
_FORMS = f"Write {SQLITE}:////folder/console.db or {POSTGRESQL}://user@server/name."


@dataclass(frozen=True, slots=True)
class Address:
    """A database's URL; `file` for SQLite alone, and `says`, how sentences name the database."""

    url: URL
    file: Path | None
    says: str


def read_address(url: str) -> Address:
    """The address that a URL means; raises `ConfigurationError`."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigurationError("[database] url is not a database URL.", _FORMS) from None
    if parsed.drivername == POSTGRESQL:
        server = parsed.host or parsed.query.get("host") or "this machine"
        return Address(parsed, None, f"The database {parsed.database} on {server}")
    if parsed.drivername != SQLITE:
        raise ConfigurationError(f"[database] url begins with {parsed.drivername}.", _FORMS)
    if not parsed.database or parsed.database.startswith((":memory:", "file:")):
        raise ConfigurationError("[database] url names no file.", _FORMS)
    file = Path(parsed.database).expanduser().absolute()
    return Address(parsed, file, f"The database {file}")
