"""Taking a VM's place on a host, in one transaction with all that may forbid it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.drivers.base import DomainWanted, Reach
from ticrypt_tui.backend.errors import Failed, Refused
from ticrypt_tui.backend.operations import Call
from ticrypt_tui.backend.services.ending import finish
from ticrypt_tui.backend.services.events import add_event
from ticrypt_tui.backend.services.exclusion import refuse_excluded
from ticrypt_tui.backend.services.placement import Candidate, chosen
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.infrastructure import Host
from ticrypt_tui.backend.store.tables.machines import Allocation, Vm, VmEnd, VmState
from ticrypt_tui.config.realm import RealmSettings
from ticrypt_tui.text import shown

if TYPE_CHECKING:
    from ticrypt_tui.backend.services.launching import Launch


async def reserve(call: Call, launch: Launch) -> tuple[DomainWanted, str]:
    """Record the VM and take its place; returns what its host is to start, and the host's ID.

    Raises `Refused` where it may not be started, `Failed` where no host can take it.
    """
    realm = launch.realm
    if realm.disabled:
        raise Refused(f"Realm {shown(realm.name)} is disabled in the configuration file.")
    vm = Vm(**launch.vm.model_dump(exclude={"state"}), state=VmState.SCHEDULING)
    async with call.enclave.change() as session:
        await refuse_excluded(session, vm)
        session.add(vm)
        await session.flush()
        add_event(session, vm.id, "scheduling")
        host, reason = chosen(await _candidates(call, session, launch))
        if host is None:
            await finish(session, vm.id, VmEnd.NO_HOST, now(), reason)
        else:
            _reserved(session, vm, host)
    if host is None:
        raise Failed(f"No host of realm {shown(realm.name)} can take it: {reason}.")
    return _wanted(launch, vm), host.id


async def _candidates(call: Call, session: AsyncSession, launch: Launch) -> list[Candidate]:
    where = [col(Host.realm_id) == launch.realm.id]
    if launch.host_id:
        where.append(col(Host.id) == launch.host_id)
    seen = call.enclave.sightings()
    return [
        Candidate(
            host.id, host.name, host.state, call.enclave.is_up(host.id),
            host.id in seen and seen[host.id].reach is Reach.SIMULATED,
        )
        for host in await session.exec(select(Host).where(*where))
    ]  # fmt: skip


def _reserved(session: AsyncSession, vm: Vm, host: Candidate) -> None:
    """Take the VM's place on its host, before libvirt is asked for anything."""
    vm.host_id, vm.host_name, vm.state = host.id, host.name, VmState.STARTING
    session.add(vm)
    session.add(Allocation(vm_id=vm.id, host_id=host.id, cores=vm.cores, memory_mib=vm.memory_mib))
    add_event(session, vm.id, "placed", host.name)


def _wanted(launch: Launch, vm: Vm) -> DomainWanted:
    realm: RealmSettings = launch.realm
    return DomainWanted(
        vm_id=vm.id,
        title=vm.name,
        cores=vm.cores,
        memory_mib=vm.memory_mib,
        disk_path="",
        network=realm.service_network if launch.service else realm.network,
        virt_type=realm.virt_type,
        debug=launch.debug,
        startup_script=launch.startup_script,
    )
