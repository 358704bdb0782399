"""Whose a configuration may be, of which team and project, and when it may go (domain.md 2.8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.caller import Caller, Role
from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.services.configs.configs import ConfigRow
from ticrypt_tui.backend.services.people.project_paths import paths
from ticrypt_tui.backend.store.tables.machines import HardwareSetup, Vm
from ticrypt_tui.backend.store.tables.people import (
    Project,
    ProjectMember,
    Team,
    TeamMember,
    User,
)
from ticrypt_tui.text import shown


@dataclass(frozen=True, slots=True)
class Belonging:
    """Whose a configuration is, and what it counts and is tagged as."""

    owner: User
    team: Team | None
    project: Project | None
    co_owners: tuple[User, ...] = ()


def none_runs(caller: Caller, thing: ConfigRow, arguments: Mapping[str, Any]) -> str:
    """A configuration goes only when no VM runs from it."""
    return _refusal_for(thing.vm_id, thing.state)


async def refuse_while_running(session: AsyncSession, config_id: str) -> None:
    """The same as `none_runs`, in the transaction that deletes it."""
    going = select(Vm).where(Vm.configuration_id == config_id, col(Vm.ended).is_(None))
    if (vm := (await session.exec(going)).first()) is not None:
        raise Refused(_refusal_for(vm.id, vm.state))


def _refusal_for(vm_id: str | None, state: str) -> str:
    return f"Its VM {vm_id} is {state}: shut that down first." if vm_id else ""


async def refuse_strangers(session: AsyncSession, caller: Caller, to: Belonging) -> None:
    """Refuse who may not own it, and an owner who is not in its team or project.

    Below an admin, everybody has his own configurations only. The owner's membership is asked of
    everyone, admins too: nobody works on a project's data without being in it (domain.md 2.13).
    """
    if caller.role.rank < Role.ADMIN.rank and to.owner.id != caller.user_id:
        said = f"You are {caller.role}: you have configurations of your own only."
        raise Refused(said, about="owner")
    for person, about in ((to.owner, "owner"), *((each, "co_owners") for each in to.co_owners)):
        if not person.active:
            why = f": {shown(person.inactive_reason)}" if person.inactive_reason else ""
            raise Refused(f"{shown(person.login)} is not active{why}.", about=about)
    if any(each.id == to.owner.id for each in to.co_owners):
        raise Refused(f"{shown(to.owner.login)} is its owner already.", about="co_owners")
    await _refuse_outsider(session, to)


async def _refuse_outsider(session: AsyncSession, to: Belonging) -> None:
    if to.team and not await session.get(TeamMember, (to.team.id, to.owner.id)):
        raise Refused(
            f"{shown(to.owner.login)} is not in team {shown(to.team.name)}.",
            "Choose a team of the owner's, or let an admin add him.", about="team",
        )  # fmt: skip
    for person, about in ((to.owner, "project"), *((each, "co_owners") for each in to.co_owners)):
        if to.project and not await session.get(ProjectMember, (to.project.id, person.id)):
            path = paths(await session.exec(select(Project)))[to.project.id]
            raise Refused(
                f"{shown(person.login)} is not in project {shown(path)}.",
                "An admin can add him.", about=about,
            )  # fmt: skip


def refuse_another_realm(config: ConfigRow, setup: HardwareSetup, realm: str) -> None:
    """A configuration stays in its realm: a setup of another one, `realm`, is refused."""
    if setup.realm_id != config.realm_id:
        raise Refused(
            f"Setup {shown(setup.name)} is of realm {shown(realm)}; {shown(config.name)} is, and "
            f"stays, in realm {shown(config.realm)}.",
            "Realms never connect: make another configuration there.", about="setup",
        )  # fmt: skip
