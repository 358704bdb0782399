"""Who may come in: the OS user must have an active user record."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlmodel import select

from ticrypt_tui.backend.caller import Caller, Origin, Role
from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.store.database import Database
from ticrypt_tui.backend.store.people import caller_of, ensure_first_super_admin
from ticrypt_tui.backend.store.tables.people import (
    Project,
    ProjectMember,
    Team,
    TeamMember,
    User,
)


async def test_the_first_who_comes_is_made_super_admin(database: Database, origin: Origin) -> None:
    user = await ensure_first_super_admin(database, origin)
    assert user is not None
    assert (user.login, user.role) == ("mara", Role.SUPER_ADMIN)


async def test_the_second_who_comes_is_made_nothing(
    database: Database, origin: Origin, super_admin: Caller
) -> None:
    assert await ensure_first_super_admin(database, replace(origin, login="eve")) is None
    async with database.read() as session:
        assert list(await session.exec(select(User.login))) == ["mara"]


async def test_an_os_user_without_a_record_is_refused_by_name(
    database: Database, origin: Origin, super_admin: Caller
) -> None:
    with pytest.raises(Refused, match=r"The OS user eve \(uid 4201\) has no user record"):
        await caller_of(database, replace(origin, login="eve"))


async def test_an_inactive_user_is_refused_with_the_reason(
    database: Database, origin: Origin
) -> None:
    async with database.write() as session:
        session.add(User(login="mara", name="Mara", active=False, inactive_reason="has left"))
    with pytest.raises(Refused, match="inactive: has left"):
        await caller_of(database, origin)


async def test_a_caller_bears_his_role_his_teams_and_his_projects(
    database: Database, origin: Origin
) -> None:
    async with database.write() as session:
        session.add(User(id="user-1", login="mara", name="Mara", role=Role.SUB_ADMIN))
        session.add(Team(id="team-1", name="imaging"))
        session.add(Project(id="project-1", tag="genomics"))
        await session.flush()
        session.add(TeamMember(team_id="team-1", user_id="user-1"))
        session.add(ProjectMember(project_id="project-1", user_id="user-1"))
    caller = await caller_of(database, origin, read_only=True)
    assert (caller.user_id, caller.role, caller.read_only) == ("user-1", Role.SUB_ADMIN, True)
    assert caller.teams == frozenset({"team-1"})
    assert caller.projects == frozenset({"project-1"})
