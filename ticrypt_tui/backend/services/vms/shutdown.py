"""Shutting a VM down: asked of its guest, with a deadline, or forced."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from sqlalchemy import func, update
from sqlmodel import col, select

from ticrypt_tui.backend.caller import Caller
from ticrypt_tui.backend.drivers.base import Ending
from ticrypt_tui.backend.errors import Failed, NotFound
from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.services.vms.ending import record_end
from ticrypt_tui.backend.services.vms.events import add_event
from ticrypt_tui.backend.services.vms.past import PastVm
from ticrypt_tui.backend.services.vms.running_vm import RunningVm
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.machines import Vm, VmState
from ticrypt_tui.backend.sync.endings import Told
from ticrypt_tui.text import shown

FORCED_WITHIN = 30.0
"""Seconds in which a VM that was forced off must be seen to have ended."""
GONE = "its host does not have it any more"
_NOT_YET_UP = (VmState.BOOTING, VmState.REGISTERING)


FORCE = Argument("force", "flag", required=False, says="end it at once; unsaved work is lost")


def still_runs(caller: Caller, thing: RunningVm | PastVm, arguments: Mapping[str, Any]) -> str:
    """A VM that has ended cannot be shut down."""
    if isinstance(thing, PastVm):
        return f"It has ended already: {thing.end}."
    if thing.stale_since is not None:
        return f"Its host, {shown(thing.host)}, does not answer or is not contacted."
    if thing.state in (VmState.SCHEDULING, VmState.STARTING):
        return f"It is {thing.state}: there is nothing to shut down yet."
    return ""


@operation(
    "vm.shutdown",
    Argument("vm", "object", says="a running VM's ID or name"),
    FORCE,
    on="vm",
    says="Shut a VM down; with force, end it at once.",
    typed_name="force",
    preconditions=(still_runs,),
)
async def shutdown(call: Call, vm: RunningVm, *, force: bool = False) -> str:
    """Shut a VM down; returns how it ended. Raises `Failed` where it does not end in time."""
    return await shut_down(call, vm, force=force)


async def shut_down(call: Call, vm: RunningVm, *, force: bool) -> str:
    """End a VM as a part of `call`, as `shutdown` does."""
    began = time.monotonic()
    host = call.enclave.watch.host(vm.host_id or "")
    limit = call.enclave.realm(vm.realm_id).shutdown_timeout.total_seconds()
    if vm.known and vm.id not in {domain.vm_id for domain in await host.domains()}:
        await record_end(call.enclave, vm.id, Told(Ending.UNKNOWN, GONE, now()))
        return f"{vm.name} had ended: {GONE}"
    if vm.known:
        await _asked(call, vm, force)
    with suppress(NotFound):  # it has just ended by itself, or by another console
        await (host.force_off(vm.uuid) if force else host.shut_down(vm.uuid))
    if not await call.enclave.until(
        lambda: _has_ended(call, vm), FORCED_WITHIN if force else limit
    ):
        raise await _still_running(call, vm, limit, force)
    how = f"ended: {await _how(call, vm)}"
    call.detail["ended"] = f"{how.removeprefix('ended: ')}, {time.monotonic() - began:.1f} s"
    return f"{vm.name} {how}, in {time.monotonic() - began:.1f} s"


async def _asked(call: Call, vm: RunningVm, force: bool) -> None:
    """Record who asked first, before the guest can be gone; and that it was forced, if it is."""
    first = func.coalesce(col(Vm.shutdown_asked_by), call.caller.user_id)
    values: dict[str, Any] = {"state": VmState.SHUTTING_DOWN, "shutdown_asked_by": first}
    if force:
        values |= {"forced": True, "shutdown_asked_by": call.caller.user_id}
    async with call.enclave.change() as session:
        here = update(Vm).where(col(Vm.id) == vm.id, col(Vm.ended).is_(None))
        await session.exec(here.values(**values))
        add_event(session, vm.id, "force off" if force else "shutdown asked", call.caller.login)


async def _has_ended(call: Call, vm: RunningVm) -> bool:
    if not vm.known:
        seen = call.enclave.sightings().get(vm.host_id or "")
        return seen is not None and seen.fresh and vm.uuid not in {d.uuid for d in seen.domains}
    async with call.enclave.database.read() as session:
        running = select(Vm.id).where(Vm.id == vm.id, col(Vm.ended).is_(None))
        return (await session.exec(running)).first() is None


async def _how(call: Call, vm: RunningVm) -> str:
    if not vm.known:
        return "gone from its host"
    async with call.enclave.database.read() as session:
        return (await session.get_one(Vm, vm.id)).end or "ended"


async def _still_running(call: Call, vm: RunningVm, limit: float, force: bool) -> Failed:
    """What to say of a VM that does not end; it goes on, to register if it had not."""
    state = VmState(vm.state) if vm.state in _NOT_YET_UP else VmState.RUNNING
    waited = FORCED_WITHIN if force else limit
    said = f"{shown(vm.name)} did not end within {waited:g} s."
    if vm.known:
        async with call.enclave.change() as session:
            here = update(Vm).where(col(Vm.id) == vm.id, col(Vm.ended).is_(None))
            await session.exec(here.values(state=state))
            add_event(session, vm.id, "still running", f"not ended within {waited:g} s")
    return Failed(said, "" if force else "Its guest may ignore the request; force ends it at once.")
