"""From a volume to a VM that really runs, and to what does not: one chain, with real guests."""

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
from sqlmodel import col, select

from ticrypt_tui.backend.caller import Role, present_origin
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Failed
from ticrypt_tui.backend.services.setups.simulating import SetupSimulation
from ticrypt_tui.backend.store.tables.machines import Allocation, Vm
from ticrypt_tui.backend.store.tables.people import User
from ticrypt_tui.config.settings import Settings


def folder_of(name: str) -> Path:
    return Path("/var/lib/libvirt/images") / name


def domains(connection: libvirt.virConnect, name: str) -> set[str]:
    """The VMs whose disks are in the test's pool, as libvirt itself has them."""
    found = set()
    for each in connection.listAllDomains():
        with suppress(libvirt.libvirtError):  # it has just ended
            if str(folder_of(name)) in each.XMLDesc():
                found.add(each.name())
    return found


def overlays(name: str) -> set[str]:
    return {file.stem for file in folder_of(name).glob("vm-*.qcow2")}


@pytest.mark.slow(seconds=40)
async def test_a_vm_is_made_from_a_volume_runs_moves_up_and_is_past(
    enclave: Enclave, connection: libvirt.virConnect, name: str
) -> None:
    where = {"realm": "lab", "name": "chain"}
    await enclave.run("setup.create", {**where, "image": "tiny", "cores": 2, "memory": "192 MiB"})
    await enclave.run("project.create", {"tag": "genomics"})
    trial = {"tag": "trial-7", "parent": "genomics", "members": "mara"}
    await enclave.run("project.create", trial)
    wanted = {"name": "chain", "setup": "chain", "project": "trial-7"}
    await enclave.run("config.create", wanted)
    simulated: SetupSimulation = await enclave.run("setup.simulate", {"setup": "chain"})

    vm_id = await enclave.run("config.start", {"config": "chain"})

    row = await enclave.find("vm", vm_id)
    assert (row.state, [row.host_id]) == ("running", list(simulated.simulation.chosen))
    assert domains(connection, name) == overlays(name) == {vm_id}
    events = (await enclave.detail("running", vm_id)).sections[-1].lines
    told = [line.split("Z  ")[1].partition(":")[0] for line in events]
    assert told == ["scheduling", "placed", "disk made", "started", "registering", "registered"]

    await enclave.run("vm.set_project", {"vm": vm_id, "project": "genomics"})
    assert (await enclave.find("vm", vm_id)).project == "genomics"

    assert "shut down by" in await enclave.run("vm.shutdown", {"vm": vm_id})
    assert (await enclave.find("vm", vm_id)).end.startswith("shut down by")

    async def tidied() -> bool:
        return not overlays(name) and not domains(connection, name)

    assert await enclave.until(tidied, 60)
    assert await held(enclave) == set()


@pytest.mark.slow(seconds=10)
async def test_a_vm_that_cannot_fit_says_by_how_much_and_what_would_help(
    enclave: Enclave, connection: libvirt.virConnect, name: str
) -> None:
    where = {"realm": "lab", "name": "huge"}
    huge = {**where, "image": "tiny", "cores": 4096, "memory": "192 MiB"}
    await enclave.run("setup.create", huge)
    await enclave.run("config.create", {"name": "huge", "setup": "huge"})
    simulated: SetupSimulation = await enclave.run("setup.simulate", {"setup": "huge"})
    with pytest.raises(Failed) as refusal:
        await enclave.run("config.start", {"config": "huge"})
    (verdict,) = simulated.simulation.verdicts
    assert verdict.reasons[0].startswith("cores short by 40")
    assert verdict.reasons[0] in str(refusal.value)
    assert "the hardware profile of here needs" in simulated.simulation.would_fit[0]
    (past,) = (await enclave.listing("past")).rows
    assert past.end == "no host"  # type: ignore[attr-defined]
    assert domains(connection, name) == overlays(name) == set()


async def held(enclave: Enclave) -> set[str]:
    async with enclave.database.read() as session:
        return set(await session.exec(select(Allocation.vm_id)))


async def going(enclave: Enclave) -> set[str]:
    async with enclave.database.read() as session:
        return set(await session.exec(select(Vm.id).where(col(Vm.ended).is_(None))))


@pytest.mark.slow(seconds=60)
@pytest.mark.parametrize("moment", ["reserved", "disk made", "in libvirt", "booting"])
async def test_a_console_that_is_killed_over_a_start_leaves_a_vm_with_its_place_or_neither(
    enclave: Enclave,
    settings: Settings,
    connection: libvirt.virConnect,
    name: str,
    tmp_path: Path,
    moment: str,
) -> None:
    here = present_origin()
    async with enclave.change() as session:
        session.add(User(login=here.login, name=here.login, role=Role.SUPER_ADMIN))
    process = console(settings, tmp_path, "run", "config.start", "tiny")

    async def came() -> bool:
        return {
            "reserved": bool(await going(enclave)),
            "disk made": bool(overlays(name)),
            "in libvirt": bool(domains(connection, name)),
            "booting": any(row.state in _UP for row in await rows(enclave)),
        }[moment]

    async with asyncio.timeout(240):
        while not await came():  # noqa: ASYNC110 - the other process tells nobody
            await asyncio.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    await asyncio.to_thread(process.communicate, None, 60)
    later = await Enclave.open(settings, origin=here, data=tmp_path / "later")
    await later.settled(60)
    await later.close()

    async def everywhere() -> list[set[str]]:
        in_store = [await going(enclave), await held(enclave)]
        return [*in_store, domains(connection, name), overlays(name)]

    async def agreed() -> bool:
        first, *others = await everywhere()
        return all(each == first for each in others)

    assert await enclave.until(agreed, 60), await everywhere()


_UP = ("booting", "registering", "running")


async def rows(enclave: Enclave) -> list[Any]:
    return list((await enclave.listing("running")).rows)


def console(settings: Settings, tmp_path: Path, *words: str) -> subprocess.Popen[str]:
    """The program, with these words, as another process."""
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path / "theirs")}
    return subprocess.Popen(
        [sys.executable, "-m", "ticrypt_tui", "--config", str(settings.path), *words],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
