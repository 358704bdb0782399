"""What hosts tell of their machines."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable

from tests.backend.drivers.libvirt.conftest import PrivateLibvirt
from ticrypt_tui.backend.drivers.libvirt.host import LibvirtHost

HostAt = Callable[[str], LibvirtHost]
NODE = """
  <cpu><mhz>2400</mhz><model>x86_64</model><active>64</active>
    <nodes>2</nodes><sockets>1</sockets><cores>16</cores><threads>2</threads></cpu>
  <memory>536870912</memory>
"""


async def test_a_simulated_machine_is_as_its_file_says(
    host_at: HostAt, world: Callable[..., str]
) -> None:
    facts = await host_at(world(NODE)).facts()
    assert (facts.hypervisor, facts.architecture) == ("TEST", "x86_64")
    assert (facts.cores, facts.memory_mib, facts.free_mib) == (64, 512 * 1024, None)
    assert (facts.sockets, facts.cores_per_socket, facts.threads_per_core) == (2, 16, 2)


async def test_a_real_machine_tells_its_memory_and_versions(
    host_at: HostAt, private_libvirt: PrivateLibvirt
) -> None:
    facts = await host_at(private_libvirt.uri).facts()
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2**20
    assert (facts.hypervisor, facts.architecture) == ("QEMU", platform.machine())
    assert facts.hostname
    assert facts.cpu_model
    assert facts.libvirt_version.count(".") == facts.hypervisor_version.count(".") == 2
    assert facts.cores == os.cpu_count()
    assert abs(facts.memory_mib - total) <= total // 20
    assert facts.free_mib is not None
    assert 0 < facts.free_mib < facts.memory_mib


async def test_the_capabilities_are_libvirts_own(host_at: HostAt) -> None:
    assert "<capabilities>" in await host_at("test:///default").capabilities()


async def test_a_host_without_pci_devices_has_none(host_at: HostAt) -> None:
    assert await host_at("test:///default").devices() == ()
