"""The one place where engines are made: how each database begins, waits and keeps its files.

Readers get a snapshot. Writers queue: `BEGIN IMMEDIATE` on SQLite, an advisory lock on PostgreSQL;
so what a writer reads stays true until it commits (reliability.md E and finding 3).
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any
from urllib.parse import quote
from weakref import WeakSet

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from ticrypt_tui.backend.store.address import Address
from ticrypt_tui.backend.store.changes import CHANNEL
from ticrypt_tui.backend.store.direct import WRITER, Direct
from ticrypt_tui.backend.store.files import on_network
from ticrypt_tui.backend.store.one_turn import OneTurn

WAIT = 10
"""Seconds that a writer waits for the others."""

WRITERS_LOCK = 7_168_420_001
"""The number of PostgreSQL's advisory lock that every writer takes until its commit."""
_SAFE_WAL = ((3, 44, 6), (3, 50, 7))


class SqliteConnection(sqlite3.Connection):
    """A connection that ends its statements when it is closed.

    Python's own leaves them to the garbage collector; until then a cancelled reading holds its
    lock, and nobody can write.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._cursors: WeakSet[sqlite3.Cursor] = WeakSet()

    def cursor(self, factory: Any = sqlite3.Cursor) -> Any:
        made = super().cursor(factory)
        self._cursors.add(made)
        return made

    def close(self) -> None:
        for cursor in list(self._cursors):
            cursor.close()
        super().close()


def wal_is_safe(version: tuple[int, int, int]) -> bool:
    """Whether this SQLite is free of the WAL-reset bug: 3.51.3 or newer, or a back-port.

    Source: https://www.sqlite.org/wal.html#walresetbug; 3.52.0 was withdrawn.
    """
    if version[:2] == (3, 52):
        return False
    return version >= (3, 51, 3) or any(
        version[:2] == fixed[:2] and version >= fixed for fixed in _SAFE_WAL
    )


def make_engine(address: Address, *, foreign_keys: bool = True) -> AsyncEngine:
    """An engine for a database; nothing is opened yet."""
    if address.file is None:
        return _postgresql(address)
    return _sqlite(address, foreign_keys)


def make_direct(address: Address) -> Direct | None:
    """SQLite for work that is one turn of a thread; None on PostgreSQL."""
    if address.file is None:
        return None
    engines = []
    for driver in ("sqlite", WRITER):
        url, options = _sqlite_file(address.file, driver)
        engines.append(create_engine(url, connect_args=options))
        _prepare(engines[-1], address.file, foreign_keys=True)
    event.listen(engines[0], "begin", _begin_sqlite)
    return Direct(*engines)


def writing(engine: AsyncEngine) -> AsyncEngine:
    """The same engine, whose transactions are a writer's."""
    return engine.execution_options(writes=True)


def reading(engine: AsyncEngine) -> AsyncEngine:
    """The same engine, whose transactions see one snapshot and change nothing."""
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


def _sqlite(address: Address, foreign_keys: bool) -> AsyncEngine:
    assert address.file is not None
    url, options = _sqlite_file(address.file, address.url.drivername)
    engine = create_async_engine(url, connect_args=options, module=OneTurn())
    _prepare(engine.sync_engine, address.file, foreign_keys=foreign_keys)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _sqlite_file(file: Path, driver: str) -> tuple[URL, dict[str, Any]]:
    url = URL.create(
        driver,
        database=f"file:{quote(str(file))}",
        query={"mode": "rw", "uri": "true"},  # never creates a file by the way
    )
    # Python's own transactions begin too late and lose updates; ours begin in `_begin_sqlite`.
    return url, {"isolation_level": None, "timeout": WAIT, "factory": SqliteConnection}


def _prepare(engine: Engine, file: Path, *, foreign_keys: bool) -> None:
    """Let the engine's connections begin as all do."""
    pragmas = (
        f"foreign_keys = {'ON' if foreign_keys else 'OFF'}",
        f"journal_mode = {_journal_mode(file)}",
        "synchronous = FULL",
        "trusted_schema = OFF",
        "journal_size_limit = 67108864",
        "cache_size = -256",  # KiB a connection; the system keeps the pages of all of them anyway
    )

    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()


def _journal_mode(file: Path) -> str:
    """WAL where it is safe; it cannot be switched on in a file that may only be read."""
    safe = wal_is_safe(sqlite3.sqlite_version_info[:3])
    return "WAL" if safe and os.access(file, os.W_OK) and not on_network(file) else "TRUNCATE"


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _postgresql(address: Address) -> AsyncEngine:
    options = {
        "timeout": WAIT,
        "command_timeout": 3 * WAIT,
        "server_settings": {"application_name": "ticrypt-tui", "lock_timeout": f"{WAIT}s"},
    }
    engine = create_async_engine(address.url, pool_pre_ping=True, connect_args=options)
    event.listen(engine.sync_engine, "begin", _begin_postgresql)
    return engine


def _begin_postgresql(connection: Connection) -> None:
    """Queue up; the notification is told to the others only at the commit."""
    if connection.get_execution_options().get("writes"):
        lock = f"pg_advisory_xact_lock({WRITERS_LOCK})"
        connection.exec_driver_sql(f"SELECT {lock}, pg_notify('{CHANNEL}', '')")
