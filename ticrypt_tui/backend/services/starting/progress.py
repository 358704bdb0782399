"""How far a start has come: its stages as they happened, from the VM's recorded events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import or_
from sqlmodel import col, select

from ticrypt_tui.backend import permissions
from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.store.tables.machines import CoOwner, Vm, VmEvent, VmState

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave

STAGES = (
    VmState.SCHEDULING,
    VmState.STARTING,
    VmState.BOOTING,
    VmState.REGISTERING,
    VmState.RUNNING,
)
_BEGIN = {
    **{stage.value: stage for stage in STAGES},
    "placed": VmState.STARTING,
    "started": VmState.BOOTING,
    "registered": VmState.RUNNING,
}
"""Which stage begins with which event; any other event tells something of the stage it is in."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a start: when it began, if it has, and what happened in it."""

    name: str
    began: datetime | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """A VM on its way up. `until` is when it is given up, unless it registers; `end` is how it
    ended, if it has, and `reason` why."""

    vm_id: str
    host: str
    stages: tuple[Stage, ...]
    until: datetime | None = None
    ended: datetime | None = None
    end: str = ""
    reason: str = ""


async def read_progress(enclave: Enclave, made_from: str, since: datetime) -> Progress | None:
    """The newest start from a configuration, or of a service VM, or None where there was none
    since; raises `Refused` where the VM is out of the caller's reach."""
    by = or_(col(Vm.configuration_id) == made_from, col(Vm.service_vm_id) == made_from)
    newest = select(Vm).where(by, col(Vm.created) >= since).order_by(col(Vm.created).desc())
    async with enclave.database.read() as session:
        vm = (await session.exec(newest.limit(1))).first()
        if vm is None:
            return None
        seen_in = "list service" if vm.service else "list running"
        reason = permissions.why_not(enclave.caller, seen_in, vm)
        if reason and not await session.get(CoOwner, (made_from, enclave.caller.user_id)):
            raise Refused(reason)
        events = select(VmEvent).where(VmEvent.vm_id == vm.id).order_by(col(VmEvent.id))
        stages = stages_of(tuple(await session.exec(events)))
    if vm.service:  # it need not register
        stages = tuple(each for each in stages if each.name != VmState.REGISTERING)
    return Progress(
        vm.id, vm.host_name, stages, _given_up(enclave, vm), vm.ended, vm.end or "", vm.end_detail
    )


def stages_of(events: Iterable[VmEvent]) -> tuple[Stage, ...]:
    """Every stage in order, with when it began and what was told in it."""
    found = {stage: Stage(stage.value) for stage in STAGES}
    here = VmState.SCHEDULING
    for event in events:
        begins = _BEGIN.get(event.what)
        if begins is not None and _later(begins, here, found[begins]):
            here = begins
            found[here] = replace(found[here], began=event.at)
            told = event.detail
        else:
            told = f"{event.what}: {event.detail}" if event.detail else event.what
        if told and not event.what.startswith("ended"):
            found[here] = replace(found[here], notes=(*found[here].notes, told))
    return tuple(found.values())


def _later(stage: VmState, here: VmState, of_it: Stage) -> bool:
    """Whether a stage begins: a start never goes back, and no stage begins twice."""
    order: Sequence[VmState] = STAGES
    return of_it.began is None and order.index(stage) >= order.index(here)


def _given_up(enclave: Enclave, vm: Vm) -> datetime | None:
    """When a VM that boots and does not register is ended; None where its realm waits for ever."""
    realm = enclave.realms.get(vm.realm_id)
    limit = realm.registration_timeout if realm else None
    waiting = (
        vm.ended is None and not vm.service and vm.state in (VmState.BOOTING, VmState.REGISTERING)
    )
    return vm.started + limit if waiting and vm.started and limit else None
