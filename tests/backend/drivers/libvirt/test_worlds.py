"""A simulated host is one world for all of the console, and says what it cannot do."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.backend.drivers.conftest import Ears, domain_xml
from ticrypt_tui.backend.drivers.base import Ability, DomainWanted, HostAddress, Reach
from ticrypt_tui.backend.drivers.libvirt.host import LibvirtHost
from ticrypt_tui.backend.drivers.watch import Watch
from ticrypt_tui.backend.errors import Refused

HostAt = Callable[[str], LibvirtHost]
World = Callable[..., str]
WANTED = DomainWanted(
    vm_id="vm-7f3a0d52-4c1e-4b6f-9a80-0123456789ab",
    title="analysis",
    cores=2,
    memory_mib=512,
    disk_path="/pool/a.qcow2",
    network="default",
    virt_type="qemu",
    debug=True,
)


async def test_two_who_contact_a_host_see_and_hear_of_one_world(
    host_at: HostAt, world: World, ears: Ears
) -> None:
    uri = world(domain_xml("vm-1"), domain_xml("vm-2"))
    one, other = host_at(uri), host_at(uri)
    first, _ = await one.domains()
    await other.force_off(first.uuid)
    await ears.until(lambda: len(ears.endings) == 2)
    assert [each.name for each in await one.domains()] == ["vm-2"]


async def test_the_world_goes_on_while_the_host_is_not_contacted(
    watch: Watch, world: World, ears: Ears
) -> None:
    host = HostAddress("h", "lab", "node1", world(domain_xml("vm-1"), domain_xml("vm-2")))
    watch.follow([host])
    await watch.settled(60)
    await watch.host("h").force_off(watch.seen["h"].domains[0].uuid)
    watch.follow([])
    watch.follow([host])
    await watch.settled(60)
    assert watch.seen["h"].reach is Reach.SIMULATED
    assert [each.name for each in watch.seen["h"].domains] == ["vm-2"]


async def test_who_has_left_hears_no_more(host_at: HostAt, world: World, ears: Ears) -> None:
    uri = world(domain_xml("vm-1"), domain_xml("vm-2"))
    gone, stays = host_at(uri), host_at(uri)
    await gone.domains()
    first, second = await stays.domains()
    await stays.force_off(first.uuid)
    await ears.until(lambda: len(ears.endings) == 2)
    await gone.close()
    await stays.force_off(second.uuid)
    await ears.until(lambda: len(ears.endings) == 3)
    assert await stays.domains() == ()
    assert len(ears.endings) == 3


async def test_a_vm_starts_in_name_alone(host_at: HostAt, world: World) -> None:
    host = host_at(world())
    await host.start(WANTED)
    (domain,) = await host.domains()
    assert (domain.vm_id, domain.title, domain.cores) == (WANTED.vm_id, "analysis", 2)


@pytest.mark.parametrize("ability", Ability)
async def test_what_a_simulated_host_cannot_do_is_said(host_at: HostAt, ability: Ability) -> None:
    assert host_at("test:///default").why_not(ability).startswith("Host node1 is simulated and ")
    assert host_at("qemu:///system").why_not(ability) == ""


async def test_a_simulated_host_refuses_screens_and_pools(host_at: HostAt, world: World) -> None:
    host = host_at(world(domain_xml("vm-1")))
    (domain,) = await host.domains()
    with pytest.raises(Refused, match="simulated and its VMs have no screens"):
        await host.open_graphics(domain.uuid)
    with pytest.raises(Refused, match="simulated and has no files"):
        await host.create_pool("flash", "dir", "/srv/flash")
    assert {each.available for each in await host.pool_types()} == {False}


async def test_addresses_are_not_asked_of_a_simulated_host(host_at: HostAt, world: World) -> None:
    """Libvirt's `test` driver crashes where the network has no address: the process with it."""
    network = "<network><name>bare</name><bridge name='b'/></network>"
    devices = "<interface type='network'><source network='bare'/></interface>"
    domain = domain_xml("vm-1").replace("</domain>", f"<devices>{devices}</devices></domain>")
    host = host_at(world(network, domain))
    (seen,) = await host.domains()
    assert (seen.mac is not None, seen.address) == (True, None)
