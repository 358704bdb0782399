"""What a round of Fix VMs reads: the store first, then every host of the realm, freshly."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func
from sqlmodel import col, select

from ticrypt_tui.backend.drivers.base import DomainSeen, Ending, Host, HostSeen, Power
from ticrypt_tui.backend.errors import Failed, HostUnreachable, TicryptError
from ticrypt_tui.backend.services.hosts.usage import NOT_UP_YET
from ticrypt_tui.backend.services.vms.ending import end_of_gone
from ticrypt_tui.backend.services.vms.shutdown import FORCED_WITHIN
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.machines import Allocation, Vm, VmEvent, VmState
from ticrypt_tui.backend.sync.differences import Difference, Kind
from ticrypt_tui.backend.sync.endings import Told
from ticrypt_tui.backend.sync.registration import HEARD_OUT
from ticrypt_tui.backend.sync.snapshots import HostSnapshot, StoredVm, StoreSnapshot
from ticrypt_tui.backend.sync.vm_plan import SETTLED, gone, known_as, plan_vms
from ticrypt_tui.config.realm import RealmSettings

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave

READ_WITHIN = 30.0
"""Seconds that a host has to answer in full."""
TRIES = 20
"""How often a host is asked that has told only a part."""
APART = 0.25
TAKES_UP = timedelta(minutes=1)
"""How long a VM may take to be seen by whoever takes it on, where it need not register."""
AT_ONCE = 8
_ASKED_AT_ONCE = 500
_DECIDED_BY_TWO = (Kind.VM_LOST, Kind.VM_TWICE)
_COLUMNS: Any = (
    Vm.id, Vm.name, Vm.realm_id, Vm.state, Vm.host_id, Vm.host_name, Vm.ended, Vm.end, Vm.started,
    Allocation.host_id,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class VmPlan:
    """The differences, and what they were found in."""

    store: StoreSnapshot
    hosts: tuple[HostSnapshot, ...]
    told: Mapping[str, Told]
    differences: tuple[Difference, ...]

    def domain(self, difference: Difference) -> DomainSeen | None:
        """The domain that a difference is about, as its host showed it."""
        return next(
            (
                domain
                for host in self.hosts
                if host.id == difference.host_id
                for domain in host.domains
                if known_as(domain) == difference.subject
            ),
            None,
        )


async def read_plan(enclave: Enclave, realm_id: str) -> VmPlan:
    """Compare a realm; what one reading cannot decide is looked at once more, a moment later."""
    first = await _compared(enclave, realm_id, frozenset())
    if not any(each.kind in _DECIDED_BY_TWO for each in first.differences):
        return first
    await asyncio.sleep(SETTLED.total_seconds())
    answered = frozenset(host.id for host in first.hosts if not host.silent)
    return await _compared(enclave, realm_id, answered)


async def _compared(enclave: Enclave, realm_id: str, before: frozenset[str]) -> VmPlan:
    store = await _read_store(enclave, realm_id)
    read = await read_hosts(enclave, realm_id)
    hosts = tuple(replace(host, steady=host.id in before and not host.silent) for host in read)
    store = replace(store, vms={**store.vms, **await _others(enclave, store, hosts)})
    # on a thread: ten thousand VMs would hold up who looks at the screen
    told = await _endings(enclave, await asyncio.to_thread(gone, store, hosts), hosts)
    return VmPlan(store, hosts, told, await asyncio.to_thread(plan_vms, store, hosts, told))


async def read_hosts(enclave: Enclave, realm_id: str) -> list[HostSnapshot]:
    """Every host of a realm as it is now; none waits for another."""
    seen = [each for each in enclave.sightings().values() if each.address.realm_id == realm_id]
    return list(await asyncio.gather(*(_read_host(enclave, each) for each in seen)))


async def _read_host(enclave: Enclave, seen: HostSeen) -> HostSnapshot:
    address, at = seen.address, now()
    try:
        host = enclave.watch.host(address.host_id)
        async with asyncio.timeout(READ_WITHIN):
            domains = await _in_full(host)
    except TimeoutError:
        why = f"It did not answer in full within {READ_WITHIN:g} s."
    except TicryptError as error:
        why = str(error)
    else:
        return HostSnapshot(address.host_id, address.name, at, domains)
    return HostSnapshot(address.host_id, address.name, at, silent=why)


async def _in_full(host: Host) -> tuple[DomainSeen, ...]:
    """All domains of a host; raises `Failed` where it answers in part, or is simulated."""
    if host.simulated:
        raise Failed("It is simulated: nothing runs there.")
    for _ in range(TRIES):
        domains = await host.domains()
        left = sum(domain.pending for domain in domains)
        if not left:
            return domains
        await asyncio.sleep(APART)
    raise HostUnreachable(f"It answered only in part: {left} of its VMs are not described yet.")


async def _read_store(enclave: Enclave, realm_id: str) -> StoreSnapshot:
    running = _vms().where(col(Vm.realm_id) == realm_id, col(Vm.ended).is_(None))

    def read(connection: Connection) -> dict[str, StoredVm]:
        rows = connection.execute(running).all()
        asked = _asked(connection, any(each[3] is VmState.SHUTTING_DOWN for each in rows))
        return _stored(enclave, rows, asked)

    vms = await enclave.database.read_at_once(read)
    hosts = {
        key: each.address.name
        for key, each in enclave.sightings().items()
        if each.address.realm_id == realm_id
    }
    return StoreSnapshot(realm_id, vms, hosts)


async def _others(
    enclave: Enclave, store: StoreSnapshot, hosts: Iterable[HostSnapshot]
) -> dict[str, StoredVm]:
    """The VMs that hosts show and that are not among those that run: past ones, and new ones."""
    shown = {known_as(domain) for host in hosts for domain in host.domains}
    wanted = sorted(shown - store.vms.keys())
    found: dict[str, StoredVm] = {}
    for at in range(0, len(wanted), _ASKED_AT_ONCE):
        some = _vms().where(col(Vm.id).in_(wanted[at : at + _ASKED_AT_ONCE]))
        async with enclave.database.read() as session:
            found |= _stored(enclave, (await session.exec(some)).all(), {}, new=True)
    return found


def _vms() -> Any:
    return select(*_COLUMNS).join(Allocation, col(Allocation.vm_id) == col(Vm.id), isouter=True)


def _asked(connection: Connection, some: bool) -> dict[str, datetime]:
    """When each VM that is being shut down, if there are some, was last asked to."""
    if not some:
        return {}
    closing = select(Vm.id).where(col(Vm.ended).is_(None), Vm.state == VmState.SHUTTING_DOWN)
    newest = select(VmEvent.vm_id, func.max(VmEvent.at)).where(
        col(VmEvent.what).in_(("shutdown asked", "force off")), col(VmEvent.vm_id).in_(closing)
    )
    rows = connection.execute(newest.group_by(col(VmEvent.vm_id))).all()
    return {vm_id: at for vm_id, at in rows}


def _stored(
    enclave: Enclave, rows: Iterable[Any], asked: Mapping[str, datetime], *, new: bool = False
) -> dict[str, StoredVm]:
    """The rows by ID; of `new` ones, those that run were begun after the store was read."""
    at = now()
    return {
        row[0]: StoredVm(
            id=row[0], name=row[1], realm_id=row[2], state=row[3], host_id=row[4],
            host_name=row[5], ended=row[6], allocated=row[9],
            busy=_busy(enclave, row, asked, at, new),
        )
        for row in rows
    }  # fmt: skip


def _busy(
    enclave: Enclave, row: Any, asked: Mapping[str, datetime], at: datetime, new: bool
) -> str:
    """What somebody is doing with a VM, whom a repair would disturb; empty where nobody is."""
    vm_id, realm_id, state, ended, end, started = row[0], row[2], row[3], row[6], row[7], row[8]
    if ended is not None:
        return ""
    if new or state in NOT_UP_YET:
        return "being started"
    if end is not None:
        return "being ended"
    realm = enclave.realms.get(realm_id)
    until = None if realm is None else _until(realm, state, started, asked.get(vm_id))
    return str(state) if until is not None and at < until else ""


def _until(
    realm: RealmSettings, state: VmState, started: datetime | None, asked: datetime | None
) -> datetime | None:
    """Until when a living console may still be taking a VM on, or waiting for its end."""
    if state in (VmState.BOOTING, VmState.REGISTERING) and started is not None:
        return started + (realm.registration_timeout or TAKES_UP) + HEARD_OUT
    if state is VmState.SHUTTING_DOWN and asked is not None:
        return asked + realm.shutdown_timeout + timedelta(seconds=FORCED_WITHIN)
    return None


async def _endings(
    enclave: Enclave, vms: Iterable[StoredVm], hosts: Iterable[HostSnapshot]
) -> dict[str, Told]:
    """How those that are gone ended: as their hosts show it, or as QEMU's logs tell."""
    crashed = {
        known_as(domain): Told(Ending.CRASHED, domain.reason or "the guest crashed", host.read_at)
        for host in hosts
        for domain in host.domains
        if domain.power is Power.CRASHED
    }
    turns = asyncio.Semaphore(AT_ONCE)

    async def told(vm: StoredVm) -> Told | None:
        async with turns:
            try:
                return crashed.get(vm.id) or await end_of_gone(enclave, vm.id)
            except TicryptError:
                return None

    wanted = list(vms)
    found = await asyncio.gather(*map(told, wanted))
    return {vm.id: each for vm, each in zip(wanted, found, strict=True) if each is not None}
