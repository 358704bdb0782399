"""Past VMs: the newest of those that have ended, and how they did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlmodel import col, select

from ticrypt_tui.backend.services.base import Detail, Section, Service
from ticrypt_tui.backend.services.names import Names, read_names
from ticrypt_tui.backend.services.vms.events import event_lines
from ticrypt_tui.backend.services.wording import moment
from ticrypt_tui.backend.store.tables.machines import Vm

SHOWN = 100
"""How many are shown (seed; domain.md 10.7)."""


@dataclass(frozen=True, slots=True)
class PastVm:
    """A VM that has ended."""

    id: str
    name: str
    owner: str
    team: str
    project: str
    realm: str
    realm_id: str
    host: str
    host_id: str | None
    setup: str
    started: datetime | None
    ended: datetime
    end: str
    last_message: str
    cores: int
    memory_mib: int
    owner_id: str | None
    team_id: str | None
    project_id: str | None
    known: bool = True
    co_owner_ids: tuple[str, ...] = ()

    @property
    def uuid(self) -> str:
        """The UUID of the domain that it was."""
        return self.id.removeprefix("vm-")

    @property
    def domain(self) -> str:
        """The name of the domain that it was."""
        return self.id


def past_row(vm: Vm, names: Names, realms: Mapping[str, str]) -> PastVm:
    """A VM that has ended, as its row."""
    assert vm.ended is not None
    return PastVm(
        id=vm.id,
        name=vm.name,
        owner=names.owner(vm.owner_id),
        team=names.team(vm.team_id, vm.team_name),
        project=names.project(vm.project_id, vm.project_tag),
        realm=realms[vm.realm_id],
        realm_id=vm.realm_id,
        host=names.host(vm.host_id, vm.host_name),
        host_id=vm.host_id,
        setup=vm.setup_name,
        started=vm.started,
        ended=vm.ended,
        end=vm.end or "",
        last_message=vm.end_detail,
        cores=vm.cores,
        memory_mib=vm.memory_mib,
        owner_id=vm.owner_id,
        team_id=vm.team_id,
        project_id=vm.project_id,
        co_owner_ids=names.co_owners.get(vm.configuration_id or "", ()),
    )


_PAST = (col(Vm.ended).is_not(None), col(Vm.service).is_(False))


class PastVms(Service[PastVm]):
    """The tab of past VMs; service VMs are not among them (domain.md 10.7)."""

    tab = "past"
    kind = "past vm"
    noun = "past VM"

    async def rows(self) -> tuple[PastVm, ...]:
        newest = select(Vm).where(*_PAST).order_by(col(Vm.ended).desc(), col(Vm.id)).limit(SHOWN)
        async with self.enclave.database.read() as session:
            names = await read_names(session)
            return tuple(
                past_row(vm, names, self.enclave.realm_names) for vm in await session.exec(newest)
            )

    async def notices(self) -> tuple[str, ...]:
        async with self.enclave.database.read() as session:
            count = (await session.exec(select(func.count()).select_from(Vm).where(*_PAST))).one()
        if count <= SHOWN:
            return ()
        return (f"The {SHOWN} newest of {count}; older ones are only in the audit log.",)

    async def detail(self, row: PastVm) -> Detail:
        facts = (
            ("ID", row.id),
            ("ended", moment(row.ended)),
            ("how", row.end),
            ("last message", row.last_message),
            ("started", moment(row.started, "never")),
            ("owner", row.owner),
            ("team", row.team),
            ("project", row.project),
            ("realm", row.realm),
            ("host", row.host),
            ("setup", row.setup),
        )
        events = await event_lines(self.enclave.database, row.id)
        return Detail(row.name, (Section("VM", facts), Section("Events", lines=events)))
