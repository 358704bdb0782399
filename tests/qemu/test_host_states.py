"""The three states of a host do what they say, on a real libvirt (seed)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import libvirt
import pytest

from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Failed, HostUnreachable
from ticrypt_tui.demo.virsh import Libvirt


class Door:
    """A socket before libvirt's own: whoever comes in is counted, and let through."""

    def __init__(self, path: Path, behind: str) -> None:
        self.path, self._behind = path, behind
        self.came = self.inside = 0
        self.empty = asyncio.Event()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.came += 1
        self.inside += 1
        self.empty.clear()
        behind, ahead = await asyncio.open_unix_connection(self._behind)
        try:
            await asyncio.gather(_copied(reader, ahead), _copied(behind, writer))
        finally:
            self.inside -= 1
            if not self.inside:
                self.empty.set()


async def _copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()


@pytest.fixture
async def door(libvirtd: Libvirt, tmp_path: Path) -> AsyncIterator[Door]:
    sockets = ("/run/libvirt/libvirt-sock", "/run/libvirt/virtqemud-sock")
    behind = next((each for each in sockets if Path(each).is_socket()), None)
    if behind is None or not libvirtd.uri.endswith("/system"):
        pytest.skip("the system's libvirt has no socket here")
    made = Door(tmp_path / "door", behind)
    server = await asyncio.start_unix_server(made, made.path)
    yield made
    server.close()


async def row(enclave: Enclave, name: str = "here") -> Any:
    return await enclave.find("host", name)


async def running(enclave: Enclave, vm_id: str) -> Any:
    return next(
        (each for each in (await enclave.listing("running")).rows if each.id == vm_id), None
    )


@pytest.mark.slow(seconds=10)
async def test_vms_are_placed_on_an_enabled_host_and_it_shows_what_they_hold(
    enclave: Enclave, connection: libvirt.virConnect
) -> None:
    vm_id = await enclave.run("config.start", {"config": "tiny"})
    here = await row(enclave)
    assert (here.state, here.reach) == ("enabled", "up")
    assert "tiny" in here.vm_names
    shown = await enclave.run("host.utilization", {"host": "here"})
    holder = next(each for each in shown.holders if each.id == vm_id)
    assert (holder.cores, holder.memory_mib, holder.seen) == (1, 192, True)
    assert f"{connection.getInfo()[2]} cores" in shown.measures[0].said


@pytest.mark.slow(seconds=15)
async def test_with_no_scheduler_what_runs_stays_manageable_and_nothing_new_is_placed(
    enclave: Enclave, connection: libvirt.virConnect
) -> None:
    await enclave.run("config.create", {"name": "second", "setup": "tiny"})
    vm_id = await enclave.run("config.start", {"config": "tiny"})
    await enclave.run("host.change_state", {"host": "here", "state": "no scheduler"})

    with pytest.raises(Failed, match="here: state is no scheduler"):
        await enclave.run("config.start", {"config": "second"})

    assert (await row(enclave)).reach == "up"
    assert (await running(enclave, vm_id)).stale_since is None
    assert "forced off" in await enclave.run("vm.shutdown", {"vm": vm_id, "force": True})
    assert vm_id not in [domain.name() for domain in connection.listAllDomains()]


@pytest.mark.slow(seconds=15)
async def test_a_disabled_host_is_never_contacted(enclave: Enclave, door: Door) -> None:
    uri = f"qemu+unix:///system?socket={door.path}"
    named = {"realm": "lab", "name": "far", "uri": uri}
    await enclave.run("host.create", {**named, "state": "disabled"})
    await everything_asked(enclave)
    assert door.came == 0

    await enclave.run("host.change_state", {"host": "far", "state": "enabled"})
    await enclave.settled()
    assert (await row(enclave, "far")).reach == "up"
    assert door.inside > 0

    await enclave.run("host.change_state", {"host": "far", "state": "disabled"})
    async with asyncio.timeout(60):
        await door.empty.wait()
    before = door.came
    await everything_asked(enclave)
    assert door.came == before
    assert (await row(enclave, "far")).reach == "not contacted"


async def everything_asked(enclave: Enclave) -> None:
    """Ask for all that the console knows of the host, and wait for more than a reading's time."""
    far = await row(enclave, "far")
    enclave.watch.refresh()
    for tab in enclave.services:
        await enclave.listing(tab)
    await enclave.detail("hosts", far.id)
    assert (
        "libvirt says nothing"
        in (await enclave.run("host.utilization", {"host": "far"})).notices[0]
    )
    with pytest.raises(HostUnreachable):
        await enclave.run("host.view_xml", {"host": "far"})
    await asyncio.sleep(2)


@pytest.mark.slow(seconds=10)
async def test_libvirt_says_who_it_is_before_a_host_is_saved(
    enclave: Enclave, libvirtd: Libvirt, connection: libvirt.virConnect
) -> None:
    answer = await enclave.run("host.test", {"realm": "lab", "uri": libvirtd.uri})
    version = connection.getLibVersion()
    told = f"libvirt {version // 1000000}.{version // 1000 % 1000}.{version % 1000}"
    assert answer.sentence.startswith(f"{connection.getHostname()} answered in ")
    assert told in answer.sentence
    assert "<capabilities>" in await enclave.run("host.view_xml", {"host": "here"})
