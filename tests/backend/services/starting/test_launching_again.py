"""A start that fails on one host is tried on others, and one that is overtaken is made anew."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.backend.conftest import Opener, add_user
from tests.backend.play import PlayHost
from tests.backend.services.launches import another, more_hosts, start, stored
from ticrypt_tui.backend.caller import Role
from ticrypt_tui.backend.drivers.base import DomainWanted
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Failed, HostUnreachable
from ticrypt_tui.backend.services.starting import placement, reserving
from ticrypt_tui.backend.store.tables.infrastructure import Host
from ticrypt_tui.backend.store.tables.machines import Allocation, Vm

CARDS = "A100@41:00.0,A100@42:00.0,FPGA@43:00.0"


# Elsewhere


async def test_a_host_that_fails_to_start_it_is_left_for_another(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    (second,) = await more_hosts(enclave, ["node02"])
    host.start_fails = "There is no KVM."
    vm_id = await start(enclave)
    assert [each.vm_id for each in second.running.values()] == [vm_id]
    assert list(host.disks) == ["tiny.qcow2"]
    (held,) = await stored(enclave, Allocation)
    assert held.host_id == second.address.host_id
    events = (await enclave.detail("running", vm_id)).sections[-1].lines
    assert any("failed: node01: There is no KVM." in line for line in events)


async def test_three_other_hosts_are_tried_and_no_more(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    hosts = [host, *await more_hosts(enclave, ["node02", "node03", "node04", "node05"])]
    for each in hosts:
        each.start_fails = "There is no KVM."
    with pytest.raises(Failed, match="There is no KVM"):
        await start(enclave)
    assert [list(each.disks) for each in hosts] == [["tiny.qcow2"]] * 5
    assert sum(any("force off" in said for said in each.asked) for each in hosts) == 4
    assert await stored(enclave, Allocation) == []


async def test_a_host_that_falls_silent_may_have_started_it_so_no_other_is_tried(
    enclave: Enclave, host: PlayHost, config: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (second,) = await more_hosts(enclave, ["node02"])

    async def silent(wanted: object) -> None:
        host.fall()
        raise HostUnreachable("No answer in 30 s.")

    monkeypatch.setattr(host, "start", silent)
    with pytest.raises(HostUnreachable):
        await start(enclave)
    assert second.running == {}
    (vm,) = await stored(enclave, Vm)
    assert (vm.state, vm.starter) == ("starting", "")


# Under its hands


async def test_a_host_that_was_changed_under_its_hands_is_looked_at_again(
    enclave: Enclave, host: PlayHost, config: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = placement.places_of
    tries: list[int] = []

    def overtaken(*arguments: Any) -> Any:
        tries.append(1)
        return [
            replace(each, generation=each.generation - (len(tries) < 3))
            for each in read(*arguments)
        ]

    monkeypatch.setattr(reserving, "places_of", overtaken)
    await start(enclave)
    assert len(tries) == 3
    assert len(await stored(enclave, Vm)) == 1


async def test_a_host_that_is_changed_all_the_time_is_given_up(
    enclave: Enclave, host: PlayHost, config: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = placement.places_of

    def overtaken(*arguments: Any) -> Any:
        return [replace(each, generation=-1) for each in read(*arguments)]

    monkeypatch.setattr(reserving, "places_of", overtaken)
    with pytest.raises(Failed, match="changed all the time"):
        await start(enclave)
    assert await stored(enclave, Vm) == []


async def test_every_place_that_is_taken_is_counted(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    for name in ("tiny", await another(enclave, "second")):
        await start(enclave, name)
    assert [each.generation for each in await stored(enclave, Host)] == [2]


async def test_while_it_is_brought_up_its_starter_is_known_and_then_nobody(
    enclave: Enclave, host: PlayHost, config: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    begin = host.start

    async def looked(wanted: DomainWanted) -> None:
        seen.extend(vm.starter for vm in await stored(enclave, Vm))
        await begin(wanted)

    monkeypatch.setattr(host, "start", looked)
    await start(enclave)
    origin = enclave.audit.origin
    assert seen == [f"{origin.machine} {origin.pid} {origin.pid_started}"]
    assert [vm.starter for vm in await stored(enclave, Vm)] == [""]


async def test_a_vm_that_somebody_ended_meanwhile_does_not_run_on(
    enclave: Enclave, host: PlayHost, config: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = host.start

    async def ended(wanted: DomainWanted) -> None:
        await begin(wanted)
        async with enclave.change() as session:
            vm = await session.get_one(Vm, wanted.vm_id)
            vm.ended = vm.created
            session.add(vm)

    monkeypatch.setattr(host, "start", ended)
    with pytest.raises(Failed, match="It was ended while it was being started"):
        await start(enclave)
    assert host.running == {}


async def test_a_start_that_a_user_may_not_see_the_host_of_still_says_why(
    enclave: Enclave, open_enclave: Opener, host: PlayHost, config: str
) -> None:
    await add_user(enclave.database, "alice", Role.USER)
    await another(enclave, "hers", owner="alice")
    hers = await open_enclave("alice")
    await hers.settled()
    with pytest.raises(Failed, match=r"node01: lacks volume tiny\.qcow2"):
        await start(hers, "hers")
