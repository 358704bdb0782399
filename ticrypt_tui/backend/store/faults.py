"""What databases complain of, in sentences: which database, what is wrong, what would help."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError

from ticrypt_tui.backend.errors import Refused, StoreUnavailable
from ticrypt_tui.backend.store.address import Address
from ticrypt_tui.backend.store.files import check_file, not_a_database

_BUSY = ("is held by another program for too long.", "Try again; `fuser` tells who holds a file.")
_FULL = ("cannot grow: the disk is full.", "Free some space; nothing was changed.")
_READ_ONLY = ("is read-only.", "Ask its owner for the right to write to it.")
_SILENT = ("does not answer.", "Is the server running, and reachable from here?")

# SQLite's primary result codes: https://www.sqlite.org/rescode.html
_SQLITE = {
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: ("cannot be opened.", "See who may write to it and to its folder."),
    sqlite3.SQLITE_PERM: ("may not be opened.", "Ask its owner for access."),
    sqlite3.SQLITE_IOERR: ("has a disk that fails.", "Look at the kernel's log (`dmesg`)."),
}
# PostgreSQL's codes or their classes: https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRESQL = {
    "55P03": _BUSY,
    "53100": _FULL,
    "53300": ("has no connection left.", "Raise max_connections, or close other programs."),
    "25006": _READ_ONLY,
    "42501": ("refuses: the role may not do that.", "Make the role the owner of the database."),
    "57P03": ("is starting up.", "Try again in a moment."),
    "57P01": ("was shut down.", "Start the server again."),
    "3D000": ("does not exist.", "`createdb` makes it."),
    "28": ("refuses the role or its password.", "Passwords come from ~/.pgpass or PGPASSWORD."),
    "08": _SILENT,
}
_UNIQUE = {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, "23505"}
_REFERENCE = {sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY, sqlite3.SQLITE_CONSTRAINT_TRIGGER, "23503"}


@contextmanager
def explained(address: Address, *, connecting: bool = False) -> Iterator[None]:
    """Turn what SQLAlchemy and the drivers raise into `StoreUnavailable` or `Refused`.

    Only while connecting do the drivers' own errors come through SQLAlchemy as they are.
    """
    try:
        yield
    except StaleDataError:
        raise Refused(
            "Somebody else changed it meanwhile; nothing was saved.",
            "Look at it again, then repeat your change.",
        ) from None
    except IntegrityError as error:
        raise _clash(error) from error
    except _foreign(address, connecting) as error:
        raise _fault(error, address) from error


def busy(address: Address) -> StoreUnavailable:
    """What to say when the others did not finish writing in time."""
    return StoreUnavailable(f"{address.says} {_BUSY[0]}", _BUSY[1])


def _foreign(address: Address, connecting: bool) -> tuple[type[Exception], ...]:
    """What is the database's fault; a mistake of ours, or the block's own error, is not."""
    if address.file is not None:
        return (DBAPIError, PoolTimeout)
    if not connecting:
        return (DBAPIError, PoolTimeout, TimeoutError)
    import asyncpg

    return (DBAPIError, PoolTimeout, OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


def _clash(error: IntegrityError) -> Refused:
    code = _code(error.orig)
    if code in _UNIQUE:
        return Refused("There is such a one already.", f"({_first_line(error.orig)})")
    if code in _REFERENCE:
        return Refused("Something that it refers to is gone, or something still refers to it.")
    return Refused(f"It does not fit what is there: {_first_line(error.orig)}.")


def _fault(error: Exception, address: Address) -> StoreUnavailable:
    if isinstance(error, PoolTimeout):
        return busy(address)
    found = error.orig if isinstance(error, DBAPIError) else error
    if address.file is not None:
        known = _of_file(found, address.file)
    elif isinstance(found, OSError) or getattr(error, "connection_invalidated", False):
        known = _SILENT
    else:
        code = str(_code(found))
        known = _POSTGRESQL.get(code) or _POSTGRESQL.get(code[:2])
    says, helps = known or (f"fails: {_first_line(found)}.", "`ticrypt-tui doctor` looks further.")
    return StoreUnavailable(f"{address.says} {says}", helps)


def _of_file(error: object, file: Path) -> tuple[str, str] | None:
    code = int(_code(error) or 0) & 0xFF  # the upper bits tell the sorts of one fault apart
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        raise not_a_database(file)
    if code == sqlite3.SQLITE_CANTOPEN:
        check_file(file)
    return _SQLITE.get(code)


def _code(error: object) -> int | str:
    """The code that the database gave: SQLite's number, or PostgreSQL's five characters."""
    code: int | str = getattr(error, "sqlite_errorcode", 0) or getattr(error, "sqlstate", "") or ""
    return code


def _first_line(error: object) -> str:
    return str(error).partition("\n")[0]
