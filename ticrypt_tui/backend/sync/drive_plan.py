"""What Fix drives is to do: a pure plan from the store's drives and the hosts' storage.

The rule. A volume that a host shows is there, and the drive follows it in size. That it is missing
is concluded only where every host of its pool answered and has the pool running, and is recorded
only after a yes. A volume without a drive is told and left alone, whatever it holds. A drive that
is being made or encrypted anew is no difference at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ticrypt_tui.backend.drivers.stored import VolumeSeen
from ticrypt_tui.backend.sync.differences import Difference, Grade, Kind
from ticrypt_tui.backend.sync.snapshots import (
    DriveStore,
    StorageSnapshot,
    StoredDrive,
    StoredPool,
    StoredUse,
)

HEADER_ROOM = 32 << 20
"""How much larger in bytes than its drive a volume may be: it has the key slots, too."""
MISSING, DETACHED, FAILED = "volume missing", "detached", "failed"


class _Sight(NamedTuple):
    """What the hosts of a pool say of one volume; `certain` if all of them said something."""

    volume: VolumeSeen | None
    certain: bool


def plan_drives(store: DriveStore, hosts: Sequence[StorageSnapshot]) -> tuple[Difference, ...]:
    """Every difference."""
    by_id = {host.id: host for host in hosts}
    pools = {pool.id: pool for pool in store.pools}
    found = [each for pool in store.pools for each in _of_pool(pool, by_id, store)]
    for drive in store.drives:
        if not drive.busy and drive.pool_id in pools:
            found += _of_drive(drive, pools[drive.pool_id], by_id)
    return tuple(found)


def _of_pool(
    pool: StoredPool, hosts: Mapping[str, StorageSnapshot], store: DriveStore
) -> Iterator[Difference]:
    for host in _answering(pool, hosts):
        there = host.pools.get(pool.name)
        if there is None:
            yield _pool_missing(pool, host)
        elif not there.active:
            yield _pool_inactive(pool, host, str(there.state))
    yield from _orphans(pool, hosts, store)


def _of_drive(
    drive: StoredDrive, pool: StoredPool, hosts: Mapping[str, StorageSnapshot]
) -> Iterator[Difference]:
    sight = _looked_for(drive, pool, hosts)
    if sight.volume is not None:
        yield from _there(drive, pool, sight.volume)
    elif sight.certain and drive.state not in (MISSING, FAILED):
        yield Difference(
            Kind.DRIVE_MISSING, drive.id, drive.name, f"volume {drive.volume} in {pool.name}",
            "no host of the pool has it", "mark the drive: volume missing", Grade.ASK,
            value=MISSING,
        )  # fmt: skip
    for use in drive.uses:
        if (grade := _over(use, hosts)) is not None:
            yield _cleared(drive, use, grade)


def _there(drive: StoredDrive, pool: StoredPool, volume: VolumeSeen) -> Iterator[Difference]:
    if drive.state == MISSING:
        yield Difference(
            Kind.DRIVE_BACK, drive.id, drive.name, MISSING, f"{volume.path} is in {pool.name}",
            "mark the drive: detached", Grade.SAFE, value=DETACHED,
        )  # fmt: skip
    if not 0 <= volume.capacity - drive.size_bytes < HEADER_ROOM:
        yield Difference(
            Kind.DRIVE_SIZE, drive.id, drive.name, f"{drive.size_bytes} bytes",
            f"{volume.capacity} bytes", "have the size that the volume has", Grade.SAFE,
            value=str(volume.capacity),
        )  # fmt: skip


def _looked_for(
    drive: StoredDrive, pool: StoredPool, hosts: Mapping[str, StorageSnapshot]
) -> _Sight:
    asked = [hosts.get(host_id) for host_id in pool.host_ids]
    read = [host for host in asked if host is not None and _knows(host, pool)]
    every = (each for host in read for each in host.volumes[pool.name])
    volume = next((each for each in every if drive.volume in (each.name, each.path)), None)
    return _Sight(volume, bool(asked) and len(read) == len(asked))


def _answering(pool: StoredPool, hosts: Mapping[str, StorageSnapshot]) -> Iterator[StorageSnapshot]:
    for host_id in pool.host_ids:
        host = hosts.get(host_id)
        if host is not None and not host.silent:
            yield host


def _knows(host: StorageSnapshot, pool: StoredPool) -> bool:
    """Whether a host showed all volumes of a pool."""
    return not host.silent and pool.name in host.volumes


def _orphans(
    pool: StoredPool, hosts: Mapping[str, StorageSnapshot], store: DriveStore
) -> Iterator[Difference]:
    """The pool's volumes that no drive has, each once."""
    found: dict[str, tuple[VolumeSeen, list[str]]] = {}
    for host in _answering(pool, hosts):
        for volume in host.volumes.get(pool.name, ()):
            if not {(pool.name, volume.name), (pool.name, volume.path)} & store.claimed:
                found.setdefault(volume.name, (volume, []))[1].append(host.name)
    for name, (volume, names) in sorted(found.items()):
        yield Difference(
            Kind.VOLUME_UNKNOWN, f"{pool.name}/{name}", name, "nothing",
            f"{volume.capacity} bytes in {pool.name} on {', '.join(sorted(names))}",
            "leave alone: no volume is adopted or deleted", Grade.NEVER,
        )  # fmt: skip


def _over(use: StoredUse, hosts: Mapping[str, StorageSnapshot]) -> Grade | None:
    """Whether a VM that has ended is certainly gone; None where it may well run.

    No host shows it, and its own would. While another is silent it may run there: two writers
    would destroy what is on the drive, so that a yes is asked for.
    """
    if not use.ended or any(use.vm_id in host.vm_ids for host in hosts.values()):
        return None
    if not any(host.silent for host in hosts.values()):
        return Grade.SAFE if use.host_id is None or use.host_id in hosts else None
    own = hosts.get(use.host_id or "")
    return Grade.ASK if own is not None and not own.silent else None


def _cleared(drive: StoredDrive, use: StoredUse, grade: Grade) -> Difference:
    doubt = "" if grade is Grade.SAFE else ", unless a host runs it that is silent"
    return Difference(
        Kind.DRIVE_USED, drive.id, drive.name, f"in use by {use.vm_name}",
        f"{use.vm_name} is gone{doubt}", "have it free of that VM", grade, value=use.vm_id,
    )  # fmt: skip


def _pool_missing(pool: StoredPool, host: StorageSnapshot) -> Difference:
    return Difference(
        Kind.POOL_MISSING, pool.id, pool.name, f"a pool of {host.name}",
        f"{host.name} has no such pool", "leave alone: define it there, or edit the pool",
        Grade.NEVER, host.id,
    )  # fmt: skip


def _pool_inactive(pool: StoredPool, host: StorageSnapshot, state: str) -> Difference:
    return Difference(
        Kind.POOL_INACTIVE, pool.id, pool.name, f"a pool of {host.name}",
        f"{state} on {host.name}: nothing is known of its volumes", "start the pool", Grade.ASK,
        host.id,
    )  # fmt: skip
