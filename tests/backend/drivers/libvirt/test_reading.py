"""A domain's XML is read once, again after an event, and not for what only changed its power."""

from __future__ import annotations

from collections.abc import Callable

import libvirt
import pytest

from tests.backend.drivers.conftest import Ears, domain_xml
from ticrypt_tui.backend.drivers.base import Power
from ticrypt_tui.backend.drivers.libvirt import description, domains, worlds
from ticrypt_tui.backend.drivers.libvirt.host import LibvirtHost

HostAt = Callable[[str], LibvirtHost]
World = Callable[..., str]


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The UUIDs of the domains whose XML is parsed, as it happens."""
    uuids: list[str] = []

    def noted(document: str, uuid: str) -> description.Described:
        uuids.append(uuid)
        return description.described(document, uuid)

    monkeypatch.setattr(domains, "described", noted)
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


async def test_what_a_slow_host_leaves_undescribed_is_described_in_parts(
    host_at: HostAt, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(domains, "DESCRIBING_SECONDS", 0.0)
    names = [f"vm-{number:03}" for number in range(40)]
    found = await host_at(world(*map(domain_xml, names))).domains()
    assert [each.title for each in found] == names


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
