"""Starting a VM from a configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.caller import Caller
from ticrypt_tui.backend.errors import NotFound, Refused
from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.services.configs.configs import ConfigRow
from ticrypt_tui.backend.services.drives.opening import open_drives
from ticrypt_tui.backend.services.starting.launching import Launch, launch
from ticrypt_tui.backend.store.tables.machines import (
    HardwareSetup,
    SetupDevice,
    VmConfiguration,
    VmImage,
)
from ticrypt_tui.backend.store.tables.new_vm import NewVm
from ticrypt_tui.backend.store.tables.people import Project, Team, User
from ticrypt_tui.text import shown


def stopped(caller: Caller, thing: ConfigRow, arguments: Mapping[str, Any]) -> str:
    """A configuration runs as one VM at a time."""
    return f"It runs already, as {thing.vm_id}." if thing.vm_id else ""


@operation(
    "config.start",
    Argument("config", "object", says="a configuration's ID or name"),
    Argument("without", "list", required=False, says="drives that it attaches and that stay away"),
    on="config",
    says="Start a VM from a configuration.",
    preconditions=(stopped,),
)
async def start(call: Call, config: ConfigRow, *, without: Sequence[str] = ()) -> str:
    """Start a VM; returns its ID once it runs.

    Its drives are opened with the caller's own key: raises `KeyLocked` where that is locked, and
    `Refused` for a drive that he may not have, or that another VM has.
    """
    async with call.enclave.database.read() as session:
        what = await _read(call, session, config)
        recipe = await session.get_one(VmConfiguration, config.id)
    return await launch(call, replace(what, drives=await open_drives(call, recipe, without)))


async def _read(call: Call, session: AsyncSession, config: ConfigRow) -> Launch:
    """What a configuration brings up, with everything that it is made from as that is now."""
    recipe = await session.get(VmConfiguration, config.id)
    if recipe is None:
        raise NotFound(f"{shown(config.name)} was deleted meanwhile.")
    await _refuse_inactive(session, recipe.owner_id)
    setup = await session.get_one(HardwareSetup, recipe.setup_id)
    image = await session.get_one(VmImage, setup.image_id)
    asked = await session.exec(select(SetupDevice).where(col(SetupDevice.setup_id) == setup.id))
    return Launch(
        vm=await _row(session, recipe, setup),
        realm=call.enclave.realm(recipe.realm_id),
        volume=image.volume,
        os=image.os,
        devices={each.kind: each.count for each in asked},
        debug=setup.debug_pty or setup.debug_console,
        startup_script=setup.startup_script,
    )


async def _refuse_inactive(session: AsyncSession, owner_id: str) -> None:
    owner = await session.get_one(User, owner_id)
    if not owner.active:
        raise Refused(f"Its owner, {shown(owner.login)}, is not active.")


async def _row(session: AsyncSession, recipe: VmConfiguration, setup: HardwareSetup) -> NewVm:
    """The VM's row; the names are copied, for it outlives what it is made from."""
    team = await session.get(Team, recipe.team_id or "")
    project = await session.get(Project, recipe.project_id or "")
    return NewVm(
        realm_id=recipe.realm_id,
        name=recipe.name,
        configuration_id=recipe.id,
        setup_name=setup.name,
        image_id=setup.image_id,
        owner_id=recipe.owner_id,
        team_id=recipe.team_id,
        team_name=team.name if team else "",
        project_id=recipe.project_id,
        project_tag=project.tag if project else "",
        cores=setup.cores,
        memory_mib=setup.memory_mib,
        debug=setup.debug_pty or setup.debug_console,
    )
