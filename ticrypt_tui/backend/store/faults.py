"""What databases complain of, in sentences: which database, what is wrong, what would help."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm.exc import StaleDataError

from ticrypt_tui.backend.errors import Refused, StoreUnavailable, TicryptError
from ticrypt_tui.backend.store.address import Address
from ticrypt_tui.backend.store.files import check_file, not_a_database

_BUSY = ("is held by another program for too long.", "Try again; `ticrypt-tui doctor` says who.")
_FULL = ("cannot grow: the disk is full.", "Free some space; nothing was changed.")
_READ_ONLY = ("is read-only.", "Ask its owner for the right to write to it.")

# SQLite's primary result codes: https://www.sqlite.org/rescode.html
_SQLITE = {
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: ("cannot be opened.", "See who may read and write it and its folder."),
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
    "08": ("does not answer.", "Is the server running, and reachable from here?"),
}
_SILENT = _POSTGRESQL["08"]


@contextmanager
def explained(address: Address) -> Iterator[None]:
    """Turn what SQLAlchemy and the drivers raise into `StoreUnavailable` or `Refused`."""
    try:
        yield
    except StaleDataError:
        raise Refused(
            "Somebody else changed it meanwhile; nothing was saved.",
            "Look at it again, then repeat your change.",
        ) from None
    except IntegrityError as error:
        raise Refused(f"It does not fit what is there: {error.orig}.") from error
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        raise _fault(error, address) from error


def _fault(error: Exception, address: Address) -> TicryptError:
    found = error.orig if isinstance(error, DBAPIError) else error
    if address.file is not None:
        return _sqlite_fault(found, address)
    says, helps = _postgresql_fault(found)
    return StoreUnavailable(f"{address.says} {says}", helps)


def _sqlite_fault(error: BaseException | None, address: Address) -> TicryptError:
    assert address.file is not None
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the upper bits tell sorts of one fault
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return not_a_database(address.file)
    if code == sqlite3.SQLITE_CANTOPEN:
        try:
            check_file(address.file)
        except StoreUnavailable as fault:
            return fault
    says, helps = _SQLITE.get(code, _unknown(error))
    return StoreUnavailable(f"{address.says} {says}", helps)


def _postgresql_fault(error: BaseException | None) -> tuple[str, str]:
    if isinstance(error, OSError | TimeoutError):
        return _SILENT
    code = getattr(error, "sqlstate", None) or ""
    return _POSTGRESQL.get(code) or _POSTGRESQL.get(code[:2]) or _unknown(error)


def _unknown(error: BaseException | None) -> tuple[str, str]:
    if isinstance(error, PoolTimeout):
        return "has too many requests at once.", "Try again."
    return f"fails: {error}.", "`ticrypt-tui doctor` looks further."
