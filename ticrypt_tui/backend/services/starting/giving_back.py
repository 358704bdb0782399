"""Undoing a start that failed, or that nobody lived to finish: the domain, its disk, its place."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import update
from sqlmodel import col

from ticrypt_tui.backend.drivers.base import Host
from ticrypt_tui.backend.errors import HostUnreachable, NotFound, TicryptError
from ticrypt_tui.backend.services.starting.disks import delete_overlay
from ticrypt_tui.backend.services.vms.ending import finish
from ticrypt_tui.backend.services.vms.events import add_event
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.machines import Vm, VmEnd, VmState
from ticrypt_tui.config.realm import RealmSettings

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave


@dataclass(frozen=True, slots=True)
class Begun:
    """A VM whose start was begun; without a host it has no place yet."""

    vm_id: str
    realm: RealmSettings
    host_id: str | None
    service: bool


async def give_back(enclave: Enclave, begun: Begun, reason: str) -> bool:
    """End a start: what it made is undone, and its place is free.

    False where the host does not say whether the start took effect: the VM then keeps its place,
    with nobody who brings it up, until the host can be asked.
    """
    try:
        await undo(enclave, begun)
    except HostUnreachable as error:
        await _left_open(enclave, begun.vm_id, str(error))
        return False
    except TicryptError as error:
        reason = f"{reason} Its disk was left behind: {error}"
    async with enclave.change() as session:
        await finish(session, begun.vm_id, VmEnd.START_FAILED, now(), reason)
    return True


async def undo(enclave: Enclave, begun: Begun) -> None:
    """End the VM's domain and delete its disk, as far as they are there.

    Raises `HostUnreachable`, and `Failed` for a disk that stays.
    """
    if begun.host_id is None:
        return
    host = enclave.watch.host(begun.host_id)
    await _off(host, begun.vm_id)
    if not begun.service:
        await delete_overlay(host, begun.realm, begun.vm_id)
        await _off(host, begun.vm_id)  # one that was just being started, and had its disk open


async def _off(host: Host, vm_id: str) -> None:
    with suppress(NotFound):
        await host.force_off(vm_id.removeprefix("vm-"))


async def _left_open(enclave: Enclave, vm_id: str, why: str) -> None:
    async with enclave.change() as session:
        here = update(Vm).where(col(Vm.id) == vm_id, col(Vm.ended).is_(None))
        going = here.where(col(Vm.state).in_((VmState.SCHEDULING, VmState.STARTING)))
        await session.exec(going.values(starter=""))
        add_event(session, vm_id, "whether it started is not known", why)
