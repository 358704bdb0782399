"""Storage pools and volumes as a host describes them; sizes in bytes, every string foreign text."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PoolState(StrEnum):
    """What a hypervisor says of a storage pool."""

    RUNNING = "running"
    BUILDING = "being built"
    DEGRADED = "degraded"
    INACCESSIBLE = "inaccessible"
    INACTIVE = "inactive"


@dataclass(frozen=True, slots=True)
class PoolSeen:
    """A storage pool as its host describes it; sizes in bytes.

    The sizes of a pool that is not active are its last; its volumes are not known.
    """

    name: str
    uuid: str
    type: str
    target: str
    active: bool
    capacity: int
    allocation: int
    available: int
    state: PoolState = PoolState.RUNNING
    autostart: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True)
class PoolType:
    """A type of storage pool that libvirt knows, and why the console cannot make it there.

    `source` says in words what beside the target is asked for; empty where nothing is.
    """

    name: str
    available: bool
    why_not: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class VolumeSeen:
    """A volume as its host describes it; sizes in bytes.

    `escaped` says that the file's name is not UTF-8: `name` and `path` then have `\\xNN` for such
    bytes and `\\x5c` for a backslash, and nothing but `volume_document` takes them.
    """

    pool: str
    name: str
    path: str
    format: str
    capacity: int
    allocation: int
    backing: str = ""
    escaped: bool = False
