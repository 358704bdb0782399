"""People, teams and a tree of projects, as the tests of what belongs to whom need them."""

from __future__ import annotations

from ticrypt_tui.backend.caller import Role
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.store.tables.people import (
    Project,
    ProjectMember,
    Team,
    TeamMember,
    User,
)

PROJECTS = {"genomics": None, "trial-7": "genomics", "arm-b": "trial-7", "imaging": None}
MEMBERS = {
    "alice": (("genomics",), ("genomics", "trial-7")),
    "bob": (("imaging",), ("imaging", "trial-7")),
    "sue": (("genomics",), ()),
    "gone": (("genomics",), ("trial-7",)),
}
ROLES = {"sue": Role.SUB_ADMIN}


async def populate(enclave: Enclave) -> None:
    """Make the teams and projects, and `alice`, `bob`, the sub-admin `sue` and `gone`, who is not
    active any more; every ID is the kind and the name."""
    async with enclave.change() as session:
        session.add_all(Team(id=f"team-{name}", name=name) for name in ("genomics", "imaging"))
        for tag, parent in PROJECTS.items():
            above = f"project-{parent}" if parent else None
            session.add(Project(id=f"project-{tag}", tag=tag, parent_id=above))
            await session.flush()
        for login, (teams, projects) in MEMBERS.items():
            user = f"user-{login}"
            role, active = ROLES.get(login, Role.USER), login != "gone"
            session.add(User(id=user, login=login, name=login, role=role, active=active))
            await session.flush()
            session.add_all(TeamMember(team_id=f"team-{each}", user_id=user) for each in teams)
            session.add_all(
                ProjectMember(project_id=f"project-{each}", user_id=user) for each in projects
            )
