"""What a realm's driver must do: all that the rest of the console knows of a hypervisor."""

from __future__ import annotations

import socket
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Reach(StrEnum):
    """How a host is seen, apart from the state that an admin gave it (`design.md` 8)."""

    UP = "up"
    UNREACHABLE = "unreachable"
    NOT_CONTACTED = "not contacted"
    SIMULATED = "simulated"
    CONNECTING = "connecting"


class Power(StrEnum):
    """What a hypervisor says of a domain."""

    RUNNING = "running"
    PAUSED = "paused"
    SHUTTING_DOWN = "shutting down"
    STOPPED = "stopped"
    CRASHED = "crashed"


class Ending(StrEnum):
    """How the hypervisor says that a domain ended."""

    BY_GUEST = "guest"
    DESTROYED = "destroyed"
    CRASHED = "crashed"
    FAILED = "failed"
    UNKNOWN = "unknown"


class LogKind(StrEnum):
    """The logs that a host keeps of a domain."""

    SERIAL = "serial console"
    HYPERVISOR = "qemu"


@dataclass(frozen=True, slots=True)
class HostAddress:
    """What is needed to reach a host."""

    host_id: str
    realm_id: str
    name: str
    uri: str


@dataclass(frozen=True, slots=True)
class DomainSeen:
    """A domain as its host last described it; every string is foreign text."""

    uuid: str
    name: str
    title: str
    power: Power
    reason: str
    cores: int
    memory_mib: int
    vm_id: str | None
    mac: str | None = None
    address: str | None = None
    has_screen: bool = False
    has_console: bool = False


@dataclass(frozen=True, slots=True)
class HostSeen:
    """A host as it was last read.

    `since` is when `reach` became what it is, `read_at` when the domains were last read in full;
    the domains of a host that is no longer reachable stay, as old as `read_at` says.
    """

    address: HostAddress
    reach: Reach
    since: datetime
    read_at: datetime | None = None
    detail: str = ""
    domains: tuple[DomainSeen, ...] = ()

    @property
    def fresh(self) -> bool:
        """Whether the domains are as the host now says."""
        return self.reach in (Reach.UP, Reach.SIMULATED)


@dataclass(frozen=True, slots=True)
class DomainEnded:
    """A domain that is gone from a host, seen as it happened."""

    host_id: str
    uuid: str
    name: str
    ending: Ending
    detail: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PoolSeen:
    """A storage pool as its host describes it; sizes in bytes."""

    name: str
    uuid: str
    type: str
    target: str
    active: bool
    capacity: int
    allocation: int
    available: int


@dataclass(frozen=True, slots=True)
class VolumeSeen:
    """A volume as its host describes it; sizes in bytes."""

    pool: str
    name: str
    path: str
    format: str
    capacity: int
    allocation: int


@dataclass(frozen=True, slots=True)
class DomainWanted:
    """A domain to start: named after `vm_id`, with the VM's own name as its title.

    `debug` gives it a screen (VNC on a unix socket) beside the serial console that all have.
    """

    vm_id: str
    title: str
    cores: int
    memory_mib: int
    disk_path: str
    network: str
    virt_type: str
    debug: bool


FOLLOWED_FROM = 1 << 20  # a log is followed from its last MiB


class LogSource(Protocol):
    """One log of one domain, wherever its host keeps it; `where` is foreign text."""

    @property
    def kind(self) -> LogKind: ...
    @property
    def where(self) -> str: ...

    async def last(self, size: int) -> bytes:
        """The last `size` bytes. Raises `Failed`, whose sentence says why it cannot be read."""

    def follow(self) -> AsyncGenerator[bytes, None]:
        """The last MiB, then what is written from now on, until the iterator is closed.

        Raises `Failed` at its first step, or later, when the host is lost. Close it (`aclosing`).
        """


class Host(Protocol):
    """One host, reached or not. No call waits longer than its deadline.

    Every call raises `HostUnreachable`, or `DeadlineMissed` where the effect is not known,
    `NotFound` for an object that the host does not have, and `Failed` for all else, such as a host
    that is too busy with calls that hang. A call on a broken connection opens a new one.
    """

    address: HostAddress

    @property
    def simulated(self) -> bool:
        """Whether nothing real runs there."""

    async def connect(self) -> None:
        """Open the connection, or open it anew."""

    async def domains(self) -> tuple[DomainSeen, ...]:
        """Every active domain; one that cannot be described is left out of nothing: it is named."""

    async def start(self, wanted: DomainWanted) -> None:
        """Start a transient domain."""

    async def shut_down(self, uuid: str) -> None:
        """Ask the guest to shut itself down; returns when it was asked."""

    async def force_off(self, uuid: str) -> None:
        """End a domain at once."""

    async def document(self, uuid: str) -> str:
        """The domain's XML, without secrets."""

    async def open_graphics(self, uuid: str) -> socket.socket:
        """A connected socket to the domain's VNC server."""

    async def pools(self) -> tuple[PoolSeen, ...]:
        """Every storage pool."""

    async def create_pool(self, name: str, kind: str, target: str) -> None:
        """Define, build, start and autostart a storage pool; one that is there already is kept."""

    async def volumes(self, pool: str) -> tuple[VolumeSeen, ...]:
        """The volumes of a pool, freshly scanned."""

    async def create_overlay(self, pool: str, name: str, backing: str) -> str:
        """Make a qcow2 volume on top of a volume path; returns its own path."""

    async def delete_volume(self, path: str) -> None:
        """Delete a volume; one that is gone already is no fault."""

    def logs(self, uuid: str, name: str) -> tuple[LogSource, ...]:
        """The logs of a domain, also of one that has ended."""

    async def close(self) -> None:
        """Give up the connection; never waits for a host that does not answer."""


class Listener(Protocol):
    """Who is told of what a host does by itself; called on the event loop."""

    def changed(self, host_id: str) -> None:
        """Something about the host's domains changed: read it again."""

    def ended(self, event: DomainEnded) -> None:
        """A domain ended."""

    def lost(self, host_id: str, reason: str) -> None:
        """The connection broke."""


class Driver(Protocol):
    """A way of talking to hosts, such as libvirt."""

    name: str

    def host(self, address: HostAddress, listener: Listener) -> Host:
        """A host that is not connected yet. Raises `WrongUse` for a URI that does not parse."""


DriverFactory = Callable[[], Driver]
