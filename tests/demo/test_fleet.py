"""The simulated fleet: 24 hosts and 300 VMs of libvirt's own `test` driver, and two hosts aside."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from ticrypt_tui.backend.caller import Origin, Role
from ticrypt_tui.backend.drivers.libvirt import worlds
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.founding import found
from ticrypt_tui.backend.store.tables.people import User
from ticrypt_tui.config.settings import Settings, load_settings
from ticrypt_tui.demo import configuration, fleet
from ticrypt_tui.demo.places import Places

pytestmark = pytest.mark.slow(seconds=3)


OPERATOR = Origin(4201, "mara", "5e55a0a1", "/dev/pts/7", "192.0.2.7", "console-1", 4242, 77)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Places:
    """A demo's folder with the fleet in its store (5 s)."""
    made = Places(tmp_path_factory.mktemp("fleet") / "a demo")
    fleet.write(made)

    async def fill() -> None:
        settings = load_settings(configuration.write(made, "", "qemu"))
        await found(settings, OPERATOR)
        enclave = await Enclave.open(settings, origin=OPERATOR, data=made.folder)
        await fleet.ensure(enclave, made, lambda sentence: None)
        await enclave.close()

    asyncio.run(fill())
    return made


@pytest.fixture
def settings(places: Places, tmp_path: Path) -> Settings:
    """The configuration of a copy of that demo, for one test."""
    copy = Places(tmp_path / "a demo")
    shutil.copytree(places.folder, copy.folder)
    copy.configuration.unlink()  # it names the other database
    return load_settings(configuration.write(copy, "", "qemu"))


@pytest.fixture
async def enclave(settings: Settings) -> AsyncIterator[Enclave]:
    """A super-admin's console on the fleet, as it is at the start of a process."""
    worlds._worlds.clear()
    opened = await Enclave.open(settings, origin=OPERATOR, data=settings.path.parent)
    await opened.settled()
    yield opened
    await opened.close()


async def rows(enclave: Enclave, tab: str) -> list[Any]:
    return list((await enclave.listing(tab)).rows)


async def test_it_has_24_hosts_of_different_sizes_with_300_vms_that_all_run(
    enclave: Enclave,
) -> None:
    hosts = [host for host in await rows(enclave, "hosts") if host.vms]
    vms = await rows(enclave, "running")

    assert (len(hosts), len(vms)) == (24, 300)
    assert {vm.state for vm in vms} == {"running"}
    assert len({(host.cores, host.memory_mib) for host in hosts}) == 4
    assert len({vm.id for vm in vms}) == len({vm.name for vm in vms}) == 300


async def test_no_host_has_more_taken_than_its_profile_allows(enclave: Enclave) -> None:
    for host in await rows(enclave, "hosts"):
        assert host.cores_used <= host.cores
        assert host.memory_used <= host.memory_mib
        assert host.devices_used <= host.devices
    assert any(host.devices_used for host in await rows(enclave, "hosts"))


async def test_beside_them_one_host_is_not_scheduled_on_and_one_is_disabled(
    enclave: Enclave,
) -> None:
    states = Counter((host.state, host.reach) for host in await rows(enclave, "hosts"))

    assert states == {
        ("enabled", "simulated"): 24,
        ("no scheduler", "simulated"): 1,
        ("disabled", "not contacted"): 1,
    }


async def test_all_of_it_says_that_it_is_simulated_and_nothing_of_whose_it_is(
    enclave: Enclave,
) -> None:
    for vm in await rows(enclave, "running"):
        assert vm.simulated
        assert vm.realm == "fleet (simulated)"
        assert (vm.owner, vm.team, vm.project) == ("", "", "")
    assert "simulated" in enclave.status.realms[1]


async def test_it_is_the_same_at_every_start(places: Places, tmp_path: Path) -> None:
    again = Places(tmp_path / "again")
    fleet.write(again)

    for host in fleet.hosts():
        assert host.file(places).read_text() == host.file(again).read_text()


async def test_a_host_that_was_renamed_is_not_made_again(enclave: Enclave, places: Places) -> None:
    await enclave.run("host.edit", {"host": "node01", "name": "first"})
    last = await enclave.records(last=1)

    await fleet.ensure(enclave, places, lambda sentence: None)

    assert await enclave.records(last=1) == last


async def test_two_consoles_of_a_process_see_the_same_world(
    enclave: Enclave, settings: Settings
) -> None:
    other = await Enclave.open(settings, origin=OPERATOR, data=settings.path.parent)
    try:
        await other.settled()
        before = dict(worlds._worlds)
        await enclave.run("vm.shutdown", {"vm": "genome-1"})

        async def gone() -> bool:
            return len(await rows(other, "running")) == 299

        assert await other.until(gone, 120)
        assert worlds._worlds == before
    finally:
        await other.close()


async def test_a_simulated_vm_ends_as_any_and_leaves_nothing_in_the_store(
    enclave: Enclave,
) -> None:
    said = await enclave.run("vm.shutdown", {"vm": "exome-1", "force": True})

    assert said.startswith("exome-1 ended: gone from its host")
    assert len(await rows(enclave, "running")) == 299
    assert await rows(enclave, "past") == []
    done = (await enclave.records())[-1]
    assert (done.operation, done.outcome, done.target_name) == ("vm.shutdown", "done", "exome-1")


async def test_what_libvirt_cannot_play_is_refused_with_that_reason(enclave: Enclave) -> None:
    vm = (await rows(enclave, "running"))[0]
    reason = f"It is simulated: its host, {vm.host}, is played by libvirt and keeps no logs."

    assert enclave.why_not("vm.logs", vm) == reason
    with pytest.raises(Refused, match="keeps no logs"):
        await enclave.run("vm.logs", {"vm": vm.id})


async def test_who_is_no_super_admin_cannot_end_what_is_not_in_the_store(
    enclave: Enclave,
) -> None:
    async with enclave.change() as session:
        me = await session.get_one(User, enclave.caller.user_id)
        me.role = Role.ADMIN
        session.add(me)
    with pytest.raises(Refused, match="super-admin"):
        await enclave.run("vm.shutdown", {"vm": "genome-1"})


async def test_its_realm_counts_what_it_plays(enclave: Enclave) -> None:
    counted = {realm.id: (realm.hosts_all, realm.vms) for realm in await rows(enclave, "realms")}

    assert counted["fleet"] == (26, 300)
