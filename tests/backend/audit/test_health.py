"""What the status line says of the log, on a console of two machines that share one database."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ticrypt_tui.backend.audit import verify as verify_module
from ticrypt_tui.backend.audit.log import AuditLog
from ticrypt_tui.backend.audit_health import AuditHealth
from ticrypt_tui.backend.caller import Origin
from ticrypt_tui.backend.news import News
from ticrypt_tui.backend.operations import Record
from ticrypt_tui.backend.store.database import Database


async def test_records_of_another_machine_are_no_fault_of_this_ones_file(
    log: AuditLog,
    database: Database,
    tmp_path: Path,
    origin: Origin,
    record: Callable[..., Record],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(verify_module, "GRACE", 0.0)
    await log.append(record())
    other = AuditLog(database, tmp_path / "other.jsonl", origin)
    await other.append(record())
    await other.close()
    verdict = await AuditHealth(log, database, log.file, News()).verified()
    assert (verdict.ok, verdict.up_to) == (True, 2)
