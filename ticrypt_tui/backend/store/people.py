"""From the OS user who calls to the user record that speaks for him."""

from __future__ import annotations

from dataclasses import replace

from sqlmodel import select

from ticrypt_tui.backend.caller import Caller, Origin, Role
from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.store.database import Database
from ticrypt_tui.backend.store.tables.people import ProjectMember, TeamMember, User


async def caller_of(database: Database, origin: Origin, read_only: bool = False) -> Caller:
    """Who is calling; raises `Refused` for an OS user without a record, or an inactive one."""
    async with database.read() as session:
        user = (await session.exec(select(User).where(User.login == origin.login))).first()
        if user is None:
            raise Refused(
                f"The OS user {origin.login} (uid {origin.uid}) has no user record here.",
                "An admin adds one: `ticrypt-tui run user.create`.",
            )
        if not user.active:
            reason = user.inactive_reason or "no reason was given"
            raise Refused(
                f"The user record of {origin.login} is inactive: {reason}.",
                "An admin can make it active again.",
            )
        teams = await session.exec(select(TeamMember.team_id).where(TeamMember.user_id == user.id))
        projects = await session.exec(
            select(ProjectMember.project_id).where(ProjectMember.user_id == user.id)
        )
        return Caller(
            user_id=user.id,
            login=user.login,
            name=user.name,
            role=user.role,
            origin=origin,
            teams=frozenset(teams),
            projects=frozenset(projects),
            read_only=read_only,
        )


async def caller_or_nobody(database: Database, before: Caller) -> Caller:
    """The same by now: his role, teams and projects may have changed since.

    Who has no active record any more is somebody who sees and does nothing.
    """
    try:
        return await caller_of(database, before.origin, before.read_only)
    except Refused:
        nobody = replace(before, user_id="", role=Role.USER)
        return replace(nobody, teams=frozenset(), projects=frozenset())


async def ensure_first_super_admin(database: Database, origin: Origin) -> User | None:
    """Make the OS user who calls the first super-admin; None where there are users already."""
    async with database.write() as session:
        if (await session.exec(select(User.id).limit(1))).first() is not None:
            return None
        user = User(login=origin.login, name=origin.login, role=Role.SUPER_ADMIN)
        session.add(user)
        return user
