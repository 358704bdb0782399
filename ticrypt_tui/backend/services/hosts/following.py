"""Which hosts are watched, what they last said, and what follows from it for the store."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Coroutine, Iterable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlmodel import select

from ticrypt_tui.backend.background import Background
from ticrypt_tui.backend.drivers.base import DomainEnded, HostAddress, HostSeen, Reach
from ticrypt_tui.backend.errors import TicryptError
from ticrypt_tui.backend.services.starting.interrupted import InterruptedStarts
from ticrypt_tui.backend.services.vms.ending import end_of_gone, record_end
from ticrypt_tui.backend.services.vms.running_vm import RunningVm
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.infrastructure import Host, HostState
from ticrypt_tui.backend.store.tables.machines import VmState
from ticrypt_tui.backend.sync.endings import told_by_event
from ticrypt_tui.courtesy import give_way
from ticrypt_tui.text import shown

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave

SWEEP_SECONDS = 30.0
"""How often VMs whose end nobody saw are looked for, besides after every new reading."""
_HOSTS, _ROWS = 50, 1000
"""How many of them are looked through at one go."""
RECORDED_WITHIN = 5.0
"""Seconds that the ends which were just seen have to be recorded, when the console is closed."""


class Following:
    """Keeps the watch on the hosts that the store declares, and the store up with their VMs."""

    def __init__(self, enclave: Enclave) -> None:
        self._enclave = enclave
        self._declared: dict[str, HostSeen] = {}
        self._background = Background()
        self._unlooked: set[str] = set()
        self.starts = InterruptedStarts(enclave)

    async def refollow(self) -> None:
        """Read which hosts there are; the watch leaves those that may not be contacted."""
        async with self._enclave.database.read() as session:
            hosts = list(await session.exec(select(Host)))
        before = self.sightings()
        self._declared = {host.id: _left_alone(host, before.get(host.id)) for host in hosts}
        self._enclave.watch.follow(
            self._declared[host.id].address for host in hosts if self._contacted(host)
        )
        for host in hosts:
            if not self._contacted(host):
                self._enclave.policies.keeping.seen(self._declared[host.id])

    def sightings(self) -> dict[str, HostSeen]:
        """Every declared host as it was last seen, also those that are not contacted."""
        return {**self._declared, **self._enclave.watch.seen}

    def unreachable_notices(self) -> tuple[str, ...]:
        """A sentence for each host that should answer and does not."""
        return tuple(
            f"{shown(host.address.name)} does not answer since {host.since.astimezone():%H:%M:%S}: "
            f"{shown(host.detail)}"
            for host in self.sightings().values()
            if host.reach is Reach.UNREACHABLE
        )

    def seen(self, host: HostSeen) -> None:
        """The watch: a host's reach or its domains changed."""
        for tab in ("running", "service", "hosts", "realms", "pools", "volumes"):
            self._enclave.news.tell(tab)
        self._enclave.policies.keeping.seen(host)
        if host.fresh:
            self._look_for_gone([host.address.host_id])

    def ended(self, event: DomainEnded) -> None:
        """The watch: a domain ended."""
        told = told_by_event(event)
        self._spawn(record_end(self._enclave, f"vm-{event.uuid}", told))

    async def sweep(self) -> None:
        """Look for VMs whose end nobody saw, or whose start nobody finished, again and again."""
        await asyncio.gather(self.starts.run(), self._look_everywhere())

    async def _look_everywhere(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            self._look_for_gone(self.sightings())

    async def close(self) -> None:
        """Stop following, once the ends that are being recorded now are, with logs and disks."""
        await self._background.done(RECORDED_WITHIN)
        await self._background.close(RECORDED_WITHIN)

    def _contacted(self, host: Host) -> bool:
        realm = self._enclave.realms.get(host.realm_id)
        enabled = host.state is not HostState.DISABLED and realm is not None and not realm.disabled
        return enabled and host.realm_id in self._enclave.drivers

    def _spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        self._background.begin(_quietly(work))

    def _look_for_gone(self, host_ids: Iterable[str]) -> None:
        """Look soon for VMs that these hosts have not any more: once for all that are read now."""
        if not self._unlooked:
            self._spawn(self._look())
        self._unlooked |= {*host_ids}

    async def _look(self) -> None:
        """Record the ends of VMs that a host, fully read, has not, where QEMU's log tells how."""
        try:
            stored = await self._enclave.stored_vms.rows()
        finally:
            looked, self._unlooked = self._unlooked, set()
        seen = {host_id: host for host_id, host in self.sightings().items() if host.fresh}
        there = await _shown(seen.values())
        gone: dict[str, list[str]] = {}
        for number, row in enumerate(list(stored.values()), 1):
            host = seen.get(row.host_id or "") if row.host_id in looked else None
            if host is not None and row.id not in there and _expected(row, host):
                gone.setdefault(host.address.host_id, []).append(row.id)
            if number % _ROWS == 0:
                await give_way()
        for vm_ids in gone.values():  # no host's logs wait for another's
            self._spawn(self._record(vm_ids))

    async def _record(self, vm_ids: Iterable[str]) -> None:
        for vm_id in vm_ids:
            if told := await end_of_gone(self._enclave, vm_id):
                await record_end(self._enclave, vm_id, told)


async def _shown(hosts: Collection[HostSeen]) -> set[str | None]:
    """The VMs that hosts show."""
    there: set[str | None] = set()
    for number, host in enumerate(hosts, 1):
        there.update(domain.vm_id for domain in host.domains)
        if number % _HOSTS == 0:
            await give_way()
    return there


def _expected(row: RunningVm, host: HostSeen) -> bool:
    """Whether the store says that a VM ran there before the host was last read."""
    if row.state in (VmState.SCHEDULING, VmState.STARTING):
        return False
    return bool(row.started and host.read_at and row.started < host.read_at)


def _left_alone(host: Host, before: HostSeen | None) -> HostSeen:
    """A host that is not contacted, with the domains that it last had."""
    address = HostAddress(host.id, host.realm_id, host.name, host.uri)
    if before is None:
        return HostSeen(address, Reach.NOT_CONTACTED, now())
    if before.reach is Reach.NOT_CONTACTED:
        return replace(before, address=address)
    return replace(before, address=address, reach=Reach.NOT_CONTACTED, since=now(), detail="")


async def _quietly(work: Coroutine[Any, Any, Any]) -> None:
    """What fails here is tried again by the next sweep."""
    with suppress(TicryptError):
        await work
