"""Libvirt volumes: the disks that hosts have, as they themselves tell; none is typed in
(domain.md 2.5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import col, select

from ticrypt_tui.backend.drivers.base import Reach
from ticrypt_tui.backend.drivers.stored import VolumeSeen
from ticrypt_tui.backend.services.base import Detail, Section, Service
from ticrypt_tui.backend.services.starting.disks import overlay_name
from ticrypt_tui.backend.services.storage.discovery import Reading
from ticrypt_tui.backend.services.storage.pools import tiers_of
from ticrypt_tui.backend.services.storage.volume_systems import (
    Statements,
    read_statements,
    system_of,
)
from ticrypt_tui.backend.services.wording import moment
from ticrypt_tui.backend.store.tables.data import Drive
from ticrypt_tui.backend.store.tables.infrastructure import StoragePool
from ticrypt_tui.backend.store.tables.machines import Vm, VmImage

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class VolumeRow:
    """A volume of a realm; sizes in bytes.

    `os` is '' for what holds no operating system: drives, and disks of VMs. `hosts` are those that
    see it; where none of them answers, `stale_since` is when it was last seen.
    """

    id: str
    name: str
    realm: str
    realm_id: str
    pool: str
    tier: str
    format: str
    capacity: int
    allocation: int
    os: str
    os_said_by: str
    image: str
    used_by: str
    hosts: tuple[str, ...]
    host_ids: tuple[str, ...]
    path: str
    backing: str
    escaped: bool
    system_disk: bool
    seen: datetime | None
    stale_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Store:
    """What the store says of volumes, by realm ID and name, and by pool where it takes that."""

    stated: Statements = field(default_factory=dict)
    images: Mapping[tuple[str, str], str] = field(default_factory=dict)
    disks: Mapping[tuple[str, str], str] = field(default_factory=dict)
    drives: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    tiers: Mapping[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Sight:
    """A volume as one host shows it."""

    reading: Reading
    volume: VolumeSeen
    fresh: bool


class Volumes(Service[VolumeRow]):
    """The tab of volumes."""

    tab = "volumes"
    kind = "volume"
    noun = "volume"

    async def rows(self) -> tuple[VolumeRow, ...]:
        await self.enclave.discovery.look()
        stored = await self._stored()
        return tuple(self._row(key, seen, stored) for key, seen in sorted(self._seen().items()))

    async def number(self) -> int:
        await self.enclave.discovery.look()
        return len(self._seen())

    async def notices(self) -> tuple[str, ...]:
        return self.enclave.discovery.notices()

    async def detail(self, row: VolumeRow) -> Detail:
        seen = self._seen().get((row.realm_id, row.pool, row.name), [])
        where = Section("Hosts that see it", tuple(map(_on_host, seen)))
        return Detail(row.name, (Section("Volume", _facts(row)), where))

    def _seen(self) -> dict[tuple[str, str, str], list[_Sight]]:
        """Every volume by realm ID, pool and name, with all who see it by name."""
        found: dict[tuple[str, str, str], list[_Sight]] = {}
        sightings = self.enclave.sightings()
        readings = self.enclave.discovery.readings.items()
        for host_id, reading in sorted(readings, key=lambda each: each[1].host.name):
            up = host_id in sightings and sightings[host_id].reach is Reach.UP
            fresh = up and not reading.fault
            for volume in reading.volumes:
                key = (reading.host.realm_id, volume.pool, volume.name)
                found.setdefault(key, []).append(_Sight(reading, volume, fresh))
        return found

    async def _stored(self) -> _Store:
        running = select(Vm.realm_id, Vm.id, Vm.name).where(col(Vm.ended).is_(None))
        tiers = {
            (realm.id, pool): tier
            for realm in self.enclave.settings.realms
            for tier, pool in tiers_of(realm).items()
        }
        async with self.enclave.database.read() as session:
            pools = list(await session.exec(select(StoragePool)))
            names = {pool.id: pool.name for pool in pools}
            drives = list(await session.exec(select(Drive)))
            vms = (await session.exec(running)).all()
            return _Store(
                await read_statements(session),
                {(i.realm_id, i.volume): i.name for i in await session.exec(select(VmImage))},
                {(realm_id, overlay_name(vm_id)): name for realm_id, vm_id, name in vms},
                {(d.realm_id, names.get(d.pool_id, ""), d.volume): d.name for d in drives},
                {**{(pool.realm_id, pool.name): pool.tier for pool in pools}, **tiers},
            )

    def _row(self, key: tuple[str, str, str], seen: list[_Sight], stored: _Store) -> VolumeRow:
        realm_id, pool, name = key
        realm = self.enclave.realms[realm_id]
        best = max(seen, key=lambda each: (each.fresh, each.reading.at))
        volume = best.volume
        image = stored.images.get((realm_id, name), "")
        disk = stored.disks.get((realm_id, name), "")
        drive = stored.drives.get(key, "")
        holds = pool == realm.volumes_pool and not is_overlay(volume)
        system = system_of(realm, name, stored.stated) if holds else None
        return VolumeRow(
            id="/".join(key),
            name=name,
            realm=realm.name,
            realm_id=realm_id,
            pool=pool,
            tier=stored.tiers.get((realm_id, pool), ""),
            format=volume.format,
            capacity=volume.capacity,
            allocation=volume.allocation,
            os=system.os if system else UNKNOWN if holds else "",
            os_said_by=system.said_by if system else "",
            image=image if holds else "",
            used_by=_used_by(image if holds else "", disk, drive),
            hosts=tuple(sorted(each.reading.host.name for each in seen)),
            host_ids=tuple(each.reading.host.host_id for each in _fresh_first(seen)),
            path=volume.path,
            backing=volume.backing,
            escaped=volume.escaped,
            system_disk=holds,
            seen=best.reading.at,
            stale_since=None if best.fresh else best.reading.at,
        )


def is_overlay(volume: VolumeSeen) -> bool:
    """Whether it only holds what a VM changed of another volume."""
    return bool(volume.backing) and volume.name.startswith("vm-")


def _used_by(image: str, vm: str, drive: str) -> str:
    said = (("image", image), ("disk of", vm), ("drive", drive))
    return next((f"{what} {name}" for what, name in said if name), "")


def _fresh_first(seen: Iterable[_Sight]) -> list[_Sight]:
    return sorted(seen, key=lambda each: (not each.fresh, each.reading.host.name))


def _on_host(sight: _Sight) -> tuple[str, str]:
    at = moment(sight.reading.at, "never")
    said = f"{sight.volume.path}; {'read' if sight.fresh else 'last seen'} {at}"
    return sight.reading.host.name, said


def _facts(row: VolumeRow) -> tuple[tuple[str, str], ...]:
    said = f"{row.os} ({row.os_said_by})" if row.os_said_by else row.os
    facts = (
        ("ID", row.id),
        ("realm", row.realm),
        ("pool", f"{row.pool} ({row.tier})" if row.tier else row.pool),
        ("format", row.format),
        ("capacity", f"{row.capacity} bytes"),
        ("allocation", f"{row.allocation} bytes"),
        ("OS", said),
        ("used by", row.used_by),
        ("backing", row.backing),
        ("path", row.path),
        ("name", "not UTF-8: \\xNN stands for such a byte" if row.escaped else ""),
    )
    return tuple((label, value) for label, value in facts if value)
