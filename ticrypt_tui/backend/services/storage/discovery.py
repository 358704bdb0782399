"""What the hosts have of pools and volumes, as `services.host_readings` reads it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from sqlmodel import select

from ticrypt_tui.backend.drivers.base import Host, HostAddress, Reach
from ticrypt_tui.backend.drivers.stored import PoolSeen, VolumeSeen
from ticrypt_tui.backend.errors import NotFound, Refused, TicryptError
from ticrypt_tui.backend.services.host_readings import EVERY, HostReadings
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.infrastructure import StoragePool
from ticrypt_tui.text import shown

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave

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
        self._readings: HostReadings[Reading] = HostReadings(self._tell)

    @property
    def readings(self) -> Mapping[str, Reading]:
        """By host ID; those of hosts that do not answer any more stay."""
        return MappingProxyType(self._readings.last)

    async def look(self) -> None:
        """Have read what is due; waits, for a moment, only for hosts that were never read."""
        declared = self._enclave.sightings()
        self._readings.keep_only(declared)
        up = (each.address for each in declared.values() if each.reach is Reach.UP)
        if due := self._readings.due(up):
            self._readings.begin(due, partial(self._read, await self._names()))
        await self._readings.first()

    def expire(self) -> None:
        """Read every host anew at the next look."""
        self._readings.expire()

    def notices(self) -> tuple[str, ...]:
        """A sentence for each host whose storage is not known, or old."""
        seen = self._enclave.sightings().values()
        names = {each.address.host_id: shown(each.address.name) for each in seen}
        late = [name for each, name in names.items() if each in self._readings.late]
        old = tuple(
            f"Storage of {names[each]} {_as_of(reading)}: {shown(reading.fault)}"
            for each, reading in self.readings.items()
            if reading.fault and each in names
        )
        reading = (f"Still reading the storage of {', '.join(sorted(late))}.",) if late else ()
        return (*self._enclave.unreachable_notices(), *old, *reading)

    async def reread(self, host_ids: list[str]) -> None:
        """Read these hosts now, after something was changed there; a fault is kept, not raised."""
        seen, read = self._enclave.sightings(), partial(self._read, await self._names())
        there = (seen[each].address for each in host_ids if each in seen)
        await asyncio.gather(*(self._readings.read(each, read) for each in there))

    async def remind(self) -> None:
        """Have whoever shows storage look again, every minute."""
        while True:
            await asyncio.sleep(EVERY)
            self._tell()

    async def close(self) -> None:
        """Stop reading; waits for no host."""
        await self._readings.close()

    async def _read(self, names: Mapping[str, set[str]], address: HostAddress) -> Reading:
        before = self.readings.get(address.host_id, Reading(address))
        try:
            host = self._enclave.watch.host(address.host_id)
            pools, volumes = await _storage(host, names[address.realm_id])
        except TicryptError as error:
            return replace(before, fault=str(error))
        return Reading(address, now(), pools, volumes)

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
