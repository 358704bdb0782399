"""Setting the project of a running VM: only upward (seed; domain.md 10, choices 1 and 2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.caller import Caller, Role
from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.services.drives.rules import refuse_open_drives
from ticrypt_tui.backend.services.names import UNLOCKED
from ticrypt_tui.backend.services.people.project_paths import (
    ancestors,
    find_project,
    is_below,
    paths,
)
from ticrypt_tui.backend.services.vms.events import add_event
from ticrypt_tui.backend.services.vms.past import PastVm
from ticrypt_tui.backend.services.vms.running_vm import RunningVm
from ticrypt_tui.backend.services.wording import listed
from ticrypt_tui.backend.store.tables.machines import Vm
from ticrypt_tui.backend.store.tables.people import Project
from ticrypt_tui.text import shown


def can_be_tagged(caller: Caller, thing: RunningVm | PastVm, arguments: Mapping[str, Any]) -> str:
    """A VM of the store that has not ended, that is no service VM, and that has somewhere to go;
    of a project that is asked for, the work says where the two are."""
    if isinstance(thing, PastVm):
        return f"It has ended already: {thing.end}."
    if thing.simulated:
        return "It is simulated: nothing of it is in the store, and no project either."
    if not thing.known:
        return "It is unknown to the store: only what was started from here has a project."
    if thing.service:
        return "It is a service VM: such a one has no project, team or drive."
    if thing.project_id and not thing.above and "project" not in arguments:
        return f"{shown(thing.project)} is at the top: a VM can only move up, and nothing is above."
    return ""


def not_cleared(caller: Caller, thing: Any, arguments: Mapping[str, Any]) -> str:
    """A project is never taken away here (domain.md 10, choice 1)."""
    if "project" in arguments and arguments["project"] is None:
        return "A VM's project is not cleared here: that would lift every restriction on it."
    return ""


@operation(
    "vm.set_project",
    Argument("vm", "object", says="a running VM's ID or name"),
    Argument(
        "project", "object", clears=True,
        says="a project that its present one is below, by ID, tag or path; of an untagged VM, any",
    ),
    on="vm",
    says="Tag a running VM with a project above its present one; its configuration stays as it is.",
    preconditions=(can_be_tagged, not_cleared),
)  # fmt: skip
async def set_project(call: Call, vm: RunningVm, *, project: str) -> str:
    """Move a VM up the tree of projects.

    Raises `Refused` with both paths where its present project, as it is by now, is not below.
    """
    async with call.change() as session:
        projects = list(await session.exec(select(Project)))
        wanted = await find_project(session, project)
        going = select(Vm).where(Vm.id == vm.id, col(Vm.ended).is_(None))
        found = (await session.exec(going)).first()
        if found is None:
            raise Refused("It has ended meanwhile: nothing was changed.")
        _refuse_outsider(call.caller, wanted, projects)
        _refuse_unless_upward(projects, found.project_id, wanted)
        await refuse_open_drives(session, found, wanted)
        named = paths(projects)
        was, now = named.get(found.project_id or "", UNLOCKED), named[wanted.id]
        call.detail |= {"was": was, "now": now}
        await _tagged(session, vm.id, wanted)
        add_event(session, vm.id, "project set", f"{was} → {now}, by {call.caller.login}")
    return f"{vm.name} is in {now} now, was in {was}"


def _refuse_outsider(caller: Caller, wanted: Project, projects: Sequence[Project]) -> None:
    if caller.role.rank < Role.ADMIN.rank and wanted.id not in caller.projects:
        path = shown(paths(projects)[wanted.id])
        raise Refused(f"You are not in project {path}.", "An admin can add you.", about="project")


def _refuse_unless_upward(
    projects: Sequence[Project], present: str | None, wanted: Project
) -> None:
    """Allowed if and only if the present project is a subproject, at any depth, of the new one."""
    if present is None:
        return
    named = paths(projects)
    now, asked = shown(named.get(present, present)), shown(named[wanted.id])
    if present == wanted.id:
        raise Refused(f"It is in {now} already.", about="project")
    if not is_below(projects, present, wanted.id):
        above = [named[each] for each in ancestors(projects, present)]
        helps = f"A VM can only move up: to {listed(above)}." if above else "Nothing is above it."
        raise Refused(f"{now} is not below {asked}.", helps, about="project")


async def _tagged(session: AsyncSession, vm_id: str, project: Project) -> None:
    here = update(Vm).where(col(Vm.id) == vm_id, col(Vm.ended).is_(None))
    await session.exec(here.values(project_id=project.id, project_tag=project.tag))
