"""VM configurations: the recipes that VMs are started from (domain.md 2.8)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import col, select

from ticrypt_tui.backend.caller import Caller, Role
from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.services.base import Detail, Section, Service
from ticrypt_tui.backend.services.checks import proper_name
from ticrypt_tui.backend.services.names import read_names
from ticrypt_tui.backend.store.lookup import find_one
from ticrypt_tui.backend.store.tables.machines import HardwareSetup, Vm, VmConfiguration
from ticrypt_tui.backend.store.tables.people import Project, Team, User

RUNNING = "running"
STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class ConfigRow:
    """A configuration, and the VM that runs from it, if one does."""

    id: str
    name: str
    state: str
    owner: str
    team: str
    project: str
    realm: str
    realm_id: str
    setup: str
    debug: bool
    owner_id: str
    team_id: str | None
    project_id: str | None
    vm_id: str | None


class Configs(Service[ConfigRow]):
    """The tab of configurations."""

    tab = "configs"
    kind = "config"
    noun = "VM configuration"

    async def rows(self) -> tuple[ConfigRow, ...]:
        realms = self.enclave.realm_names
        both = select(VmConfiguration, HardwareSetup).join(HardwareSetup)
        running = select(Vm.configuration_id, Vm.id).where(col(Vm.ended).is_(None))
        async with self.enclave.database.read() as session:
            names = await read_names(session)
            vms = dict((await session.exec(running)).all())
            found = (await session.exec(both.order_by(col(VmConfiguration.name)))).all()
        return tuple(
            ConfigRow(
                id=each.id,
                name=each.name,
                state=RUNNING if each.id in vms else STOPPED,
                owner=names.owner(each.owner_id),
                team=names.team(each.team_id),
                project=names.project(each.project_id),
                realm=realms.get(each.realm_id, each.realm_id),
                realm_id=each.realm_id,
                setup=setup.name,
                debug=setup.debug_pty or setup.debug_console,
                owner_id=each.owner_id,
                team_id=each.team_id,
                project_id=each.project_id,
                vm_id=vms.get(each.id),
            )
            for each, setup in found
        )

    async def detail(self, row: ConfigRow) -> Detail:
        facts = (
            ("ID", row.id),
            ("state", row.state),
            ("realm", row.realm),
            ("setup", row.setup),
            ("debug", "on" if row.debug else "off"),
            ("owner", row.owner),
            ("team", row.team),
            ("project", row.project),
            ("VM", row.vm_id or ""),
        )
        return Detail(row.name, (Section("VM configuration", facts),))


@operation(
    "config.create",
    Argument("name"),
    Argument("setup", "object", says="a hardware setup"),
    Argument("team", "object", required=False),
    Argument("project", "object", required=False),
    Argument("owner", "object", required=False, says="a login; you if left out"),
    says="Make a VM configuration.",
    preconditions=(proper_name,),
)
async def create(
    call: Call, *, name: str, setup: str, team: str = "", project: str = "", owner: str = ""
) -> str:
    """Make a configuration; returns its ID. Only an admin makes one for somebody else."""
    async with call.change() as session:
        found = await find_one(session, HardwareSetup, setup)
        person = await find_one(session, User, owner or call.caller.user_id)
        of_team = await find_one(session, Team, team) if team else None
        of_project = await find_one(session, Project, project) if project else None
        _refuse_strangers(call.caller, person, of_team, of_project)
        config = VmConfiguration(
            realm_id=found.realm_id,
            name=name,
            setup_id=found.id,
            owner_id=person.id,
            team_id=of_team.id if of_team else None,
            project_id=of_project.id if of_project else None,
        )
        session.add(config)
        call.made(config.id)
    return config.id


def _refuse_strangers(
    caller: Caller, owner: User, team: Team | None, project: Project | None
) -> None:
    """Below an admin, everybody makes what is his own, in his own teams and projects."""
    if caller.role.rank >= Role.ADMIN.rank:
        return
    if owner.id != caller.user_id:
        raise Refused(f"You are {caller.role}: you make configurations of your own only.")
    if team and team.id not in caller.teams:
        raise Refused(f"You are not in team {team.name}.")
    if project and project.id not in caller.projects:
        raise Refused(f"You are not in project {project.tag}.")
