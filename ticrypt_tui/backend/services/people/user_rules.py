"""What a user record must be like, and who may change what of whom (design.md 9)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sqlmodel import SQLModel, col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.caller import Caller, Role
from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.services.people.users import UserRow
from ticrypt_tui.backend.store.tables.people import User
from ticrypt_tui.text import shown

LONGEST_LOGIN = 64
LONGEST_REASON = 500
# useradd(8): no dash, plus or tilde at the start; no colon, comma, slash or white space. Directory
# services add domains, as in alice@lab.example. What is all digits would be taken for a uid.
_LOGIN = re.compile(rf"(?![0-9]+$)[A-Za-z0-9_][A-Za-z0-9_.@+$-]{{0,{LONGEST_LOGIN - 1}}}")


def proper_login(caller: Caller, thing: Any, arguments: Mapping[str, Any]) -> str:
    """A login is one that an operating system may have for an account."""
    login = arguments.get("login")
    if login is None or _LOGIN.fullmatch(login):
        return ""
    return (
        f"No OS account is called “{shown(login[:LONGEST_LOGIN])}”: 1 to {LONGEST_LOGIN} letters, "
        "digits and any of _ . @ + $ -, beginning with a letter, a digit or _, not all digits."
    )


def proper_reason(caller: Caller, thing: Any, arguments: Mapping[str, Any]) -> str:
    """A reason says something, on one line."""
    reason = arguments.get("reason")
    if reason is None or (
        reason.strip() and reason.isprintable() and len(reason) <= LONGEST_REASON
    ):
        return ""
    return f"A reason has 1 to {LONGEST_REASON} printable characters: who reads it must see why."


def gives_lower_role(caller: Caller, thing: Any, arguments: Mapping[str, Any]) -> str:
    """Nobody makes anybody what he is himself, or more; a super-admin does."""
    if "role" not in arguments or caller.role is Role.SUPER_ADMIN:
        return ""
    if Role(arguments["role"]).rank < caller.role.rank:
        return ""
    return f"You are {caller.role}, and give lower roles only, not {arguments['role']}."


def stays_himself(caller: Caller, thing: UserRow, arguments: Mapping[str, Any]) -> str:
    """Nobody changes his own role or login: he might lock himself out."""
    if thing.id != caller.user_id:
        return ""
    for column, value in (("role", thing.role), ("login", thing.login)):
        if arguments.get(column, value) != value:
            return f"Nobody changes his own {column}: another {Role.SUPER_ADMIN} can."
    return ""


def deactivated_with_reason(caller: Caller, thing: UserRow, arguments: Mapping[str, Any]) -> str:
    """An edit makes an inactive user active again; the other way needs a reason."""
    if arguments.get("active") is not False or not thing.active:
        return ""
    return "Who is made inactive is told why: deactivate him, which asks for the reason."


def not_oneself(caller: Caller, thing: UserRow, arguments: Mapping[str, Any]) -> str:
    """Nobody deactivates himself."""
    return "Nobody deactivates himself." if thing.id == caller.user_id else ""


def still_active(caller: Caller, thing: UserRow, arguments: Mapping[str, Any]) -> str:
    """Who is inactive already is not made so again."""
    if thing.active:
        return ""
    return f"He is inactive already: {shown(thing.reason)}. An edit makes him active again."


async def refuse_nobody_left(session: AsyncSession) -> None:
    """Refuse a change after which no active super-admin would be left."""
    await session.flush()
    bosses = select(func.count()).where(col(User.role) == Role.SUPER_ADMIN, col(User.active))
    if not (await session.exec(bosses)).one():
        raise Refused(f"He is the last active {Role.SUPER_ADMIN}.", "Make another one first.")


async def refuse_another(
    session: AsyncSession, table: type[SQLModel], noun: str, object_id: str = "", **same: str
) -> None:
    """Refuse a second object with the same login, name or tag; `object_id` is the one that has it
    already."""
    columns: Any = table.__table__.c  # type: ignore[attr-defined]
    for column, value in same.items():
        others = select(columns.id).where(columns[column] == value, columns.id != object_id)
        if (await session.exec(others)).first() is not None:
            said = f"There is {noun} with the {column} {shown(value)} already."
            raise Refused(said, about=column)
