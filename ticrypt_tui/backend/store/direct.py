"""SQLite for work that is one turn of a thread: without asyncio, there is less between statements.

The writer keeps its connection, and its transactions begin by the driver itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

T = TypeVar("T")
WRITER = "sqlite+writer"
"""The name of the dialect whose transactions are writers' from their beginning."""


class WriterDialect(SQLiteDialect_pysqlite):
    """SQLite, queueing for the right to write before anything is read."""

    supports_statement_cache = True

    def do_begin(self, dbapi_connection: Any) -> None:
        dbapi_connection.driver_connection.execute("BEGIN IMMEDIATE")


registry.register("sqlite.writer", __name__, WriterDialect.__name__)


class Direct:
    """A thread that writes, on the one connection that it keeps, and two that read."""

    def __init__(self, reader: Engine, writer: Engine) -> None:
        self._reader = reader
        self._writer = writer
        self._kept: Connection | None = None
        self._writing = ThreadPoolExecutor(1, "database-writer")
        self._reading = ThreadPoolExecutor(2, "database-reader")

    def read(self, work: Callable[[Connection], T]) -> asyncio.Future[T]:
        """What work finds on one snapshot."""
        return _in_thread(self._reading, self._read, work)

    def write(
        self, work: Callable[[Connection], T], then: Callable[[T], None]
    ) -> asyncio.Future[T]:
        """Commit what work does; then do a little more."""
        return _in_thread(self._writing, self._written, work, then)

    def close(self) -> asyncio.Future[None]:
        """Close every connection; the next use makes a new one."""
        return _in_thread(self._writing, self._closed)

    def _read(self, work: Callable[[Connection], T]) -> T:
        with self._reader.connect() as connection:
            return work(connection)

    def _written(self, work: Callable[[Connection], T], then: Callable[[T], None]) -> T:
        if self._kept is None:
            self._kept = self._writer.connect()
        with self._kept.begin():
            result = work(self._kept)
        then(result)
        return result

    def _closed(self) -> None:
        if self._kept is not None:
            self._kept.close()
            self._kept = None
        for engine in (self._reader, self._writer):
            engine.dispose()


def _in_thread(
    threads: ThreadPoolExecutor, work: Callable[..., T], *arguments: Any
) -> asyncio.Future[T]:
    return asyncio.get_running_loop().run_in_executor(threads, work, *arguments)
