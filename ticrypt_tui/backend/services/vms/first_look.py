"""The running VMs as the store alone has them, to be shown while the enclave is still being opened.

Only SQLite's own module is asked: to load what the enclave needs takes several times as long as to
read 10,000 VMs. It is a look and no more: nothing is changed, and what is odd is left to the
enclave to be told.
"""

from __future__ import annotations

import sqlite3
import tomllib
from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ticrypt_tui.backend import permissions
from ticrypt_tui.backend.caller import Caller, Origin, Role, present_origin
from ticrypt_tui.backend.errors import TicryptError
from ticrypt_tui.backend.services.naming import READ, RealmNames, names_of
from ticrypt_tui.backend.services.vms.running_vm import RunningVm
from ticrypt_tui.backend.services.vms.stored_vm import Record, row_of
from ticrypt_tui.backend.store.files import check_file
from ticrypt_tui.backend.store.schema import REVISION
from ticrypt_tui.config.locations import configuration_file

TAB = "running"
_SQLITE = "sqlite+aiosqlite:////"
_PATIENCE = 0.2
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RUNNING = f"SELECT {', '.join(Record._fields)} FROM vm WHERE ended IS NULL ORDER BY created"
_FLAGS = tuple(Record._fields.index(each) for each in ("debug", "service"))
_STARTED = Record._fields.index("started")


def first_look(named: Path | None, origin: Origin | None = None) -> tuple[RunningVm, ...]:
    """The running VMs that the caller may see, without what their hosts say; () where a look does
    not show them, as on PostgreSQL."""
    try:
        with configuration_file(named).open("rb") as file:
            settings = tomllib.load(file)
        url = str(settings["database"]["url"])
        if not url.startswith(_SQLITE):
            return ()
        database = Path("/") / url.removeprefix(_SQLITE)
        declared = settings.get("realms", ())
        realms = RealmNames((str(each["id"]), str(each["name"])) for each in declared)
        check_file(database)
        with closing(_opened(database)) as store:
            return _rows(store, origin or present_origin(), realms)
    except (TicryptError, sqlite3.Error, OSError, LookupError, TypeError, ValueError):
        return ()


def _opened(file: Path) -> sqlite3.Connection:
    store = sqlite3.connect(
        f"file:{quote(str(file))}?mode=ro", uri=True, timeout=_PATIENCE, isolation_level=None
    )
    store.execute("PRAGMA trusted_schema = OFF")
    store.execute("BEGIN")  # one snapshot
    return store


def _rows(
    store: sqlite3.Connection, origin: Origin, realms: Mapping[str, str]
) -> tuple[RunningVm, ...]:
    if store.execute("SELECT version_num FROM alembic_version").fetchall() != [(REVISION,)]:
        return ()
    caller = _caller(store, origin)
    if caller is None or permissions.why_not(caller, f"list {TAB}"):
        return ()
    names = names_of(store.execute(each).fetchall() for each in READ)
    vms = (_record(each) for each in store.execute(_RUNNING))
    rows = [row_of(vm, names, realms) for vm in vms if not vm.service]
    return tuple(permissions.visible(caller, TAB, rows))


def _record(columns: Iterable[Any]) -> Record:
    """What SQLite has for a VM, in the types that the store's own reading gives."""
    vm = list(columns)
    for flag in _FLAGS:
        vm[flag] = bool(vm[flag])
    if vm[_STARTED] is not None:
        vm[_STARTED] = _EPOCH + timedelta(microseconds=vm[_STARTED])
    return Record._make(vm)


def _caller(store: sqlite3.Connection, origin: Origin) -> Caller | None:
    """Who is calling, as `store.people` finds him; None for one who has no active record."""
    by_login = "SELECT id, login, name, role FROM user_record WHERE login = ? AND active"
    user = store.execute(by_login, (origin.login,)).fetchone()
    if user is None:
        return None
    user_id, login, name, role = user

    def of_user(table: str, column: str) -> frozenset[str]:
        wanted = f"SELECT {column} FROM {table} WHERE user_id = ?"
        return frozenset(each for (each,) in store.execute(wanted, (user_id,)))

    teams, projects = of_user("team_member", "team_id"), of_user("project_member", "project_id")
    return Caller(user_id, login, name, Role(role), origin, teams, projects)
