"""Drives: encrypted disks that only those can open to whom their keys are wrapped (domain.md 2.12,
4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.services.base import Detail, Section, Service
from ticrypt_tui.backend.services.names import Names, read_names
from ticrypt_tui.backend.services.usage import listed
from ticrypt_tui.backend.store.tables.data import (
    Drive,
    DriveEnvelope,
    DriveHolder,
    DriveMode,
    DriveUse,
)
from ticrypt_tui.backend.store.tables.infrastructure import StoragePool
from ticrypt_tui.backend.store.tables.machines import Vm

FORMATS = ("EXT4", "BTRFS", "XFS", "ZFS", "NTFS")
_NAMED = 8


class DriveState(StrEnum):
    """What the store has of a drive's state; who uses it is told by its uses.

    Of one that is `creating` or `re-encrypting`, `state_detail` is the process that does it; of a
    `failed` one it is the reason, with what helps.
    """

    CREATING = "creating"
    REENCRYPTING = "re-encrypting"
    FAILED = "failed"
    DETACHED = "detached"
    MISSING = "volume missing"


BUSY = (DriveState.CREATING, DriveState.REENCRYPTING)


@dataclass(frozen=True, slots=True)
class HolderRow:
    """A user to whom a drive's key is wrapped, as the newest manifest says."""

    user: str
    user_id: str
    fingerprint: str
    mode: str
    added_by: str
    added: datetime
    active: bool = True


@dataclass(frozen=True, slots=True)
class DriveRow:
    """A drive with who can open it and what has it open; the size in bytes.

    `state` is in the words of `design.md` 8, `state_detail` how far it is, or why it failed.
    `used_by` are the ID and the name of each VM that has it open, and how; `attached_to` the names
    of the configurations that attach it. `mine` is whether the caller holds a key of it; where he
    does not, `why_not_share` says so. Where one user alone holds a key, `sole_holder` is his login.
    """

    id: str
    name: str
    realm: str
    realm_id: str
    owner: str
    owner_id: str
    team: str
    team_id: str | None
    project: str
    project_id: str | None
    tier: str
    pool: str
    pool_id: str
    volume: str
    size_bytes: int
    format: str
    backup: bool
    state: str
    state_detail: str
    created: datetime
    last_attached: datetime | None
    version: int
    holders: tuple[HolderRow, ...] = ()
    used_by: tuple[tuple[str, str, str], ...] = ()
    mine: bool = False
    why_not_share: str = ""
    sole_holder: str = ""

    @property
    def detached(self) -> bool:
        """Whether nothing has it open and nothing is being done to it."""
        return not self.used_by and self.state not in BUSY

    @property
    def co_owner_ids(self) -> tuple[str, ...]:
        """Those who may see it beside its owner: whoever holds a key of it."""
        return tuple(each.user_id for each in self.holders)

    @property
    def holder_ids(self) -> frozenset[str]:
        """The IDs of all who hold a key."""
        return frozenset(each.user_id for each in self.holders)


@dataclass(frozen=True, slots=True)
class _Beside:
    """What hangs on drives, by their IDs; of envelopes, when the newest was made."""

    pools: Mapping[str, StoragePool]
    names: Names
    inactive: frozenset[str] = frozenset()
    holders: dict[str, list[DriveHolder]] = field(default_factory=dict)
    uses: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)
    sealed: Mapping[str, datetime] = field(default_factory=dict)


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
            beside = await _read_beside(session)
        return tuple(self._row(each, beside) for each in drives)

    async def detail(self, row: DriveRow) -> Detail:
        return Detail(row.name, info_sections(row))

    def _row(self, drive: Drive, beside: _Beside) -> DriveRow:
        caller, names = self.enclave.caller, beside.names
        holders = tuple(_holder(each, beside) for each in beside.holders.get(drive.id, ()))
        uses = tuple(beside.uses.get(drive.id, ()))
        pool = beside.pools.get(drive.pool_id)
        mine = any(each.user_id == caller.user_id for each in holders)
        return DriveRow(
            id=drive.id,
            name=drive.name,
            realm=self.enclave.realm_names.get(drive.realm_id, drive.realm_id),
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
            state=_state(drive, uses),
            state_detail=drive.state_detail,
            created=drive.created,
            last_attached=drive.last_attached,
            version=drive.version,
            holders=holders,
            used_by=uses,
            mine=mine,
            why_not_share="" if mine else no_key(holders),
            sole_holder=holders[0].user if len(holders) == 1 else "",
        )


async def _read_beside(session: AsyncSession) -> _Beside:
    pools = {each.id: each for each in await session.exec(select(StoragePool))}
    newest = select(DriveEnvelope.drive_id, func.max(DriveEnvelope.made))
    sealed = await session.exec(newest.group_by(col(DriveEnvelope.drive_id)))
    beside = _Beside(pools, await read_names(session), sealed=dict(sealed.all()))
    holders = select(DriveHolder).order_by(col(DriveHolder.added), col(DriveHolder.user_id))
    for holder in await session.exec(holders):
        beside.holders.setdefault(holder.drive_id, []).append(holder)
    uses = select(DriveUse, Vm.name).join(Vm).order_by(col(Vm.name), col(Vm.id))
    for use, name in await session.exec(uses):
        beside.uses.setdefault(use.drive_id, []).append((use.vm_id, name, str(use.mode)))
    return beside


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


def no_key(holders: Sequence[HolderRow]) -> str:
    """Why somebody without a key cannot open or share a drive, and who can."""
    who = listed([each.user for each in holders], _NAMED)
    can = f" {who} can." if who else ""
    said = "You hold no key to this drive: you cannot open or share it"
    return f"{said}, and no permission changes that.{can}"


def _state(drive: Drive, uses: Sequence[tuple[str, str, str]]) -> str:
    if drive.state in BUSY or drive.state == DriveState.FAILED:
        return drive.state
    if not uses:
        return drive.state
    if writer := next((name for _, name, mode in uses if mode == DriveMode.READ_WRITE), ""):
        return f"in use by VM {writer}"
    return f"in use by {len(uses)} VM{'s' if len(uses) > 1 else ''}"


def info_sections(row: DriveRow) -> tuple[Section, ...]:
    """Everything of a drive, with who can open it."""
    return (Section("Drive", (("ID", row.id),)),)
