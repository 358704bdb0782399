"""A VM's place: taken before libvirt is asked, with all that may forbid it, and given back."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from tests.backend.conftest import Opener, host_of
from tests.backend.play import PlayHost, domain
from tests.backend.services.launches import another, more_hosts, start, stored
from ticrypt_tui.backend.drivers.base import DomainWanted
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Failed, Refused
from ticrypt_tui.backend.services.images import hosts
from ticrypt_tui.backend.services.starting import placement
from ticrypt_tui.backend.services.starting.exclusion import refuse_excluded
from ticrypt_tui.backend.store.at_once import at_once
from ticrypt_tui.backend.store.tables.machines import Allocation, DeviceAssignment, Vm
from ticrypt_tui.backend.store.tables.new_vm import NewVm

CARDS = "A100@41:00.0,A100@42:00.0,FPGA@43:00.0"


def wanted(host: PlayHost, monkeypatch: pytest.MonkeyPatch) -> list[DomainWanted]:
    """What a host is asked to start, from now on."""
    asked: list[DomainWanted] = []
    begin = host.start

    async def noted(asked_for: DomainWanted) -> None:
        asked.append(asked_for)
        await begin(asked_for)

    monkeypatch.setattr(host, "start", noted)
    return asked


# Room


async def test_a_vm_goes_to_the_cheapest_host_that_can_hold_it(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    await more_hosts(enclave, ["node02"])
    await start(enclave)
    await start(enclave, await another(enclave, "second"))
    assert sorted(vm.host_name for vm in await stored(enclave, Vm)) == ["node01", "node02"]


async def test_what_has_no_room_says_what_each_host_is_short_of(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    await more_hosts(enclave, ["node02"], cores=1, memory="100 MiB")
    await enclave.run("profile.edit", {"profile": "of node01", "cores": 1})
    await start(enclave)
    with pytest.raises(Failed) as refusal:
        await start(enclave, await another(enclave, "second"))
    assert str(refusal.value).startswith(
        "No host of realm Lab can take it: "
        "node01: cores short by 1; node02: memory short by 92 MiB."
    )
    assert len(await stored(enclave, Allocation)) == 1


async def test_a_place_that_is_free_again_is_taken_again(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    await enclave.run("profile.edit", {"profile": "of node01", "cores": 1})
    for _ in range(3):
        vm_id = await start(enclave)
        await enclave.run("vm.shutdown", {"vm": vm_id, "force": True})
    assert await stored(enclave, Allocation) == []


async def test_what_strangers_use_of_a_host_is_taken(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    """Somebody's domain of 2 cores, which the store does not know, leaves none of 2."""
    await enclave.run("profile.edit", {"profile": "of node01", "cores": 2})
    host.show(domain("a stranger"))

    async def shown() -> bool:
        return any(each.domains for each in enclave.sightings().values())

    assert await enclave.until(shown, 60)
    with pytest.raises(Failed, match="node01: cores short by 1"):
        await start(enclave)


