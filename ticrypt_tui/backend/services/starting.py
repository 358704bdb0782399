"""Starting a VM from a configuration, stage by stage; what fails gives everything back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.caller import Caller
from ticrypt_tui.backend.drivers import base as hypervisor
from ticrypt_tui.backend.drivers.base import DomainWanted, Reach
from ticrypt_tui.backend.errors import (
    DeadlineMissed,
    Failed,
    HostUnreachable,
    NotFound,
    Refused,
    TicryptError,
)
from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.services.configs import RUNNING, ConfigRow
from ticrypt_tui.backend.services.disks import delete_overlay, make_overlay
from ticrypt_tui.backend.services.ending import finish
from ticrypt_tui.backend.services.events import add_event
from ticrypt_tui.backend.services.placement import Candidate, chosen
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.infrastructure import Host
from ticrypt_tui.backend.store.tables.machines import (
    Allocation,
    HardwareSetup,
    Vm,
    VmConfiguration,
    VmEnd,
    VmImage,
    VmState,
)
from ticrypt_tui.backend.store.tables.people import Project, Team, User
from ticrypt_tui.config.realm import RealmSettings
from ticrypt_tui.text import shown

SEEN_WITHIN = 5.0
"""Seconds in which the host's next reading is waited for, once libvirt has started a VM."""


@dataclass(frozen=True, slots=True)
class Start:
    """A VM on its way up: where, from which volume, and as what."""

    realm: RealmSettings
    host_id: str
    volume: str
    wanted: DomainWanted


def stopped(caller: Caller, thing: ConfigRow, arguments: Mapping[str, Any]) -> str:
    """A configuration runs as one VM at a time."""
    return f"It runs already, as {thing.vm_id}." if thing.state == RUNNING else ""


@operation(
    "config.start",
    Argument("config", "object", says="a configuration's ID or name"),
    on="config",
    says="Start a VM from a configuration.",
    preconditions=(stopped,),
)
async def start(call: Call, config: ConfigRow) -> str:
    """Start a VM; returns its ID once its hypervisor runs it."""
    start = await _scheduled(call, config)
    vm_id = start.wanted.vm_id
    call.detail["vm"] = vm_id
    try:
        await _brought_up(call, start)
    except (TicryptError, asyncio.CancelledError) as error:
        await asyncio.shield(_given_back(call, start, str(error) or "cancelled"))
        raise
    return vm_id


async def _scheduled(call: Call, config: ConfigRow) -> Start:
    """Record the VM and reserve its place; raises `Failed` where no host can take it."""
    realm = call.enclave.realm(config.realm_id)
    if realm.disabled:
        raise Refused(f"Realm {shown(realm.name)} is disabled in the configuration file.")
    async with call.enclave.change() as session:
        vm, setup, image = await _recorded(session, config)
        host, reason = chosen(await _candidates(call, session, realm))
        if host is None:
            await finish(session, vm.id, VmEnd.NO_HOST, now(), reason)
        else:
            _reserved(session, vm, host)
    if host is None:
        raise Failed(f"No host of realm {shown(realm.name)} can take it: {reason}.")
    wanted = DomainWanted(
        vm_id=vm.id,
        title=vm.name,
        cores=vm.cores,
        memory_mib=vm.memory_mib,
        disk_path="",
        network=realm.network,
        virt_type=realm.virt_type,
        debug=setup.debug_pty or setup.debug_console,
    )
    return Start(realm, host.id, image.volume, wanted)


