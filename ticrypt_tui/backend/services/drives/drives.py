"""Drives: encrypted disks that only those can open to whom their keys are wrapped (domain.md 2.12,
4)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.services.base import Detail, Service
from ticrypt_tui.backend.services.drives.info import DriveInfo, info_sections
from ticrypt_tui.backend.services.drives.row import (
    BUSY,
    FORMATS,
    UNDERWAY,
    DriveRow,
    DriveState,
    HolderRow,
    no_key,
)
from ticrypt_tui.backend.services.names import Names, read_names
from ticrypt_tui.backend.services.wording import so_many
from ticrypt_tui.backend.store.tables.data import (
    Drive,
    DriveEnvelope,
    DriveHolder,
    DriveMode,
    DriveUse,
)
from ticrypt_tui.backend.store.tables.infrastructure import StoragePool
from ticrypt_tui.backend.store.tables.machines import Vm
from ticrypt_tui.backend.store.tables.people import User, UserKey

_Sight = tuple[datetime, frozenset[str]]
"""When a host was read, and the names of the volumes that it then had in one pool."""


@dataclass(frozen=True, slots=True)
class _Beside:
    """What hangs on drives, by their IDs; `sealed` is when the newest envelope was made."""

    pools: Mapping[str, StoragePool]
    names: Names
    inactive: frozenset[str]
    sealed: Mapping[str, datetime]
    sights: Mapping[tuple[str, str], Sequence[_Sight]]
    holders: dict[str, list[DriveHolder]] = field(default_factory=dict)
    uses: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)


class Drives(Service[DriveRow]):
    """The tab of drives."""

    tab = "drives"
    kind = "drive"
    noun = "drive"

    async def rows(self) -> tuple[DriveRow, ...]:
        await self.enclave.discovery.look()
        async with self.enclave.database.read() as session:
            every = select(Drive).order_by(col(Drive.name), col(Drive.id))
            drives = list(await session.exec(every))
            beside = await _read_beside(session, self._sights())
        return tuple(self._row(each, beside) for each in drives)

    async def notices(self) -> tuple[str, ...]:
        return self.enclave.discovery.notices()

    async def detail(self, row: DriveRow) -> Detail:
        return Detail(row.name, info_sections((await self.info(row)).drive))

    async def info(self, row: DriveRow) -> DriveInfo:
        """A drive with how each holder's key compares with what the caller has pinned."""
        async with self.enclave.database.read() as session:
            prints = [each.fingerprint for each in row.holders]
            keys = await session.exec(select(UserKey).where(col(UserKey.fingerprint).in_(prints)))
            known = {each.fingerprint: each for each in keys}
        holders = await asyncio.to_thread(self._compared, row.holders, known)
        return DriveInfo(replace(row, holders=holders))

    def _compared(
        self, holders: Sequence[HolderRow], known: Mapping[str, UserKey]
    ) -> tuple[HolderRow, ...]:
        return tuple(
            replace(each, trust=self._trust(each, known.get(each.fingerprint))) for each in holders
        )

    def _trust(self, holder: HolderRow, key: UserKey | None) -> str:
        from ticrypt_tui.backend.drives.identity import PublicKeys
        from ticrypt_tui.backend.drives.key_file import KeyRefused, NoKey
        from ticrypt_tui.backend.drives.pins import PinsLost

        if key is None:
            return "key not registered"
        try:
            keys = PublicKeys(key.encryption_key, key.signing_key)
            return str(self.enclave.keys.pins.trust(holder.user_id, keys))
        except (NoKey, KeyRefused, PinsLost):
            return ""

    def _row(self, drive: Drive, beside: _Beside) -> DriveRow:
        caller, names = self.enclave.caller, beside.names
        holders = tuple(_holder(each, beside) for each in beside.holders.get(drive.id, ()))
        uses = tuple(beside.uses.get(drive.id, ()))
        pool = beside.pools.get(drive.pool_id)
        mine = any(each.user_id == caller.user_id for each in holders)
        missing = pool is not None and _is_missing(drive, pool, beside)
        return DriveRow(
            id=drive.id,
            name=drive.name,
            realm=self.enclave.realm_names[drive.realm_id],
            realm_id=drive.realm_id,
            owner=names.owner(drive.owner_id),
            owner_id=drive.owner_id,
            team=names.team(drive.team_id),
            team_id=drive.team_id,
            project=names.project(drive.project_id),
            project_id=drive.project_id,
            tier=pool.tier if pool else "",
            pool=pool.name if pool else drive.pool_id,
            pool_id=drive.pool_id,
            volume=drive.volume,
            size_bytes=drive.size_bytes,
            format=drive.format,
            backup=drive.backup,
            state=_state(drive, uses, missing),
            state_detail=_detail(drive),
            created=drive.created,
            last_attached=drive.last_attached,
            version=drive.version,
            holders=holders,
            used_by=uses,
            mine=mine,
            why_not_share="" if mine else no_key(holders),
            sole_holder=holders[0].user if len(holders) == 1 else "",
        )

    def _sights(self) -> dict[tuple[str, str], list[_Sight]]:
        """When each pool that runs was last read, by each host, by its realm's ID and its name."""
        found: dict[tuple[str, str], list[_Sight]] = {}
        for reading in self.enclave.discovery.readings.values():
            if reading.at is None or reading.fault:
                continue
            volumes: dict[str, set[str]] = {
                pool.name: set() for pool in reading.pools if pool.active
            }
            for volume in reading.volumes:
                volumes.setdefault(volume.pool, set()).add(volume.name)
            for pool, names in volumes.items():
                key = reading.host.realm_id, pool
                found.setdefault(key, []).append((reading.at, frozenset(names)))
        return found


