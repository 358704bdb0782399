"""A host's domains are read, acted on and heard of, on libvirt's own play host."""

from __future__ import annotations

from collections.abc import Callable
from html import escape

import pytest

from tests.backend.drivers.conftest import Ears, domain_xml
from ticrypt_tui.backend.drivers.base import DomainSeen, DomainWanted, DriveWanted, Ending, Power
from ticrypt_tui.backend.drivers.libvirt.host import LibvirtHost
from ticrypt_tui.backend.errors import Failed, HostUnreachable, NotFound, Refused

HostAt = Callable[[str], LibvirtHost]
World = Callable[..., str]

HOSTILE = "[bold]\u202e\u009b2J \u200bname"


async def only(host: LibvirtHost) -> DomainSeen:
    (domain,) = await host.domains()
    return domain


async def test_domains_are_read_with_their_title_size_and_state(
    host_at: HostAt, world: World
) -> None:
    host = host_at(world(domain_xml("vm-1", title="analysis", memory_mib=2048, cores=4)))
    domain = await only(host)
    assert (domain.name, domain.title) == ("vm-1", "analysis")
    assert (domain.memory_mib, domain.cores) == (2048, 4)
    assert (domain.power, domain.vm_id) == (Power.RUNNING, None)


async def test_hostile_names_pass_through_as_they_are(host_at: HostAt, world: World) -> None:
    domain = await only(host_at(world(domain_xml(escape(HOSTILE)))))
    assert (domain.name, domain.title) == (HOSTILE, HOSTILE)


async def test_domains_come_in_the_order_of_their_names(host_at: HostAt, world: World) -> None:
    names = [f"vm-{number:03}" for number in range(40)]
    host = host_at(world(*map(domain_xml, reversed(names))))
    assert [domain.name for domain in await host.domains()] == names


async def test_a_domain_that_ends_is_heard_of_and_gone_at_the_next_reading(
    host_at: HostAt, world: World, ears: Ears
) -> None:
    host = host_at(world(domain_xml("vm-1"), domain_xml("vm-2")))
    first, second = await host.domains()
    await host.force_off(first.uuid)
    await host.shut_down(second.uuid)
    await ears.until(lambda: len(ears.endings) == 2)
    endings = {event.uuid: event.ending for event in ears.endings}
    assert endings == {first.uuid: Ending.DESTROYED, second.uuid: Ending.BY_GUEST}
    assert await host.domains() == ()


async def test_what_is_not_there_is_named_as_missing(host_at: HostAt, world: World) -> None:
    host = host_at(world(domain_xml("vm-1")))
    missing = "00000000-0000-4000-8000-000000000000"
    for asked in (host.shut_down, host.force_off, host.document):
        with pytest.raises(NotFound, match="node1"):
            await asked(missing)
    with pytest.raises(NotFound, match="node1"):
        await host.volumes("no-pool")


async def test_the_document_is_libvirts_own(host_at: HostAt, world: World) -> None:
    host = host_at(world(domain_xml("vm-1", title="analysis")))
    assert "<title>analysis</title>" in await host.document((await only(host)).uuid)


async def test_a_simulated_host_says_that_it_keeps_no_logs(host_at: HostAt) -> None:
    for log in host_at("test:///default").logs("uuid", "vm-1"):
        with pytest.raises(Failed, match="node1 is simulated and keeps no logs"):
            await log.last(100)


async def test_a_world_that_libvirt_cannot_read_is_one_sentence(host_at: HostAt) -> None:
    with pytest.raises(HostUnreachable, match=r"node1 \(test:///nowhere.xml\)"):
        await host_at("test:///nowhere.xml").domains()


async def test_libvirt_prints_nothing(host_at: HostAt, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(HostUnreachable):
        await host_at("qemu+unix:///system?socket=/nowhere").domains()
    assert capfd.readouterr() == ("", "")


async def test_it_has_no_drives(host_at: HostAt, world: World) -> None:
    host = host_at(world(domain_xml("vm-1")))
    path = "/default-pool/d1"
    drive = DriveWanted(path, "serial", read_only=False, passphrase=b"key")
    vm = f"vm-{'0' * 8}-0000-4000-8000-{'0' * 12}"
    wanted = DomainWanted(vm, "x", 1, 64, path, "", "test", debug=False, drives=(drive,))
    for asked in (
        host.start(wanted),
        host.create_encrypted_volume("default-pool", "d1", 1 << 20, b"key"),
        host.reencrypt_volume(path, b"key", "default-pool", "d2", b"new"),
        host.read_volume(path, 4),
        host.write_volume(path, b"LUKS"),
    ):
        with pytest.raises(Refused, match="is simulated and has no drives"):
            await asked


async def test_no_key_is_sent_where_all_can_read_it(host_at: HostAt) -> None:
    host = host_at("qemu+tcp://node1/system")
    with pytest.raises(Refused, match="plain TCP, on which keys can be read"):
        await host.create_encrypted_volume("drives", "d1", 1 << 20, b"key")