async def _recorded(session: AsyncSession, config: ConfigRow) -> tuple[Vm, HardwareSetup, VmImage]:
    """Add the VM's row, with what it is made from as that is now."""
    recipe = await session.get_one(VmConfiguration, config.id)
    running = select(Vm.id).where(Vm.configuration_id == config.id, col(Vm.ended).is_(None))
    if other := (await session.exec(running)).first():
        raise Refused(f"It runs already, as {other}.")
    owner = await session.get_one(User, recipe.owner_id)
    if not owner.active:
        raise Refused(f"Its owner, {shown(owner.login)}, is not active.")
    setup = await session.get_one(HardwareSetup, recipe.setup_id)
    image = await session.get_one(VmImage, setup.image_id)
    team = await session.get(Team, recipe.team_id or "")
    project = await session.get(Project, recipe.project_id or "")
    vm = Vm(
        realm_id=recipe.realm_id,
        name=recipe.name,
        configuration_id=recipe.id,
        setup_name=setup.name,
        image_id=image.id,
        owner_id=recipe.owner_id,
        team_id=recipe.team_id,
        team_name=team.name if team else "",
        project_id=recipe.project_id,
        project_tag=project.tag if project else "",
        cores=setup.cores,
        memory_mib=setup.memory_mib,
        debug=setup.debug_pty or setup.debug_console,
    )
    session.add(vm)
    await session.flush()
    add_event(session, vm.id, "scheduling")
    return vm, setup, image


async def _candidates(call: Call, session: AsyncSession, realm: RealmSettings) -> list[Candidate]:
    hosts = await session.exec(select(Host).where(Host.realm_id == realm.id))
    seen = call.enclave.sightings()
    return [
        Candidate(
            host.id, host.name, host.state, call.enclave.is_up(host.id),
            host.id in seen and seen[host.id].reach is Reach.SIMULATED,
        )
        for host in hosts
    ]  # fmt: skip


def _reserved(session: AsyncSession, vm: Vm, host: Candidate) -> None:
    """Take the VM's place on its host, before libvirt is asked for anything."""
    vm.host_id, vm.host_name, vm.state = host.id, host.name, VmState.STARTING
    session.add(vm)
    session.add(Allocation(vm_id=vm.id, host_id=host.id, cores=vm.cores, memory_mib=vm.memory_mib))
    add_event(session, vm.id, "placed", host.name)


async def _brought_up(call: Call, start: Start) -> None:
    host = call.enclave.watch.host(start.host_id)
    vm_id = start.wanted.vm_id
    disk = await make_overlay(host, start.realm, vm_id, start.volume)
    await _stage(call, vm_id, VmState.STARTING, "disk made", disk)
    await _started(host, replace(start.wanted, disk_path=disk))
    await _stage(call, vm_id, VmState.BOOTING, "started", host.address.name, started=now())
    call.enclave.watch.refresh(start.host_id)
    await call.enclave.until(lambda: _seen(call, start), SEEN_WITHIN)
    await _stage(call, vm_id, VmState.RUNNING, "running")


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


async def _seen(call: Call, start: Start) -> bool:
    seen = call.enclave.sightings().get(start.host_id)
    return seen is not None and start.wanted.vm_id in {each.vm_id for each in seen.domains}


async def _stage(
    call: Call, vm_id: str, state: VmState, what: str, detail: str = "", **more: Any
) -> None:
    """Record how far a VM has come, unless it has ended meanwhile or is being shut down."""
    async with call.enclave.change() as session:
        moves = (VmState.SCHEDULING, VmState.STARTING, VmState.BOOTING)
        here = update(Vm).where(col(Vm.id) == vm_id, col(Vm.ended).is_(None))
        await session.exec(here.where(col(Vm.state).in_(moves)).values(state=state, **more))
        add_event(session, vm_id, what, detail)


async def _given_back(call: Call, start: Start, reason: str) -> None:
    """End what was begun. Where the host does not say whether it took effect, that is left open."""
    vm_id = start.wanted.vm_id
    try:
        host = call.enclave.watch.host(start.host_id)
        with suppress(NotFound):
            await host.force_off(vm_id.removeprefix("vm-"))
        await delete_overlay(host, start.realm, vm_id)
    except (HostUnreachable, DeadlineMissed) as error:
        await _stage(call, vm_id, VmState.STARTING, "whether it started is not known", str(error))
        return
    except TicryptError as error:
        reason = f"{reason} Its disk was left behind: {error}"
    async with call.enclave.change() as session:
        await finish(session, vm_id, VmEnd.START_FAILED, now(), reason)
