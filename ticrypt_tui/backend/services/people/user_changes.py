"""Making, changing and deactivating users; a user is never deleted, for the records name him."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ticrypt_tui.backend.caller import Role
from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.services.checks import proper_name
from ticrypt_tui.backend.services.editing import VERSION, as_read
from ticrypt_tui.backend.services.people.membership import (
    PROJECTS_OF_USER,
    TEAMS_OF_USER,
    put_members,
)
from ticrypt_tui.backend.services.people.user_rules import (
    deactivated_with_reason,
    gives_lower_role,
    not_oneself,
    proper_login,
    proper_reason,
    refuse_another,
    refuse_nobody_left,
    stays_himself,
    still_active,
)
from ticrypt_tui.backend.services.people.users import UserRow
from ticrypt_tui.backend.store.tables.people import User
from ticrypt_tui.text import shown

_ROLES = tuple(Role)
_LOGIN = "the OS account that speaks for him"
_TEAMS = "IDs or names, separated by commas"
_PROJECTS = "IDs or tags, separated by commas"
_PROPER = (proper_login, proper_name, gives_lower_role)


@operation(
    "user.create",
    Argument("login", says=_LOGIN),
    Argument("name", says="what he is called"),
    Argument("role", "choice", required=False, choices=_ROLES, says="user if left out"),
    Argument("teams", "list", required=False, says=_TEAMS),
    Argument("projects", "list", required=False, says=_PROJECTS),
    says="Let an OS account use the console.",
    preconditions=_PROPER,
)
async def create(
    call: Call,
    *,
    login: str,
    name: str,
    role: str = Role.USER,
    teams: Sequence[str] = (),
    projects: Sequence[str] = (),
) -> str:
    """Make a user; returns his ID."""
    async with call.change() as session:
        await refuse_another(session, User, "a user", login=login)
        user = User(login=login, name=name, role=Role(role))
        session.add(user)
        await session.flush()
        await put_members(session, call.caller, TEAMS_OF_USER, user, teams)
        await put_members(session, call.caller, PROJECTS_OF_USER, user, projects)
        call.made(user.id)
    return user.id


@operation(
    "user.edit",
    Argument("user", "object", says="a user's ID or login"),
    Argument("login", required=False, says=_LOGIN),
    Argument("name", required=False),
    Argument("role", "choice", required=False, choices=_ROLES),
    Argument("teams", "list", required=False, clears=True, says=f"{_TEAMS}; empty: none"),
    Argument("projects", "list", required=False, clears=True, says=f"{_PROJECTS}; empty: none"),
    Argument("active", "flag", required=False, says="yes makes an inactive user active again"),
    VERSION,
    on="user",
    says="Change a user below your own role; also makes an inactive one active again.",
    preconditions=(*_PROPER, stays_himself, deactivated_with_reason),
)
async def edit(call: Call, user: UserRow, *, version: int = 0, **changes: Any) -> None:
    """Change the user's fields that are given. Raises `Changed` where somebody else was quicker."""
    async with call.change() as session:
        found = await as_read(session, User, user.id, user.login, version or user.version)
        if "login" in changes:
            await refuse_another(session, User, "a user", found.id, login=changes["login"])
        for side in (TEAMS_OF_USER, PROJECTS_OF_USER):
            if side.argument in changes:
                wanted = changes.pop(side.argument) or ()
                await put_members(session, call.caller, side, found, wanted)
        if "role" in changes:
            changes["role"] = Role(changes["role"])
        if changes.get("active"):
            changes["inactive_reason"] = ""
        found.sqlmodel_update(changes)
        session.add(found)
        await refuse_nobody_left(session)


@operation(
    "user.deactivate",
    Argument("user", "object", says="a user's ID or login"),
    Argument("reason", says="why: he is told it"),
    on="user",
    says="Let a user use the console no more, with the reason; what he owns stays his.",
    preconditions=(not_oneself, still_active, proper_reason),
)
async def deactivate(call: Call, user: UserRow, *, reason: str) -> str:
    """Make a user inactive: his consoles show nothing from then on, and a new one does not open.

    His VMs run on. Raises `Refused` where he is the last active super-admin.
    """
    async with call.change() as session:
        found = await as_read(session, User, user.id, user.login, user.version)
        found.active, found.inactive_reason = False, reason.strip()
        session.add(found)
        await refuse_nobody_left(session)
    return f"{shown(user.login)} is inactive"
