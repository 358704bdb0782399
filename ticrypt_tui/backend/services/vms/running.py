"""Running VMs: what the store says should be, joined with what the hosts say is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from sqlmodel import col, select

from ticrypt_tui.backend.drivers.base import HostSeen
from ticrypt_tui.backend.services.base import Detail, Section, Service
from ticrypt_tui.backend.services.vms.events import event_lines
from ticrypt_tui.backend.services.vms.running_vm import RunningVm
from ticrypt_tui.backend.services.wording import moment
from ticrypt_tui.backend.store.tables.data import Drive, DriveUse
from ticrypt_tui.backend.store.tables.machines import Vm
from ticrypt_tui.courtesy import give_way

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave

_ASKED_AT_ONCE = 500
_HOSTS = 50
"""Hosts that are looked through at one go."""


async def all_vms(enclave: Enclave, *, anew: bool = True) -> tuple[RunningVm, ...]:
    """Every VM that has not ended, service VMs too, and every domain that is nobody's.

    Not `anew` is as of the last commit that this console knows of: what is only shown is read
    again when there is news. The event loop has its turn in between.
    """
    seen = enclave.sightings()
    stored = await enclave.stored_vms.rows(anew=anew)
    unheard_of = await _unheard_of(seen, stored)
    if unheard_of and not anew:
        stored = await enclave.stored_vms.rows(anew=True)
        unheard_of = await _unheard_of(seen, stored)
    ended = await _ended(enclave, unheard_of)
    return await enclave.joining.rows(stored, seen, enclave.realm_names, ended)


async def _unheard_of(seen: Mapping[str, HostSeen], stored: Mapping[str, RunningVm]) -> list[str]:
    """The VMs that hosts show and that the store does not have among those that run."""
    found: list[str] = []
    for number, host in enumerate(seen.values(), 1):
        shown = (domain.vm_id for domain in host.domains)
        found += [vm_id for vm_id in shown if vm_id is not None and vm_id not in stored]
        if number % _HOSTS == 0:
            await give_way()
    return found


async def _ended(enclave: Enclave, vm_ids: list[str]) -> dict[str, datetime]:
    """When those of the VMs that the store knows have ended."""
    found: dict[str, datetime] = {}
    for at in range(0, len(vm_ids), _ASKED_AT_ONCE):
        some = vm_ids[at : at + _ASKED_AT_ONCE]
        over = select(Vm.id, Vm.ended).where(col(Vm.ended).is_not(None), col(Vm.id).in_(some))
        async with enclave.database.read() as session:
            found |= {vm_id: end for vm_id, end in await session.exec(over) if end}
    return found


class RunningVms(Service[RunningVm]):
    """The tab of running VMs; service VMs are not among them (seed)."""

    tab = "running"
    kind = "vm"
    noun = "VM"

    async def rows(self) -> tuple[RunningVm, ...]:
        return tuple(each for each in await all_vms(self.enclave) if not each.service)

    async def current(self) -> tuple[RunningVm, ...]:
        every = await all_vms(self.enclave, anew=False)
        await give_way()
        return tuple(each for each in every if not each.service)

    async def notices(self) -> tuple[str, ...]:
        return self.enclave.unreachable_notices()

    async def detail(self, row: RunningVm) -> Detail:
        sections = (Section("VM", _facts(row)), Section("Where", _place(row)))
        if not row.known:
            return Detail(row.name, sections)
        using = select(Drive.name, DriveUse.mode).join(DriveUse).where(DriveUse.vm_id == row.id)
        async with self.enclave.database.read() as session:
            drives = (await session.exec(using.order_by(col(Drive.name)))).all()
        open_ones = Section("Drives", lines=tuple(f"{name}:{mode}" for name, mode in drives))
        events = Section("Events", lines=await event_lines(self.enclave.database, row.id))
        return Detail(row.name, (*sections, *((open_ones,) if drives else ()), events))


def _facts(row: RunningVm) -> tuple[tuple[str, str], ...]:
    return (
        ("ID", row.id),
        ("state", f"{row.state} ({row.reason})" if row.reason else row.state),
        *((("must register by", moment(row.register_by)),) if row.register_by else ()),
        ("owner", row.owner),
        ("team", row.team),
        ("project", row.project),
        ("setup", row.setup),
        ("debug", "on" if row.debug else "off"),
        ("cores", str(row.cores)),
        ("memory", f"{row.memory_mib} MiB"),
    )


def _place(row: RunningVm) -> tuple[tuple[str, str], ...]:
    return (
        ("realm", row.realm),
        ("host", row.host),
        ("started", moment(row.started)),
        ("address", row.address or ("being read" if row.pending else "")),
        ("MAC", row.mac or ("being read" if row.pending else "")),
        ("UUID", row.uuid),
        ("last seen", moment(row.stale_since, "now")),
    )
