"""Libvirt hosts: the servers that run VMs for a realm, and how much of them is taken
(domain.md 2.2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, func, select

from ticrypt_tui.backend.drivers.base import HostFacts, HostSeen, Reach
from ticrypt_tui.backend.errors import TicryptError
from ticrypt_tui.backend.services.base import Detail, Section, Service
from ticrypt_tui.backend.services.hosts.usage import NOTHING, Usage, read_usage
from ticrypt_tui.backend.services.wording import listed, moment
from ticrypt_tui.backend.store.tables.infrastructure import HardwareProfile, Host, ProfileDevice


@dataclass(frozen=True, slots=True)
class HostRow:
    """A host as the store declares it, as it was last seen, and how much of it is taken.

    `cores`, `memory_mib` and `devices` are what its profile allows, 0 where it has none.
    """

    id: str
    name: str
    realm: str
    realm_id: str
    uri: str
    profile: str
    profile_id: str | None
    state: str
    reach: str
    since: datetime | None
    last_contact: datetime | None
    reason: str
    vms: int
    vm_names: tuple[str, ...]
    cores: int
    cores_used: int
    memory_mib: int
    memory_used: int
    devices: int
    devices_used: int
    nat_address: str | None
    nat_port_base: int | None
    version: int


class Hosts(Service[HostRow]):
    """The tab of hosts."""

    tab = "hosts"
    kind = "host"
    noun = "host"

    async def rows(self) -> tuple[HostRow, ...]:
        seen = self.enclave.sightings()
        counted = select(ProfileDevice.profile_id, func.count()).group_by(
            col(ProfileDevice.profile_id)
        )
        async with self.enclave.database.read() as session:
            hosts = list(await session.exec(select(Host).order_by(col(Host.name))))
            profiles = {each.id: each for each in await session.exec(select(HardwareProfile))}
            devices = dict((await session.exec(counted)).all())
            usage = await read_usage(session, seen)
        realms = self.enclave.realm_names
        return tuple(
            _row(
                host, realms[host.realm_id], profiles.get(host.profile_id or ""),
                devices.get(host.profile_id or "", 0), seen.get(host.id),
                usage.get(host.id, NOTHING),
            )
            for host in hosts
        )  # fmt: skip

    async def number(self) -> int:
        return len(self.enclave.sightings())

    async def notices(self) -> tuple[str, ...]:
        return self.enclave.unreachable_notices()

    async def detail(self, row: HostRow) -> Detail:
        sections = [Section("Host", _declared(row)), Section("Used of the profile", _used(row))]
        if row.nat_address or row.nat_port_base:
            sections.append(Section("Static address translation", _translated(row)))
        sections.append(await self._told(row))
        if row.vm_names:
            sections.append(Section("VMs", lines=(listed(row.vm_names, 40),)))
        return Detail(row.name, tuple(sections))

    async def _told(self, row: HostRow) -> Section:
        """What libvirt says of the host, or why it says nothing."""
        try:
            facts = await self.enclave.watch.host(row.id).facts()
        except TicryptError as error:
            return Section("libvirt", lines=(str(error),))
        return Section("libvirt", fact_fields(facts))


def fact_fields(facts: HostFacts) -> tuple[tuple[str, str], ...]:
    """What a host says of itself, labelled; what it does not tell is left out."""
    shape = f"{facts.sockets} × {facts.cores_per_socket} cores × {facts.threads_per_core} threads"
    free = "" if facts.free_mib is None else f"{facts.free_mib} MiB"
    said = (
        ("hostname", facts.hostname),
        ("hypervisor", f"{facts.hypervisor} {facts.hypervisor_version}".strip()),
        ("libvirt", facts.libvirt_version),
        ("processor", f"{facts.cpu_model} {facts.architecture}".strip()),
        ("cores", f"{facts.cores}" if facts.cores else ""),
        ("shape", shape if facts.sockets else ""),
        ("NUMA cells", f"{facts.numa_cells}" if facts.numa_cells else ""),
        ("clock", f"{facts.mhz} MHz" if facts.mhz else ""),
        ("memory", f"{facts.memory_mib} MiB" if facts.memory_mib else ""),
        ("memory free", free),
    )
    return tuple((label, value) for label, value in said if value)


def _row(
    host: Host,
    realm: str,
    profile: HardwareProfile | None,
    devices: int,
    sight: HostSeen | None,
    usage: Usage,
) -> HostRow:
    return HostRow(
        id=host.id,
        name=host.name,
        realm=realm,
        realm_id=host.realm_id,
        uri=host.uri,
        profile=profile.name if profile else "",
        profile_id=host.profile_id,
        state=host.state,
        reach=sight.reach if sight else Reach.NOT_CONTACTED,
        since=sight.since if sight else None,
        last_contact=sight.read_at if sight else None,
        reason=sight.detail if sight else "",
        vms=len(usage.holders),
        vm_names=usage.names,
        cores=profile.cores if profile else 0,
        cores_used=usage.cores,
        memory_mib=profile.memory_mib if profile else 0,
        memory_used=usage.memory_mib,
        devices=devices,
        devices_used=len(usage.held),
        nat_address=host.nat_address,
        nat_port_base=host.nat_port_base,
        version=host.version,
    )


def _declared(row: HostRow) -> tuple[tuple[str, str], ...]:
    answers = row.reach in (Reach.UP, Reach.SIMULATED)
    return (
        ("ID", row.id),
        ("realm", row.realm),
        ("URI", row.uri),
        ("profile", row.profile or "none"),
        ("state", row.state),
        ("seen", f"{row.reach} {row.reason}".strip()),
        ("since", moment(row.since)),
        ("last contact", "now" if answers else moment(row.last_contact, "never")),
    )


def _used(row: HostRow) -> tuple[tuple[str, str], ...]:
    whole = bool(row.profile)
    return (
        ("cores", _of(row.cores_used, row.cores, whole)),
        ("memory", f"{_of(row.memory_used, row.memory_mib, whole)} MiB"),
        ("devices", _of(row.devices_used, row.devices, whole)),
        ("VMs", str(row.vms)),
    )


def _translated(row: HostRow) -> tuple[tuple[str, str], ...]:
    base = "" if row.nat_port_base is None else str(row.nat_port_base)
    return (("address", row.nat_address or ""), ("first port", base))


def _of(used: int, total: int, whole: bool) -> str:
    return f"{used} of {total}" if whole else f"{used}"
