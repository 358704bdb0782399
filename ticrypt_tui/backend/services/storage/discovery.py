"""What the hosts have of pools and volumes: read in the background, each host by itself.

Storage changes seldom and is slow to read: it is read when somebody looks, and then every minute.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from sqlmodel import select

from ticrypt_tui.backend.drivers.base import Host, HostAddress, Reach
from ticrypt_tui.backend.drivers.stored import PoolSeen, VolumeSeen
from ticrypt_tui.backend.errors import NotFound, Refused, TicryptError
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.infrastructure import StoragePool
from ticrypt_tui.text import shown

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave

EVERY = 60.0
"""Seconds between two readings of a host, while somebody looks."""
LEFT_WITHIN = 5.0
"""Seconds, at most, that leaving waits for readings that were cut short."""
FIRST_WITHIN = 2.0
"""Seconds that a first look waits for the hosts; those that take longer come when they come."""
TABS = ("pools", "volumes", "drives")


@dataclass(frozen=True, slots=True)
class Reading:
    """The pools and volumes of a host as they were at `at`; `fault` is why they are not newer."""

    host: HostAddress
    at: datetime | None = None
    pools: tuple[PoolSeen, ...] = ()
    volumes: tuple[VolumeSeen, ...] = ()
    fault: str = ""

    def pool(self, name: str) -> PoolSeen | None:
        """The pool of that name."""
        return next((each for each in self.pools if each.name == name), None)


class Discovery:
    """The last reading of every host that was up when somebody looked."""

    def __init__(self, enclave: Enclave) -> None:
        self._enclave = enclave
        self._readings: dict[str, Reading] = {}
        self._begun: dict[str, float] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    @property
    def readings(self) -> Mapping[str, Reading]:
        """By host ID; those of hosts that do not answer any more stay."""
        return MappingProxyType(self._readings)

    async def look(self) -> None:
        """Have read what is due; waits, for a moment, only for hosts that were never read."""
        declared = self._enclave.sightings()
        for gone in self._readings.keys() - declared.keys():
            del self._readings[gone]
        up = (each.address for each in declared.values() if each.reach is Reach.UP)
        due = [address for address in up if self._due(address.host_id)]
        self._begun |= dict.fromkeys((each.host_id for each in due), time.monotonic())
        names = await self._names() if due else {}
        for each in due:
            work = self._read(each, names[each.realm_id])
            self._tasks[each.host_id] = asyncio.create_task(work)
        first = [task for each, task in self._tasks.items() if each not in self._readings]
        if first:
            await asyncio.wait(first, timeout=FIRST_WITHIN)

    def expire(self) -> None:
        """Read every host anew at the next look."""
        self._begun.clear()

    def notices(self) -> tuple[str, ...]:
        """A sentence for each host whose storage is not known, or old."""
        seen = self._enclave.sightings().values()
        names = {each.address.host_id: shown(each.address.name) for each in seen}
        late = [name for each, name in names.items() if each in self._begun.keys() - self._readings]
        old = tuple(
            f"Storage of {names[each]} {_as_of(reading)}: {shown(reading.fault)}"
            for each, reading in self._readings.items()
            if reading.fault and each in names
        )
        reading = (f"Still reading the storage of {', '.join(sorted(late))}.",) if late else ()
        return (*self._enclave.unreachable_notices(), *old, *reading)

    async def reread(self, host_ids: list[str]) -> None:
        """Read these hosts now, after something was changed there; a fault is kept, not raised."""
        seen, names = self._enclave.sightings(), await self._names()
        there = (seen[each].address for each in host_ids if each in seen)
        await asyncio.gather(*(self._read(each, names[each.realm_id]) for each in there))

    async def remind(self) -> None:
        """Have whoever shows storage look again, every minute."""
        while True:
            await asyncio.sleep(EVERY)
            self._tell()

    async def close(self) -> None:
        """Stop reading; waits for no host."""
        for task in self._tasks.values():
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=LEFT_WITHIN)

    def _due(self, host_id: str) -> bool:
        task = self._tasks.get(host_id)
        if task is not None and not task.done():
            return False
        begun = self._begun.get(host_id)
        return begun is None or time.monotonic() - begun >= EVERY * 0.9

    async def _read(self, address: HostAddress, names: set[str]) -> None:
        before = self._readings.get(address.host_id, Reading(address))
        try:
            host = self._enclave.watch.host(address.host_id)
            pools, volumes = await _storage(host, names)
        except TicryptError as error:
            reading = replace(before, fault=str(error))
        else:
            reading = Reading(address, now(), pools, volumes)
        self._readings[address.host_id] = reading
        self._tell()

    async def _names(self) -> dict[str, set[str]]:
        """Each realm's own pools: others on its hosts are not the console's business."""
        async with self._enclave.database.read() as session:
            recorded = (await session.exec(select(StoragePool.realm_id, StoragePool.name))).all()
        realms = self._enclave.realms.items()
        names = {key: {each.volumes_pool, *each.drives_pools.values()} for key, each in realms}
        for realm_id, name in recorded:
            names.setdefault(realm_id, set()).add(name)
        return names

    def _tell(self) -> None:
        for tab in TABS:
            self._enclave.news.tell(tab)


def _as_of(reading: Reading) -> str:
    return f"is as of {reading.at.astimezone():%H:%M:%S}" if reading.at else "is not known"


async def _storage(
    host: Host, names: set[str]
) -> tuple[tuple[PoolSeen, ...], tuple[VolumeSeen, ...]]:
    """A host's pools of these names, and the volumes in them."""
    volumes: list[VolumeSeen] = []
    for pool in await host.pools():
        if pool.active and pool.name in names:
            with suppress(Refused, NotFound):  # stopped, or gone, since it was listed
                volumes += await host.volumes(pool.name)
    found = await host.pools()  # with their sizes as of the scan
    return tuple(each for each in found if each.name in names), tuple(volumes)
