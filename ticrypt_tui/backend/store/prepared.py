"""Statements that SQLite is given as they were compiled once, where no server is waited for.

SQLAlchemy's way to a cursor and back takes longer than SQLite takes for the statement itself, most
of all on a processor that has just done something else. Any other database gets them that way.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect, Executable, Insert, Select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import TypeEngine

Values = Mapping[str, Any]
NOTHING: Values = {}
_Process = Callable[[Any], Any] | None


class Prepared:
    """One statement of Core, for work of `Database.write_at_once` and `read_at_once`.

    An `INSERT` is given a value for each column that it fills: defaults are not looked for.
    Raises what SQLAlchemy raises.
    """

    def __init__(self, statement: Executable) -> None:
        self._statement = statement
        self._compiled: dict[tuple[str, ...], _Compiled] = {}

    def rows(self, connection: Connection, values: Values = NOTHING) -> Sequence[tuple[Any, ...]]:
        """What a `SELECT` finds."""
        if not _is_plain(connection):
            return connection.execute(self._statement, values).all()
        compiled = self._for(connection, values)
        found = compiled.executed(connection, compiled.bound(values)).fetchall()
        return [compiled.read(row) for row in found] if compiled.reads else found

    def run(self, connection: Connection, *each: Values) -> int:
        """Do it once with each set of values; returns how many rows that concerned in all."""
        if not _is_plain(connection):
            return connection.execute(self._statement, each if len(each) > 1 else each[0]).rowcount
        compiled = self._for(connection, each[0])
        return sum(compiled.executed(connection, compiled.bound(it)).rowcount for it in each)

    def _for(self, connection: Connection, values: Values) -> _Compiled:
        names = tuple(values)
        if names not in self._compiled:
            self._compiled[names] = _compiled(self._statement, connection.dialect, names)
        return self._compiled[names]


@dataclass(frozen=True, slots=True)
class _Compiled:
    """What is handed to the driver. `binds` has each parameter's name, fixed value and conversion;
    `reads` each column's conversion, or nothing where none has one."""

    sql: str
    binds: tuple[tuple[str, Any, _Process], ...]
    reads: tuple[_Process, ...]

    def bound(self, values: Values) -> tuple[Any, ...]:
        given = ((values.get(name, fixed), process) for name, fixed, process in self.binds)
        return tuple(process(value) if process else value for value, process in given)

    def read(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        pairs = zip(self.reads, row, strict=True)
        return tuple(process(value) if process else value for process, value in pairs)

    def executed(self, connection: Connection, bound: tuple[Any, ...]) -> sqlite3.Cursor:
        driver: Any = connection.connection.driver_connection
        try:
            cursor: sqlite3.Cursor = driver.execute(self.sql, bound)
        except sqlite3.Error as error:
            raise _told(self.sql, bound, error, connection) from error
        return cursor


def _is_plain(connection: Connection) -> bool:
    """Whether the driver's own connection may be used as it is, on this thread."""
    return connection.dialect.name == "sqlite" and not connection.dialect.is_async


def _compiled(statement: Executable, dialect: Dialect, names: tuple[str, ...]) -> _Compiled:
    alone: Any = statement.inline() if isinstance(statement, Insert) else statement
    made = alone.compile(dialect=dialect, column_keys=list(names))
    binds = (made.binds[name] for name in made.positiontup)
    return _Compiled(
        str(made),
        tuple(
            (each.key, each.value, _own(each.type, dialect).bind_processor(dialect))
            for each in binds
        ),
        _readers(alone, dialect) if isinstance(statement, Select) else (),
    )


def _readers(chosen: Select[Any], dialect: Dialect) -> tuple[_Process, ...]:
    types = (each.type for each in chosen.selected_columns)
    found = tuple(_own(each, dialect).result_processor(dialect, None) for each in types)
    return found if any(found) else ()


def _own(kind: TypeEngine[Any], dialect: Dialect) -> TypeEngine[Any]:
    """The type as the dialect has it."""
    return kind.dialect_impl(dialect)


def _told(
    sql: str, bound: tuple[Any, ...], error: sqlite3.Error, connection: Connection
) -> Exception:
    """A fault as SQLAlchemy tells it."""
    told: Exception = DBAPIError.instance(
        sql, bound, error, sqlite3.Error, dialect=connection.dialect
    )
    return told
