"""Running VMs: what the store says should be, joined with what the hosts say is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from sqlmodel import col, select

from ticrypt_tui.backend.drivers.base import DomainSeen, HostSeen, Power, Reach
from ticrypt_tui.backend.services.base import Detail, Section, Service
from ticrypt_tui.backend.services.events import event_lines
from ticrypt_tui.backend.services.names import Names, read_names
from ticrypt_tui.backend.store.tables.machines import Vm, VmState

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave

_NOT_STARTED = frozenset({VmState.SCHEDULING, VmState.STARTING})
_TOLD_BY_HOST = {Power.PAUSED: VmState.PAUSED, Power.SHUTTING_DOWN: VmState.SHUTTING_DOWN}


@dataclass(frozen=True, slots=True)
class RunningVm:
    """A VM that has not ended, or a domain that the store does not know (`known` is False).

    A `simulated` one is played by libvirt: nothing of it is real, and nothing of it in the store.
    `stale_since` is when a VM was last seen whose host does not answer or is not contacted. What
    its host has still to tell of a `pending` one is empty, and a stranger's name is its domain's.
    """

    id: str
    name: str
    state: str
    owner: str = ""
    team: str = ""
    project: str = ""
    realm: str = ""
    realm_id: str = ""
    host: str = ""
    host_id: str | None = None
    cores: int = 0
    memory_mib: int = 0
    started: datetime | None = None
    address: str | None = None
    mac: str | None = None
    debug: bool = False
    known: bool = True
    stale_since: datetime | None = None
    setup: str = ""
    service: bool = False
    owner_id: str | None = None
    team_id: str | None = None
    project_id: str | None = None
    image_id: str | None = None
    configuration_id: str | None = None
    service_vm_id: str | None = None
    co_owner_ids: tuple[str, ...] = ()
    above: tuple[str, ...] = ()
    uuid: str = ""
    domain: str = ""
    reason: str = ""
    has_screen: bool = False
    has_console: bool = False
    asked: bool = False
    simulated: bool = False
    pending: bool = False


@dataclass(frozen=True, slots=True)
class Sighting:
    """A domain and the host that it was seen on."""

    host: HostSeen
    domain: DomainSeen


def joined(
    stored: Sequence[RunningVm],
    seen: Mapping[str, HostSeen],
    realms: Mapping[str, str],
    ended: Mapping[str, datetime],
) -> tuple[RunningVm, ...]:
    """The rows of the store as their hosts see them, then the domains that the store does not know.

    `realms` gives realm names by ID; `ended` the time of VMs that have ended already, whose domain
    may be in a reading from before that.
    """
    by_vm = _by_vm(seen.values())
    known = [_as_seen(row, by_vm.get(row.id, []), seen.get(row.host_id or "")) for row in stored]
    ids = {row.id for row in stored}
    unknown = (
        _unknown(each, realms)
        for host in seen.values()
        for each in (Sighting(host, domain) for domain in host.domains)
        if each.domain.vm_id not in ids and not _outdated(each, ended)
    )
    return (*known, *_distinct(unknown))


def _by_vm(hosts: Iterable[HostSeen]) -> dict[str, list[Sighting]]:
    found: dict[str, list[Sighting]] = {}
    for host in hosts:
        for domain in host.domains:
            if domain.vm_id:
                found.setdefault(domain.vm_id, []).append(Sighting(host, domain))
    return found


def _as_seen(row: RunningVm, sightings: list[Sighting], host: HostSeen | None) -> RunningVm:
    """A row of the store with what was seen of it: on its own host, else wherever it is fresh."""
    own = [each for each in sightings if each.host.address.host_id == row.host_id]
    fresh = [each for each in sightings if each.host.fresh]
    best = next((each for each in (*own, *fresh) if each.host.fresh), next(iter(own), None))
    if best is not None:
        return _described(row, best)
    if row.state in _NOT_STARTED or _started_since(row, host):
        return row
    if host is None or not host.fresh:
        return replace(row, stale_since=_last_seen(host) or row.started)
    return replace(row, state=f"{row.state} ?", reason="its host runs no such VM")


def _started_since(row: RunningVm, host: HostSeen | None) -> bool:
    """Whether a VM was started after its host was last read, so that it cannot be seen yet."""
    return bool(row.started and host and host.read_at and row.started >= host.read_at)


def _described(row: RunningVm, sighting: Sighting) -> RunningVm:
    host, domain = sighting.host, sighting.domain
    return replace(
        row,
        state=_TOLD_BY_HOST.get(domain.power, row.state),
        reason=domain.reason if domain.power is Power.PAUSED else row.reason,
        host=host.address.name,
        host_id=host.address.host_id,
        address=domain.address,
        mac=domain.mac,
        uuid=domain.uuid,
        domain=domain.name,
        has_screen=domain.has_screen,
        has_console=domain.has_console,
        pending=domain.pending,
        stale_since=None if host.fresh else _last_seen(host),
    )


def _last_seen(host: HostSeen | None) -> datetime | None:
    return (host.read_at or host.since) if host else None


def _outdated(sighting: Sighting, ended: Mapping[str, datetime]) -> bool:
    """Whether a domain was read before the VM that it is had ended."""
    end = ended.get(sighting.domain.vm_id or "")
    return end is not None and (sighting.host.read_at or sighting.host.since) <= end


def _unknown(sighting: Sighting, realms: Mapping[str, str]) -> RunningVm:
    host, domain = sighting.host, sighting.domain
    simulated = host.reach is Reach.SIMULATED
    row = RunningVm(
        id=domain.uuid,
        name=domain.title or domain.name,
        state=domain.power if simulated else f"{domain.power} ?",
        realm=realms.get(host.address.realm_id, host.address.realm_id),
        realm_id=host.address.realm_id,
        cores=domain.cores,
        memory_mib=domain.memory_mib,
        known=False,
        reason="simulated by libvirt" if simulated else "unknown to the store",
        simulated=simulated,
    )
    return replace(_described(row, sighting), state=row.state)


def _distinct(rows: Iterable[RunningVm]) -> list[RunningVm]:
    """Rows with an ID each: a domain that two hosts show is named after its host, too."""
    found: dict[str, RunningVm] = {}
    for row in rows:
        key = row.id if row.id not in found else f"{row.id}@{row.host_id}"
        found[key] = replace(row, id=key)
    return list(found.values())


def stored_row(vm: Vm, names: Names, realms: Mapping[str, str]) -> RunningVm:
    """A VM as the store alone knows it."""
    return RunningVm(
        id=vm.id,
        name=vm.name,
        state=vm.state,
        owner=names.owner(vm.owner_id),
        team=names.team(vm.team_id, vm.team_name),
        project=names.project(vm.project_id, vm.project_tag),
        realm=realms.get(vm.realm_id, vm.realm_id),
        realm_id=vm.realm_id,
        host=names.host(vm.host_id, vm.host_name),
        host_id=vm.host_id,
        cores=vm.cores,
        memory_mib=vm.memory_mib,
        started=vm.started,
        debug=vm.debug,
        setup=vm.setup_name,
        service=vm.service,
        owner_id=vm.owner_id,
        team_id=vm.team_id,
        project_id=vm.project_id,
        image_id=vm.image_id,
        configuration_id=vm.configuration_id,
        service_vm_id=vm.service_vm_id,
        co_owner_ids=names.co_owners.get(vm.configuration_id or "", ()),
        above=names.above.get(vm.project_id or "", ()),
        uuid=vm.id.removeprefix("vm-"),
        domain=vm.id,
        asked=vm.shutdown_asked_by is not None,
    )


async def all_vms(enclave: Enclave) -> tuple[RunningVm, ...]:
    """Every VM that has not ended, service VMs too, and every domain that is nobody's."""
    seen = enclave.sightings()
    realms = enclave.realm_names
    strangers = {d.vm_id for host in seen.values() for d in host.domains if d.vm_id}
    async with enclave.database.read() as session:
        names = await read_names(session)
        running = select(Vm).where(col(Vm.ended).is_(None)).order_by(col(Vm.created))
        stored = [stored_row(vm, names, realms) for vm in await session.exec(running)]
        over = select(Vm).where(col(Vm.ended).is_not(None), col(Vm.id).in_(strangers))
        ended = {vm.id: vm.ended for vm in await session.exec(over) if vm.ended}
    return joined(stored, seen, realms, ended)


