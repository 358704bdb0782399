"""Storage pools: the tiers of drives, and the pool of OS volumes (domain.md 2.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlmodel import col, select

from ticrypt_tui.backend.drivers.stored import PoolSeen, PoolState
from ticrypt_tui.backend.services.base import Detail, Section, Service
from ticrypt_tui.backend.services.storage.discovery import Reading
from ticrypt_tui.backend.services.wording import moment
from ticrypt_tui.backend.store.tables.data import Drive
from ticrypt_tui.backend.store.tables.infrastructure import Host, PoolHost, QuotaMode, StoragePool
from ticrypt_tui.config.realm import RealmSettings

VOLUMES = "volumes"
"""The tier of the pool that OS volumes are in; every other is a tier of drives."""
MISSING = "missing"
_GIB = 2**30


@dataclass(frozen=True, slots=True)
class PoolRow:
    """A storage pool as the store declares it, and as its hosts have it; sizes in bytes.

    One that is not `recorded` is only named by the configuration file and seen on hosts. The sizes
    are one host's: the hosts of a realm share their storage (domain.md 2.1).
    """

    id: str
    name: str
    realm: str
    realm_id: str
    tier: str
    type: str
    target: str
    quota: str = ""
    quota_bytes: int = 0
    version: int = 0
    recorded: bool = False
    source: str = ""
    hosts: tuple[str, ...] = ()
    host_ids: tuple[str, ...] = ()
    state: str = "not seen"
    autostart: str = ""
    capacity: int = 0
    used: int = 0
    free: int = 0
    drives: int = 0
    drive_names: tuple[str, ...] = ()
    volumes: int = 0
    seen: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Store:
    """What the store has of pools."""

    pools: Sequence[StoragePool] = ()
    hosts: Mapping[str, Sequence[str]] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    drives: Mapping[str, Sequence[str]] = field(default_factory=dict)


class Pools(Service[PoolRow]):
    """The tab of storage pools."""

    tab = "pools"
    kind = "pool"
    noun = "storage pool"

    async def rows(self) -> tuple[PoolRow, ...]:
        await self.enclave.discovery.look()
        stored = await self._stored()
        rows = [self._row(each, stored) for each in stored.pools]
        return (*rows, *self._beside({(row.realm_id, row.name) for row in rows}))

    async def notices(self) -> tuple[str, ...]:
        return self.enclave.discovery.notices()

    async def detail(self, row: PoolRow) -> Detail:
        sections = [Section("Storage pool", _facts(row)), Section("Space", _space(row))]
        on_hosts = [
            (reading.host.name, _on_host(reading, there))
            for reading in self._readings(row.realm_id)
            if (there := reading.pool(row.name))
        ]
        none = ("No host that answers has it.",)
        sections.append(Section("On its hosts", tuple(on_hosts), () if on_hosts else none))
        if row.drive_names:
            sections.append(Section("Drives", lines=row.drive_names))
        return Detail(row.name, tuple(sections))

    async def _stored(self) -> _Store:
        async with self.enclave.database.read() as session:
            pools = list(await session.exec(select(StoragePool).order_by(col(StoragePool.name))))
            hosts = (await session.exec(select(PoolHost.pool_id, PoolHost.host_id))).all()
            names = dict((await session.exec(select(Host.id, Host.name))).all())
            drives = (await session.exec(select(Drive.pool_id, Drive.name))).all()
        return _Store(pools, _grouped(hosts), names, _grouped(drives))

    def _readings(self, realm_id: str) -> list[Reading]:
        readings = self.enclave.discovery.readings.values()
        own = (each for each in readings if each.host.realm_id == realm_id)
        return sorted(own, key=lambda each: each.host.name)

    def _row(self, pool: StoragePool, stored: _Store) -> PoolRow:
        host_ids = tuple(stored.hosts.get(pool.id, ()))
        drives = stored.drives.get(pool.id, ())
        declared = PoolRow(
            id=pool.id,
            name=pool.name,
            realm=self.enclave.realm_names[pool.realm_id],
            realm_id=pool.realm_id,
            tier=pool.tier,
            type=pool.type,
            target=pool.target,
            quota=pool.quota_mode,
            quota_bytes=pool.quota_bytes,
            version=pool.version,
            recorded=True,
            hosts=tuple(sorted(stored.names.get(each, each) for each in host_ids)),
            host_ids=host_ids,
            drives=len(drives),
            drive_names=tuple(sorted(drives)),
        )
        return as_seen(declared, [r for r in self._readings(pool.realm_id) if _of(r, host_ids)])

    def _beside(self, recorded: set[tuple[str, str]]) -> list[PoolRow]:
        """The pools that the configuration names and hosts have, without a record of their own."""
        found = []
        for realm in self.enclave.settings.realms:
            for tier, name in tiers_of(realm).items():
                having = [each for each in self._readings(realm.id) if each.pool(name)]
                if having and (realm.id, name) not in recorded:
                    found.append(as_seen(_unrecorded(realm, tier, name, having), having))
        return found


def tiers_of(realm: RealmSettings) -> dict[str, str]:
    """The pools that the configuration file names, by tier."""
    return {VOLUMES: realm.volumes_pool, **realm.drives_pools}


def as_seen(row: PoolRow, readings: Sequence[Reading]) -> PoolRow:
    """A pool with what its hosts say of it."""
    there = [(each, pool) for each in readings if (pool := each.pool(row.name))]
    missing = len([each for each in readings if each.at]) - len(there)
    if not there:
        return replace(row, state=MISSING if missing else row.state)
    reading, pool = next((pair for pair in there if pair[1].active), there[0])
    states = [str(each.state) for _, each in there] + [MISSING] * missing
    starts = ["yes" if each.autostart else "no" for _, each in there]
    return replace(
        row,
        state=_agreed(states, PoolState.RUNNING),
        autostart=_agreed(starts, "yes"),
        source=pool.source,
        capacity=pool.capacity,
        used=pool.allocation,
        free=pool.available,
        volumes=len({v.name for each, _ in there for v in each.volumes if v.pool == row.name}),
        seen=reading.at,
    )


def _agreed(said: Sequence[str], wanted: str) -> str:
    """What all hosts say, else how many of them say what is wanted."""
    return said[0] if len(set(said)) == 1 else f"{said.count(wanted)}/{len(said)} {wanted}"


def _of(reading: Reading, host_ids: Sequence[str]) -> bool:
    return reading.host.host_id in host_ids


def _unrecorded(realm: RealmSettings, tier: str, name: str, having: Sequence[Reading]) -> PoolRow:
    pool = next(found for each in having if (found := each.pool(name)))
    return PoolRow(
        id=f"{realm.id}/{name}",
        name=name,
        realm=realm.name,
        realm_id=realm.id,
        tier=tier,
        type=pool.type,
        target=pool.target,
        hosts=tuple(each.host.name for each in having),
        host_ids=tuple(each.host.host_id for each in having),
    )


def _grouped(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found


def quota_said(row: PoolRow) -> str:
    """The quota in words."""
    if row.quota == QuotaMode.EXPLICIT:
        return f"{row.quota_bytes} bytes"
    told = {QuotaMode.IMPLICIT: "yes: from other quotas", QuotaMode.NONE: "no limit"}
    return next((says for mode, says in told.items() if mode == row.quota), "")


def _facts(row: PoolRow) -> tuple[tuple[str, str], ...]:
    named = "" if row.recorded else "named by the configuration file; create it here to use it"
    said = (
        ("ID", row.id),
        ("record", named),
        ("realm", row.realm),
        ("tier", row.tier),
        ("type", row.type),
        ("target", row.target),
        ("source", row.source),
        ("state", row.state),
        ("autostart", row.autostart),
        ("quota", quota_said(row)),
        ("seen", moment(row.seen, "never")),
    )
    return tuple((label, value) for label, value in said if value)


def _space(row: PoolRow) -> tuple[tuple[str, str], ...]:
    if not row.seen:
        return (("capacity", "not known"), ("drives", str(row.drives)))
    return (
        ("capacity", f"{row.capacity} bytes"),
        ("used", f"{row.used} bytes"),
        ("free", f"{row.free} bytes"),
        ("drives", str(row.drives)),
        ("volumes", str(row.volumes)),
    )


def _on_host(reading: Reading, pool: PoolSeen) -> str:
    starts = "starts with the host" if pool.autostart else "does not start with the host"
    space = f"{pool.available / _GIB:.1f} of {pool.capacity / _GIB:.1f} GiB free"
    at = f"{reading.at:%H:%M:%S} UTC" if reading.at else ""
    said = f"{pool.state}, {space}, {starts}; read {at}"
    return f"{said}. {reading.fault}" if reading.fault else said
