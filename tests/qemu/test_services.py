"""Real guests, started and ended by the console's operations; libvirt is asked what is so."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import libvirt
import pytest

from ticrypt_tui.backend.audit.interrupted import record_interrupted
from ticrypt_tui.backend.audit.log import AuditLog
from ticrypt_tui.backend.caller import Origin, Role, present_origin
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Failed, NotFound
from ticrypt_tui.backend.store.tables.people import User
from ticrypt_tui.config.settings import Settings
from ticrypt_tui.demo.virsh import Libvirt
from ticrypt_tui.text import decoded

READY = "tiny-linux ready"
BOOTS_WITHIN = 240.0
"""Seconds that a guest may take on a busy machine, which emulates it, to boot or to end."""


def domains(connection: libvirt.virConnect, vm_id: str) -> int:
    """How many domains libvirt itself has under a VM's name."""
    return [domain.name() for domain in connection.listAllDomains()].count(vm_id)


def volumes(name: str) -> list[str]:
    """The files in the pool's folder."""
    return sorted(file.name for file in Path(f"/var/lib/libvirt/images/{name}").iterdir())


async def serial(enclave: Enclave, vm_id: str) -> str:
    logs = {log.title: log for log in await enclave.run("vm.logs", {"vm": vm_id})}
    try:
        return decoded(await logs["serial console"].last(2**20))
    except (Failed, NotFound):
        return ""


async def booted(enclave: Enclave) -> str:
    """The ID of a VM whose guest is up: it answers its power button."""
    vm_id: str = await enclave.run("config.start", {"config": "tiny"})
    text = ""
    with suppress(TimeoutError):
        async with asyncio.timeout(BOOTS_WITHIN):
            while READY not in (text := await serial(enclave, vm_id)):  # noqa: ASYNC110
                await asyncio.sleep(0.5)
    assert READY in text, text
    return vm_id


async def past(enclave: Enclave, vm_id: str, seconds: float = 60) -> Any:
    """The row of a VM once it is a past one."""

    async def ended() -> bool:
        return vm_id in {row.id for row in (await enclave.listing("past")).rows}

    assert await enclave.until(ended, seconds)
    return await enclave.find("vm", vm_id)


@pytest.mark.slow(seconds=25)
async def test_a_guest_is_started_shut_down_and_past(
    enclave: Enclave, connection: libvirt.virConnect, name: str
) -> None:
    vm_id = await booted(enclave)
    assert domains(connection, vm_id) == 1
    assert volumes(name) == ["tiny.qcow2", f"{vm_id}.qcow2"]
    (row,) = [row for row in (await enclave.listing("running")).rows if row.id == vm_id]
    assert (row.state, row.debug, row.has_screen) == ("running", True, True)  # type: ignore[attr-defined]

    said = await enclave.run("vm.shutdown", {"vm": "tiny"})

    assert "shut down by admin" in said
    assert domains(connection, vm_id) == 0
    assert (await past(enclave, vm_id)).end == "shut down by admin"

    async def tidied() -> bool:
        kept = enclave.data / "vm-logs" / vm_id / "serial.log"
        return volumes(name) == ["tiny.qcow2"] and kept.is_file()

    assert await enclave.until(tidied, 60)
    kept = enclave.data / "vm-logs" / vm_id
    assert READY in (kept / "serial.log").read_text(errors="replace")
    assert "shutting down, reason=shutdown" in (kept / "qemu.log").read_text(errors="replace")
    assert (await enclave.run("audit.verify", {})).ok


@pytest.mark.slow(seconds=10)
async def test_a_guest_that_is_forced_off_says_so(
    enclave: Enclave, connection: libvirt.virConnect
) -> None:
    vm_id = await enclave.run("config.start", {"config": "tiny"})
    await enclave.run("vm.shutdown", {"vm": vm_id, "force": True})
    assert domains(connection, vm_id) == 0
    assert (await past(enclave, vm_id)).end == "forced off"


@pytest.mark.slow(seconds=25)
async def test_a_guest_that_ends_by_itself_was_powered_off_by_guest(
    enclave: Enclave, connection: libvirt.virConnect
) -> None:
    vm_id = await booted(enclave)
    connection.lookupByName(vm_id).shutdown()  # the console did not ask
    assert (await past(enclave, vm_id, BOOTS_WITHIN)).end == "powered off by guest"


