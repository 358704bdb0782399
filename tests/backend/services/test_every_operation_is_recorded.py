"""Every operation there is leaves records: allowed, refused, and asked for wrongly."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pytest

from tests.backend import play_luks
from tests.backend.conftest import Opener, add_user, host_of
from tests.backend.services.console_play import PlaySerial
from tests.backend.services.drive_play import console_with_key, give_key
from tests.backend.services.screen_play import PlayScreen
from ticrypt_tui.backend.audit.chain import Stored, rows_at_once
from ticrypt_tui.backend.audit.records import AuditRecord
from ticrypt_tui.backend.caller import Role
from ticrypt_tui.backend.drives import rotation
from ticrypt_tui.backend.drives.identity import Identity
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import TicryptError
from ticrypt_tui.backend.services.catalogue import every_operation

REGISTRY = every_operation()
ENDS = {"done", "failed", "refused"}
ROOM = {"realm": "lab", "cores": 1, "memory": "192 MiB"}

ALLOWED: tuple[tuple[str, Mapping[str, Any]], ...] = (
    # One life of an enclave: each step finds what those before it made.
    ("audit.verify", {}),
    ("audit.selftest", {}),
    ("audit.export", {"format": "csv"}),
    ("audit.rotate", {}),
    ("realm.view_config", {"realm": "lab"}),
    ("realm.fix_vms", {"realm": "lab"}),
    ("realm.fix_drives", {"realm": "lab", "dry_run": True}),
    ("host.test", {"realm": "lab", "uri": "play://node01"}),
    ("host.view_xml", {"host": "node01"}),
    ("host.utilization", {"host": "node01"}),
    ("host.edit", {"host": "node01", "name": "node01"}),
    ("host.create", {"realm": "lab", "name": "node02", "uri": "play://node02"}),
    ("host.change_state", {"host": "node02", "state": "disabled"}),
    ("pool.create", {"realm": "lab", "name": "fast", "tier": "flash", "target": "/srv/fast"}),
    ("pool.edit", {"pool": "fast", "quota": "1 GiB"}),
    ("pool.view_xml", {"pool": "fast"}),
    ("volume.state_os", {"volume": "tiny.qcow2", "os": "linux"}),
    ("volume.state_os", {"volume": "copy.qcow2", "os": "linux"}),
    ("volume.view_xml", {"volume": "tiny.qcow2"}),
    ("profile.create", {**ROOM, "name": "half"}),
    ("profile.edit", {"profile": "half", "cores": 2}),
    ("image.create", {"realm": "lab", "name": "next", "volume": "next.qcow2", "os": "linux"}),
    ("image.edit", {"image": "next", "name": "newer"}),
    ("image.clone", {"image": "newer", "name": "copy", "volume": "copy.qcow2"}),
    ("setup.test", ROOM),
    ("setup.create", {**ROOM, "name": "small", "image": "tiny"}),
    ("setup.edit", {"setup": "small", "cores": 2}),
    ("setup.edit", {"setup": "tiny", "debug_console": True, "debug_pty": True}),
    ("setup.clone", {"setup": "small", "name": "smaller"}),
    ("setup.simulate", {"setup": "tiny"}),
    ("team.create", {"name": "ops"}),
    ("team.edit", {"team": "ops", "cores": 64}),
    ("project.create", {"tag": "genomics"}),
    ("project.edit", {"project": "genomics", "level": "2"}),
    (
        "drive.create",
        {"realm": "lab", "name": "exome", "tier": "flash", "size": "1 GiB", "format": "EXT4"},
    ),
    ("drive.info", {"drive": "exome"}),
    ("drive.edit", {"drive": "exome", "name": "genome"}),
    ("drive.share", {"drive": "genome", "user": "bora"}),
    ("drive.unshare", {"drive": "genome", "user": "bora"}),
    ("drive.share", {"drive": "genome", "user": "bora"}),
    ("drive.transfer", {"drive": "genome", "user": "bora"}),
    ("drive.set_project", {"drive": "genome", "project": "genomics", "override": True}),
    ("drive.delete", {"drive": "genome"}),
    ("user.create", {"login": "bob", "name": "Bob"}),
    ("user.edit", {"user": "bob", "name": "Robert"}),
    ("user.register_key", {"public_key": Identity.new().public.written, "replace": True}),
    ("config.create", {"name": "second", "setup": "tiny"}),
    ("config.edit", {"config": "second", "name": "other"}),
    ("config.start", {"config": "tiny"}),
    ("vm.logs", {"vm": "tiny"}),
    ("vm.open_vnc", {"vm": "tiny"}),
    ("vm.set_view_only", {"vm": "tiny", "on": True}),
    ("vm.close_vnc", {"vm": "tiny"}),
    ("vm.open_console", {"vm": "tiny"}),
    ("vm.close_console", {"vm": "tiny"}),
    ("vm.press_keys", {"vm": "tiny", "keys": "Ctrl-Alt-F1"}),
    ("vm.screen_text", {"vm": "tiny"}),
    ("vm.set_project", {"vm": "tiny", "project": "genomics"}),
    ("vm.shutdown", {"vm": "tiny", "force": True}),
    ("service_vm.create", {**ROOM, "name": "keeper", "image": "tiny"}),
    ("service_vm.edit", {"service_vm": "keeper", "cores": 1}),
    ("service_vm.power_up", {"service_vm": "keeper"}),
    ("service_vm.logs", {"service_vm": "keeper"}),
    ("service_vm.open_vnc", {"service_vm": "keeper"}),
    ("service_vm.open_console", {"service_vm": "keeper"}),
    ("service_vm.restart_controller", {"service_vm": "keeper"}),
    ("service_vm.shutdown", {"service_vm": "keeper", "force": True}),
    ("service_vm.delete", {"service_vm": "keeper"}),
    ("license.test", {"address": "192.0.2.10"}),
    (
        "license.create",
        {"name": "MATLAB", "address": "192.0.2.10", "ports": "27000-27009", "protocol": "tcp"},
    ),
    ("license.edit", {"license": "MATLAB", "ports": "1717"}),
    ("license.resync", {}),
    ("license.export", {}),
    ("license.delete", {"license": "MATLAB"}),
    ("config.delete", {"config": "other"}),
    ("setup.delete", {"setup": "smaller"}),
    ("image.delete", {"image": "copy"}),
    ("profile.delete", {"profile": "half"}),
    ("pool.delete", {"pool": "fast"}),
    ("host.delete", {"host": "node02"}),
    ("project.delete", {"project": "genomics"}),
    ("team.delete", {"team": "ops"}),
    ("user.deactivate", {"user": "bob", "reason": "He left."}),
)

ELSEWHERE = {"unit.logs", "unit.restart"}
"""Those that need a systemd; what they leave is specified where one is played."""


async def left(console: Enclave, operation: str, given: Mapping[str, Any]) -> list[AuditRecord]:
    """Run an operation, however it ends; the records that it left."""
    before = (await console.database.read_at_once(_last_seq)) or 0
    with suppress(TicryptError):
        await console.run(operation, dict(given))
    after = await console.database.read_at_once(lambda it: _since(it, before))
    return [each for each in after if each.operation == operation]


def _last_seq(connection: Any) -> Any:
    return connection.exec_driver_sql("SELECT max(seq) FROM audit_record").scalar()


def _since(connection: Any, seq: int) -> list[AuditRecord]:
    return [Stored(*row).record for row in rows_at_once(connection, seq + 1, 100)]


def wrong(operation: str, records: list[AuditRecord], ends: set[str]) -> str:
    """What is missing from the records of one run, or ''."""
    outcomes = [each.outcome for each in records]
    if not outcomes or outcomes[-1] not in ends:
        return f"{operation} left {[(each.outcome, each.reason) for each in records]}"
    if REGISTRY[operation].changes and outcomes[-1] == "done" and outcomes[0] != "attempted":
        return f"{operation} changed something without an attempt"
    return ""


@pytest.mark.slow(seconds=20)
async def test_each_that_is_allowed_leaves_its_attempt_and_its_outcome(
    enclave: Enclave, open_enclave: Opener, config: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "key_slots", play_luks)
    await give_key(enclave)
    await add_user(enclave.database, "bora", Role.ADMIN)
    await console_with_key(open_enclave, "bora")
    host_of(enclave).graphics = PlayScreen().open
    host_of(enclave).consoles = PlaySerial().open
    for volume in ("next.qcow2", "copy.qcow2"):
        host_of(enclave).give_volume(volume)
    faults = []
    for operation, given in ALLOWED:
        faults.append(wrong(operation, await left(enclave, operation, given), {"done"}))
    assert [fault for fault in faults if fault] == []


@pytest.mark.slow(seconds=10)
async def test_each_that_is_refused_leaves_who_asked_for_it(
    enclave: Enclave, open_enclave: Opener, config: str
) -> None:
    await add_user(enclave.database, "ulla", Role.USER)
    ulla, known = await open_enclave("ulla"), dict(ALLOWED)
    faults = []
    for operation in REGISTRY:
        records = await left(ulla, operation, known.get(operation, {}))
        faults.append(wrong(operation, records, ENDS))
        faults += [f"{operation} is {each.login}'s" for each in records if each.login != "ulla"]
    assert [fault for fault in faults if fault] == []


async def test_each_that_is_asked_for_wrongly_leaves_that(enclave: Enclave) -> None:
    faults = []
    for operation in REGISTRY:
        records = await left(enclave, operation, {"frob": "x"})
        faults.append(wrong(operation, records, {"refused"}))
    assert [fault for fault in faults if fault] == []


def test_the_walk_leaves_no_operation_out() -> None:
    assert {operation for operation, _ in ALLOWED} | ELSEWHERE == REGISTRY.keys()
