"""Starting a VM from a configuration, and giving everything back where that fails."""

from __future__ import annotations

import asyncio

import pytest
from sqlmodel import select

from tests.backend.conftest import Opener, host_of
from tests.backend.play import PlayHost, domain
from ticrypt_tui.backend.drivers.base import Ending
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Failed, HostUnreachable, NotFound, Refused
from ticrypt_tui.backend.store.tables.infrastructure import Host, HostState
from ticrypt_tui.backend.store.tables.machines import Allocation, Vm, VmConfiguration
from ticrypt_tui.backend.store.tables.people import User


async def allocations(enclave: Enclave) -> list[Allocation]:
    async with enclave.database.read() as session:
        return list(await session.exec(select(Allocation)))


async def only_past(enclave: Enclave) -> tuple[str, str]:
    """How the only past VM ended, and its last message."""
    (row,) = (await enclave.listing("past")).rows
    return row.end, row.last_message  # type: ignore[attr-defined]


async def test_a_vm_runs_on_an_overlay_of_its_images_volume(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    vm_id = await enclave.run("config.start", {"config": "tiny"})
    assert f"{vm_id}.qcow2" in host.disks
    assert [seen.vm_id for seen in host.running.values()] == [vm_id]
    assert [row.state for row in (await enclave.listing("running")).rows] == ["running"]  # type: ignore[attr-defined]


async def test_a_vm_is_on_its_realms_network_behind_its_filter(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    await enclave.run("config.start", {"config": config})
    (wanted,) = host.wanted
    assert (wanted.network, wanted.network_filter) == ("default", "ticrypt-licensing")


async def test_a_vm_holds_its_place_on_the_host(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    vm_id = await enclave.run("config.start", {"config": config})
    (held,) = await allocations(enclave)
    assert (held.vm_id, held.cores, held.memory_mib) == (vm_id, 1, 192)


async def test_the_record_names_the_vm_that_was_started(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    vm_id = await enclave.run("config.start", {"config": config})
    last = (await enclave.records())[-1]
    assert (last.outcome, last.detail["vm"], last.target_name) == ("done", vm_id, "tiny")


async def test_a_configuration_runs_as_one_vm_at_a_time(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    vm_id = await enclave.run("config.start", {"config": config})
    with pytest.raises(Refused, match=f"It runs already, as {vm_id}"):
        await enclave.run("config.start", {"config": config})


async def test_two_consoles_that_start_it_at_once_start_one_vm(
    enclave: Enclave, open_enclave: Opener, host: PlayHost, config: str
) -> None:
    other = await open_enclave()
    await other.settled()
    host_of(other).give_pool()
    host_of(other).give_volume("tiny.qcow2")
    results = await asyncio.gather(
        enclave.run("config.start", {"config": config}),
        other.run("config.start", {"config": config}),
        return_exceptions=True,
    )
    async with enclave.database.read() as session:
        assert len((await session.exec(select(Vm))).all()) == 1
    refused = [each for each in results if isinstance(each, Refused | NotFound)]
    assert len(refused) == 1


async def test_a_start_that_the_hypervisor_refuses_gives_everything_back(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    host.start_fails = "There is no memory left."
    with pytest.raises(Failed, match="There is no memory left"):
        await enclave.run("config.start", {"config": config})
    assert await only_past(enclave) == ("start failed", "There is no memory left.")
    assert await allocations(enclave) == []
    assert list(host.disks) == ["tiny.qcow2"]
    assert (await enclave.find("config", config)).state == "stopped"


async def test_a_start_without_its_volume_says_which_is_missing(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    host.disks.clear()
    with pytest.raises(Failed, match=r"No host .* can take it: node01: lacks volume tiny\.qcow2"):
        await enclave.run("config.start", {"config": config})
    assert await only_past(enclave) == ("no host", "node01: lacks volume tiny.qcow2")


@pytest.mark.parametrize("state", [HostState.NO_SCHEDULER, HostState.DISABLED])
async def test_a_host_that_is_not_enabled_gets_no_vm(
    enclave: Enclave, host: PlayHost, config: str, state: HostState
) -> None:
    async with enclave.change() as session:
        row = await session.get_one(Host, host.address.host_id)
        row.state = state
        session.add(row)
    with pytest.raises(Failed, match=f"No host of realm Lab can take it: node01: state is {state}"):
        await enclave.run("config.start", {"config": config})
    assert await only_past(enclave) == ("no host", f"node01: state is {state}")


async def test_a_simulated_host_gets_no_vm(enclave: Enclave, host: PlayHost, config: str) -> None:
    host.simulated = True
    enclave.watch.refresh()

    async def simulated() -> bool:
        return any(each.reach == "simulated" for each in enclave.sightings().values())

    assert await enclave.until(simulated, 60)
    with pytest.raises(Failed, match="No host of realm Lab can take it: node01: is simulated"):
        await enclave.run("config.start", {"config": config})
    assert host.running == {}


async def test_a_host_that_does_not_answer_gets_no_vm(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    host.fall()
    assert await enclave.until(lambda: _is_down(enclave, host), 60)
    with pytest.raises(Failed, match=r"node01: does not answer since \d\d:\d\d"):
        await enclave.run("config.start", {"config": config})


async def test_a_host_that_falls_silent_meanwhile_leaves_the_start_open(
    enclave: Enclave, host: PlayHost, config: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(wanted: object) -> None:
        host.fall()
        raise HostUnreachable("No answer in 30 s.")

    monkeypatch.setattr(host, "start", silent)
    with pytest.raises(HostUnreachable):
        await enclave.run("config.start", {"config": config})
    (row,) = (await enclave.listing("running")).rows
    assert row.state == "starting"  # type: ignore[attr-defined]
    assert len(await allocations(enclave)) == 1


async def test_a_start_that_is_left_gives_everything_back(
    enclave: Enclave, host: PlayHost, config: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()

    async def slow(wanted: object) -> None:
        begun.set()
        await asyncio.sleep(60)

    monkeypatch.setattr(host, "start", slow)
    start = asyncio.create_task(enclave.run("config.start", {"config": config}))
    await begun.wait()
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start
    assert await only_past(enclave) == ("start failed", "cancelled")
    assert await allocations(enclave) == []


async def test_a_disabled_realm_starts_nothing(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    async with enclave.change() as session:
        recipe = await session.get_one(VmConfiguration, config)
        recipe.realm_id = "attic"
        session.add(recipe)
    with pytest.raises(Refused, match="Realm Attic is disabled in the configuration file"):
        await enclave.run("config.start", {"config": config})


async def test_an_inactive_owner_starts_nothing(
    enclave: Enclave, open_enclave: Opener, host: PlayHost, config: str
) -> None:
    async with enclave.change() as session:
        owner = User(login="gone", name="Gone", active=False)
        session.add(owner)
        await session.flush()
        recipe = await session.get_one(VmConfiguration, config)
        recipe.owner_id = owner.id
        session.add(recipe)
    with pytest.raises(Refused, match="Its owner, gone, is not active"):
        await enclave.run("config.start", {"config": config})
    assert (await enclave.listing("past")).rows == []


async def test_on_a_host_without_kvm_auto_is_emulation(
    enclave: Enclave, host: PlayHost, config: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    async def start(wanted: object) -> None:
        tried.append(wanted.virt_type)  # type: ignore[attr-defined]
        if wanted.virt_type == "kvm":  # type: ignore[attr-defined]
            raise Failed("There is no KVM.")
        host.show(domain(wanted.vm_id))  # type: ignore[attr-defined]

    monkeypatch.setattr(host, "start", start)
    realm = enclave.realms["lab"].model_copy(update={"virt_type": "auto"})
    enclave.realms["lab"] = realm
    await enclave.run("config.start", {"config": config})
    assert tried == ["kvm", "qemu"]


async def test_a_guest_that_ends_at_once_is_a_past_vm(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    vm_id = await enclave.run("config.start", {"config": config})
    host.end(vm_id.removeprefix("vm-"), Ending.CRASHED)
    assert await enclave.until(lambda: _has_ended(enclave), 60)
    assert (await only_past(enclave))[0] == "crashed"
    assert await allocations(enclave) == []


async def _is_down(enclave: Enclave, host: PlayHost) -> bool:
    return not enclave.is_up(host.address.host_id)


async def _has_ended(enclave: Enclave) -> bool:
    return bool((await enclave.listing("past")).rows)
