"""Bringing a VM up, ordinary or service: reserved, made, started, registered; or all given back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import case, func, literal, update
from sqlmodel import col

from ticrypt_tui.backend.drivers import base as hypervisor
from ticrypt_tui.backend.drivers.base import DomainWanted
from ticrypt_tui.backend.errors import (
    Failed,
    HostUnreachable,
    NotFound,
    StoreUnavailable,
    TicryptError,
)
from ticrypt_tui.backend.operations import Call
from ticrypt_tui.backend.services.drives.disks import disks_of, format_drives
from ticrypt_tui.backend.services.drives.opening import OpenedDrive, forget
from ticrypt_tui.backend.services.starting.disks import find_volume, make_overlay
from ticrypt_tui.backend.services.starting.giving_back import Begun, give_back, undo
from ticrypt_tui.backend.services.starting.reserving import Reservation, reserve, reserve_elsewhere
from ticrypt_tui.backend.services.vms.events import add_event
from ticrypt_tui.backend.store.tables.columns import Moment, now
from ticrypt_tui.backend.store.tables.machines import Vm, VmState
from ticrypt_tui.backend.store.tables.new_vm import NewVm
from ticrypt_tui.backend.sync.starters import UNDERWAY
from ticrypt_tui.config.realm import RealmSettings

SHOWN_WITHIN = timedelta(seconds=60)
"""How long a host is waited for to show a VM that it has started, where none has to register."""
ENDED_WITHIN = timedelta(seconds=60)
"""How long it may take to end a VM that has not registered in time."""
OTHER_HOSTS = 3
"""How many other hosts are tried, where one fails to bring the VM up for a reason of its own."""


@dataclass(frozen=True, slots=True)
class Launch:
    """A VM to bring up: `vm` has the values of its row, which is not in the store yet.

    `volume` is its image's, in the realm's pool of OS volumes; a service VM writes it, any other
    runs on an overlay. `devices` are counts by kind; `host_id`, where given, is the only host that
    it may go to. `drives` are opened already, and are forgotten once it runs.
    """

    vm: NewVm
    realm: RealmSettings
    volume: str
    os: str
    devices: Mapping[str, int]
    host_id: str | None = None
    service: bool = False
    debug: bool = False
    startup_script: str = ""
    drives: tuple[OpenedDrive, ...] = ()


async def launch(call: Call, launch: Launch) -> str:
    """Bring a VM up; returns its ID once it runs.

    Raises `Refused` where it may not be started now, `Failed` where no host can take it (the VM is
    then a past one, with the reasons of each host), and the error of the step that failed, once
    everything is given back.
    """
    try:
        return await _launched(call, launch)
    finally:
        forget(launch.drives)


async def _launched(call: Call, launch: Launch) -> str:
    reservation = await reserve(call, launch)
    vm_id = call.detail["vm"] = reservation.vm_id
    UNDERWAY.add(vm_id)
    try:
        there = await _on_some_host(call, launch, reservation)
        forget(launch.drives)
        await _up(call, launch, there)
        await format_drives(call, vm_id, there.host_id, launch.drives)
    finally:
        UNDERWAY.discard(vm_id)
    return vm_id


async def _on_some_host(call: Call, launch: Launch, there: Reservation) -> Reservation:
    """Start the VM on the host that was chosen, else on others; returns its place there.

    Gives everything back where none does.
    """
    failed: dict[str, str] = {}
    while True:
        try:
            await _started_on(call, launch, there)
        except (TicryptError, asyncio.CancelledError) as error:
            next_one = None
            if _fault_of_host(error) and launch.host_id is None and len(failed) < OTHER_HOSTS:
                failed[there.host_id] = str(error)
                next_one = await _elsewhere(call, launch, there, failed)
            if next_one is None:
                reason = str(error) or "cancelled"
                await asyncio.shield(give_back(call.enclave, _begun(launch, there), reason))
                raise
            there = next_one
        else:
            return there


def _fault_of_host(error: BaseException) -> bool:
    """Whether another host may do better; one that does not answer may yet have started it."""
    return isinstance(error, Failed | NotFound) and not isinstance(
        error, HostUnreachable | StoreUnavailable | _Ended
    )


async def _elsewhere(
    call: Call, launch: Launch, there: Reservation, failed: Mapping[str, str]
) -> Reservation | None:
    """Undo what was done on a host and move to another; None where it cannot be, or none fits."""
    try:
        await undo(call.enclave, _begun(launch, there))
    except TicryptError:
        return None
    return await reserve_elsewhere(call, launch, there, failed)


def _begun(launch: Launch, there: Reservation) -> Begun:
    return Begun(there.vm_id, launch.realm, there.host_id, launch.service)


async def _started_on(call: Call, launch: Launch, there: Reservation) -> None:
    host = call.enclave.watch.host(there.host_id)
    wanted = await _with_disk(call, launch, _wanted(launch, there), host)
    wanted = replace(wanted, drives=await disks_of(call, host, launch.drives))
    if not launch.service:
        await call.enclave.policies.ready(there.host_id, launch.realm)
    await _started(host, wanted)
    await _booting(call, there)


def _wanted(launch: Launch, there: Reservation) -> DomainWanted:
    realm = launch.realm
    return DomainWanted(
        vm_id=there.vm_id,
        title=launch.vm.name,
        cores=launch.vm.cores,
        memory_mib=launch.vm.memory_mib,
        disk_path="",
        network=realm.service_network if launch.service else realm.network,
        virt_type=realm.virt_type,
        debug=launch.debug or launch.service,
        network_filter="" if launch.service else realm.network_filter,
        devices=there.devices,
        startup_script=launch.startup_script,
    )


async def _with_disk(
    call: Call, launch: Launch, wanted: DomainWanted, host: hypervisor.Host
) -> DomainWanted:
    """A service VM boots the volume itself; any other gets an overlay on it."""
    if launch.service:
        volume = await find_volume(host, launch.realm, launch.volume)
        return replace(wanted, disk_path=volume.path, disk_format=volume.format)
    disk = await make_overlay(host, launch.realm, wanted.vm_id, launch.volume)
    async with call.enclave.change() as session:
        add_event(session, wanted.vm_id, "disk made", disk)
    return replace(wanted, disk_path=disk)


async def _started(host: hypervisor.Host, wanted: DomainWanted) -> None:
    """Start the domain; `auto` is KVM, or QEMU's emulation on a host that refuses KVM."""
    if wanted.virt_type != "auto":
        await host.start(wanted)
        return
    try:
        await host.start(replace(wanted, virt_type="kvm"))
    except HostUnreachable:
        raise
    except Failed:
        await host.start(replace(wanted, virt_type="qemu"))


