"""A domain's XML is read once, again after an event, and not for what only changed its power."""

from __future__ import annotations

from collections.abc import Callable

import libvirt
import pytest

from tests.backend.drivers.conftest import Ears, domain_xml
from ticrypt_tui.backend.drivers.base import Power
from ticrypt_tui.backend.drivers.libvirt import description, looking, worlds
from ticrypt_tui.backend.drivers.libvirt.host import LibvirtHost

HostAt = Callable[[str], LibvirtHost]
World = Callable[..., str]

MANY = [f"vm-{number:03}" for number in range(40)]


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The UUIDs of the domains whose XML is parsed, as it happens."""
    uuids: list[str] = []

    def noted(document: str, uuid: str) -> description.Described:
        uuids.append(uuid)
        return description.described(document, uuid)

    monkeypatch.setattr(looking, "described", noted)
    return uuids


def of(uri: str, name: str) -> libvirt.virDomain:
    """A domain as somebody else on the host sees it."""
    return worlds.at(uri).connection().lookupByName(name)


async def test_what_is_known_is_not_parsed_again(
    host_at: HostAt, world: World, parsed: list[str]
) -> None:
    host = host_at(world(domain_xml("vm-1"), domain_xml("vm-2")))
    first = await host.domains()
    assert sorted(parsed) == sorted(each.uuid for each in first)
    assert await host.domains() is first
    assert len(parsed) == 2


async def test_a_changed_title_is_read_after_its_event_and_nothing_else_is(
    host_at: HostAt, world: World, parsed: list[str], ears: Ears
) -> None:
    uri = world(domain_xml("vm-1"), domain_xml("vm-2"))
    host = host_at(uri)
    first, second = await host.domains()
    of(uri, "vm-2").setMetadata(libvirt.VIR_DOMAIN_METADATA_TITLE, "renamed", None, None)
    await ears.until(lambda: ears.changes)
    parsed.clear()
    again = await host.domains()
    assert [each.title for each in again] == ["vm-1", "renamed"]
    assert again[0] is first
    assert parsed == [second.uuid]


async def test_a_domain_that_pauses_and_goes_on_is_seen_with_its_reason(
    host_at: HostAt, world: World, ears: Ears
) -> None:
    uri = world(domain_xml("vm-1"), domain_xml("vm-2"))
    host = host_at(uri)
    await host.domains()
    of(uri, "vm-2").suspend()
    await ears.until(lambda: ears.changes)
    running, paused = await host.domains()
    assert (running.power, paused.power) == (Power.RUNNING, Power.PAUSED)
    assert paused.reason == "by an admin"
    of(uri, "vm-2").resume()
    await ears.until(lambda: ears.changes > 1)
    assert {each.power for each in await host.domains()} == {Power.RUNNING}


async def test_what_no_event_told_is_seen_at_the_next_reading(
    host_at: HostAt, world: World, ears: Ears
) -> None:
    uri = world(domain_xml("vm-1"), domain_xml("vm-2"))
    host = host_at(uri)
    await host.domains()
    worlds.at(uri)._ears.clear()
    of(uri, "vm-1").suspend()
    of(uri, "vm-2").destroy()
    (left,) = await host.domains()
    assert (left.name, left.power) == ("vm-1", Power.PAUSED)
    assert ears.changes == 0


async def test_many_new_domains_are_seen_before_any_xml_is_read(
    host_at: HostAt, world: World, parsed: list[str]
) -> None:
    host = host_at(world(*(domain_xml(name, memory_mib=512, cores=2) for name in MANY)))
    found = await host.domains()
    assert parsed == []
    assert [each.name for each in found] == MANY
    assert {(each.power, each.cores, each.memory_mib) for each in found} == {
        (Power.RUNNING, 2, 512)
    }
    assert {(each.pending, each.title, each.vm_id) for each in found} == {(True, "", None)}


async def test_the_reading_after_it_describes_them(
    host_at: HostAt, world: World, parsed: list[str]
) -> None:
    host = host_at(world(*map(domain_xml, MANY)))
    first = await host.domains()
    again = await host.domains()
    assert sorted(parsed) == sorted(each.uuid for each in first)
    assert [(each.pending, each.title) for each in again] == [(False, name) for name in MANY]
    assert await host.domains() is again


async def test_a_vm_of_the_consoles_is_known_by_its_name_before_its_xml_is_read(
    host_at: HostAt, world: World
) -> None:
    uuid = "7f3a0000-0000-4000-8000-000000000001"
    ours = domain_xml(f"vm-{uuid}").replace("<title>", f"<uuid>{uuid}</uuid><title>")
    found = await host_at(world(ours, *map(domain_xml, MANY))).domains()
    assert [each.vm_id for each in found if each.vm_id] == [f"vm-{uuid}"]


async def test_a_paused_one_of_many_has_its_reason_at_once(host_at: HostAt, world: World) -> None:
    uri = world(*map(domain_xml, MANY))
    of(uri, MANY[3]).suspend()
    paused = (await host_at(uri).domains())[3]
    assert (paused.pending, paused.power, paused.reason) == (True, Power.PAUSED, "by an admin")


async def test_what_was_described_stays_known_while_many_change(
    host_at: HostAt, world: World, ears: Ears, parsed: list[str]
) -> None:
    uri = world(*map(domain_xml, MANY))
    host = host_at(uri)
    await host.domains()
    await host.domains()
    parsed.clear()
    for name in MANY:
        of(uri, name).suspend()
    await ears.until(lambda: ears.changes >= len(MANY))
    found = await host.domains()
    assert {(each.power, each.pending) for each in found} == {(Power.PAUSED, False)}
    assert [each.title for each in found] == MANY
    assert len(parsed) == len(MANY)


async def test_a_few_new_ones_beside_many_known_are_described_at_once(
    host_at: HostAt, world: World, ears: Ears
) -> None:
    uri = world(*map(domain_xml, MANY))
    host = host_at(uri)
    await host.domains()
    await host.domains()
    worlds.at(uri).connection().createXML(domain_xml("vm-new", title="newcomer"))
    await ears.until(lambda: ears.changes)
    titles = {each.name: each.title for each in await host.domains()}
    assert titles["vm-new"] == "newcomer"


async def test_what_a_slow_host_leaves_undescribed_is_described_in_parts(
    host_at: HostAt, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looking, "LOOKING_SECONDS", 0.0)
    found = await host_at(world(*map(domain_xml, MANY))).domains()
    assert [each.title for each in found] == MANY


async def test_the_devices_that_a_domain_holds_are_named_as_lspci_does() -> None:
    document = """
    <domain><devices>
      <hostdev mode='subsystem' type='pci'>
        <source><address domain='0x0000' bus='0x41' slot='0x00' function='0x1'/></source>
        <address type='pci' domain='0x0000' bus='0x00' slot='0x07' function='0x0'/>
      </hostdev>
      <hostdev mode='subsystem' type='usb'><source><address bus='1' device='2'/></source></hostdev>
    </devices></domain>
    """
    assert description.described(document, "uuid").devices == ("0000:41:00.1",)
