"""VMs that run on played hosts as the store has them, and what happens to them behind its back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.backend.conftest import host_of
from tests.backend.play import PlayHost, domain
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.services.fixing import reading
from ticrypt_tui.backend.services.fixing.result import FixResult, Outcome
from ticrypt_tui.backend.services.vms import ending
from ticrypt_tui.backend.store.tables.columns import new_id, now
from ticrypt_tui.backend.store.tables.machines import Allocation, Vm, VmState
from ticrypt_tui.backend.sync import vm_plan
from ticrypt_tui.backend.sync.differences import Kind

LAB = {"realm": "lab"}
SHUTDOWN_LOG = b"2026-11-23 12:00:00.000+0000: shutting down, reason=shutdown\n"


def look_twice_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here needs a moment to take effect."""
    for room in (reading, vm_plan):
        monkeypatch.setattr(room, "SETTLED", timedelta(0))
    monkeypatch.setattr(ending, "_LOG_WRITTEN_WITHIN", 0.0)


async def runs(enclave: Enclave, host: PlayHost, name: str = "tiny", **values: Any) -> str:
    """The ID of a VM that runs on a host, with its place there."""
    vm_id = new_id("vm")
    here = host.address
    known: dict[str, Any] = {
        "realm_id": "lab", "name": name, "host_id": here.host_id, "host_name": here.name,
        "cores": 1, "memory_mib": 192, "state": VmState.RUNNING,
        "started": now() - timedelta(hours=1), "registered": now() - timedelta(hours=1),
    }  # fmt: skip
    async with enclave.change() as session:
        session.add(Vm(id=vm_id, **known | values))
        await session.flush()
        if not values.get("ended"):
            session.add(Allocation(vm_id=vm_id, host_id=here.host_id, cores=1, memory_mib=192))
    host.running[vm_id.removeprefix("vm-")] = domain(vm_id, name)
    return vm_id


def vanish(host: PlayHost, vm_id: str) -> None:
    """A domain is gone, and nobody heard of it."""
    del host.running[vm_id.removeprefix("vm-")]


async def second(enclave: Enclave, name: str = "node02") -> PlayHost:
    """One more host of the realm."""
    await enclave.run("host.create", {**LAB, "name": name, "uri": f"play://{name}"})
    await enclave.settled()
    return host_of(enclave, name)


async def fix(enclave: Enclave, kind: str = "vms", **arguments: Any) -> FixResult:
    found = await enclave.run(f"realm.fix_{kind}", {**LAB, **arguments})
    assert isinstance(found, FixResult)
    return found


def outcomes(result: FixResult) -> list[tuple[Kind, Outcome]]:
    return [(each.difference.kind, each.outcome) for each in result.fixed]


async def vm_of(enclave: Enclave, vm_id: str) -> Vm:
    async with enclave.database.read() as session:
        return await session.get_one(Vm, vm_id)


async def allocation_of(enclave: Enclave, vm_id: str) -> Allocation | None:
    async with enclave.database.read() as session:
        return await session.get(Allocation, vm_id)
