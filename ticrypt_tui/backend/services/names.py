"""Who and what the IDs in other tables mean, as people know them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.services.project_paths import lineages, paths
from ticrypt_tui.backend.services.usage import listed
from ticrypt_tui.backend.store.tables.infrastructure import Host
from ticrypt_tui.backend.store.tables.machines import CoOwner
from ticrypt_tui.backend.store.tables.people import Project, Team, User

_NAMED = 8
UNLOCKED = "Unlocked"
"""What a VM or drive without a project is called (domain.md 2.12)."""


@dataclass(frozen=True, slots=True)
class Names:
    """Logins, team names, project paths and host names by ID; the IDs of the projects `above` each
    one, its parent first; and those of the `co_owners` of each configuration.

    What is gone is called by the name that was copied when it was there, else by its ID.
    """

    users: Mapping[str, str]
    teams: Mapping[str, str]
    projects: Mapping[str, str]
    hosts: Mapping[str, str]
    above: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    co_owners: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def owner(self, user_id: str | None) -> str:
        return self.users.get(user_id, user_id) if user_id else ""

    def team(self, team_id: str | None, copied: str = "") -> str:
        return self.teams.get(team_id or "", copied or team_id or "")

    def project(self, project_id: str | None, copied: str = "") -> str:
        return self.projects.get(project_id or "", copied or project_id or UNLOCKED)

    def host(self, host_id: str | None, copied: str = "") -> str:
        return self.hosts.get(host_id or "", copied or host_id or "")


def together(names: Sequence[str]) -> str:
    """Some people as a sentence names them: `alice, bob and carol`."""
    if len(names) < 2 or len(names) > _NAMED:
        return listed(names, _NAMED)
    return f"{', '.join(names[:-1])} and {names[-1]}"


async def read_names(session: AsyncSession) -> Names:
    """All names, in the session's snapshot."""
    users = (await session.exec(select(col(User.id), col(User.login)))).all()
    teams = (await session.exec(select(col(Team.id), col(Team.name)))).all()
    hosts = (await session.exec(select(col(Host.id), col(Host.name)))).all()
    projects = (await session.exec(select(Project))).all()
    shared: dict[str, tuple[str, ...]] = {}
    for each in await session.exec(select(CoOwner)):
        there = shared.get(each.configuration_id, ())
        shared[each.configuration_id] = (*there, each.user_id)
    return Names(dict(users), dict(teams), paths(projects), dict(hosts), lineages(projects), shared)
