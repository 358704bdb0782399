"""The hosts of a realm as scheduling sees them: what the store has, and what the hosts show."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from ticrypt_tui.backend.drivers.base import DomainSeen, HostSeen, Reach
from ticrypt_tui.backend.scheduling.model import Demand, Place, Verdict
from ticrypt_tui.backend.scheduling.placement import beyond
from ticrypt_tui.backend.services.usage import outlived, strangers
from ticrypt_tui.backend.store.at_once import at_once
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


@dataclass(slots=True)
class _Taken:
    """What is taken of one host."""

    cores: int = 0
    memory_mib: int = 0
    vms: int = 0

    def add(self, cores: int, memory_mib: int) -> None:
        self.cores += cores
        self.memory_mib += memory_mib
        self.vms += 1


def places_of(
    session: Session, seen: Mapping[str, HostSeen], realm_id: str,
    gates: Mapping[str, str] | None = None,
) -> list[Place]:  # fmt: skip
    """Every host of a realm: what its profile allows, what is taken, and why nothing may go there.

    `gates` are further reasons by host ID. Taken is what VMs have reserved, and what the domains
    use that a host shows and the store does not know.
    """
    rows = session.exec(_HOSTS, params={"realm": realm_id}).all()
    here = {row.id: seen[row.id] for row in rows if row.id in seen}
    taken, known = _taken(session)
    unknown = strangers(here, known | outlived(session, here, known))
    for host_id, domain in unknown:
        taken.setdefault(host_id, _Taken()).add(domain.cores, domain.memory_mib)
    devices = _devices(session, realm_id)
    held = _held(session, unknown) if devices else {}
    return [
        Place(
            id=row.id,
            name=row.name,
            cores=row.cores or 0,
            memory_mib=row.memory_mib or 0,
            cores_used=taken[row.id].cores if row.id in taken else 0,
            memory_used=taken[row.id].memory_mib if row.id in taken else 0,
            vms=taken[row.id].vms if row.id in taken else 0,
            devices=devices.get(row.profile_id, ()),
            devices_held=frozenset(held.get(row.id, ())),
            gates=_gates(row, seen.get(row.id), (gates or {}).get(row.id, "")),
            cost=row.cost or "spread",
            generation=row.generation,
        )
        for row in rows
    ]


_HOSTS: Any = select(  # type: ignore[call-overload]
    Host.id, Host.name, Host.state, Host.generation, Host.profile_id, HardwareProfile.cores,
    HardwareProfile.memory_mib, HardwareProfile.cost,
).outerjoin(HardwareProfile).where(Host.realm_id == bindparam("realm"))  # fmt: skip
_RESERVED = select(Allocation.host_id, Allocation.vm_id, Allocation.cores, Allocation.memory_mib)
_UNITS = (
    select(ProfileDevice.profile_id, ProfileDevice.kind, ProfileDevice.pci_address)
    .join(HardwareProfile)
    .where(col(HardwareProfile.realm_id) == bindparam("realm"))
)


def _taken(session: Session) -> tuple[dict[str, _Taken], set[str]]:
    """What is reserved of each host, and the VMs that have it."""
    taken: dict[str, _Taken] = {}
    known: set[str] = set()
    for host_id, vm_id, cores, memory_mib in session.exec(_RESERVED):
        taken.setdefault(host_id, _Taken()).add(cores, memory_mib)
        known.add(vm_id)
    return taken, known


def _devices(session: Session, realm_id: str) -> dict[str, tuple[Device, ...]]:
    """The device units of each profile of the realm."""
    found: dict[str, list[Device]] = {}
    for profile_id, kind, address in session.exec(_UNITS, params={"realm": realm_id}):
        found.setdefault(profile_id, []).append(Device(kind, address))
    return {profile_id: tuple(sorted(devices)) for profile_id, devices in found.items()}


def _held(session: Session, unknown: Iterable[tuple[str, DomainSeen]]) -> dict[str, set[str]]:
    """The PCI addresses that are assigned on each host, or that an unknown domain has there."""
    held: dict[str, set[str]] = {}
    assigned = select(DeviceAssignment.host_id, DeviceAssignment.pci_address)
    for host_id, address in session.exec(assigned):
        held.setdefault(host_id, set()).add(address)
    for host_id, domain in unknown:
        held.setdefault(host_id, set()).update(domain.devices)
    return held


def _gates(row: Any, seen: HostSeen | None, gate: str) -> tuple[str, ...]:
    reasons = (
        "" if row.state is HostState.ENABLED else f"state is {row.state}",
        "" if row.state is HostState.DISABLED else _silent(seen),
        gate,
        "" if row.profile_id else "has no hardware profile",
    )
    return tuple(each for each in reasons if each)


def _silent(seen: HostSeen | None) -> str:
    """Why an enabled host is not known to be there, or is not a real one."""
    if seen is None:
        return "is not contacted"
    if seen.reach is not Reach.UP:
        return _NOT_UP[seen.reach].format(since=f"{seen.since.astimezone():%H:%M}")
    if not seen.described:
        return "is still being read: which devices its VMs hold is not known yet"
    if seen.read_at is None or now() - seen.read_at > RECENT:
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
    async with enclave.database.read() as session:
        every = await at_once(session, lambda plain: places_of(plain, {}, realm_id))
    hosts = [place for place in every if place.cores]
    if not hosts:
        what = "none of its hosts has a hardware profile" if every else "it has no hosts"
        return f"No host of the realm could hold it: {what}."
    short = [(place.name, beyond(demand, place)) for place in hosts]
    if any(not reasons for _, reasons in short):
        return ""
    return f"No host of the realm could ever hold it: {told(short)}."


def reasons_of(verdicts: Sequence[Verdict]) -> str:
    """Why each host cannot take a VM; or that there is none."""
    against = [(each.place.name, each.reasons) for each in verdicts[: _NAMED + 1]]
    return told(against, len(verdicts)) or "it has no hosts"


def told(reasons: Collection[tuple[str, Sequence[str]]], count: int | None = None) -> str:
    """What stands against each host, in words; `count` is how many hosts there are in all."""
    said = [f"{shown(name)}: {', '.join(why)}" for name, why in list(reasons)[:_NAMED]]
    more = (len(reasons) if count is None else count) - len(said)
    return "; ".join([*said, f"and {more} more hosts"] if more > 0 else said)
