"""Fix VMs after anything that may happen to hosts while nobody looks."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from tests.backend.play import PlayHost, domain
from tests.backend.services.fixing_play import (
    allocation_of,
    fix,
    look_twice_at_once,
    runs,
    second,
    vanish,
    vm_of,
)
from ticrypt_tui.backend.drivers.base import Power
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.services.fixing.result import Outcome
from ticrypt_tui.backend.store.tables.machines import Vm, VmState
from ticrypt_tui.backend.sync.differences import Grade


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    look_twice_at_once(monkeypatch)


STEPS = ("vanish", "move", "pause", "stranger", "stuck", "silence")


@pytest.mark.slow(seconds=6)
@pytest.mark.parametrize("seed", range(4))
async def test_after_random_changes_one_round_makes_the_store_as_libvirt_where_that_is_safe(
    enclave: Enclave, host: PlayHost, seed: int
) -> None:
    dice, hosts = random.Random(seed), [host, await second(enclave), await second(enclave, "n3")]
    vms = {await runs(enclave, dice.choice(hosts), f"vm {each}"): each for each in range(6)}
    for vm_id in vms:
        step, there, to = dice.choice(STEPS), _where(hosts, vm_id), dice.choice(hosts)
        uuid = vm_id.removeprefix("vm-")
        if step == "vanish":
            vanish(there, vm_id)
        elif step == "move":
            to.running[uuid] = there.running.pop(uuid)
        elif step == "pause":
            there.running[uuid] = replace(there.running[uuid], power=Power.PAUSED)
        elif step == "stranger":
            to.running[f"of {uuid}"] = domain(f"of {uuid}")
        elif step == "silence":
            to.down = True
        else:
            async with enclave.change() as session:
                vm = await session.get_one(Vm, vm_id)
                vm.state = VmState.SHUTTING_DOWN
                session.add(vm)
    before = [dict(each.running) for each in hosts]

    first = await fix(enclave)

    assert [each.running for each in hosts] == before
    assert [each.asked for each in hosts] == [[], [], []]
    assert {each.outcome for each in first.fixed if each.difference.grade is Grade.SAFE} <= {
        Outcome.DONE
    }
    again = await fix(enclave)
    assert again.graded(Grade.SAFE) == ()
    assert {each.id for each in again.differences} == {
        each.id for each in first.differences if each.grade is not Grade.SAFE
    }
    for vm_id in vms:
        where = [each for each in hosts if not each.down and _shows(each, vm_id)]
        vm, held = await vm_of(enclave, vm_id), await allocation_of(enclave, vm_id)
        silent = {each.address.host_id for each in hosts if each.down}
        if where and vm.host_id not in silent:
            assert vm.host_id == where[0].address.host_id
            assert held is not None
            assert held.host_id == vm.host_id


def _shows(host: PlayHost, vm_id: str) -> bool:
    return vm_id.removeprefix("vm-") in host.running


def _where(hosts: list[PlayHost], vm_id: str) -> PlayHost:
    return next(each for each in hosts if _shows(each, vm_id))
