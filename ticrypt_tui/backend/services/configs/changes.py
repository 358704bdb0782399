"""Making, changing and deleting VM configurations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm.attributes import flag_modified
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.services.checks import proper_name
from ticrypt_tui.backend.services.configs.configs import ConfigRow
from ticrypt_tui.backend.services.configs.drive_attaching import attach, refuse_unfit
from ticrypt_tui.backend.services.configs.rules import (
    Belonging,
    none_runs,
    refuse_another_realm,
    refuse_strangers,
    refuse_while_running,
)
from ticrypt_tui.backend.services.editing import VERSION, as_read
from ticrypt_tui.backend.services.people.project_paths import find_project
from ticrypt_tui.backend.store.lookup import find_one
from ticrypt_tui.backend.store.tables.machines import CoOwner, HardwareSetup, VmConfiguration
from ticrypt_tui.backend.store.tables.people import Team, User

_SETUP = "a hardware setup: its realm is the configuration's, for good"
_TEAM = "a team of the owner's, whose quota its VMs count against"
_PROJECT = "a project of the owner's, by its ID, tag or path"
_DRIVES = "drives, separated by commas, each as name:rw or name:ro; rw if left out"
_OTHERS = "logins, separated by commas: they may see, start and shut down its VMs, too"


@operation(
    "config.create",
    Argument("name"),
    Argument("setup", "object", says=_SETUP),
    Argument("team", "object", required=False, says=_TEAM),
    Argument("project", "object", required=False, says=_PROJECT),
    Argument("owner", "object", required=False, says="a login; you if left out"),
    Argument("co_owners", "list", required=False, says=_OTHERS),
    Argument("drives", "list", required=False, says=_DRIVES),
    says="Make a VM configuration.",
    preconditions=(proper_name,),
)
async def create(
    call: Call,
    *,
    name: str,
    setup: str,
    team: str = "",
    project: str = "",
    owner: str = "",
    co_owners: Sequence[str] = (),
    drives: Sequence[str] = (),
) -> str:
    """Make a configuration; returns its ID. Only an admin makes one for somebody else."""
    async with call.change() as session:
        made_from = await find_one(session, HardwareSetup, setup)
        to = Belonging(
            await find_one(session, User, owner or call.caller.user_id),
            await find_one(session, Team, team) if team else None,
            await find_project(session, project) if project else None,
            await _people(session, co_owners),
        )
        await refuse_strangers(session, call.caller, to)
        config = VmConfiguration(
            realm_id=made_from.realm_id, name=name, setup_id=made_from.id, **_columns(to)
        )
        session.add(config)
        await session.flush()
        await _share(session, config.id, to.co_owners)
        await attach(session, call, config, drives)
        call.made(config.id)
    return config.id


@operation(
    "config.edit",
    Argument("config", "object", says="a configuration's ID or name"),
    Argument("name", required=False),
    Argument("setup", "object", required=False, says="a hardware setup of the same realm"),
    Argument("team", "object", required=False, clears=True, says=f"{_TEAM}; empty: none"),
    Argument("project", "object", required=False, clears=True, says=f"{_PROJECT}; empty: none"),
    Argument("owner", "object", required=False, says="a login"),
    Argument("co_owners", "list", required=False, clears=True, says=f"{_OTHERS}; empty: nobody"),
    Argument("drives", "list", required=False, clears=True, says=f"{_DRIVES}; empty: none"),
    VERSION,
    on="config",
    says="Change a VM configuration; a VM that runs from it stays as it is.",
    preconditions=(proper_name,),
)
async def edit(call: Call, config: ConfigRow, *, version: int = 0, **changes: Any) -> str:
    """Change the fields that are given; says so where they hold from the next start only.

    Raises `Changed` where somebody else was quicker.
    """
    async with call.change() as session:
        found = await as_read(
            session, VmConfiguration, config.id, config.name, version or config.version
        )
        if "setup" in changes:
            found.setup_id = await _setup_of_its_realm(call, session, config, changes["setup"])
        found.name = changes.get("name", found.name)
        if changes.keys() & {"owner", "team", "project", "co_owners"}:
            to = await _belonging(session, found, changes)
            await refuse_strangers(session, call.caller, to)
            found.sqlmodel_update(_columns(to))
            await _share(session, found.id, to.co_owners)
        if "drives" in changes:
            await attach(session, call, found, changes["drives"] or ())
        elif "project" in changes:
            await refuse_unfit(session, found)
        flag_modified(found, "name")  # so that its version counts a change of co-owners and drives
        session.add(found)
    return f"{config.vm_id} runs on as it is: this holds from the next start" * bool(config.vm_id)


@operation(
    "config.delete",
    Argument("config", "object", says="a configuration's ID or name"),
    on="config",
    says="Delete a VM configuration that nothing runs from; its drives and past VMs stay.",
    preconditions=(none_runs,),
)
async def remove(call: Call, config: ConfigRow) -> str:
    """Delete a configuration. Raises `Refused` where a VM runs from it by now."""
    async with call.change() as session:
        found = await as_read(session, VmConfiguration, config.id, config.name, config.version)
        await refuse_while_running(session, config.id)
        await session.delete(found)
    return f"{config.name} is deleted"


async def _setup_of_its_realm(
    call: Call, session: AsyncSession, config: ConfigRow, reference: str
) -> str:
    setup = await find_one(session, HardwareSetup, reference)
    of = call.enclave.realm_names[setup.realm_id]
    refuse_another_realm(config, setup, of)
    return setup.id


async def _belonging(
    session: AsyncSession, config: VmConfiguration, changes: dict[str, Any]
) -> Belonging:
    """Whose it will be: what is given, else what it is."""
    team = changes.get("team", config.team_id)
    project = changes.get("project", config.project_id)
    shared = select(CoOwner.user_id).where(CoOwner.configuration_id == config.id)
    others = changes["co_owners"] if "co_owners" in changes else await session.exec(shared)
    return Belonging(
        await find_one(session, User, changes.get("owner", config.owner_id)),
        await find_one(session, Team, team) if team else None,
        await find_project(session, project) if project else None,
        await _people(session, list(others or ())),
    )


async def _people(session: AsyncSession, references: Sequence[str]) -> tuple[User, ...]:
    """The users that are meant, each once."""
    found = [await find_one(session, User, each) for each in references]
    return tuple({each.id: each for each in found}.values())


def _columns(to: Belonging) -> dict[str, Any]:
    return {
        "owner_id": to.owner.id,
        "team_id": to.team.id if to.team else None,
        "project_id": to.project.id if to.project else None,
    }


async def _share(session: AsyncSession, config_id: str, people: Sequence[User]) -> None:
    """Let a configuration have these co-owners and no others."""
    await session.exec(delete(CoOwner).where(col(CoOwner.configuration_id) == config_id))
    session.add_all(CoOwner(configuration_id=config_id, user_id=each.id) for each in people)
