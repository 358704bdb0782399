"""A service VM whose console died while it came up: given back or carried on, its volume kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from tests.backend.play import PlayHost, domain
from tests.backend.services.conftest import KEEPER, keeper_row
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.store.tables.infrastructure import Host
from ticrypt_tui.backend.store.tables.machines import Allocation, ServiceVm, Vm, VmState
from ticrypt_tui.backend.sync import begun

VM = "vm-7f3a0d52-4c1e-4b6f-9a80-0123456789ab"
DEAD = "1 1"
"""A pid with a start time that it never had."""


@pytest.fixture
async def left(enclave: Enclave, keeper: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The VM that `keeper` was to be, with its place, whose starter on this machine died."""
    monkeypatch.setattr(begun, "SETTLED", timedelta(0))
    async with enclave.change() as session:
        there = (await session.exec(select(Host))).one()
        made = await session.get_one(ServiceVm, keeper)
        session.add(
            Vm(id=VM, realm_id="lab", name="keeper", service=True, service_vm_id=keeper,
               image_id=made.image_id, host_id=there.id, host_name="node01", cores=1,
               memory_mib=192, state=VmState.STARTING,
               starter=f"{enclave.audit.origin.machine} {DEAD}")
        )  # fmt: skip
        await session.flush()
        session.add(Allocation(vm_id=VM, host_id=there.id, cores=1, memory_mib=192))


async def becomes(enclave: Enclave, state: str) -> bool:
    async def is_so() -> bool:
        return bool((await keeper_row(enclave)).state == state)

    await enclave.settled()
    return await enclave.until(is_so, 60)


@pytest.mark.usefixtures("left")
async def test_what_it_had_reserved_is_given_back_and_its_volume_stays(
    enclave: Enclave, host: PlayHost
) -> None:
    assert await becomes(enclave, "off")
    assert (await keeper_row(enclave)).last.end == "start failed"
    assert list(host.disks) == ["tiny.qcow2"]
    await enclave.run("service_vm.power_up", KEEPER)


@pytest.mark.usefixtures("left")
async def test_what_its_host_runs_already_is_carried_on(enclave: Enclave, host: PlayHost) -> None:
    host.show(domain(VM, "keeper"))
    assert await becomes(enclave, "running")
    assert (await keeper_row(enclave)).run.id == VM
    assert (await enclave.listing("running")).rows == []
    with pytest.raises(Refused, match="service VM keeper runs from its image"):
        await enclave.run("config.start", {"config": "tiny"})
