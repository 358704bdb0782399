"""Real guests on the machine's libvirt: started, read, logged, looked at, ended."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import subprocess
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.backend.drivers.conftest import Ears
from ticrypt_tui.backend.drivers import driver
from ticrypt_tui.backend.drivers.base import (
    DomainSeen,
    DomainWanted,
    Ending,
    HostAddress,
    LogKind,
    Power,
)
from ticrypt_tui.backend.drivers.libvirt.host import LibvirtHost
from ticrypt_tui.backend.errors import Failed, NotFound, Refused

IMAGES = Path("/var/lib/libvirt/images")
READY = b"tiny-linux ready"
NETWORK = """
<network><name>{name}</name><bridge name='{bridge}'/>
  <ip address='10.213.{third}.1' netmask='255.255.255.0'>
    <dhcp><range start='10.213.{third}.2' end='10.213.{third}.9'/></dhcp>
  </ip>
</network>
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A pool with the tiny guest's volume, and a network, of these tests alone."""

    pool: str
    folder: Path
    network: str

    @property
    def volume(self) -> str:
        return str(self.folder / "tiny.qcow2")

    def wanted(self, disk_path: str, **changes: object) -> DomainWanted:
        wanted = DomainWanted(
            vm_id=f"vm-{uuid.uuid4()}",
            title="Tiny [guest]",
            cores=1,
            memory_mib=192,
            disk_path=disk_path,
            network=self.network,
            virt_type="qemu",
            debug=True,
        )
        return replace(wanted, **changes)  # type: ignore[arg-type]


def virsh(*words: str, check: bool = True) -> str:
    command = ["virsh", "-q", "-c", "qemu:///system", *words]
    return subprocess.run(command, capture_output=True, text=True, check=check, timeout=60).stdout


def addresses() -> str:
    """The machine's own, among them those of networks that a killed run left behind."""
    command = ["ip", "-brief", "-4", "address"]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


