"""Teams: groups that quotas of cores, memory and drive space hang on (domain.md 2.13)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.scheduling.room import amount
from ticrypt_tui.backend.services.base import Detail, Section, Service
from ticrypt_tui.backend.services.names import read_names
from ticrypt_tui.backend.services.people.membership import MEMBERS_OF_TEAM, read_members
from ticrypt_tui.backend.services.people.uses import NOTHING, Uses, read_uses, use_section
from ticrypt_tui.backend.services.wording import listed
from ticrypt_tui.backend.store.tables.data import Drive
from ticrypt_tui.backend.store.tables.machines import Vm
from ticrypt_tui.backend.store.tables.people import Team

_MIB, _GIB = 2**20, 2**30
_NAMED = 40


@dataclass(frozen=True, slots=True)
class TeamUse:
    """What a team's VMs that have not ended hold, and what its drives take."""

    cores: int = 0
    memory_mib: int = 0
    drive_bytes: int = 0


@dataclass(frozen=True, slots=True)
class TeamRow:
    """A team; a quota that is None is no limit."""

    id: str
    name: str
    cores: int | None
    cores_used: int
    memory_mib: int | None
    memory_used: int
    drive_space_gib: int | None
    drive_bytes: int
    members: tuple[str, ...]
    member_ids: tuple[str, ...]
    uses: Uses
    version: int

    @property
    def over(self) -> tuple[str, ...]:
        """Each quota that is below what is used, with both numbers."""
        return beyond(
            TeamUse(self.cores_used, self.memory_used, self.drive_bytes),
            self.cores, self.memory_mib, self.drive_space_gib,
        )  # fmt: skip


class Teams(Service[TeamRow]):
    """The tab of teams."""

    tab = "teams"
    kind = "team"
    noun = "team"
    table = Team

    async def rows(self) -> tuple[TeamRow, ...]:
        async with self.enclave.database.read() as session:
            teams = list(await session.exec(select(Team).order_by(col(Team.name))))
            names = await read_names(session)
            members = await read_members(session, MEMBERS_OF_TEAM)
            uses = await read_uses(session, "team_id")
            used = await read_team_use(session)
        return tuple(
            TeamRow(
                id=each.id,
                name=each.name,
                cores=each.cores,
                cores_used=used.get(each.id, TeamUse()).cores,
                memory_mib=each.memory_mib,
                memory_used=used.get(each.id, TeamUse()).memory_mib,
                drive_space_gib=each.drive_space_gib,
                drive_bytes=used.get(each.id, TeamUse()).drive_bytes,
                members=tuple(sorted(map(names.owner, members.get(each.id, ())))),
                member_ids=members.get(each.id, ()),
                uses=uses.get(each.id, NOTHING),
                version=each.version,
            )
            for each in teams
        )

    async def detail(self, row: TeamRow) -> Detail:
        space = None if row.drive_space_gib is None else row.drive_space_gib * _GIB
        quota = (
            ("cores", _of(row.cores_used, row.cores, "cores")),
            ("memory", _of(row.memory_used, row.memory_mib, "MiB")),
            ("drive space", _of(row.drive_bytes, space, "bytes")),
        )
        members = (f"{len(row.members)}: {listed(row.members, _NAMED)}",) if row.members else ()
        return Detail(
            row.name,
            (
                Section("Team", (("ID", row.id),)),
                Section("Used of the quota", quota, row.over),
                Section("Members", lines=members or ("none",)),
                use_section(row.uses),
            ),
        )


async def read_team_use(session: AsyncSession) -> dict[str, TeamUse]:
    """What every team holds, by its ID; those that hold nothing are left out."""
    running = (
        select(Vm.team_id, func.sum(Vm.cores), func.sum(Vm.memory_mib))
        .where(col(Vm.ended).is_(None), col(Vm.team_id).is_not(None))
        .group_by(col(Vm.team_id))
    )
    stored = (
        select(Drive.team_id, func.sum(Drive.size_bytes))
        .where(col(Drive.team_id).is_not(None))
        .group_by(col(Drive.team_id))
    )
    drives = {team_id: int(total) for team_id, total in await session.exec(stored) if team_id}
    machines = {
        team_id: (int(cores), int(memory))
        for team_id, cores, memory in await session.exec(running)
        if team_id
    }
    return {
        each: TeamUse(*machines.get(each, (0, 0)), drives.get(each, 0))
        for each in {*machines, *drives}
    }


def beyond(
    used: TeamUse, cores: int | None, memory_mib: int | None, drive_space_gib: int | None
) -> tuple[str, ...]:
    """Each quota that is below what is used, with both numbers."""
    space = None if drive_space_gib is None else drive_space_gib * _GIB
    every = (
        ("cores", used.cores, cores, str),
        ("of memory", used.memory_mib, memory_mib, amount),
        ("of drive space", used.drive_bytes, space, lambda size: amount(-(-size // _MIB))),
    )
    return tuple(
        f"{written(taken)} {what} used, {written(quota)} allowed"
        for what, taken, quota, written in every
        if quota is not None and taken > quota
    )


def _of(used: int, quota: int | None, unit: str) -> str:
    return f"{used} {unit}, unlimited" if quota is None else f"{used} of {quota} {unit}"