async def _read_beside(
    session: AsyncSession, sights: Mapping[tuple[str, str], Sequence[_Sight]]
) -> _Beside:
    pools = {each.id: each for each in await session.exec(select(StoragePool))}
    newest = select(DriveEnvelope.drive_id, func.max(DriveEnvelope.made))
    sealed = await session.exec(newest.group_by(col(DriveEnvelope.drive_id)))
    inactive = await session.exec(select(User.id).where(col(User.active).is_(False)))
    beside = _Beside(
        pools, await read_names(session), frozenset(inactive), dict(sealed.all()), sights
    )
    holders = select(DriveHolder).order_by(col(DriveHolder.added), col(DriveHolder.user_id))
    for holder in await session.exec(holders):
        beside.holders.setdefault(holder.drive_id, []).append(holder)
    uses = select(DriveUse, Vm.name).join(Vm).order_by(col(Vm.name), col(Vm.id))
    for use, name in await session.exec(uses):
        beside.uses.setdefault(use.drive_id, []).append((use.vm_id, name, str(use.mode)))
    return beside


def _is_missing(drive: Drive, pool: StoragePool, beside: _Beside) -> bool:
    """Whether hosts that were read since it was made show its pool, and none its volume."""
    since = max(drive.created, beside.sealed.get(drive.id, drive.created))
    sights = beside.sights.get((drive.realm_id, pool.name), ())
    told = [drive.volume in names for at, names in sights if at > since]
    return bool(told) and not any(told)


def _holder(holder: DriveHolder, beside: _Beside) -> HolderRow:
    return HolderRow(
        user=beside.names.owner(holder.user_id),
        user_id=holder.user_id,
        fingerprint=holder.fingerprint,
        mode=str(holder.mode),
        added_by=beside.names.owner(holder.added_by),
        added=holder.added,
        active=holder.user_id not in beside.inactive,
    )


def _state(drive: Drive, uses: Sequence[tuple[str, str, str]], missing: bool) -> str:
    if drive.state in BUSY or drive.state == DriveState.FAILED:
        return drive.state
    if writer := next((name for _, name, mode in uses if mode == DriveMode.READ_WRITE), ""):
        return f"in use by VM {writer}"
    if uses:
        return f"in use by {so_many(len(uses), 'VM', 'VMs')}"
    return DriveState.MISSING if missing else drive.state


def _detail(drive: Drive) -> str:
    """How far it is, or why it failed."""
    if drive.state not in BUSY:
        return drive.state_detail
    if drive.id in UNDERWAY:
        return UNDERWAY[drive.id]
    machine, _, process = drive.state_detail.partition(" ")
    return f"by process {process.partition(' ')[0]} on {machine}" if process else ""


__all__ = [
    "BUSY",
    "FORMATS",
    "UNDERWAY",
    "DriveInfo",
    "DriveRow",
    "DriveState",
    "Drives",
    "HolderRow",
]
