"""What the forms of several tabs check alike, each with the reason in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from sqlmodel import SQLModel, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.caller import Caller
from ticrypt_tui.backend.errors import NotFound, Refused, WrongUse
from ticrypt_tui.backend.operations import Precondition
from ticrypt_tui.backend.store.lookup import find_one
from ticrypt_tui.config.devices import DeviceCount, device_counts
from ticrypt_tui.config.realm import RealmSettings
from ticrypt_tui.text import shown

Table = TypeVar("Table", bound=SQLModel)

LONGEST_NAME = 200
LARGEST = 2**31 - 1
"""The largest number that a column of whole numbers holds on every database."""


def proper_name(caller: Caller, thing: Any, arguments: Mapping[str, Any]) -> str:
    """A name, where one is given, has 1 to 200 printable characters."""
    if "name" not in arguments:
        return ""
    name = arguments["name"]
    if name.isprintable() and name == name.strip() and 1 <= len(name) <= LONGEST_NAME:
        return ""
    return (
        f"A name has 1 to {LONGEST_NAME} printable characters and no space at its ends; "
        f"“{shown(name[:LONGEST_NAME])}” has not."
    )


def at_least_one(*numbers: str) -> Precondition:
    """A precondition: these arguments, where given, are above zero, and the store can hold them."""

    def check(caller: Caller, thing: Any, arguments: Mapping[str, Any]) -> str:
        given = [(each, arguments[each]) for each in numbers if each in arguments]
        low = [f"{name} must be at least 1, not {value}." for name, value in given if value < 1]
        high = [f"{name} must be at most {LARGEST}." for name, value in given if value > LARGEST]
        return next(iter([*low, *high]), "")

    return check


def proper_counts(caller: Caller, thing: Any, arguments: Mapping[str, Any]) -> str:
    """Devices are asked for as a kind and how many, each kind once."""
    try:
        device_counts(arguments.get("devices") or ())
    except ValueError as error:
        return f"Expected {error}."
    return ""


def counts_of(texts: Sequence[str] | None) -> tuple[DeviceCount, ...]:
    """The devices that are asked for; raises `WrongUse` with what was expected."""
    try:
        return device_counts(texts or ())
    except ValueError as error:
        raise WrongUse(f"Expected {error}.", about="devices") from error


async def of_realm(
    session: AsyncSession, table: type[Table], noun: str, reference: str, realm: RealmSettings
) -> Table:
    """The realm's object that a reference means; raises `Refused` for one of another realm, and
    `NotFound` or `Ambiguous`."""
    columns: Any = table.__table__.c  # type: ignore[attr-defined]
    try:
        return await find_one(session, table, reference, columns.realm_id == realm.id)
    except NotFound as nowhere:
        elsewhere: Any = await find_one(session, table, reference)
        said = f"{noun.capitalize()} {shown(elsewhere.name)} is not of realm {shown(realm.name)}."
        raise Refused(said, "Realms never connect.", about=noun) from nowhere


async def refuse_namesake(
    session: AsyncSession, table: type[SQLModel], noun: str, realm: RealmSettings, **same: str
) -> None:
    """Refuse a second object with the same name, or other column, in a realm."""
    columns: Any = table.__table__.c  # type: ignore[attr-defined]
    for column, value in same.items():
        same_one = select(columns.id).where(columns.realm_id == realm.id, columns[column] == value)
        if (await session.exec(same_one)).first() is not None:
            there = f"Realm {shown(realm.name)} has {noun} with the {column} {shown(value)}"
            raise Refused(f"{there} already.", about=column)