@pytest.fixture(scope="module")
def place(
    libvirtd: object, tiny_guest: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    if os.geteuid() != 0:
        pytest.skip("only root may use the folders and networks of the system's libvirt")
    name = f"driver-{secrets.token_hex(4)}"
    place = Place(name, IMAGES / name, name)
    place.folder.mkdir(mode=0o711)
    shutil.copyfile(tiny_guest, place.volume)
    document = tmp_path_factory.mktemp("network") / "network.xml"
    third = next(each for each in range(256) if f"10.213.{each}." not in addresses())
    document.write_text(NETWORK.format(name=name, bridge=f"d{name[-8:]}", third=third))
    virsh("net-create", str(document))
    yield place
    for domain in virsh("list", "--uuid").split():
        if str(place.folder) in virsh("dumpxml", domain, check=False):
            virsh("destroy", domain, check=False)
    virsh("net-destroy", name, check=False)
    virsh("pool-destroy", name, check=False)
    virsh("pool-undefine", name, check=False)
    shutil.rmtree(place.folder)


@pytest.fixture
def ears() -> Ears:
    return Ears()


@pytest.fixture
async def host(place: Place, ears: Ears) -> AsyncIterator[LibvirtHost]:
    address = HostAddress("host-1", "lab", "node1", "qemu:///system")
    host = driver("libvirt").host(address, ears)
    assert isinstance(host, LibvirtHost)
    await host.create_pool(place.pool, "dir", str(place.folder))
    await host.domains()
    yield host
    await host.close()


@pytest.fixture
async def overlay(host: LibvirtHost, place: Place) -> str:
    return await host.create_overlay(place.pool, f"{secrets.token_hex(4)}.qcow2", place.volume)


def uuid_of(wanted: DomainWanted) -> str:
    return wanted.vm_id.removeprefix("vm-")


async def logged(host: LibvirtHost, wanted: DomainWanted, words: bytes) -> None:
    """Wait until the guest has printed the words on its serial console."""
    serial = host.logs(uuid_of(wanted), wanted.vm_id)[0]
    assert serial.kind is LogKind.SERIAL
    found = b""
    async with asyncio.timeout(240), aclosing(serial.follow()) as pieces:
        while words not in found:
            found += await anext(pieces)


async def with_address(host: LibvirtHost, wanted: DomainWanted) -> DomainSeen:
    """The domain, as soon as its network has given it an address."""
    async with asyncio.timeout(120):
        while True:
            (domain,) = [each for each in await host.domains() if each.vm_id == wanted.vm_id]
            if domain.address:
                return domain
            await asyncio.sleep(0.5)


@pytest.mark.slow(seconds=30)
async def test_a_guest_boots_is_read_and_shuts_itself_down_when_asked(
    host: LibvirtHost, ears: Ears, place: Place, overlay: str
) -> None:
    wanted = place.wanted(overlay)
    await host.start(wanted)
    await logged(host, wanted, READY)
    domain = await with_address(host, wanted)
    assert (domain.name, domain.title, domain.uuid) == (wanted.vm_id, wanted.title, uuid_of(wanted))
    assert (domain.power, domain.reason) == (Power.RUNNING, "")
    assert (domain.cores, domain.memory_mib) == (1, 192)
    assert (domain.has_screen, domain.has_console) == (True, True)
    assert str(domain.address).startswith("10.213.")
    await host.shut_down(domain.uuid)
    await ears.until(lambda: domain.uuid in {event.uuid for event in ears.endings}, 240)
    (ended,) = [event for event in ears.endings if event.uuid == domain.uuid]
    assert ended.ending is Ending.BY_GUEST
    assert wanted.vm_id not in {each.vm_id for each in await host.domains()}
    serial, hypervisor = host.logs(domain.uuid, domain.name)
    assert READY in await serial.last(1 << 20)
    assert b"qemu-system" in await hypervisor.last(1 << 20)


@pytest.mark.slow(seconds=8)
async def test_the_screen_of_a_debug_vm_answers_and_no_other_has_one(
    host: LibvirtHost, place: Place, overlay: str
) -> None:
    wanted, plain = place.wanted(overlay), place.wanted(place.volume, debug=False)
    await host.start(wanted)
    way = await host.open_graphics(uuid_of(wanted))
    reader, writer = await asyncio.open_connection(sock=way.stream)
    assert await asyncio.wait_for(reader.readline(), 60) == b"RFB 003.008\n"
    writer.close()
    await host.force_off(uuid_of(wanted))
    await host.start(plain)
    with pytest.raises(Refused, match="has no screen"):
        await host.open_graphics(uuid_of(plain))
    await host.force_off(uuid_of(plain))


async def test_a_vm_that_cannot_start_says_why_and_leaves_nothing(
    host: LibvirtHost, place: Place
) -> None:
    wanted = place.wanted(str(place.folder / "gone.qcow2"))
    with pytest.raises(Failed, match=r"Host node1: .*gone\.qcow2"):
        await host.start(wanted)
    with pytest.raises(NotFound, match=r"Host node1: .*no-such-network"):
        await host.start(place.wanted(place.volume, network="no-such-network"))
    assert wanted.vm_id not in {each.name for each in await host.domains()}


async def test_a_vm_that_is_forced_off_is_told_as_destroyed(
    host: LibvirtHost, ears: Ears, place: Place, overlay: str
) -> None:
    wanted = place.wanted(overlay)
    await host.start(wanted)
    assert wanted.vm_id in await host.document(uuid_of(wanted))
    await host.force_off(uuid_of(wanted))
    await ears.until(lambda: uuid_of(wanted) in {event.uuid for event in ears.endings})
    (ended,) = [event for event in ears.endings if event.uuid == uuid_of(wanted)]
    assert ended.ending is Ending.DESTROYED


async def test_a_pool_that_is_there_is_kept_and_another_of_its_name_refused(
    host: LibvirtHost, place: Place, tmp_path: Path
) -> None:
    await host.create_pool(place.pool, "dir", str(place.folder))
    (pool,) = [each for each in await host.pools() if each.name == place.pool]
    assert (pool.type, pool.target, pool.active) == ("dir", str(place.folder), True)
    assert 0 < pool.available <= pool.capacity
    with pytest.raises(Refused, match=f"{place.pool} already, at {place.folder}"):
        await host.create_pool(place.pool, "dir", str(tmp_path))
    with pytest.raises(Refused, match="type rbd cannot be created"):
        await host.create_pool("other", "rbd", "images")


async def test_an_overlay_stands_on_its_volume_and_is_deleted_once_or_twice(
    host: LibvirtHost, place: Place, overlay: str
) -> None:
    volumes = {each.path: each for each in await host.volumes(place.pool)}
    assert volumes[overlay].format == "qcow2"
    assert volumes[overlay].capacity == volumes[place.volume].capacity
    assert (
        f'"backing-filename": "{place.volume}"'
        in subprocess.run(
            ["qemu-img", "info", "--output=json", overlay],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
    )
    await host.delete_volume(overlay)
    await host.delete_volume(overlay)
    assert overlay not in {each.path for each in await host.volumes(place.pool)}


async def test_a_volume_that_appeared_by_itself_is_found(host: LibvirtHost, place: Place) -> None:
    copied = shutil.copyfile(place.volume, place.folder / f"{secrets.token_hex(4)}.qcow2")
    assert await host.create_overlay(place.pool, f"{secrets.token_hex(4)}.qcow2", str(copied))
    await host.delete_volume(str(copied))
    assert not copied.exists()


@pytest.mark.slow(seconds=5)
async def test_a_vm_never_starts_without_the_filter_that_it_is_to_have(
    host: LibvirtHost, place: Place, overlay: str, network_filter: str
) -> None:
    wanted = place.wanted(overlay, network_filter="no-such-filter")
    with pytest.raises(Failed, match="no-such-filter"):
        await host.start(wanted)
    wanted = place.wanted(overlay, network_filter=network_filter)
    await host.start(wanted)
    (port,) = [each for each in await host.ports() if each.vm_id == wanted.vm_id]
    assert (port.kind, port.network_filter) == ("network", network_filter)
    await host.force_off(uuid_of(wanted))


@pytest.mark.slow(seconds=1)
async def test_a_device_that_the_host_cannot_give_is_refused_in_words(
    host: LibvirtHost, place: Place, overlay: str
) -> None:
    wanted = place.wanted(overlay, devices=("0000:fe:1f.7",))
    with pytest.raises(Failed, match=r"Host node1: .*(passthrough|0000:fe:1f\.7)"):
        await host.start(wanted)
    assert wanted.vm_id not in {each.name for each in await host.domains()}


@pytest.mark.slow(seconds=5)
async def test_a_vm_starts_whatever_it_is_called_and_whatever_its_script_says(
    host: LibvirtHost, place: Place, overlay: str
) -> None:
    odd = "-x/../[b] 🧬,file=/etc/shadow " + "n" * 300
    wanted = place.wanted(overlay, title=odd, startup_script=",file=/etc/shadow\0\x1b'<&\n" * 2000)
    await host.start(wanted)
    (seen,) = [each for each in await host.domains() if each.vm_id == wanted.vm_id]
    assert (seen.name, seen.title) == (wanted.vm_id, odd)
    await host.force_off(uuid_of(wanted))


@pytest.fixture
def network_filter(libvirtd: object, tmp_path: Path) -> Iterator[str]:
    """The name of a network filter that lets everything pass."""
    name = f"filter-{secrets.token_hex(4)}"
    document = tmp_path / "filter.xml"
    document.write_text(f"<filter name='{name}' chain='root'/>")
    virsh("nwfilter-define", str(document))
    yield name
    virsh("nwfilter-undefine", name, check=False)
