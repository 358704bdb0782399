"""Taking a VM's place on a host, in one transaction with all that may forbid it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import delete, update
from sqlmodel import Session, col

from ticrypt_tui.backend.drivers.base import HostSeen
from ticrypt_tui.backend.errors import Failed, Refused
from ticrypt_tui.backend.operations import Call
from ticrypt_tui.backend.scheduling.model import Demand, Place
from ticrypt_tui.backend.scheduling.placement import place, simulate, units
from ticrypt_tui.backend.services.events import add_event
from ticrypt_tui.backend.services.exclusion import refuse_changed_image, refuse_excluded
from ticrypt_tui.backend.services.image_hosts import volume_gates
from ticrypt_tui.backend.services.placement import places_of, reasons_of
from ticrypt_tui.backend.services.quota import refuse_over_quota
from ticrypt_tui.backend.store.at_once import in_session
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.infrastructure import Host
from ticrypt_tui.backend.store.tables.machines import (
    Allocation,
    DeviceAssignment,
    Vm,
    VmEnd,
    VmState,
)
from ticrypt_tui.backend.sync.starters import starter_of
from ticrypt_tui.text import shown

if TYPE_CHECKING:
    from ticrypt_tui.backend.services.launching import Launch

T = TypeVar("T")
Sightings = Mapping[str, HostSeen]

TRIES = 10
"""How often a place is looked for anew, where a host was changed between reading and taking."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """A VM's place: its host, and the PCI addresses of the devices that are its own there."""

    vm_id: str
    host_id: str
    host: str
    devices: tuple[str, ...] = ()


class _Overtaken(Exception):
    """The host is not as it was read."""


async def reserve(call: Call, launch: Launch) -> Reservation:
    """Record the VM and take its place, before libvirt is asked for anything.

    Raises `Refused` where it may not be started, `Failed` where no host can take it: the VM is then
    a past one, with the reasons of each host.
    """
    realm = launch.realm
    if realm.disabled:
        raise Refused(f"Realm {shown(realm.name)} is disabled in the configuration file.")
    gates = await volume_gates(call.enclave, realm, launch.volume)
    found = await _tried(call, partial(_recorded, call=call, launch=launch, gates=gates))
    if isinstance(found, Reservation):
        return found
    raise Failed(f"No host of realm {shown(realm.name)} can take it: {found}.")


async def reserve_elsewhere(
    call: Call, launch: Launch, before: Reservation, failed: Mapping[str, str]
) -> Reservation | None:
    """Move a VM's reservation from a host to another than those that failed.

    `failed` has why, by host ID. Where none fits, the VM is a past one, and this returns None.
    """
    gates = {
        **await volume_gates(call.enclave, launch.realm, launch.volume),
        **{host_id: f"the start failed there: {error}" for host_id, error in failed.items()},
    }
    why = failed[before.host_id]
    moved = partial(_moved, launch=launch, before=before, why=why, gates=gates)
    return await _tried(call, moved)


async def _tried(call: Call, work: Callable[..., T]) -> T:
    """Do something in a write transaction; anew where a host was changed under its hands."""
    for _ in range(TRIES):
        seen = call.enclave.sightings()
        with suppress(_Overtaken):
            return await call.enclave.database.write_at_once(
                partial(in_session, work=partial(work, seen=seen))
            )
    raise Failed("The hosts of the realm are being changed all the time.", "Try again.")


def _moved(
    session: Session, seen: Sightings, launch: Launch, before: Reservation, why: str,
    gates: Mapping[str, str],
) -> Reservation | None:  # fmt: skip
    vm_id = before.vm_id
    for table in (Allocation, DeviceAssignment):
        session.exec(delete(table).where(col(table.vm_id) == vm_id))
    add_event(session, vm_id, "failed", f"{before.host}: {why}")
    chosen = place(_demand(launch), _places(session, seen, launch, gates))
    vm = session.get_one(Vm, vm_id)
    if vm.ended is not None:
        return None
    if chosen is None:
        _ended(session, vm, VmEnd.START_FAILED, why)
        return None
    vm.host_id, vm.host_name = chosen.place.id, chosen.place.name
    return _taken(session, launch, vm_id, chosen.place)


def _recorded(
    session: Session, seen: Sightings, call: Call, launch: Launch, gates: Mapping[str, str]
) -> Reservation | str:
    """Add the VM's row, with its place; or as a past VM, with the reason why it has none."""
    vm = Vm(
        **launch.vm.model_dump(exclude={"state", "starter"}),
        state=VmState.STARTING,
        starter=starter_of(call.enclave.audit.origin),
    )
    refuse_excluded(session, vm)
    refuse_changed_image(session, vm, launch.volume)
    refuse_over_quota(session, vm)
    demand, places = _demand(launch), _places(session, seen, launch, gates)
    chosen = place(demand, places)
    if chosen is not None:
        vm.host_id, vm.host_name = chosen.place.id, chosen.place.name
    session.add(vm)
    session.flush()
    add_event(session, vm.id, "scheduling")
    if chosen is not None:
        return _taken(session, launch, vm.id, chosen.place)
    reason = reasons_of(simulate(demand, places).verdicts)
    _ended(session, vm, VmEnd.NO_HOST, reason)
    return reason


def _ended(session: Session, vm: Vm, end: VmEnd, reason: str) -> None:
    """Make a VM that holds nothing a past one."""
    vm.state, vm.ended, vm.end, vm.end_detail = VmState.STOPPED, now(), end, reason
    session.add(vm)
    add_event(session, vm.id, f"ended: {end}", reason)


def _places(
    session: Session, seen: Sightings, launch: Launch, gates: Mapping[str, str]
) -> list[Place]:
    every = places_of(session, seen, launch.realm.id, gates)
    return [each for each in every if launch.host_id in (None, each.id)]


def _demand(launch: Launch) -> Demand:
    return Demand(launch.vm.cores, launch.vm.memory_mib, launch.devices)


def _taken(session: Session, launch: Launch, vm_id: str, host: Place) -> Reservation:
    """Take the place on that host; raises `_Overtaken` where it is not as it was read."""
    here = update(Host).where(col(Host.id) == host.id, col(Host.generation) == host.generation)
    counted = here.values(generation=host.generation + 1)
    nobody_reads = {"synchronize_session": False}
    if session.exec(counted, execution_options=nobody_reads).rowcount == 0:
        raise _Overtaken
    cores, memory_mib = launch.vm.cores, launch.vm.memory_mib
    held = {"vm_id": vm_id, "host_id": host.id}
    session.add(Allocation(**held, cores=cores, memory_mib=memory_mib))
    own = units(_demand(launch), host)
    session.add_all(DeviceAssignment(**held, pci_address=each.address) for each in own)
    said = ", ".join(map(str, own))
    add_event(session, vm_id, "placed", f"{host.name}, {said}" if own else host.name)
    return Reservation(vm_id, host.id, host.name, tuple(each.address for each in own))
