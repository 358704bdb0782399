"""A real service VM: it writes its image's volume itself, and its controller is restarted in it."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import libvirt
import pytest

from tests.qemu.conftest import NETWORK
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Failed, HostUnreachable, NotFound, Refused
from ticrypt_tui.text import decoded

KEEPER = {"service_vm": "keeper"}
WRITTEN = "written by the service VM"
AT = 90000
"""A block of 512 bytes near the end of the disk of 48 MiB, where no file is."""
WRITE = f"echo {WRITTEN} | dd of=/dev/vda bs=512 seek={AT} conv=notrunc,sync,fsync"
READ = f"dd if=/dev/vda bs=512 skip={AT} count=1 | tr -d '\\0'"


async def keeper(enclave: Enclave) -> Any:
    """The row of the service VM."""
    (row,) = (await enclave.listing("service")).rows
    return row


async def in_guest(enclave: Enclave, vm: Any, command: str) -> str:
    """What a shell in a guest says, once its agent answers."""
    host = enclave.watch.host(vm.host_id)
    for _ in range(480):
        if await host.agent_answers(vm.uuid):
            ran = await host.run_in_guest(vm.uuid, ["/bin/sh", "-c", command])
            assert ran.exit_code == 0, ran.errors
            return ran.output
        await asyncio.sleep(0.5)
    raise AssertionError("Its agent does not answer.")


async def said(enclave: Enclave, word: str) -> bool:
    """Whether the service VM's serial console says a word, within two minutes."""
    for _ in range(240):
        logs = {log.title: log for log in await enclave.run("service_vm.logs", KEEPER)}
        try:
            if word in decoded(await logs["serial console"].last(2**20)):
                return True
        except (Failed, NotFound, HostUnreachable):
            pass
        await asyncio.sleep(0.5)
    return False


def document(connection: libvirt.virConnect, vm_id: str) -> ElementTree.Element:
    """What libvirt itself says of a domain."""
    return ElementTree.fromstring(connection.lookupByName(vm_id).XMLDesc())


@pytest.fixture
def outside(enclave: Enclave, connection: libvirt.virConnect, name: str) -> Iterator[str]:
    """The name of the realm's service network, which ordinary VMs are not on."""
    outside = f"{name}-outside"
    bridge = f"o{uuid.uuid4().hex[:8]}"
    network = connection.networkCreateXML(NETWORK.format(name=outside, bridge=bridge))
    lab = enclave.realms["lab"]
    enclave.realms["lab"] = lab.model_copy(update={"service_network": outside})
    yield outside
    network.destroy()


@pytest.mark.slow(seconds=30)
async def test_a_service_vm_writes_its_volume_and_vms_then_see_what_it_wrote(
    enclave: Enclave, connection: libvirt.virConnect, name: str, outside: str
) -> None:
    where = {"realm": "lab", "name": "keeper", "image": "tiny"}
    await enclave.run("service_vm.create", {**where, "cores": 1, "memory": 192})
    await enclave.run("service_vm.power_up", KEEPER)
    vm = (await keeper(enclave)).run

    its = document(connection, vm.id)
    (disk,) = its.findall("devices/disk")
    source = disk.find("source")
    assert source is not None
    assert source.get("file") == f"/var/lib/libvirt/images/{name}/tiny.qcow2"
    assert disk.find("backingStore/source") is None
    (card,) = its.findall("devices/interface")
    network = card.find("source")
    assert network is not None
    assert (network.get("network"), card.find("filterref")) == (outside, None)
    assert its.find("devices/graphics") is not None
    assert not [each for each in volumes(connection, name) if each.startswith("vm-")]

    with pytest.raises(Refused, match="service VM keeper runs from its image"):
        await enclave.run("config.start", {"config": "tiny"})

    await in_guest(enclave, vm, WRITE)
    assert await said(enclave, "controller started 1")
    shown = await enclave.run("service_vm.restart_controller", KEEPER)
    assert "It worked: exit code 0." in shown
    assert await said(enclave, "controller started 2")

    ended = await enclave.run("service_vm.shutdown", KEEPER)
    assert "keeper ended: shut down by admin" in ended
    row = await keeper(enclave)
    assert (row.state, row.last.end) == ("off", "shut down by admin")
    assert (await enclave.listing("past")).rows == []

    vm_id = await enclave.run("config.start", {"config": "tiny"})
    with pytest.raises(Refused, match="another runs: tiny"):
        await enclave.run("service_vm.power_up", KEEPER)
    ordinary = await enclave.find("vm", vm_id)
    assert (await in_guest(enclave, ordinary, READ)).strip() == WRITTEN
    await enclave.run("vm.shutdown", {"vm": vm_id, "force": True})
    assert (await enclave.run("audit.verify", {})).ok


def volumes(connection: libvirt.virConnect, pool: str) -> list[str]:
    """The names of a pool's volumes, as libvirt has them."""
    found = connection.storagePoolLookupByName(pool)
    found.refresh()
    return [str(each) for each in found.listVolumes()]