async def test_a_host_without_a_profile_gets_no_vm(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    await enclave.run("host.edit", {"host": "node01", "profile": ""})
    with pytest.raises(Failed, match="has no hardware profile"):
        await start(enclave)


async def test_a_host_that_was_not_read_for_long_gets_no_vm(
    enclave: Enclave, host: PlayHost, config: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placement, "RECENT", timedelta(0))
    with pytest.raises(Failed, match=r"node01: was last read at \d\d:\d\d:\d\d"):
        await start(enclave)


async def test_a_volume_that_came_since_is_found(
    enclave: Enclave, host: PlayHost, config: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosts, "ASKED_ANEW", timedelta(0))
    host.disks.clear()
    with pytest.raises(Failed, match=r"lacks volume tiny\.qcow2"):
        await start(enclave)
    host.give_volume("tiny.qcow2")
    await start(enclave)


async def test_with_no_scheduler_what_runs_stays_and_is_manageable(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    vm_id = await start(enclave)
    await enclave.run("host.change_state", {"host": "node01", "state": "no scheduler"})
    with pytest.raises(Failed, match="node01: state is no scheduler"):
        await start(enclave, await another(enclave, "second"))
    assert (await enclave.find("vm", vm_id)).state == "running"
    assert "forced off" in await enclave.run("vm.shutdown", {"vm": vm_id, "force": True})


# Devices


async def test_a_vm_gets_devices_of_its_own_by_their_addresses(
    enclave: Enclave, host: PlayHost, config: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = wanted(host, monkeypatch)
    await enclave.run("profile.edit", {"profile": "of node01", "devices": CARDS})
    await enclave.run("setup.edit", {"setup": "tiny", "devices": "A100:1"})
    await start(enclave)
    await start(enclave, await another(enclave, "second"))
    assert [each.devices for each in asked] == [("0000:41:00.0",), ("0000:42:00.0",)]
    assert {each.pci_address for each in await stored(enclave, DeviceAssignment)} == {
        "0000:41:00.0", "0000:42:00.0"
    }  # fmt: skip


async def test_a_device_that_another_vm_has_is_not_given_again(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    await enclave.run("profile.edit", {"profile": "of node01", "devices": CARDS})
    await enclave.run("setup.edit", {"setup": "tiny", "devices": "A100:2"})
    vm_id = await start(enclave)
    with pytest.raises(Failed, match="node01: A100: 0 free, 2 needed"):
        await start(enclave, await another(enclave, "second"))
    await enclave.run("vm.shutdown", {"vm": vm_id, "force": True})
    await start(enclave, "second")


async def test_a_failed_start_gives_its_devices_back(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    await enclave.run("profile.edit", {"profile": "of node01", "devices": CARDS})
    await enclave.run("setup.edit", {"setup": "tiny", "devices": "A100:2,FPGA:1"})
    host.start_fails = "The device is in use."
    with pytest.raises(Failed, match="The device is in use"):
        await start(enclave)
    assert await stored(enclave, DeviceAssignment) == []
    host.start_fails = ""
    await start(enclave)


# Who may


async def team(enclave: Enclave, **quota: str) -> None:
    await enclave.run("team.create", {"name": "genomics", "members": "mara", **quota})


@pytest.mark.parametrize(
    ("quota", "said"),
    [
        ({"cores": "1"}, "1 cores allowed, 1 used by its VMs, 1 wanted, 1 too many"),
        (
            {"memory": "200 MiB"},
            "200 MiB of memory allowed, 192 MiB used by its VMs, 192 MiB wanted, 184 MiB too many",
        ),
    ],
)
async def test_a_team_never_has_more_than_its_quota(
    enclave: Enclave, host: PlayHost, config: str, quota: dict[str, str], said: str
) -> None:
    await team(enclave, **quota)
    await start(enclave, await another(enclave, "first", team="genomics"))
    with pytest.raises(Refused) as refusal:
        await start(enclave, await another(enclave, "second", team="genomics"))
    assert f"over the quota of its team genomics: {said}." in str(refusal.value)
    assert len(await stored(enclave, Vm)) == 1
    await start(enclave)  # of no team


async def test_a_team_without_a_quota_has_no_limit(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    await team(enclave)
    for name in ("first", "second"):
        await start(enclave, await another(enclave, name, team="genomics"))


async def test_two_consoles_never_start_more_than_a_quota_together(
    enclave: Enclave, open_enclave: Opener, host: PlayHost, config: str
) -> None:
    await team(enclave, cores="1")
    other = await open_enclave()
    await other.settled()
    host_of(other).give_pool()
    host_of(other).give_volume("tiny.qcow2")
    for name in ("first", "second"):
        await another(enclave, name, team="genomics")
    said = await asyncio.gather(
        start(enclave, "first"), start(other, "second"), return_exceptions=True
    )
    assert [type(each) for each in said if not isinstance(each, str)] == [Refused]


async def test_nothing_starts_from_an_image_that_a_service_vm_writes(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    where = {"name": "patching", "realm": "lab", "image": "tiny", "cores": 1, "memory": 192}
    await enclave.run("service_vm.create", where)
    await enclave.run("service_vm.power_up", {"service_vm": "patching"})
    with pytest.raises(Refused, match="The service VM patching runs from its image and writes"):
        await start(enclave)


async def test_a_service_vm_does_not_write_an_image_that_a_vm_runs_from(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    await start(enclave)
    (vm,) = await stored(enclave, Vm)
    patching = NewVm(
        realm_id="lab", name="patching", service=True, image_id=vm.image_id, cores=1, memory_mib=1
    )
    async with enclave.database.read() as session:
        with pytest.raises(Refused, match="the volume that 1 VM runs from: tiny"):
            await at_once(session, lambda plain: refuse_excluded(plain, patching))


async def test_a_service_vm_and_a_vm_that_start_at_once_are_one(
    enclave: Enclave, open_enclave: Opener, host: PlayHost, config: str
) -> None:
    other = await open_enclave()
    await other.settled()
    host_of(other).give_pool()
    host_of(other).give_volume("tiny.qcow2")
    where = {"name": "patching", "realm": "lab", "image": "tiny", "cores": 1, "memory": 192}
    await enclave.run("service_vm.create", where)
    said = await asyncio.gather(
        start(enclave),
        other.run("service_vm.power_up", {"service_vm": "patching"}),
        return_exceptions=True,
    )
    assert [type(each) for each in said if not isinstance(each, str)] == [Refused]
    assert len(await stored(enclave, Vm)) == 1
