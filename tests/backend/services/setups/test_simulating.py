"""Where VMs of a setup would be placed now, with the full account of why."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import func
from sqlmodel import select

from tests.backend.conftest import give_room, host_of
from tests.backend.play import PlayHost
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import WrongUse
from ticrypt_tui.backend.services.setups.simulating import SetupSimulation
from ticrypt_tui.backend.store.tables.infrastructure import Host
from ticrypt_tui.backend.store.tables.machines import Allocation, Vm
from ticrypt_tui.commands.printing import plain


async def second_host(enclave: Enclave, name: str = "node02", **room: object) -> PlayHost:
    await enclave.run("host.create", {"realm": "lab", "name": name, "uri": f"play://{name}"})
    await enclave.settled()
    made = host_of(enclave, name)
    made.give_pool()
    made.give_volume("tiny.qcow2")
    await give_room(enclave, name, **room)
    return made


async def simulated(enclave: Enclave, **more: Any) -> SetupSimulation:
    found = await enclave.run("setup.simulate", {"setup": "tiny", **more})
    assert isinstance(found, SetupSimulation)
    return found


async def test_it_says_where_a_start_would_go(enclave: Enclave, config: str) -> None:
    await second_host(enclave)
    (chosen,) = (await simulated(enclave)).simulation.chosen
    vm_id = await enclave.run("config.start", {"config": config})
    assert (await enclave.find("vm", vm_id)).host_id == chosen


async def test_nothing_is_changed(enclave: Enclave, host: PlayHost, config: str) -> None:
    before = await everything(enclave)
    await simulated(enclave, count=3)
    assert await everything(enclave) == before
    assert list(host.disks) == ["tiny.qcow2"]


async def everything(enclave: Enclave) -> list[Any]:
    async with enclave.database.read() as session:
        return [
            (await session.exec(select(func.count()).select_from(Vm))).one(),
            list(await session.exec(select(Allocation))),
            [host.generation for host in await session.exec(select(Host))],
        ]


async def test_every_host_is_there_once_with_all_that_stands_against_it(
    enclave: Enclave, config: str
) -> None:
    lame = await second_host(enclave, cores=1, memory="128 MiB")
    lame.disks.clear()
    enclave.discovery.expire()
    await enclave.run("host.change_state", {"host": "node02", "state": "no scheduler"})
    found = await simulated(enclave)
    fits, other = found.simulation.verdicts
    assert (fits.place.name, fits.reasons) == ("node01", ())
    assert other.place.name == "node02"
    assert set(other.reasons) == {
        "memory short by 64 MiB",
        "state is no scheduler",
        "lacks volume tiny.qcow2",
    }
    assert sorted(found.states.values()) == ["enabled", "no scheduler"]


async def test_copies_are_placed_in_thought_until_none_fits(enclave: Enclave, config: str) -> None:
    await enclave.run("profile.edit", {"profile": "of node01", "cores": 5})
    found = (await simulated(enclave, count=3)).simulation
    assert (len(found.chosen), found.more) == (3, 2)
    found = (await simulated(enclave, count=9)).simulation
    assert (len(found.chosen), found.more) == (5, 0)
    assert found.would_fit


@pytest.mark.parametrize("count", [0, -1, 10**9])
async def test_a_count_beyond_reason_is_refused(enclave: Enclave, config: str, count: int) -> None:
    with pytest.raises(WrongUse, match="Expected 1 to 10,000 copies"):
        await simulated(enclave, count=count)


async def test_it_can_be_read_and_is_json(enclave: Enclave, config: str) -> None:
    await second_host(enclave, cores=1, memory="128 MiB")
    found = await simulated(enclave)
    lines = found.sentence.splitlines()
    assert lines[0].startswith("tiny in realm Lab: 1 core, 192 MiB; as of ")
    assert lines[1].split() == ["#", "host", "cores", "memory", "devices", "cost", "verdict"]
    assert lines[2].split()[:6] == ["1", "node01", "0/64", "0/65536", "MiB", "-"]
    assert "CHOSEN" in lines[2]
    assert lines[3].endswith("no: memory short by 64 MiB")
    assert lines[4] == "1 of 1 would be placed, and 63 more would fit then."
    assert json.loads(json.dumps(plain(found)))["simulation"]["verdicts"][0]["cost"] is not None


async def test_a_disabled_realm_and_a_service_vm_on_the_image_are_told(
    enclave: Enclave, config: str
) -> None:
    image = (await enclave.find("image", "tiny")).id
    async with enclave.change() as session:
        session.add(
            Vm(realm_id="lab", name="patching", service=True, image_id=image, cores=1, memory_mib=1)
        )
    lab = enclave.realms["lab"].model_copy(update={"disabled": True})
    enclave.realms["lab"] = lab
    assert (await simulated(enclave)).notices == (
        "Realm Lab is disabled: nothing would start.",
        "The service VM patching runs from its image and writes that volume.",
    )
