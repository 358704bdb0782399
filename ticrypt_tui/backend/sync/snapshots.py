"""What a round compares: the store as it was read first, and the hosts as they were read after it.

A host says something only where it answered in full (`silent` is empty): nothing is concluded from
one that was not asked, did not answer, answered in part, or is simulated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ticrypt_tui.backend.drivers.base import DomainSeen
from ticrypt_tui.backend.drivers.stored import PoolSeen, VolumeSeen


@dataclass(frozen=True, slots=True)
class StoredVm:
    """A VM as the store has it. `busy` says what somebody is doing with it now, or is empty.

    `allocated` is the host of which it holds something.
    """

    id: str
    name: str
    realm_id: str
    state: str
    host_id: str | None
    host_name: str = ""
    ended: datetime | None = None
    busy: str = ""
    allocated: str | None = None


@dataclass(frozen=True, slots=True)
class StoreSnapshot:
    """A realm's VMs that have not ended, and every other VM that its hosts show; hosts by ID."""

    realm_id: str
    vms: Mapping[str, StoredVm]
    hosts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HostSnapshot:
    """A host as it was read at `read_at`; `steady` if it said the same a moment before."""

    id: str
    name: str
    read_at: datetime
    domains: tuple[DomainSeen, ...] = ()
    silent: str = ""
    steady: bool = False


@dataclass(frozen=True, slots=True)
class StoredPool:
    """A pool of drives, and the IDs of the hosts that are to have it."""

    id: str
    name: str
    host_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoredUse:
    """A VM that has a drive open, as the store has it."""

    vm_id: str
    vm_name: str
    ended: bool
    host_id: str | None


@dataclass(frozen=True, slots=True)
class StoredDrive:
    """A drive as the store has it; `busy` while it is being made or encrypted anew."""

    id: str
    name: str
    pool_id: str
    volume: str
    size_bytes: int
    state: str
    busy: bool = False
    uses: tuple[StoredUse, ...] = ()


@dataclass(frozen=True, slots=True)
class DriveStore:
    """A realm's drives and their pools.

    `claimed` are the volumes, by pool and name, of drives as they were after the hosts were read:
    one that was made meanwhile has its drive.
    """

    realm_id: str
    drives: tuple[StoredDrive, ...]
    pools: tuple[StoredPool, ...]
    claimed: frozenset[tuple[str, str]] = frozenset()
    hosts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StorageSnapshot:
    """A host's pools by name, the volumes of those that run, and the IDs of the VMs on it.

    `unread` has why the volumes of a running pool are not known.
    """

    id: str
    name: str
    read_at: datetime
    pools: Mapping[str, PoolSeen] = field(default_factory=dict)
    volumes: Mapping[str, tuple[VolumeSeen, ...]] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)
    vm_ids: frozenset[str] = frozenset()
    silent: str = ""
