"""Hosts in memory, behind the driver's face: what a test wants a hypervisor to say, it says."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from lxml import etree

from tests.backend import play_luks
from ticrypt_tui.backend.drivers.base import (
    Ability,
    DeviceSeen,
    DomainEnded,
    DomainSeen,
    DomainWanted,
    Ending,
    GuestRun,
    HostAddress,
    HostFacts,
    Listener,
    LogKind,
    LogSource,
    Power,
)
from ticrypt_tui.backend.drivers.console import Console
from ticrypt_tui.backend.drivers.filtering import PortSeen
from ticrypt_tui.backend.drivers.graphics import Graphics
from ticrypt_tui.backend.drivers.stored import PoolSeen, PoolType, VolumeSeen
from ticrypt_tui.backend.errors import Failed, HostUnreachable, NotFound, Refused, WrongUse

FACTS = HostFacts(
    hostname="node1",
    hypervisor="QEMU",
    hypervisor_version="7.2.22",
    libvirt_version="9.0.0",
    cpu_model="EPYC",
    architecture="x86_64",
    cores=8,
    sockets=1,
    cores_per_socket=4,
    threads_per_core=2,
    numa_cells=1,
    mhz=2600,
    memory_mib=16384,
    free_mib=8192,
)


@dataclass
class PlayLog:
    """A log that has what a test put into it."""

    kind: LogKind
    text: bytes | None
    where: str = "in memory"

    async def last(self, size: int) -> bytes:
        if self.text is None:
            raise Failed(f"There is no {self.kind} log.")
        return self.text[-size:]

    async def follow(self) -> AsyncGenerator[bytes, None]:
        yield await self.last(2**20)


@dataclass
class PlayHost:
    """A host whose guests obey, unless `obeys` is off, and which answers unless it is `down`.

    The guests' agents answer unless `registers` is off; `runs` is how what they run ends.
    """

    address: HostAddress
    listener: Listener
    running: dict[str, DomainSeen] = field(default_factory=dict)
    disks: dict[str, VolumeSeen] = field(default_factory=dict)
    stores: dict[str, PoolSeen] = field(default_factory=dict)
    contents: dict[str, bytes] = field(default_factory=dict)
    filters: dict[str, str] = field(default_factory=dict)
    interfaces: list[PortSeen] = field(default_factory=list)
    passed_by: str = ""
    texts: dict[LogKind, bytes | None] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    wanted: list[DomainWanted] = field(default_factory=list)
    obeys: bool = True
    registers: bool = True
    runs: GuestRun = field(default_factory=lambda: GuestRun(0, "", ""))
    down: bool = False
    start_fails: str = ""
    create_fails: str = ""
    simulated: bool = False
    graphics: Callable[[], Awaitable[Graphics]] | None = None
    consoles: Callable[[bool], Awaitable[Console]] | None = None
    rebooted: int = 0

    def why_not(self, ability: Ability) -> str:
        return "It is simulated." if self.simulated else ""

    async def connect(self) -> None:
        self._answer()

    async def facts(self) -> HostFacts:
        self._answer()
        return FACTS

    async def devices(self) -> tuple[DeviceSeen, ...]:
        self._answer()
        return ()

    async def capabilities(self) -> str:
        self._answer()
        return "<capabilities/>"

    async def domains(self) -> tuple[DomainSeen, ...]:
        self._answer()
        return tuple(self.running.values())

    async def start(self, wanted: DomainWanted) -> None:
        self._answer()
        if self.start_fails:
            raise Failed(self.start_fails)
        for drive in wanted.drives:
            self._has(drive.path)
            play_luks.check(self.contents[drive.path], drive.passphrase)
        self.wanted.append(wanted)
        made = domain(wanted.vm_id, wanted.title)
        self.show(replace(made, has_screen=wanted.debug, has_console=True))

    async def shut_down(self, uuid: str) -> None:
        self.asked.append(f"shut down {uuid}")
        self._there(uuid)
        if self.obeys:
            self.end(uuid, Ending.BY_GUEST)

    async def force_off(self, uuid: str) -> None:
        self.asked.append(f"force off {uuid}")
        self._there(uuid)
        self.end(uuid, Ending.DESTROYED)

    async def agent_answers(self, uuid: str) -> bool:
        self._there(uuid)
        if why := self.why_not(Ability.AGENT):
            raise Refused(why)
        return self.registers

    async def run_in_guest(
        self, uuid: str, command: Sequence[str], seconds: float = 60
    ) -> GuestRun:
        if not await self.agent_answers(uuid):
            raise Failed("The guest has no agent that answers.")
        self.asked.append(f"run {' '.join(command)}")
        return self.runs

    async def document(self, uuid: str) -> str:
        return f"<domain><uuid>{uuid}</uuid></domain>"

    async def open_graphics(self, uuid: str) -> Graphics:
        self._there(uuid)
        if self.graphics is None:
            raise Failed("It has no screen.")
        return await self.graphics()

    async def open_console(self, uuid: str, *, take_over: bool = False) -> Console:
        self._there(uuid)
        if self.consoles is None:
            raise Refused("It has no serial console.")
        return await self.consoles(take_over)

    def reboots(self, uuid: str) -> int:
        return self.rebooted

    async def pools(self) -> tuple[PoolSeen, ...]:
        self._answer()
        return tuple(self.stores.values())

    async def pool_types(self) -> tuple[PoolType, ...]:
        self._answer()
        return (PoolType("dir", True), PoolType("rbd", False, "It is not built in."))

    async def create_pool(
        self, name: str, kind: str, target: str, source: str = "", *, make: bool = False
    ) -> None:
        self._answer()
        self.asked.append(f"pool {name}")
        self.stores[name] = PoolSeen(name, name, kind, target, True, 2**30, 0, 2**30)

    async def edit_pool(
        self, pool: str, *, autostart: bool | None = None, active: bool | None = None
    ) -> None:
        self._answer()
        self.asked.append(f"edit pool {pool}")

    async def delete_pool(self, pool: str) -> None:
        self._answer()
        self.asked.append(f"delete pool {pool}")
        if pool not in self.stores:
            raise NotFound(f"There is no pool {pool}.")
        self.stores.pop(pool, None)

    async def pool_document(self, pool: str) -> str:
        self._answer()
        return f"<pool><name>{pool}</name></pool>"

    async def volumes(self, pool: str) -> tuple[VolumeSeen, ...]:
        self._answer()
        return tuple(disk for disk in self.disks.values() if disk.pool == pool)

    async def volume_document(self, pool: str, name: str) -> str:
        self._answer()
        return f"<volume><name>{name}</name></volume>"

    async def create_overlay(self, pool: str, name: str, backing: str) -> str:
        self._answer()
        self.give_volume(name)
        return self.disks[name].path

    async def create_encrypted_volume(
        self, pool: str, name: str, size_bytes: int, passphrase: bytes
    ) -> str:
        self._answer()
        if self.create_fails:
            raise Failed(self.create_fails)
        self.give_volume(name, pool, format="raw", capacity=size_bytes)
        self.contents[self.disks[name].path] = play_luks.header(passphrase)
        return self.disks[name].path

    async def reencrypt_volume(
        self, path: str, passphrase: bytes, pool: str, name: str, new_passphrase: bytes
    ) -> str:
        play_luks.check(self.contents[path], passphrase)
        size = next(disk.capacity for disk in self.disks.values() if disk.path == path)
        return await self.create_encrypted_volume(pool, name, size, new_passphrase)

    async def read_volume(self, path: str, length: int) -> bytes:
        self._answer()
        self._has(path)
        return self.contents[path][:length]

    async def write_volume(self, path: str, data: bytes) -> None:
        self._answer()
        self._has(path)
        self.contents[path] = data + self.contents[path][len(data) :]

    async def delete_volume(self, path: str) -> None:
        self._answer()
        self.disks = {name: disk for name, disk in self.disks.items() if disk.path != path}

    async def filter_document(self, name: str) -> str:
        self._answer()
        return self.filters.get(name, "")

    async def define_filter(self, document: str) -> None:
        self._answer()
        name = etree.fromstring(document).get("name", "")
        self.asked.append(f"define {name}")
        self.filters[name] = document

    async def ports(self) -> tuple[PortSeen, ...]:
        self._answer()
        return tuple(self.interfaces)

    async def why_not_enforced(self) -> str:
        return self.passed_by

    def logs(self, uuid: str, name: str) -> tuple[LogSource, ...]:
        return tuple(PlayLog(kind, self.texts.get(kind)) for kind in LogKind)

    async def close(self) -> None:
        pass

    # What a test does to it

    def give_volume(self, name: str, pool: str = "ticrypt-vm", **changes: Any) -> None:
        volume = VolumeSeen(pool, name, f"/pool/{name}", "qcow2", 2**30, 2**20)
        self.disks[name] = replace(volume, **changes)

    def give_pool(self, name: str = "ticrypt-vm", **changes: Any) -> None:
        pool = PoolSeen(name, name, "dir", "/pool", True, 2**40, 2**30, 2**39)
        self.stores[name] = replace(pool, **changes)

    def show(self, seen: DomainSeen) -> None:
        self.running[seen.uuid] = seen
        self.listener.changed(self.address.host_id)

    def end(self, uuid: str, ending: Ending, *, told: bool = True) -> None:
        """A domain ends; unless `told`, nobody is connected to hear of it."""
        gone = self.running.pop(uuid)
        if told:
            event = DomainEnded(
                self.address.host_id, uuid, gone.name, ending, str(ending), datetime.now(UTC)
            )
            self.listener.ended(event)
        self.listener.changed(self.address.host_id)

    def fall(self) -> None:
        self.down = True
        self.listener.lost(self.address.host_id, "the cable is out")

    def _answer(self) -> None:
        if self.down:
            raise HostUnreachable("The cable is out.")

    def _has(self, path: str) -> None:
        if path not in self.contents or path not in {disk.path for disk in self.disks.values()}:
            raise NotFound(f"There is no volume {path}.")

    def _there(self, uuid: str) -> None:
        self._answer()
        if uuid not in self.running:
            raise NotFound(f"There is no domain {uuid}.")


class PlayDriver:
    """Makes play hosts, and keeps them by name for the test."""

    name = "play"

    def __init__(self) -> None:
        self.hosts: dict[str, PlayHost] = {}

    def host(self, address: HostAddress, listener: Listener) -> PlayHost:
        if not address.uri.startswith("play://"):
            raise WrongUse(f"{address.uri} is no URI of a play host.")
        made = PlayHost(address, listener)
        if address.host_id:
            self.hosts[address.name] = made
        return made


def domain(vm_id: str, title: str = "a VM", power: Power = Power.RUNNING) -> DomainSeen:
    """A domain that says it is that VM; without the prefix `vm-`, one that is nobody's."""
    ours = vm_id.startswith("vm-")
    return DomainSeen(
        uuid=vm_id.removeprefix("vm-"),
        name=vm_id,
        title=title,
        power=power,
        reason="",
        cores=2,
        memory_mib=2048,
        vm_id=vm_id if ours else None,
        address="192.0.2.17",
        mac="52:54:00:00:00:01",
    )