class _Ended(Failed):
    """The VM ended while it was brought up."""


async def _booting(call: Call, there: Reservation) -> None:
    """Record that the VM is up: from now on it goes its way without this process.

    Raises `Failed` where somebody has ended it meanwhile, so that it is not left without a place.
    """
    brought_up = case(
        (col(Vm.state).in_((VmState.SCHEDULING, VmState.STARTING)), VmState.BOOTING),
        else_=col(Vm.state),
    )
    since = func.coalesce(col(Vm.started), literal(now(), Moment))
    async with call.enclave.change() as session:
        here = update(Vm).where(col(Vm.id) == there.vm_id, col(Vm.ended).is_(None))
        changed = await session.exec(here.values(state=brought_up, started=since, starter=""))
        if changed.rowcount == 0:
            raise _Ended("It was ended while it was being started.")
        add_event(session, there.vm_id, "started", there.host)


async def _up(call: Call, launch: Launch, there: Reservation) -> None:
    """Wait until the VM has registered; it does so, or is ended, whether this process lives or not.

    Raises `Failed` where it has ended, with how; and where its host shows nothing of it in time.
    """
    call.enclave.watch.refresh(there.host_id)
    limit = (launch.realm.registration_timeout or SHOWN_WITHIN) + ENDED_WITHIN
    await call.enclave.until(lambda: _is_settled(call, there.vm_id), limit.total_seconds())
    vm = await _vm(call, there.vm_id)
    if vm.ended is not None:
        raise Failed(f"It ended before it was up: {vm.end}. {vm.end_detail}".strip())
    if vm.state in _ON_ITS_WAY:
        raise Failed(f"It is {vm.state} after {limit.total_seconds():.0f} s. It was left so.")


async def _is_settled(call: Call, vm_id: str) -> bool:
    vm = await _vm(call, vm_id)
    return vm.ended is not None or vm.state not in (*_ON_ITS_WAY, VmState.SHUTTING_DOWN)


async def _vm(call: Call, vm_id: str) -> Vm:
    async with call.enclave.database.read() as session:
        return await session.get_one(Vm, vm_id)


_ON_ITS_WAY = (VmState.BOOTING, VmState.REGISTERING)
