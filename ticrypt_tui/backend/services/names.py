"""Who and what the IDs in other tables mean, as people know them."""

from __future__ import annotations

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.services.naming import UNLOCKED, Names
from ticrypt_tui.backend.services.people.project_paths import lineages, paths
from ticrypt_tui.backend.store.tables.infrastructure import Host
from ticrypt_tui.backend.store.tables.machines import CoOwner, HardwareSetup, VmConfiguration
from ticrypt_tui.backend.store.tables.people import Project, Team, User

__all__ = ["UNLOCKED", "Names", "read_names"]

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
