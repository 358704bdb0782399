"""Taking a VM's place on a host, in one transaction with all that may forbid it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlmodel import col

from ticrypt_tui.backend.drivers.base import HostSeen
from ticrypt_tui.backend.errors import Failed, NoHost, Refused
from ticrypt_tui.backend.operations import Call
from ticrypt_tui.backend.scheduling.model import Demand, Place
from ticrypt_tui.backend.scheduling.placement import place, simulate, units
from ticrypt_tui.backend.services.drives.uses import leave, refuse_used, take
from ticrypt_tui.backend.services.images.hosts import volume_gates
from ticrypt_tui.backend.services.starting.exclusion import refuse_changed_image, refuse_excluded
from ticrypt_tui.backend.services.starting.placement import places_of, reasons_of
from ticrypt_tui.backend.services.starting.quota import refuse_over_quota
from ticrypt_tui.backend.services.vms.events import add_events
from ticrypt_tui.backend.store.prepared import Prepared
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.infrastructure import Host
from ticrypt_tui.backend.store.tables.machines import (
    Allocation,
    DeviceAssignment,
    Vm,
    VmEnd,
    VmState,
    refuse_belonging,
)
from ticrypt_tui.backend.sync.starters import starter_of
from ticrypt_tui.text import shown

if TYPE_CHECKING:
    from ticrypt_tui.backend.services.starting.launching import Launch

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
    gates = await volume_gates(call.enclave, realm, launch.volume, launch.drives)
    found = await _tried(call, partial(_recorded, call=call, launch=launch, gates=gates))
    if isinstance(found, Reservation):
        return found
    raise NoHost(f"No host of realm {shown(realm.name)} can take it", found)


async def reserve_elsewhere(
    call: Call, launch: Launch, before: Reservation, failed: Mapping[str, str]
) -> Reservation | None:
    """Move a VM's reservation from a host to another than those that failed.

    `failed` has why, by host ID. Where none fits, the VM is a past one, and this returns None.
    """
    gates = {
        **await volume_gates(call.enclave, launch.realm, launch.volume, launch.drives),
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
            return await call.enclave.database.write_at_once(partial(work, seen=seen))
    raise Failed("The hosts of the realm are being changed all the time.", "Try again.")


def _moved(
    connection: Connection, seen: Sightings, launch: Launch, before: Reservation, why: str,
    gates: Mapping[str, str],
) -> Reservation | None:  # fmt: skip
    vm_id = before.vm_id
    for table in (Allocation, DeviceAssignment):
        connection.execute(delete(table).where(col(table.vm_id) == vm_id))
    add_events(connection, vm_id, ("failed", f"{before.host}: {why}"))
    if connection.scalar(select(col(Vm.ended)).where(col(Vm.id) == vm_id)) is not None:
        return None
    chosen = place(_demand(launch), _places(connection, seen, launch, gates))
    changed = update(Vm).where(col(Vm.id) == vm_id)
    if chosen is None:
        leave(connection, vm_id)
        connection.execute(changed.values(_ended(VmEnd.START_FAILED, why)))
        add_events(connection, vm_id, _end_event(VmEnd.START_FAILED, why))
        return None
    connection.execute(changed.values(_on(chosen.place)))
    return _taken(connection, launch, vm_id, chosen.place)


def _recorded(
    connection: Connection, seen: Sightings, call: Call, launch: Launch, gates: Mapping[str, str]
) -> Reservation | tuple[str, ...]:
    """Add the VM's row, with its place; or as a past VM, with the reasons why it has none."""
    vm = launch.vm
    refuse_belonging(vm)
    refuse_excluded(connection, vm)
    refuse_changed_image(connection, vm, launch.volume)
    refuse_over_quota(connection, vm)
    refuse_used(connection, vm, launch.drives)
    demand, places = _demand(launch), _places(connection, seen, launch, gates)
    chosen = place(demand, places)
    starter = starter_of(call.enclave.audit.origin)
    row = vm.row(state=VmState.STARTING, starter=starter)
    if chosen is not None:
        _NEW_VM.run(connection, {**row, **_on(chosen.place)})
        drives = take(connection, vm.id, launch.drives)
        return _taken(connection, launch, vm.id, chosen.place, ("scheduling", ""), *drives)
    reasons = reasons_of(simulate(demand, places).verdicts)
    reason = "; ".join(reasons)
    _NEW_VM.run(connection, {**row, **_ended(VmEnd.NO_HOST, reason)})
    add_events(connection, vm.id, ("scheduling", ""), _end_event(VmEnd.NO_HOST, reason))
    return reasons


def _on(host: Place) -> dict[str, Any]:
    """The columns of a VM that has its place on a host."""
    return {"host_id": host.id, "host_name": host.name}


def _ended(end: VmEnd, reason: str) -> dict[str, Any]:
    """The columns of a past VM, which holds nothing."""
    return {"state": VmState.STOPPED, "ended": now(), "end": end, "end_detail": reason}


def _end_event(end: VmEnd, reason: str) -> tuple[str, str]:
    return f"ended: {end}", reason


def _places(
    connection: Connection, seen: Sightings, launch: Launch, gates: Mapping[str, str]
) -> list[Place]:
    every = places_of(connection, seen, launch.realm.id, gates)
    return [each for each in every if launch.host_id in (None, each.id)]


def _demand(launch: Launch) -> Demand:
    return Demand(launch.vm.cores, launch.vm.memory_mib, launch.devices)


def _taken(
    connection: Connection, launch: Launch, vm_id: str, host: Place, *before: tuple[str, str]
) -> Reservation:
    """Take the place on that host, and tell so after the events `before`.

    Raises `_Overtaken` where the host is not as it was read.
    """
    as_read = {"host": host.id, "was": host.generation, "counted": host.generation + 1}
    if _COUNTED.run(connection, as_read) == 0:
        raise _Overtaken
    held = {"vm_id": vm_id, "host_id": host.id}
    cores, memory_mib = launch.vm.cores, launch.vm.memory_mib
    _NEW_ALLOCATION.run(connection, {**held, "cores": cores, "memory_mib": memory_mib})
    own = units(_demand(launch), host)
    for each in own:
        _NEW_ASSIGNMENT.run(connection, {**held, "pci_address": each.address})
    said = ", ".join(map(str, own))
    placed = "placed", f"{host.name}, {said}" if own else host.name
    add_events(connection, vm_id, *before, placed)
    return Reservation(vm_id, host.id, host.name, tuple(each.address for each in own))


_NEW_VM = Prepared(insert(Vm))
_NEW_ALLOCATION = Prepared(insert(Allocation))
_NEW_ASSIGNMENT = Prepared(insert(DeviceAssignment))
_COUNTED = Prepared(
    update(Host)
    .where(col(Host.id) == bindparam("host"), col(Host.generation) == bindparam("was"))
    .values(generation=bindparam("counted"))
)
