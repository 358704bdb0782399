"""What a drive can be made of, who can be given its key, and what a configuration can attach: also
below an admin, who sees neither realms and pools nor the people of the enclave otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import select

from ticrypt_tui.backend.caller import Caller
from ticrypt_tui.backend.services.base import Service
from ticrypt_tui.backend.services.configs.choices import Choices
from ticrypt_tui.backend.services.drives.drives import DriveRow
from ticrypt_tui.backend.services.keys.public_keys import read_registered
from ticrypt_tui.backend.services.storage.pools import VOLUMES, Pools
from ticrypt_tui.backend.store.tables.data import DriveMode
from ticrypt_tui.backend.store.tables.infrastructure import StoragePool


@dataclass(frozen=True, slots=True)
class RealmChoice:
    """A realm that drives can be made in; sizes in bytes."""

    id: str
    name: str
    min_size: int
    max_size: int


@dataclass(frozen=True, slots=True)
class TierChoice:
    """A tier of drives, by its name, which is its ID within its realm; `free` in bytes.

    `seen` is whether a host tells of its pool now.
    """

    id: str
    name: str
    realm_id: str
    pool: str
    free: int
    seen: bool


@dataclass(frozen=True, slots=True)
class Receiver:
    """A user with a registered key: his fingerprint is whole."""

    id: str
    name: str
    person: str
    active: bool
    fingerprint: str


@dataclass(frozen=True, slots=True)
class DriveChoice:
    """A drive in one of its modes, as a configuration attaches it: ID and name end with the mode.

    `mine` is whether the caller holds a key of it, `holders` are the logins of all who do.
    """

    id: str
    name: str
    drive: str
    mode: str
    realm: str
    realm_id: str
    owner_id: str
    team_id: str | None
    project_id: str | None
    project: str
    size_bytes: int
    format: str
    mine: bool
    holders: tuple[str, ...]
    co_owner_ids: tuple[str, ...]


class RealmChoices(Choices[RealmChoice]):
    """Every realm that is not disabled and has a recorded pool for drives."""

    tab = "realmchoices"
    kind = "realm choice"
    noun = "realm"

    async def rows(self) -> tuple[RealmChoice, ...]:
        async with self.enclave.database.read() as session:
            pools = select(StoragePool.realm_id).where(StoragePool.tier != VOLUMES)
            pooled = set(await session.exec(pools))
        return tuple(
            RealmChoice(each.id, each.name, each.drives.min_size, each.drives.max_size)
            for each in self.enclave.realms.values()
            if each.id in pooled and not each.disabled
        )

    def visible(self, caller: Caller, rows: Sequence[RealmChoice]) -> list[RealmChoice]:
        return list(rows)


class TierChoices(Choices[TierChoice]):
    """Every tier of drives of every realm that has a recorded pool."""

    tab = "tierchoices"
    kind = "tier choice"
    noun = "tier"

    async def rows(self) -> tuple[TierChoice, ...]:
        pools = self.enclave.services["pools"]
        assert isinstance(pools, Pools)
        return tuple(
            TierChoice(each.tier, each.tier, each.realm_id, each.name, each.free, bool(each.seen))
            for each in await pools.rows()
            if each.recorded and each.tier != VOLUMES
        )

    def visible(self, caller: Caller, rows: Sequence[TierChoice]) -> list[TierChoice]:
        return list(rows)


class Receivers(Choices[Receiver]):
    """Every user with a registered key: whom a drive can be shared with, whoever asks."""

    tab = "receivers"
    kind = "receiver"
    noun = "user with a key"

    async def rows(self) -> tuple[Receiver, ...]:
        async with self.enclave.database.read() as session:
            return tuple(
                Receiver(each.user_id, each.login, each.person, each.active, each.keys.fingerprint)
                for each in await read_registered(session)
            )

    def visible(self, caller: Caller, rows: Sequence[Receiver]) -> list[Receiver]:
        return list(rows)


class DriveChoices(Choices[DriveChoice]):
    """Every drive within the caller's reach, read-write and read-only."""

    tab = "drivechoices"
    kind = "drive choice"
    noun = "drive"

    async def rows(self) -> tuple[DriveChoice, ...]:
        drives: Service[DriveRow] = self.enclave.services["drives"]
        return tuple(_choice(each, mode) for each in await drives.rows() for mode in DriveMode)


def _choice(drive: DriveRow, mode: DriveMode) -> DriveChoice:
    return DriveChoice(
        id=f"{drive.id}:{mode}",
        name=f"{drive.name}:{mode}",
        drive=drive.name,
        mode=str(mode),
        realm=drive.realm,
        realm_id=drive.realm_id,
        owner_id=drive.owner_id,
        team_id=drive.team_id,
        project_id=drive.project_id,
        project=drive.project,
        size_bytes=drive.size_bytes,
        format=drive.format,
        mine=drive.mine,
        holders=tuple(each.user for each in drive.holders),
        co_owner_ids=drive.co_owner_ids,
    )
