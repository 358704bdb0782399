"""What is taken of each host, and by which VMs: as the store has it, and as the host shows it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, bindparam
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.drivers.base import DomainSeen, HostSeen
from ticrypt_tui.backend.store.at_once import at_once
from ticrypt_tui.backend.store.tables.machines import DeviceAssignment, Vm, VmState

NOT_UP_YET = frozenset({VmState.SCHEDULING, VmState.STARTING})


@dataclass(frozen=True, slots=True)
class Holder:
    """A VM and what it holds of its host; `known` is False for one that the store does not know.

    What a VM that is not up yet holds is reserved; `seen` says whether its host shows it.
    """

    id: str
    name: str
    cores: int
    memory_mib: int
    devices: tuple[str, ...] = ()
    known: bool = True
    reserved: bool = False
    seen: bool = False


@dataclass(frozen=True, slots=True)
class Usage:
    """All that is taken of one host; `held` is which VM has the device at each PCI address."""

    holders: tuple[Holder, ...] = ()
    cores: int = 0
    memory_mib: int = 0
    held: Mapping[str, Holder] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(holder.name for holder in self.holders)


NOTHING = Usage()


def usage_of(holders: Iterable[Holder]) -> Usage:
    """The sums of what VMs hold."""
    every = tuple(sorted(holders, key=lambda each: each.name))
    return Usage(
        every,
        sum(each.cores for each in every),
        sum(each.memory_mib for each in every),
        {address: each for each in every for address in each.devices},
    )


async def read_usage(session: AsyncSession, seen: Mapping[str, HostSeen]) -> dict[str, Usage]:
    """The usage of every host that has any, by its ID."""
    columns = (col(Vm.id), col(Vm.name), col(Vm.host_id), col(Vm.cores), col(Vm.memory_mib))
    running = select(*columns, col(Vm.state)).where(  # type: ignore[call-overload]
        col(Vm.ended).is_(None), col(Vm.host_id).is_not(None)
    )
    devices: dict[str, list[str]] = {}
    for assigned in await session.exec(select(DeviceAssignment)):
        devices.setdefault(assigned.vm_id, []).append(assigned.pci_address)
    stored: dict[str, dict[str, Holder]] = {}
    for vm_id, name, host_id, cores, memory, state in await session.exec(running):
        held = tuple(sorted(devices.get(vm_id, ())))
        reserved = state in NOT_UP_YET
        holder = Holder(vm_id, name, cores, memory, held, reserved=reserved)
        stored.setdefault(host_id, {})[vm_id] = holder
    known = {vm_id for of_host in stored.values() for vm_id in of_host}
    known |= await at_once(session, lambda plain: outlived(plain, seen, known))
    return {
        host_id: usage_of(_holders(stored.get(host_id, {}), seen.get(host_id), known))
        for host_id in {*stored, *seen}
    }


def outlived(
    connection: Connection, seen: Mapping[str, HostSeen], known: Collection[str]
) -> set[str]:
    """The VMs that ended since their hosts were read, which these hosts therefore still show."""
    shown_at = {domain.vm_id: seen[host_id].read_at for host_id, domain in strangers(seen, known)}
    vms = [each for each in shown_at if each]
    rows = connection.execute(_ENDED, {"vms": vms}) if vms else ()
    return {vm_id for vm_id, at in rows if (read_at := shown_at[vm_id]) and at and at >= read_at}


_ENDED = select(col(Vm.id), col(Vm.ended)).where(
    col(Vm.id).in_(bindparam("vms", expanding=True)), col(Vm.ended).is_not(None)
)


def strangers(seen: Mapping[str, HostSeen], known: Collection[str]) -> list[tuple[str, DomainSeen]]:
    """The domains that hosts show and that are none of the known VMs, each with its host's ID.

    Of a host that is not answering, what it once showed counts no more.
    """
    return [
        (host_id, domain)
        for host_id, host in seen.items()
        if host.fresh
        for domain in host.domains
        if domain.vm_id not in known
    ]


def _holders(stored: Mapping[str, Holder], host: HostSeen | None, known: set[str]) -> list[Holder]:
    """The store's VMs of a host, and the domains that run there and that the store does not know.

    Of a host that is not answering, what it once showed counts no more.
    """
    domains = host.domains if host is not None and host.fresh else ()
    shows = {domain.vm_id for domain in domains}
    others = [_stranger(each) for each in domains if each.vm_id not in known]
    return [*(_marked(each, each.id in shows) for each in stored.values()), *others]


def _marked(holder: Holder, seen: bool) -> Holder:
    if not seen:
        return holder
    return Holder(
        holder.id, holder.name, holder.cores, holder.memory_mib, holder.devices, True, False, True
    )


def _stranger(domain: DomainSeen) -> Holder:
    name = domain.title or domain.name
    return Holder(
        domain.uuid, name, domain.cores, domain.memory_mib, domain.devices, known=False, seen=True
    )
