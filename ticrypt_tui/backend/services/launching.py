"""Bringing a VM up, ordinary or service: reserved, made, started, registered; or all given back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import update
from sqlmodel import col

from ticrypt_tui.backend.drivers import base as hypervisor
from ticrypt_tui.backend.drivers.base import DomainWanted
from ticrypt_tui.backend.errors import (
    DeadlineMissed,
    Failed,
    HostUnreachable,
    NotFound,
    TicryptError,
)
from ticrypt_tui.backend.operations import Call
from ticrypt_tui.backend.services.disks import delete_overlay, find_volume, make_overlay
from ticrypt_tui.backend.services.ending import finish
from ticrypt_tui.backend.services.events import add_event
from ticrypt_tui.backend.services.reserving import reserve
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.machines import Vm, VmEnd, VmState
from ticrypt_tui.config.realm import RealmSettings

SEEN_WITHIN = 5.0
"""Seconds in which the host's next reading is waited for, once libvirt has started a VM."""


@dataclass(frozen=True, slots=True)
class Launch:
    """A VM to bring up: `vm` has the values of its row, which is not in the store yet.

    `volume` is its image's, in the realm's pool of OS volumes; a service VM writes it, any other
    runs on an overlay. `devices` are counts by kind; `host_id`, where given, is the only host that
    it may go to.
    """

    vm: Vm
    realm: RealmSettings
    volume: str
    os: str
    devices: Mapping[str, int]
    host_id: str | None = None
    service: bool = False
    debug: bool = False
    startup_script: str = ""


async def launch(call: Call, launch: Launch) -> str:
    """Bring a VM up; returns its ID once it runs.

    Raises `Refused` where it may not be started now, `Failed` where no host can take it (the VM is
    then a past one, with the reasons of each host), and the error of the step that failed, once
    everything is given back.
    """
    wanted, host_id = await reserve(call, launch)
    call.detail["vm"] = wanted.vm_id
    try:
        await _brought_up(call, launch, wanted, host_id)
    except (TicryptError, asyncio.CancelledError) as error:
        reason = str(error) or "cancelled"
        await asyncio.shield(_given_back(call, launch, wanted.vm_id, host_id, reason))
        raise
    return wanted.vm_id


async def _brought_up(call: Call, launch: Launch, wanted: DomainWanted, host_id: str) -> None:
    host = call.enclave.watch.host(host_id)
    vm_id = wanted.vm_id
    wanted = await _with_disk(call, launch, wanted, host)
    await _started(host, wanted)
    await _stage(call, vm_id, VmState.BOOTING, "started", host.address.name, started=now())
    call.enclave.watch.refresh(host_id)
    await call.enclave.until(lambda: _seen(call, vm_id, host_id), SEEN_WITHIN)
    await _stage(call, vm_id, VmState.RUNNING, "running")


async def _with_disk(
    call: Call, launch: Launch, wanted: DomainWanted, host: hypervisor.Host
) -> DomainWanted:
    """A service VM boots the volume itself; any other gets an overlay on it."""
    if launch.service:
        volume = await find_volume(host, launch.realm, launch.volume)
        return replace(wanted, disk_path=volume.path, disk_format=volume.format)
    disk = await make_overlay(host, launch.realm, wanted.vm_id, launch.volume)
    await _stage(call, wanted.vm_id, VmState.STARTING, "disk made", disk)
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


async def _seen(call: Call, vm_id: str, host_id: str) -> bool:
    seen = call.enclave.sightings().get(host_id)
    return seen is not None and vm_id in {each.vm_id for each in seen.domains}


async def _stage(
    call: Call, vm_id: str, state: VmState, what: str, detail: str = "", **more: Any
) -> None:
    """Record how far a VM has come, unless it has ended meanwhile or is being shut down."""
    async with call.enclave.change() as session:
        moves = (VmState.SCHEDULING, VmState.STARTING, VmState.BOOTING)
        here = update(Vm).where(col(Vm.id) == vm_id, col(Vm.ended).is_(None))
        await session.exec(here.where(col(Vm.state).in_(moves)).values(state=state, **more))
        add_event(session, vm_id, what, detail)


async def _given_back(call: Call, launch: Launch, vm_id: str, host_id: str, reason: str) -> None:
    """End what was begun. Where the host does not say whether it took effect, that is left open."""
    try:
        host = call.enclave.watch.host(host_id)
        with suppress(NotFound):
            await host.force_off(vm_id.removeprefix("vm-"))
        if not launch.service:
            await delete_overlay(host, launch.realm, vm_id)
    except (HostUnreachable, DeadlineMissed) as error:
        await _stage(call, vm_id, VmState.STARTING, "whether it started is not known", str(error))
        return
    except TicryptError as error:
        reason = f"{reason} Its disk was left behind: {error}"
    async with call.enclave.change() as session:
        await finish(session, vm_id, VmEnd.START_FAILED, now(), reason)