class RunningVms(Service[RunningVm]):
    """The tab of running VMs; service VMs are not among them (seed)."""

    tab = "running"
    kind = "vm"
    noun = "VM"

    async def rows(self) -> tuple[RunningVm, ...]:
        return tuple(each for each in await all_vms(self.enclave) if not each.service)

    async def notices(self) -> tuple[str, ...]:
        return self.enclave.unreachable_notices()

    async def detail(self, row: RunningVm) -> Detail:
        sections = (Section("VM", _facts(row)), Section("Where", _place(row)))
        if not row.known:
            return Detail(row.name, sections)
        events = Section("Events", lines=await event_lines(self.enclave.database, row.id))
        return Detail(row.name, (*sections, events))


def _facts(row: RunningVm) -> tuple[tuple[str, str], ...]:
    return (
        ("ID", row.id),
        ("state", f"{row.state} ({row.reason})" if row.reason else row.state),
        ("owner", row.owner),
        ("team", row.team),
        ("project", row.project),
        ("setup", row.setup),
        ("debug", "on" if row.debug else "off"),
        ("cores", str(row.cores)),
        ("memory", f"{row.memory_mib} MiB"),
    )


def _place(row: RunningVm) -> tuple[tuple[str, str], ...]:
    return (
        ("realm", row.realm),
        ("host", row.host),
        ("started", _utc(row.started)),
        ("address", row.address or ("being read" if row.pending else "")),
        ("MAC", row.mac or ("being read" if row.pending else "")),
        ("UUID", row.uuid),
        ("last seen", _utc(row.stale_since) if row.stale_since else "now"),
    )


def _utc(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else ""
