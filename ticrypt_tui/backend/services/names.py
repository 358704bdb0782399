"""Who and what the IDs in other tables mean, as people know them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.services.hosts.usage import listed
from ticrypt_tui.backend.services.naming import UNLOCKED, Names
from ticrypt_tui.backend.services.people.project_paths import lineages, paths
from ticrypt_tui.backend.store.tables.infrastructure import Host
from ticrypt_tui.backend.store.tables.machines import CoOwner, HardwareSetup, VmConfiguration
from ticrypt_tui.backend.store.tables.people import Project, Team, User

__all__ = ["UNLOCKED", "Names", "read_names", "together"]

_NAMED = 8


def together(names: Sequence[str]) -> str:
    """Some people as a sentence names them: `alice, bob and carol`."""
    if len(names) < 2 or len(names) > _NAMED:
        return listed(names, _NAMED)
    return f"{', '.join(names[:-1])} and {names[-1]}"


_WITH_CONSOLE = (
    select(VmConfiguration.id)
    .join(HardwareSetup, col(HardwareSetup.id) == VmConfiguration.setup_id)
    .where(col(HardwareSetup.debug_pty))
)


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
    consoles = frozenset(await session.exec(_WITH_CONSOLE))
    return Names(
        dict(users), dict(teams), paths(projects), dict(hosts), lineages(projects), shared, consoles
    )