@pytest.mark.slow(seconds=10)
async def test_a_guest_that_somebody_destroys_was_destroyed_outside(
    enclave: Enclave, libvirtd: Libvirt
) -> None:
    vm_id = await enclave.run("config.start", {"config": "tiny"})
    command = ["virsh", "-c", libvirtd.uri, "destroy", vm_id]
    await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True, timeout=60)
    assert (await past(enclave, vm_id)).end == "destroyed outside"


@pytest.mark.slow(seconds=15)
async def test_two_consoles_end_a_vm_once(
    enclave: Enclave, settings: Settings, origin: Origin, tmp_path: Path
) -> None:
    other = await Enclave.open(settings, origin=origin, data=tmp_path / "theirs")
    try:
        await other.settled()
        vm_id = await enclave.run("config.start", {"config": "tiny"})
        assert await other.until(lambda: _lists(other, vm_id), 60)
        both = await asyncio.gather(
            enclave.run("vm.shutdown", {"vm": vm_id, "force": True}),
            other.run("vm.shutdown", {"vm": vm_id, "force": True}),
            return_exceptions=True,
        )
        assert any(isinstance(said, str) and "forced off" in said for said in both)
        detail = await other.detail("past", vm_id)
        assert sum("ended: " in line for line in detail.sections[-1].lines) == 1
        assert (await past(other, vm_id)).end == "forced off"
    finally:
        await other.close()


@pytest.mark.slow(seconds=15)
async def test_what_ended_while_no_console_looked_is_told_by_qemus_log(
    enclave: Enclave, settings: Settings, origin: Origin, connection: libvirt.virConnect
) -> None:
    vm_id = await enclave.run("config.start", {"config": "tiny"})
    await enclave.close()
    connection.lookupByName(vm_id).destroy()
    later = await Enclave.open(settings, origin=origin, data=enclave.data)
    try:
        row = await past(later, vm_id)
        assert (row.end, row.last_message) == ("destroyed outside", "destroyed from the host")
    finally:
        await later.close()


def console(settings: Settings, tmp_path: Path, *words: str) -> subprocess.Popen[str]:
    """The program, with these words, as another process."""
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path / "theirs")}
    return subprocess.Popen(
        [sys.executable, "-m", "ticrypt_tui", "--config", str(settings.path), *words],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


@pytest.mark.slow(seconds=15)
@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGKILL])
async def test_a_shutdown_whose_connection_drops_is_never_left_without_an_outcome(
    enclave: Enclave, settings: Settings, tmp_path: Path, number: signal.Signals
) -> None:
    await as_root(enclave)
    vm_id = await enclave.run("config.start", {"config": "tiny"})
    process = console(settings, tmp_path, "run", "vm.shutdown", vm_id)
    assert await enclave.until(lambda: _says(enclave, vm_id, "shutting down"), 60)
    process.send_signal(number)
    said, _ = await asyncio.to_thread(process.communicate, None, 60)
    if number is signal.SIGKILL:
        here = AuditLog(enclave.database, settings.audit.file, present_origin())
        (left,) = await record_interrupted(here)
        await here.close()
    else:
        left = (await enclave.records())[-1]
        assert (process.returncode, said) == (130, "")
    expected = {signal.SIGHUP: "failed", signal.SIGKILL: "interrupted"}
    assert (left.operation, left.outcome) == ("vm.shutdown", expected[number])
    assert "it may have taken effect" in left.reason


async def as_root(enclave: Enclave) -> None:
    """A user record for the OS user of the tests, whom another process finds from the kernel."""
    async with enclave.change() as session:
        login = present_origin().login
        session.add(User(login=login, name=login, role=Role.SUPER_ADMIN))


async def _says(enclave: Enclave, vm_id: str, state: str) -> bool:
    return (await enclave.find("vm", vm_id)).state == state  # type: ignore[no-any-return]


async def _lists(enclave: Enclave, vm_id: str) -> bool:
    rows = (await enclave.listing("running")).rows
    return any(row.id == vm_id and not row.state.endswith("?") for row in rows)  # type: ignore[attr-defined]
