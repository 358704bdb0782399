"""Fix VMs and Fix drives on a real libvirt that was changed behind the console's back."""

from __future__ import annotations

import asyncio
import uuid
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import libvirt
import pytest
from sqlmodel import select

from tests.backend.services.fixing_play import fix, outcomes, vm_of
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.services.fixing import reading, sync_rounds
from ticrypt_tui.backend.services.fixing.result import Outcome
from ticrypt_tui.backend.services.hosts.following import Following
from ticrypt_tui.backend.store.tables.columns import new_id, now
from ticrypt_tui.backend.store.tables.data import Drive
from ticrypt_tui.backend.store.tables.infrastructure import PoolHost, StoragePool
from ticrypt_tui.backend.store.tables.machines import Allocation, Vm, VmState
from ticrypt_tui.backend.sync.differences import Kind

MIB = 2**20
GUEST = """
<domain type='qemu'><name>{name}</name><uuid>{uuid}</uuid><memory unit='MiB'>16</memory>
  <os><type arch='x86_64' machine='pc'>hvm</type></os></domain>
"""
VOLUME = "<volume><name>{name}</name><capacity unit='MiB'>{size}</capacity></volume>"
POOL = "<pool type='dir'><name>{name}</name><target><path>{path}</path></target></pool>"


@pytest.fixture
def deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    """What hosts tell by themselves is not heard: as if no console were open."""

    async def unheard(self: Following) -> None:
        self._unlooked = set()

    monkeypatch.setattr(Following, "_look", unheard)
    monkeypatch.setattr(Following, "ended", lambda self, event: None)
    monkeypatch.setattr(sync_rounds, "FIRST_AFTER", 3600.0)
    monkeypatch.setattr(reading, "SETTLED", timedelta(seconds=0.3))


async def running(enclave: Enclave, connection: libvirt.virConnect, name: str) -> libvirt.virDomain:
    """A domain that the store has as a VM that has long been running."""
    ((host_id, seen),) = enclave.sightings().items()
    vm_id = new_id("vm")
    document = GUEST.format(name=vm_id, uuid=vm_id.removeprefix("vm-"))
    started = now() - timedelta(hours=1)
    async with enclave.change() as session:
        session.add(
            Vm(
                id=vm_id, realm_id="lab", name=name, host_id=host_id, host_name=seen.address.name,
                cores=1, memory_mib=16, state=VmState.RUNNING, started=started,
            )
        )  # fmt: skip
        await session.flush()
        session.add(Allocation(vm_id=vm_id, host_id=host_id, cores=1, memory_mib=16))
    return await asyncio.to_thread(connection.createXML, document)


@pytest.mark.slow(seconds=10)
async def test_vms_that_were_changed_behind_our_back_are_put_right_and_none_is_destroyed(
    enclave: Enclave, connection: libvirt.virConnect, deaf: None
) -> None:
    ended, lost, kept = [await running(enclave, connection, each) for each in ("a", "b", "c")]
    stranger = connection.createXML(
        GUEST.format(name=f"stranger-{uuid.uuid4().hex[:8]}", uuid=uuid.uuid4())
    )
    try:
        names = [domain.name() for domain in (ended, lost, kept)]
        ended.destroy()
        lost.destroy()
        Path(f"/var/log/libvirt/qemu/{names[1]}.log").unlink()  # nothing tells how it ended
        kept.suspend()

        first = await fix(enclave)
        found = {each.difference.subject: each for each in first.fixed}

        assert found[names[0]].outcome is Outcome.DONE
        assert (await vm_of(enclave, names[0])).end == "destroyed outside"
        assert found[stranger.UUIDString()].outcome is Outcome.LEFT_ALONE
        assert found[names[1]].outcome is Outcome.NOT_ACCEPTED
        assert names[2] not in found

        await fix(enclave, accept=[each.id for each in first.differences])

        assert (await vm_of(enclave, names[1])).end == "lost"
        async with enclave.database.read() as session:
            assert [a.vm_id for a in await session.exec(select(Allocation))] == [names[2]]
        assert {each.kind for each in (await fix(enclave)).differences} == {Kind.VM_UNKNOWN}
        assert kept.state()[0] == libvirt.VIR_DOMAIN_PAUSED  # libvirt has what it had
        assert stranger.isActive()
    finally:
        for domain in (ended, lost, kept, stranger):
            with suppress(libvirt.libvirtError):
                domain.destroy()


@pytest.mark.slow(seconds=15)
async def test_drives_follow_their_volumes_and_a_stopped_pool_is_started_after_a_yes(
    enclave: Enclave, connection: libvirt.virConnect, tmp_path: Path, deaf: None
) -> None:
    folder = tmp_path / "pool"
    folder.mkdir()
    pool_name = f"fast-{uuid.uuid4().hex[:8]}"
    pool = connection.storagePoolDefineXML(POOL.format(name=pool_name, path=folder))
    pool.create()
    try:
        await _drives(enclave, pool_name)
        host = enclave.watch.host(next(iter(enclave.sightings())))
        await host.create_encrypted_volume(pool_name, "kept.luks", 64 * MIB, b"x" * 44)
        for volume, size in (("grown.luks", 256), ("gone.luks", 64), ("orphan.luks", 64)):
            pool.createXML(VOLUME.format(name=volume, size=size))
        pool.storageVolLookupByName("gone.luks").delete()

        pool.destroy()  # in libvirt's words: it is stopped
        stopped = await fix(enclave, "drives")
        assert outcomes(stopped) == [(Kind.POOL_INACTIVE, Outcome.NOT_ACCEPTED)]
        assert not pool.isActive()

        await fix(enclave, "drives", accept=[stopped.differences[0].id])

        assert pool.isActive()
        first = await fix(enclave, "drives")
        assert sorted((each.difference.what, each.outcome) for each in first.fixed) == [
            ("gone", Outcome.NOT_ACCEPTED), ("grown", Outcome.DONE),
            ("orphan.luks", Outcome.LEFT_ALONE),
        ]  # fmt: skip
        await fix(enclave, "drives", accept=[each.id for each in first.differences])
        states = await _stored(enclave)
        assert states["gone"][0] == "volume missing"
        assert states["grown"] == ("detached", 256 * MIB)
        assert states["kept"] == ("detached", 64 * MIB)
        assert {each.kind for each in (await fix(enclave, "drives")).differences} == {
            Kind.VOLUME_UNKNOWN
        }
        assert sorted(pool.listVolumes()) == ["grown.luks", "kept.luks", "orphan.luks"]
    finally:
        if pool.isActive():
            pool.destroy()
        pool.undefine()


async def _drives(enclave: Enclave, pool_name: str) -> None:
    """Three drives of 64 MiB in a pool of the one host."""
    (host_id,) = enclave.sightings()
    common: dict[str, Any] = {
        "realm_id": "lab", "owner_id": enclave.caller.user_id, "size_bytes": 64 * MIB,
        "format": "EXT4", "state": "detached",
    }  # fmt: skip
    async with enclave.change() as session:
        pool = StoragePool(realm_id="lab", name=pool_name, tier="flash", target="/srv")
        session.add(pool)
        await session.flush()
        session.add(PoolHost(pool_id=pool.id, host_id=host_id))
        for each in ("kept", "grown", "gone"):
            volume = f"{each}.luks"
            session.add(Drive(id=each, name=each, pool_id=pool.id, volume=volume, **common))


async def _stored(enclave: Enclave) -> dict[str, tuple[str, int]]:
    async with enclave.database.read() as session:
        return {
            each.id: (each.state, each.size_bytes) for each in await session.exec(select(Drive))
        }
