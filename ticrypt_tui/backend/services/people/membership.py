"""Who is in which team and project, seen from either side (domain.md 2.13).

A change of membership is a change of both sides: whoever edits the other one is told of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm.attributes import flag_modified
from sqlmodel import SQLModel, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.caller import Caller, Role
from ticrypt_tui.backend.errors import NotFound, Refused
from ticrypt_tui.backend.store.lookup import find_one
from ticrypt_tui.backend.store.tables.people import (
    Project,
    ProjectMember,
    Team,
    TeamMember,
    User,
)
from ticrypt_tui.text import shown


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a membership: the column of its own object, and what is at the other end."""

    link: type[SQLModel]
    own: str
    other: str
    others: type[SQLModel]
    argument: str


TEAMS_OF_USER = Side(TeamMember, "user_id", "team_id", Team, "teams")
PROJECTS_OF_USER = Side(ProjectMember, "user_id", "project_id", Project, "projects")
MEMBERS_OF_TEAM = Side(TeamMember, "team_id", "user_id", User, "members")
MEMBERS_OF_PROJECT = Side(ProjectMember, "project_id", "user_id", User, "members")


async def read_members(session: AsyncSession, side: Side) -> dict[str, tuple[str, ...]]:
    """The IDs at the other end, by the ID at this one."""
    columns = _columns(side)
    found: dict[str, list[str]] = {}
    for own, other in await session.exec(select(columns[side.own], columns[side.other])):
        found.setdefault(own, []).append(other)
    return {own: tuple(sorted(others)) for own, others in found.items()}


async def put_members(
    session: AsyncSession, caller: Caller, side: Side, own: Any, references: Iterable[str]
) -> None:
    """Let exactly these be at the other end; `references` are IDs or names.

    Raises `NotFound`, and `Refused` where the caller would change the record of a user who is not
    below him.
    """
    found = [await _found(session, side, each) for each in references]
    wanted = {each.id: each for each in found}
    columns = _columns(side)
    there = set(await session.exec(select(columns[side.other]).where(columns[side.own] == own.id)))
    changed = [wanted.get(each) or await session.get_one(side.others, each)
               for each in sorted(there ^ wanted.keys())]  # fmt: skip
    _refuse_higher(caller, side, changed)
    gone = columns[side.other].in_(there - wanted.keys())
    await session.exec(delete(side.link).where(columns[side.own] == own.id, gone))
    session.add_all(
        side.link(**{side.own: own.id, side.other: each}) for each in wanted.keys() - there
    )
    for each in (own, *changed) if changed else ():
        touch(each)


def touch(row: Any) -> None:
    """Let a row's version count a change of what belongs to it."""
    flag_modified(row, "tag" if isinstance(row, Project) else "name")


async def _found(session: AsyncSession, side: Side, reference: str) -> Any:
    try:
        return await find_one(session, side.others, reference)
    except NotFound as error:
        raise NotFound(shown(error.sentence), about=side.argument) from None


def _refuse_higher(caller: Caller, side: Side, changed: Iterable[Any]) -> None:
    """Nobody puts a user in or out of anything who is not below him; a super-admin does."""
    if side.others is not User or caller.role is Role.SUPER_ADMIN:
        return
    for user in changed:
        if user.role.rank >= caller.role.rank:
            raise Refused(
                f"{shown(user.login)} is {user.role}; you are {caller.role}, and put lower roles "
                "in or out only.",
                about=side.argument,
            )  # fmt: skip


def _columns(side: Side) -> Any:
    return side.link.__table__.c  # type: ignore[attr-defined]
