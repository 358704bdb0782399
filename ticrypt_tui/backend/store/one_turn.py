"""SQLite statements that take one turn of their connection's thread each.

SQLAlchemy asks aiosqlite's thread four times for a statement: for a cursor, to execute, for the
rows, to close. Each turn costs as much as most statements do.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Sequence
from typing import Any, cast

import aiosqlite
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
)
from sqlalchemy.util import EMPTY_DICT


class _Done:
    """What is left of a cursor once its statement is done."""

    def __init__(self, cursor: sqlite3.Cursor | None = None) -> None:
        self.rows: Sequence[Any] = ()
        self.description = None if cursor is None else cursor.description
        if cursor is not None and self.description is not None:
            self.rows = cursor.fetchall()
        self.rowcount = -1 if cursor is None else cursor.rowcount
        self.lastrowid = None if cursor is None else cursor.lastrowid
        self.arraysize = 1

    async def close(self) -> None:
        """It is closed already."""


def _done(connection: sqlite3.Connection, many: bool, operation: str, parameters: Any) -> _Done:
    cursor = connection.cursor()
    try:
        if many:
            cursor.executemany(operation, parameters)
        else:
            cursor.execute(operation, parameters or ())
        return _Done(cursor)
    finally:
        cursor.close()


class _Cursor(AsyncAdapt_aiosqlite_cursor):
    __slots__ = ()
    _adapt_connection: _Connection

    def __init__(self, adapt_connection: Any) -> None:
        self._adapt_connection = adapt_connection
        self._connection = adapt_connection._connection
        self._soft_closed_memoized = EMPTY_DICT
        self._take(_Done())

    def close(self) -> None:
        self._rows.clear()

    async def _execute_async(self, operation: Any, parameters: Any) -> None:
        await self._turn(False, operation, parameters)

    async def _executemany_async(self, operation: Any, seq_of_parameters: Any) -> None:
        await self._turn(True, operation, seq_of_parameters)

    async def _turn(self, many: bool, operation: Any, parameters: Any) -> None:
        async with self._adapt_connection._execute_mutex:
            self._adapt_connection.used = True
            connection = self._connection
            done = connection._execute(_done, connection._conn, many, operation, parameters)
            self._take(await done)

    def _take(self, done: _Done) -> None:
        self._cursor = cast(Any, done)
        self._rows, done.rows = deque(done.rows), ()  # each goes as soon as it is taken


class _Connection(AsyncAdapt_aiosqlite_connection):
    """A connection that rolls nothing back where nothing was done since its last commit."""

    __slots__ = ("used",)
    _cursor_cls = _Cursor

    def __init__(self, dbapi: Any, connection: Any) -> None:
        super().__init__(dbapi, connection)
        self.used = True

    def commit(self) -> None:
        super().commit()
        self.used = False

    def rollback(self) -> None:
        if self.used:
            super().rollback()


class OneTurn(AsyncAdapt_aiosqlite_dbapi):
    """The driver, as `create_async_engine` takes it as its `module`."""

    def __init__(self) -> None:
        super().__init__(aiosqlite, sqlite3)

    def connect(self, *arguments: Any, **options: Any) -> AsyncAdapt_aiosqlite_connection:
        return _Connection(self, super().connect(*arguments, **options)._connection)
