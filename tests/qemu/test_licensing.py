"""A real guest, started by the console, reaches what is listed and nothing else."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator

import libvirt
import pytest

from tests.packets.lab import Echo, Lab, Machine, joined
from ticrypt_tui.backend.enclave import Enclave

PORT, OTHER = 7001, 7002
NETWORK = """
<network>
  <name>{name}</name><uuid>{uuid}</uuid><bridge name='{bridge}'/><dns enable='no'/>
  <ip address='10.77.0.1' netmask='255.255.255.0'>
    <dhcp><range start='10.77.0.200' end='10.77.0.220'/></dhcp>
  </ip>
</network>
"""


@pytest.fixture
def lab(connection: libvirt.virConnect, name: str) -> Iterator[Lab]:
    """Two servers on the VMs' network, on which libvirt gives out addresses."""
    if not all(map(shutil.which, ("ip", "iptables", "ebtables", "dnsmasq"))):
        pytest.skip("filters take iproute2, iptables and ebtables, addresses take dnsmasq")
    plain = connection.networkLookupByName(name)
    bridge, uuid = plain.bridgeName(), plain.UUIDString()
    plain.destroy()
    connection.networkCreateXML(NETWORK.format(name=name, uuid=uuid, bridge=bridge))
    with joined(bridge, ("server", "stranger")) as made:
        answering = [Echo(each, PORT, OTHER) for each in made.machines.values()]
        yield made
        for each in answering:
            each.close()


async def reaches(enclave: Enclave, vm_id: str, machine: Machine, port: int, tries: int) -> bool:
    """Whether a machine answers the guest, which its agent has ask."""
    (vm,) = [each for each in (await enclave.listing("running")).rows if each.id == vm_id]
    host = enclave.watch.host(vm.host_id)  # type: ignore[attr-defined]
    asking = f"echo hello | nc -w 2 {machine.address} {port}"
    for _ in range(tries):
        run = await host.run_in_guest(vm_id.removeprefix("vm-"), ["sh", "-c", asking])
        if "hello" in run.output:
            return True
        await asyncio.sleep(0.5)
    return False


@pytest.mark.slow(seconds=35)
async def test_a_guest_reaches_what_is_listed_as_long_as_it_is(
    enclave: Enclave, connection: libvirt.virConnect, name: str, lab: Lab
) -> None:
    server, stranger = lab["server"], lab["stranger"]
    listed = {"name": "flex", "address": [server.address], "ports": str(PORT), "protocol": "tcp"}
    await enclave.run("license.create", listed)
    vm_id = await enclave.run("config.start", {"config": "tiny"})
    document = connection.lookupByName(vm_id).XMLDesc()
    assert f"<filterref filter='{name}'>" in document
    assert "<parameter name='DHCPSERVER' value='10.77.0.1'/>" in document
    assert await reaches(enclave, vm_id, server, PORT, 100)
    assert not await reaches(enclave, vm_id, server, OTHER, 1)
    assert not await reaches(enclave, vm_id, stranger, PORT, 1)

    await enclave.run("license.delete", {"license": "flex"})
    assert not await reaches(enclave, vm_id, server, PORT, 1)
    (state,) = await enclave.policies.apply_everywhere(["lab"])
    assert (state.in_sync, state.changed) == (True, False)
    await enclave.run("vm.shutdown", {"vm": vm_id, "force": True})
