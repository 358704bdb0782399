"""What the tests of the audit log share: a log on a fresh database, and records to put in."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from tests.backend.audit.keeping import Keeper, Keepers
from ticrypt_tui.backend.audit import signing, verify
from ticrypt_tui.backend.audit.log import AuditLog
from ticrypt_tui.backend.caller import Caller, Origin, Role
from ticrypt_tui.backend.operations import Record, Target
from ticrypt_tui.backend.store.database import Database


@pytest.fixture
def mara(origin: Origin) -> Caller:
    """An admin, who needs no row in the database to be recorded."""
    return Caller("user-1", origin.login, "Mara", Role.ADMIN, origin)


@pytest.fixture
def record(mara: Caller) -> Callable[..., Record]:
    """Makes records of `vm.shutdown` on a VM; each has the outcome `done` unless told."""

    def make(outcome: str = "done", operation_id: str = "op-1", reason: str = "") -> Record:
        target = Target("vm", "vm-7", "tiny-3")
        return Record(
            "vm.shutdown", operation_id, outcome, mara, target, reason, {"deadline": "300"}
        )

    return make


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the log's file will be; its folder is not there yet."""
    return tmp_path / "audit" / "audit.jsonl"


@pytest.fixture
async def log(database: Database, file: Path, origin: Origin) -> AsyncIterator[AuditLog]:
    opened = AuditLog(database, file, origin)
    yield opened
    await opened.close()


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[Callable[[], bytes]]:
    """A journal's socket, and what reads the next entry that it was sent."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "journal"))
        listening.settimeout(60)
        yield lambda: listening.recv(65_536)


@pytest.fixture
async def keepers(
    database: Database, tmp_path: Path, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Keepers]:
    """Makes consoles that sign every new record at once, and for whom nobody else writes."""
    monkeypatch.setattr(verify, "GRACE", 0.0)
    monkeypatch.setattr(signing, "EVERY", 0.0)
    made = Keepers(database, tmp_path, origin)
    yield made
    await made.close()


@pytest.fixture
async def keeper(keepers: Keepers) -> Keeper:
    """A console with a log of three records."""
    made = keepers()
    await made.write(3)
    return made
