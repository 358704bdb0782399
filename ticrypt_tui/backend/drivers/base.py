"""What a realm's driver must do: all that the rest of the console knows of a hypervisor."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from ticrypt_tui.backend.drivers.console import Console
from ticrypt_tui.backend.drivers.filtering import Filters
from ticrypt_tui.backend.drivers.graphics import Graphics
from ticrypt_tui.backend.drivers.storing import Stores


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


class Ability(StrEnum):
    """What not every host can do: ask `Host.why_not` before offering it."""

    SCREEN = "screen"
    CONSOLE = "console"
    LOGS = "logs"
    FILTERS = "network filters"
    DRIVES = "drives"
    AGENT = "guest agent"


@dataclass(frozen=True, slots=True)
class HostAddress:
    """What is needed to reach a host."""

    host_id: str
    realm_id: str
    name: str
    uri: str


@dataclass(frozen=True, slots=True)
class DomainSeen:
    """A domain as its host last described it; every string is foreign text.

    `reason` is why it is paused, or in whatever state but running. `devices` are the PCI addresses
    of the host's devices that it holds, such as `0000:41:00.0`.

    Of a `pending` one only name, power, cores in use and memory are known yet, and the VM's ID
    by its name: the title, devices and all else follow with the next reading.
    """

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
    devices: tuple[str, ...] = ()
    pending: bool = False


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

    @property
    def described(self) -> bool:
        """Whether all is known of its domains, such as which devices they hold."""
        return not any(domain.pending for domain in self.domains)


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
class HostFacts:
    """What a host says of itself; empty, 0 or None is what it does not tell.

    `cores` are those that the host can use, hyperthreads included, as a VM's cores are counted;
    `free_mib` is what nothing uses, caches included.
    """

    hostname: str
    hypervisor: str
    hypervisor_version: str
    libvirt_version: str
    cpu_model: str
    architecture: str
    cores: int
    sockets: int
    cores_per_socket: int
    threads_per_core: int
    numa_cells: int
    mhz: int
    memory_mib: int
    free_mib: int | None


@dataclass(frozen=True, slots=True)
class DeviceSeen:
    """A PCI device of a host: `kind` is its class (`0x030000` is a VGA controller)."""

    address: str
    kind: str
    vendor: str
    product: str
    driver: str


@dataclass(frozen=True, slots=True)
class DriveWanted:
    """An encrypted volume that a VM opens: what opens it is nowhere shown.

    `serial`, of 20 bytes at most, is what the guest sees as the disk's own.
    """

    path: str
    serial: str
    read_only: bool
    passphrase: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class DomainWanted:
    """A domain to start: named after `vm_id`, with the VM's own name as its title.

    `debug`, which a service VM has too, gives it a screen (VNC on a unix socket) beside the serial
    console that all have. `network_filter` names a filter of the host's; `devices` are the PCI
    addresses of those of the host's devices that it alone gets; `startup_script`, of 64 KiB at
    most, is handed to the guest in base64 as `opt/ticrypt/startup-script` of QEMU's fw_cfg.
    `drives` are its disks beside its own, in the order in which the guest counts them.
    """

    vm_id: str
    title: str
    cores: int
    memory_mib: int
    disk_path: str
    network: str
    virt_type: str
    debug: bool
    disk_format: str = "qcow2"
    network_filter: str = ""
    devices: tuple[str, ...] = ()
    startup_script: str = ""
    drives: tuple[DriveWanted, ...] = ()


@dataclass(frozen=True, slots=True)
class GuestRun:
    """How a command in a guest ended; both outputs are foreign text, and say where they were cut.

    They are cut at 64 KiB each. One that a signal ended has its number below 0 as exit code.
    """

    exit_code: int
    output: str
    errors: str


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


class Host(Stores, Filters, Protocol):
    """One host, reached or not. No call waits longer than its deadline.

    Every call raises `HostUnreachable`, or `DeadlineMissed` where the effect is not known,
    `NotFound` for an object that the host does not have, and `Failed` for all else, such as a host
    that is too busy with calls that hang. A call on a broken connection opens a new one.
    """

    address: HostAddress

    @property
    def simulated(self) -> bool:
        """Whether nothing real runs there."""

    def why_not(self, ability: Ability) -> str:
        """Why the host cannot do that, as a sentence; empty where it can. Asks nobody.

        A call that needs what is missing raises `Refused` with the same sentence.
        """

    async def connect(self) -> None:
        """Open the connection, or open it anew."""

    async def facts(self) -> HostFacts:
        """The machine, its hypervisor and its memory."""

    async def devices(self) -> tuple[DeviceSeen, ...]:
        """Every PCI device by its address; none where the host does not tell."""

    async def capabilities(self) -> str:
        """The host's capabilities as libvirt's XML."""

    async def domains(self) -> tuple[DomainSeen, ...]:
        """Every active domain; one that cannot be described is left out of nothing: it is named.

        Many new ones are `pending` at first; the next call describes them.
        """

    async def start(self, wanted: DomainWanted) -> None:
        """Start a transient domain.

        The host knows what opens its drives while it starts it, and not afterwards. Raises
        `Refused` in words for a drive that is not there, that a VM has open, or that opens with
        another key.
        """

    async def shut_down(self, uuid: str) -> None:
        """Ask the guest to shut itself down; returns when it was asked."""

    async def force_off(self, uuid: str) -> None:
        """End a domain at once."""

    async def agent_answers(self, uuid: str) -> bool:
        """Whether the guest's agent answers; one that has not in 2 s does not."""

    async def run_in_guest(
        self, uuid: str, command: Sequence[str], seconds: float = 60
    ) -> GuestRun:
        """Run a program in the guest by its agent, and wait for its end.

        Raises `Failed` in words for a guest without an agent, an agent that may not run programs,
        a program that is not there, and one that does not end in time: it may then still run.
        """

    async def document(self, uuid: str) -> str:
        """The domain's XML, without secrets."""

    async def open_graphics(self, uuid: str) -> Graphics:
        """A connected way to the domain's VNC server. Raises `Refused` where it has none."""

    async def open_console(self, uuid: str, *, take_over: bool = False) -> Console:
        """The domain's serial console, which one alone may have open at a time.

        Raises `Refused` where it has none, and `InUse` where another has it, unless it is to be
        taken over: that one's then ends.
        """

    def reboots(self, uuid: str) -> int:
        """How often the domain's guest has rebooted, as far as that was heard of here."""

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
