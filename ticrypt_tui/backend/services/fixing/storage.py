"""What a round of Fix drives reads: the store first, then the storage of its realm's hosts."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.drivers.base import Host
from ticrypt_tui.backend.drivers.stored import VolumeSeen
from ticrypt_tui.backend.errors import HostUnreachable, TicryptError
from ticrypt_tui.backend.services.drives.drives import BUSY
from ticrypt_tui.backend.services.fixing.reading import read_hosts
from ticrypt_tui.backend.services.storage.pools import VOLUMES
from ticrypt_tui.backend.store.tables.data import Drive, DriveUse
from ticrypt_tui.backend.store.tables.infrastructure import PoolHost, StoragePool
from ticrypt_tui.backend.store.tables.machines import Vm
from ticrypt_tui.backend.sync.differences import Difference
from ticrypt_tui.backend.sync.drive_plan import plan_drives
from ticrypt_tui.backend.sync.snapshots import (
    DriveStore,
    HostSnapshot,
    StorageSnapshot,
    StoredDrive,
    StoredPool,
    StoredUse,
)
from ticrypt_tui.backend.sync.vm_plan import known_as

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave

SCANNED_WITHIN = 60.0
"""Seconds that a host has to scan all pools of drives."""


@dataclass(frozen=True, slots=True)
class DrivePlan:
    """The differences, and what they were found in."""

    store: DriveStore
    hosts: tuple[StorageSnapshot, ...]
    differences: tuple[Difference, ...]


async def read_drive_plan(enclave: Enclave, realm_id: str) -> DrivePlan:
    """Compare a realm's drives with the storage of its hosts."""
    async with enclave.database.read() as session:
        store = await _read_store(session, realm_id)
    wanted = {pool.name for pool in store.pools}
    read = await read_hosts(enclave, realm_id)
    hosts = tuple(await asyncio.gather(*(_storage(enclave, each, wanted) for each in read)))
    async with enclave.database.read() as session:
        store = replace(store, claimed=await _claimed(session, realm_id))
    return DrivePlan(store, hosts, plan_drives(store, hosts))


async def _storage(enclave: Enclave, seen: HostSnapshot, wanted: set[str]) -> StorageSnapshot:
    """A host's pools of these names; one that failed to scan a pool has not told of it."""
    vm_ids = frozenset(known_as(domain) for domain in seen.domains)
    silent = StorageSnapshot(seen.id, seen.name, seen.read_at, vm_ids=vm_ids, silent=seen.silent)
    if seen.silent:
        return silent
    try:
        async with asyncio.timeout(SCANNED_WITHIN):
            host = enclave.watch.host(seen.id)
            return await _pools(host, silent, wanted)
    except TimeoutError:
        return replace(silent, silent=f"Its pools were not scanned within {SCANNED_WITHIN:g} s.")
    except TicryptError as error:
        return replace(silent, silent=str(error))


async def _pools(host: Host, snapshot: StorageSnapshot, wanted: set[str]) -> StorageSnapshot:
    pools = {pool.name: pool for pool in await host.pools() if pool.name in wanted}
    volumes: dict[str, tuple[VolumeSeen, ...]] = {}
    unread: dict[str, str] = {}
    for pool in pools.values():
        if not pool.active:
            continue
        try:
            volumes[pool.name] = await host.volumes(pool.name)
        except HostUnreachable:
            raise
        except TicryptError as error:
            unread[pool.name] = str(error)
    return replace(snapshot, pools=pools, volumes=volumes, unread=unread)


async def _read_store(session: AsyncSession, realm_id: str) -> DriveStore:
    """Drives with their uses, and every pool that is not the one of OS volumes."""
    of_drives = select(StoragePool).where(
        col(StoragePool.realm_id) == realm_id, col(StoragePool.tier) != VOLUMES
    )
    pools = list(await session.exec(of_drives))
    on: defaultdict[str, list[str]] = defaultdict(list)
    for pool_id, host_id in (await session.exec(select(PoolHost.pool_id, PoolHost.host_id))).all():
        on[pool_id].append(host_id)
    uses = await _uses(session)
    own = select(Drive).where(col(Drive.realm_id) == realm_id)
    drives = tuple(
        StoredDrive(
            each.id, each.name, each.pool_id, each.volume, each.size_bytes, each.state,
            each.state in BUSY, tuple(uses.get(each.id, ())),
        )
        for each in await session.exec(own)
    )  # fmt: skip
    stored = (StoredPool(pool.id, pool.name, tuple(sorted(on[pool.id]))) for pool in pools)
    return DriveStore(realm_id, drives, tuple(stored))


async def _uses(session: AsyncSession) -> dict[str, list[StoredUse]]:
    """Which VMs have each drive open, by its ID."""
    found: defaultdict[str, list[StoredUse]] = defaultdict(list)
    columns = (DriveUse.drive_id, Vm.id, Vm.name, Vm.ended, Vm.host_id)
    wanted = select(*columns).join(Vm, col(Vm.id) == col(DriveUse.vm_id))  # type: ignore[call-overload]
    for drive_id, vm_id, name, ended, host_id in await session.exec(wanted):
        found[drive_id].append(StoredUse(vm_id, name, ended is not None, host_id))
    return found


async def _claimed(session: AsyncSession, realm_id: str) -> frozenset[tuple[str, str]]:
    own = (
        select(StoragePool.name, Drive.volume)
        .join(Drive, col(Drive.pool_id) == col(StoragePool.id))
        .where(col(Drive.realm_id) == realm_id)
    )
    found: Sequence[tuple[str, str]] = (await session.exec(own)).all()
    return frozenset((pool, volume) for pool, volume in found)
