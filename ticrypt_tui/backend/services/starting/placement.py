"""The hosts of a realm as scheduling sees them: what the store has, and what the hosts show."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from operator import add
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Connection, bindparam, func, select
from sqlmodel import col

from ticrypt_tui.backend.drivers.base import DomainSeen, HostSeen, Reach
from ticrypt_tui.backend.scheduling.model import Demand, Place, Verdict
from ticrypt_tui.backend.scheduling.placement import beyond
from ticrypt_tui.backend.services.hosts.usage import outlived, strangers
from ticrypt_tui.backend.store.prepared import Prepared
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.infrastructure import (
    HardwareProfile,
    Host,
    HostState,
    ProfileDevice,
)
from ticrypt_tui.backend.store.tables.machines import Allocation, DeviceAssignment
from ticrypt_tui.config.devices import Device
from ticrypt_tui.text import shown

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave

RECENT = timedelta(seconds=60)
"""A host that was not read for longer than this gets no VM, though nothing says that it is lost."""
_NAMED = 8


class _Row(NamedTuple):
    """What the store has of one host, with what is reserved there."""

    id: str
    name: str
    state: HostState
    generation: int
    profile_id: str | None
    cores: int | None
    memory_mib: int | None
    cost: str | None
    taken_cores: int
    taken_memory: int
    vms: int


class _Use(NamedTuple):
    """What domains use of one host that nobody has reserved anything for."""

    cores: int = 0
    memory_mib: int = 0
    vms: int = 0


_NOTHING = _Use()


def places_of(
    connection: Connection, seen: Mapping[str, HostSeen], realm_id: str,
    gates: Mapping[str, str] | None = None,
) -> list[Place]:  # fmt: skip
    """Every host of a realm: what its profile allows, what is taken, and why nothing may go there.

    `gates` are further reasons by host ID. Taken is what VMs have reserved, and what the domains
    use that a host shows and the store does not know.
    """
    rows = [_Row(*each) for each in _HOSTS.rows(connection, {"realm": realm_id})]
    unknown = _unknown(connection, {row.id: seen[row.id] for row in rows if row.id in seen})
    used: dict[str, _Use] = {}
    for host_id, domain in unknown:
        before = used.get(host_id, _NOTHING)
        more = domain.cores, domain.memory_mib, 1
        used[host_id] = _Use(*map(add, before, more))
    devices = _devices(connection, realm_id)
    held = _held(connection, unknown) if devices else {}
    gates, since = gates or {}, now() - RECENT
    return [
        Place(
            id=row.id,
            name=row.name,
            cores=row.cores or 0,
            memory_mib=row.memory_mib or 0,
            cores_used=row.taken_cores + (own := used.get(row.id, _NOTHING)).cores,
            memory_used=row.taken_memory + own.memory_mib,
            vms=row.vms + own.vms,
            devices=devices.get(row.profile_id or "", ()),
            devices_held=frozenset(held.get(row.id, ())),
            gates=_gates(row, seen.get(row.id), gates.get(row.id, ""), since),
            cost=row.cost or "spread",
            generation=row.generation,
        )
        for row in rows
    ]


_RESERVED = (
    select(
        col(Allocation.host_id),
        func.sum(Allocation.cores).label("cores"),
        func.sum(Allocation.memory_mib).label("memory_mib"),
        func.count().label("vms"),
    )
    .group_by(col(Allocation.host_id))
    .subquery()
)
_HOSTS = Prepared(
    select(
        col(Host.id), col(Host.name), col(Host.state), col(Host.generation), col(Host.profile_id),
        col(HardwareProfile.cores), col(HardwareProfile.memory_mib), col(HardwareProfile.cost),
        func.coalesce(_RESERVED.c.cores, 0).label("taken_cores"),
        func.coalesce(_RESERVED.c.memory_mib, 0).label("taken_memory"),
        func.coalesce(_RESERVED.c.vms, 0).label("vms"),
    )
    .outerjoin(HardwareProfile)
    .outerjoin(_RESERVED, _RESERVED.c.host_id == col(Host.id))
    .where(col(Host.realm_id) == bindparam("realm"))
)  # fmt: skip
_HOLDERS = select(col(Allocation.vm_id))
_ASSIGNED = select(col(DeviceAssignment.host_id), col(DeviceAssignment.pci_address))
_UNITS = Prepared(
    select(col(ProfileDevice.profile_id), col(ProfileDevice.kind), col(ProfileDevice.pci_address))
    .join(HardwareProfile)
    .where(col(HardwareProfile.realm_id) == bindparam("realm"))
)


def _unknown(connection: Connection, seen: Mapping[str, HostSeen]) -> list[tuple[str, DomainSeen]]:
    """The domains that hosts show, but for VMs that have a reservation, or have just ended."""
    if not strangers(seen, ()):
        return []
    known = set(connection.scalars(_HOLDERS))
    return strangers(seen, known | outlived(connection, seen, known))


def _devices(connection: Connection, realm_id: str) -> dict[str, tuple[Device, ...]]:
    """The device units of each profile of the realm."""
    found: dict[str, list[Device]] = {}
    for profile_id, kind, address in _UNITS.rows(connection, {"realm": realm_id}):
        found.setdefault(profile_id, []).append(Device(kind, address))
    return {profile_id: tuple(sorted(devices)) for profile_id, devices in found.items()}


def _held(connection: Connection, unknown: Iterable[tuple[str, DomainSeen]]) -> dict[str, set[str]]:
    """The PCI addresses that are assigned on each host, or that an unknown domain has there."""
    held: dict[str, set[str]] = {}
    for host_id, address in connection.execute(_ASSIGNED):
        held.setdefault(host_id, set()).add(address)
    for host_id, domain in unknown:
        held.setdefault(host_id, set()).update(domain.devices)
    return held


def _gates(row: _Row, seen: HostSeen | None, gate: str, since: datetime) -> tuple[str, ...]:
    state = row.state
    silent = "" if state is HostState.DISABLED else _silent(seen, since)
    if state is HostState.ENABLED and row.profile_id and not silent and not gate:
        return ()
    reasons = (
        "" if state is HostState.ENABLED else f"state is {state}",
        silent,
        gate,
        "" if row.profile_id else "has no hardware profile",
    )
    return tuple(each for each in reasons if each)


def _silent(seen: HostSeen | None, since: datetime) -> str:
    """Why an enabled host is not known to be there since then, or is not a real one."""
    if seen is None:
        return "is not contacted"
    if seen.reach is not Reach.UP:
        return _NOT_UP[seen.reach].format(since=f"{seen.since.astimezone():%H:%M}")
    if not seen.described:
        return "is still being read: which devices its VMs hold is not known yet"
    if seen.read_at is None or seen.read_at < since:
        return f"was last read at {(seen.read_at or seen.since).astimezone():%H:%M:%S}"
    return ""


_NOT_UP = {
    Reach.NOT_CONTACTED: "is not contacted",
    Reach.SIMULATED: "is simulated",
    Reach.CONNECTING: "is still being connected to",
    Reach.UNREACHABLE: "does not answer since {since}",
}


async def never_fits(enclave: Enclave, realm_id: str, demand: Demand) -> str:
    """A warning that no host of the realm could ever hold a VM, even with nothing else on it; ''.

    What a host's state is, or whether it answers, does not matter here.
    """
    every = await enclave.database.read_at_once(lambda plain: places_of(plain, {}, realm_id))
    hosts = [place for place in every if place.cores]
    if not hosts:
        what = "none of its hosts has a hardware profile" if every else "it has no hosts"
        return f"No host of the realm could hold it: {what}."
    short = [(place.name, beyond(demand, place)) for place in hosts]
    if any(not reasons for _, reasons in short):
        return ""
    return f"No host of the realm could ever hold it: {'; '.join(told(short))}."


def reasons_of(verdicts: Sequence[Verdict]) -> tuple[str, ...]:
    """Why each host cannot take a VM, a line for each; or that there is none."""
    against = [(each.place.name, each.reasons) for each in verdicts[: _NAMED + 1]]
    return told(against, len(verdicts)) or ("it has no hosts",)


def told(
    reasons: Collection[tuple[str, Sequence[str]]], count: int | None = None
) -> tuple[str, ...]:
    """What stands against each host, a line for each; `count` is how many there are in all."""
    said = [f"{shown(name)}: {', '.join(why)}" for name, why in list(reasons)[:_NAMED]]
    more = (len(reasons) if count is None else count) - len(said)
    return (*said, f"and {more} more hosts") if more > 0 else (*said,)
