"""Real guests from their start until their agent answers, or until they end before it does."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import libvirt
import pytest

from tests.qemu.test_services import (
    BOOTS_WITHIN,
    READY,
    as_root,
    console,
    domains,
    past,
    serial,
    volumes,
)
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Failed
from ticrypt_tui.config.settings import Settings

STAGES = ("scheduling", "placed", "disk made", "started", "registering", "registered")


async def with_script(enclave: Enclave, script: str) -> None:
    """A configuration `scripted`, whose VMs run a start-up script."""
    made = {"realm": "lab", "name": "scripted", "image": "tiny", "cores": 1, "memory": 192}
    await enclave.run("setup.create", {**made, "startup_script": script})
    await enclave.run("config.create", {"name": "scripted", "setup": "scripted"})


async def said(enclave: Enclave, vm_id: str, words: str, times: int = 1) -> str:
    """What a guest has printed, once it has printed these words so many times."""
    text = ""
    with suppress(TimeoutError):
        async with asyncio.timeout(BOOTS_WITHIN):
            while (text := await serial(enclave, vm_id)).count(words) < times:  # noqa: ASYNC110
                await asyncio.sleep(0.5)
    assert text.count(words) >= times, text
    return text


async def only_vm(enclave: Enclave, state: str) -> Any:
    """The row of the only VM, once it is in that state."""

    async def is_there() -> bool:
        return [row.state for row in await _running(enclave)] == [state]

    assert await enclave.until(is_there, BOOTS_WITHIN)
    (row,) = await _running(enclave)
    return row


async def _running(enclave: Enclave) -> Any:
    return [row for row in (await enclave.listing("running")).rows if row.known]  # type: ignore[attr-defined]


async def in_guest(enclave: Enclave, vm_id: str, words: str) -> None:
    """Have the guest run something a moment later, so that its agent may still answer."""
    row = await enclave.find("vm", vm_id)
    command = ["/bin/sh", "-c", f"(sleep 1; {words}) >/dev/null 2>&1 &"]
    with suppress(Failed):  # it was too slow for that
        await enclave.watch.host(row.host_id).run_in_guest(row.uuid, command)


@pytest.mark.slow(seconds=30)
async def test_a_vm_runs_once_its_guest_has_registered_and_a_reboot_does_not_end_it(
    enclave: Enclave, connection: libvirt.virConnect
) -> None:
    await with_script(enclave, "echo 'a, b & <c>' >/dev/ttyS0")
    vm_id = await enclave.run("config.start", {"config": "scripted"})
    assert (await enclave.find("vm", vm_id)).state == "running"
    events = (await enclave.detail("running", vm_id)).sections[-1].lines
    assert [any(stage in line for line in events) for stage in STAGES] == [True] * len(STAGES)
    text = await said(enclave, vm_id, READY)
    assert text.index("a, b & <c>") < text.index("controller started 1")
    number = connection.lookupByName(vm_id).ID()

    await in_guest(enclave, vm_id, "reboot")

    text = await said(enclave, vm_id, READY, times=2)
    assert text.count("controller started 1") == 2
    assert connection.lookupByName(vm_id).ID() == number
    assert (await enclave.find("vm", vm_id)).state == "running"
    assert (await enclave.listing("past")).rows == []


@pytest.mark.slow(seconds=15)
async def test_a_vm_that_does_not_register_in_time_is_ended_and_leaves_nothing(
    enclave: Enclave, connection: libvirt.virConnect, name: str
) -> None:
    soon = {"registration_timeout": timedelta(seconds=2)}
    enclave.realms["lab"] = enclave.realms["lab"].model_copy(update=soon)
    with pytest.raises(Failed, match=r"registration timeout.*did not answer within 2 s"):
        await enclave.run("config.start", {"config": "tiny"})
    (row,) = (await enclave.listing("past")).rows
    assert row.end == "registration timeout"  # type: ignore[attr-defined]
    assert domains(connection, row.id) == 0

    async def tidied() -> bool:
        records = [each for each in await enclave.records() if each.target_id == row.id]
        timeouts = [each.outcome for each in records if "registration" in each.operation]
        return timeouts == ["attempted", "done"] and volumes(name) == ["tiny.qcow2"]

    assert await enclave.until(tidied, 60)


@pytest.mark.slow(seconds=15)
async def test_a_guest_that_powers_itself_off_before_it_registers_says_so(
    enclave: Enclave,
) -> None:
    await with_script(enclave, "poweroff -f")
    with pytest.raises(Failed, match="ended before it was up: powered off by guest"):
        await enclave.run("config.start", {"config": "scripted"})
    (row,) = (await enclave.listing("past")).rows
    assert row.end == "powered off by guest"  # type: ignore[attr-defined]


@pytest.mark.slow(seconds=10)
@pytest.mark.parametrize("how", ["destroy", "kill"])
async def test_a_guest_that_is_ended_from_outside_before_it_registers_says_so(
    enclave: Enclave, connection: libvirt.virConnect, how: str
) -> None:
    start = asyncio.create_task(enclave.run("config.start", {"config": "tiny"}))
    row = await only_vm(enclave, "registering")
    if how == "destroy":
        connection.lookupByName(row.id).destroy()
    else:
        os.kill(int(Path(f"/run/libvirt/qemu/{row.id}.pid").read_text()), signal.SIGKILL)
    end = {"destroy": "destroyed outside", "kill": "crashed"}[how]
    with pytest.raises(Failed, match=f"ended before it was up: {end}"):
        await start
    assert (await past(enclave, row.id)).end == end


@pytest.mark.slow(seconds=20)
async def test_a_guest_that_crashes_while_it_runs_crashed(enclave: Enclave) -> None:
    vm_id = await enclave.run("config.start", {"config": "tiny"})
    told_of = "until grep -q pvpanic_mmio /proc/modules; do sleep 0.2; done"
    await in_guest(enclave, vm_id, f"{told_of}; echo c >/proc/sysrq-trigger")
    assert (await past(enclave, vm_id, BOOTS_WITHIN)).end == "crashed"


@pytest.mark.slow(seconds=30)
async def test_a_vm_whose_console_is_killed_is_registered_by_another(
    enclave: Enclave, settings: Settings, tmp_path: Path
) -> None:
    await as_root(enclave)
    await enclave.close()
    process = console(settings, tmp_path, "run", "config.start", "tiny")
    later = await Enclave.open(settings, origin=enclave.caller.origin, data=enclave.data)
    try:
        row = await only_vm(later, "registering")
        process.kill()
        await asyncio.to_thread(process.communicate, None, 60)
        assert (await only_vm(later, "running")).id == row.id
        events = (await later.detail("running", row.id)).sections[-1].lines
        assert sum("registered" in line for line in events) == 1
    finally:
        await later.close()
