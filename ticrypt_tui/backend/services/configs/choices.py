"""What a configuration can be made of, as far as who makes it may choose: also below an admin, who
sees neither the setups nor the people of the enclave otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from sqlmodel import col, select

from ticrypt_tui.backend.caller import Caller, Role
from ticrypt_tui.backend.services.base import Detail, Row, Section, Service
from ticrypt_tui.backend.services.people.project_paths import paths
from ticrypt_tui.backend.store.tables.machines import HardwareSetup
from ticrypt_tui.backend.store.tables.people import (
    Project,
    ProjectMember,
    Team,
    TeamMember,
    User,
)

R = TypeVar("R", bound=Row)


@dataclass(frozen=True, slots=True)
class SetupChoice:
    """A hardware setup that a configuration can be made from."""

    id: str
    name: str
    realm: str
    realm_id: str
    cores: int
    memory_mib: int
    debug: bool


@dataclass(frozen=True, slots=True)
class OwnerChoice:
    """A user who can own a configuration."""

    id: str
    name: str
    person: str
    active: bool


@dataclass(frozen=True, slots=True)
class MemberChoice:
    """A team, or a project by its path; `mine` is whether who asks is in it."""

    id: str
    name: str
    members: frozenset[str]
    mine: bool


class Choices(Service[R]):
    """Rows to choose from; every one of them has only its name to tell."""

    async def detail(self, row: R) -> Detail:
        return Detail(row.name, (Section(self.noun, (("ID", row.id),)),))


class SetupChoices(Choices[SetupChoice]):
    """Every hardware setup."""

    tab = "setupchoices"
    kind = "setup choice"
    noun = "hardware setup"

    async def rows(self) -> tuple[SetupChoice, ...]:
        realms = self.enclave.realm_names
        async with self.enclave.database.read() as session:
            setups = await session.exec(select(HardwareSetup).order_by(col(HardwareSetup.name)))
            return tuple(
                SetupChoice(
                    each.id, each.name, realms[each.realm_id], each.realm_id,
                    each.cores, each.memory_mib, each.debug_pty or each.debug_console,
                )
                for each in setups
            )  # fmt: skip

    def visible(self, caller: Caller, rows: Sequence[SetupChoice]) -> list[SetupChoice]:
        return list(rows)


class OwnerChoices(Choices[OwnerChoice]):
    """Every user; below an admin, the caller alone."""

    tab = "ownerchoices"
    kind = "owner choice"
    noun = "user"

    async def rows(self) -> tuple[OwnerChoice, ...]:
        async with self.enclave.database.read() as session:
            users = await session.exec(select(User).order_by(col(User.login)))
            return tuple(OwnerChoice(u.id, u.login, u.name, u.active) for u in users)

    def visible(self, caller: Caller, rows: Sequence[OwnerChoice]) -> list[OwnerChoice]:
        return [row for row in rows if _all(caller) or row.id == caller.user_id]


class _MemberChoices(Choices[MemberChoice]):
    """What has members: all of it for admins, else what the caller is in."""

    def visible(self, caller: Caller, rows: Sequence[MemberChoice]) -> list[MemberChoice]:
        return [row for row in rows if _all(caller) or row.mine]

    def _row(self, one: Team | Project, name: str, members: dict[str, set[str]]) -> MemberChoice:
        within = frozenset(members.get(one.id, ()))
        return MemberChoice(one.id, name, within, self.enclave.caller.user_id in within)


class TeamChoices(_MemberChoices):
    """Teams that a configuration's VMs can count against."""

    tab = "teamchoices"
    kind = "team choice"
    noun = "team"

    async def rows(self) -> tuple[MemberChoice, ...]:
        members: dict[str, set[str]] = {}
        async with self.enclave.database.read() as session:
            for each in await session.exec(select(TeamMember)):
                members.setdefault(each.team_id, set()).add(each.user_id)
            teams = await session.exec(select(Team).order_by(col(Team.name)))
            return tuple(self._row(each, each.name, members) for each in teams)


class ProjectChoices(_MemberChoices):
    """Projects that a configuration or a VM can be tagged with."""

    tab = "projectchoices"
    kind = "project choice"
    noun = "project"

    async def rows(self) -> tuple[MemberChoice, ...]:
        members: dict[str, set[str]] = {}
        async with self.enclave.database.read() as session:
            for each in await session.exec(select(ProjectMember)):
                members.setdefault(each.project_id, set()).add(each.user_id)
            projects = list(await session.exec(select(Project)))
        named = paths(projects)
        rows = (self._row(each, named[each.id], members) for each in projects)
        return tuple(sorted(rows, key=lambda row: row.name))


def _all(caller: Caller) -> bool:
    return caller.role.rank >= Role.ADMIN.rank
