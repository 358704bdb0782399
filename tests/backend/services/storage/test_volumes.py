"""Volumes: as the hosts tell of them, read in the background, with the OS that somebody says."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.backend.conftest import host_of
from tests.backend.play import PlayHost
from ticrypt_tui.backend.drivers.stored import PoolSeen
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Refused, WrongUse
from ticrypt_tui.backend.services import host_readings
from ticrypt_tui.backend.services.storage.volumes import VolumeRow

IMAGE = {"realm": "lab", "name": "tiny", "volume": "tiny.qcow2", "os": "linux"}


@pytest.fixture(autouse=True)
def _pool(host: PlayHost) -> None:
    host.give_pool()


async def volume(enclave: Enclave, name: str = "tiny.qcow2") -> VolumeRow:
    """A volume as every host has it by now."""
    await enclave.discovery.reread(list(enclave.sightings()))
    row = await enclave.find("volume", name)
    assert isinstance(row, VolumeRow)
    return row


async def names(enclave: Enclave) -> list[str]:
    return [row.name for row in (await enclave.listing("volumes")).rows]


async def second(enclave: Enclave) -> PlayHost:
    """Another host, which has the pool, too."""
    other = {"realm": "lab", "name": "node02", "uri": "play://node02"}
    await enclave.run("host.create", other)
    await enclave.settled()
    made = host_of(enclave, "node02")
    made.give_pool()
    return made


class Stuck:
    """Makes a host's storage hang until it is let go."""

    def __init__(self, host: PlayHost, monkeypatch: pytest.MonkeyPatch) -> None:
        self._host, self._free = host, asyncio.Event()
        monkeypatch.setattr(host, "pools", self._pools)

    async def _pools(self) -> tuple[PoolSeen, ...]:
        await self._free.wait()
        return tuple(self._host.stores.values())

    def let_go(self) -> None:
        self._free.set()


# What is shown


async def test_a_host_says_what_there_is(enclave: Enclave) -> None:
    row = await volume(enclave)
    assert (row.pool, row.tier, row.format) == ("ticrypt-vm", "volumes", "qcow2")
    assert (row.capacity, row.allocation, row.hosts) == (2**30, 2**20, ("node01",))


async def test_a_volume_that_several_hosts_see_is_one_row(enclave: Enclave) -> None:
    (await second(enclave)).give_volume("tiny.qcow2")
    assert (await volume(enclave)).hosts == ("node01", "node02")
    sections = (await enclave.detail("volumes", "lab/ticrypt-vm/tiny.qcow2")).sections
    assert [label for label, _ in sections[-1].fields] == ["node01", "node02"]


async def test_pools_that_are_not_the_realms_are_nobodys_business(
    enclave: Enclave, host: PlayHost
) -> None:
    host.give_pool("somebody-elses")
    host.give_volume("secret.raw", "somebody-elses")
    await volume(enclave)
    assert await names(enclave) == ["tiny.qcow2"]


async def test_a_name_that_is_not_utf8_is_shown_escaped(enclave: Enclave, host: PlayHost) -> None:
    host.give_volume("fen\\xeatre.raw", escaped=True)
    row = await volume(enclave, "fen\\xeatre.raw")
    assert row.escaped
    assert "not UTF-8" in str((await enclave.detail("volumes", row.id)).sections[0].fields)
    document = await enclave.run("volume.view_xml", {"volume": row.id})
    assert document == "<volume><name>fen\\xeatre.raw</name></volume>"


async def test_a_volume_says_which_image_or_vm_uses_it(enclave: Enclave, config: str) -> None:
    vm_id = await enclave.run("config.start", {"config": config})
    assert (await volume(enclave)).used_by == "image tiny"
    disk = await volume(enclave, f"{vm_id}.qcow2")
    assert (disk.used_by, disk.image) == ("disk of tiny", "")


# Reading it


async def test_a_host_that_hangs_holds_up_no_other(
    enclave: Enclave, host: PlayHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host_readings, "FIRST_WITHIN", 0.2)
    (await second(enclave)).give_volume("other.qcow2")
    stuck = Stuck(host, monkeypatch)

    listing = await enclave.listing("volumes")

    assert [row.name for row in listing.rows] == ["other.qcow2"]
    assert listing.notices == ("Still reading the storage of node01.",)
    stuck.let_go()

    async def all_there() -> bool:
        return await names(enclave) == ["other.qcow2", "tiny.qcow2"]

    assert await enclave.until(all_there, 60)


async def test_a_later_look_waits_for_nobody(
    enclave: Enclave, host: PlayHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    await volume(enclave)
    Stuck(host, monkeypatch)
    enclave.refresh()
    assert await names(enclave) == ["tiny.qcow2"]


async def test_a_refresh_reads_anew_and_tells_of_it(enclave: Enclave, host: PlayHost) -> None:
    assert await names(enclave) == ["tiny.qcow2"]
    host.give_volume("new.qcow2")
    assert await names(enclave) == ["tiny.qcow2"]
    enclave.refresh()

    async def there() -> bool:
        return "new.qcow2" in await names(enclave)

    assert await enclave.until(there, 60)


async def test_volumes_of_a_silent_host_stay_and_are_dated(
    enclave: Enclave, host: PlayHost
) -> None:
    before = await volume(enclave)
    host.fall()
    assert await enclave.until(_unreachable(enclave), 60)
    row = await volume(enclave)
    assert row.stale_since == before.seen
    assert any("node01" in notice for notice in (await enclave.listing("volumes")).notices)


def _unreachable(enclave: Enclave) -> Any:
    async def check() -> bool:
        return not any(host.fresh for host in enclave.sightings().values())

    return check


async def test_a_disabled_host_is_not_read(enclave: Enclave, host: PlayHost) -> None:
    await enclave.run("host.change_state", {"host": "node01", "state": "disabled"})
    assert await names(enclave) == []


async def test_a_simulated_host_is_not_read(enclave: Enclave, host: PlayHost) -> None:
    host.simulated = True
    enclave.watch.refresh()

    async def simulated() -> bool:
        return any(each.reach == "simulated" for each in enclave.sightings().values())

    assert await enclave.until(simulated, 60)
    assert await names(enclave) == []


# The operating system


async def test_a_rule_of_the_realm_says_the_os(enclave: Enclave, host: PlayHost) -> None:
    host.give_volume("win11.qcow2")
    row = await volume(enclave, "win11.qcow2")
    assert (row.os, row.os_said_by) == ("windows", "rule win*")


async def test_where_nobody_says_it_is_unknown_until_an_admin_states_it(enclave: Enclave) -> None:
    assert (await volume(enclave)).os == "unknown"
    await enclave.run("volume.state_os", {"volume": "tiny.qcow2", "os": "linux"})
    row = await volume(enclave)
    assert row.os == "linux"
    assert row.os_said_by.startswith("mara, 20")
    done = (await enclave.records())[-1]
    assert (done.operation, done.outcome, done.detail["os"]) == ("volume.state_os", "done", "linux")


async def test_a_statement_can_be_changed(enclave: Enclave) -> None:
    for system in ("linux", "windows"):
        await enclave.run("volume.state_os", {"volume": "tiny.qcow2", "os": system})
    assert (await volume(enclave)).os == "windows"


async def test_a_rule_is_not_overruled(enclave: Enclave, host: PlayHost) -> None:
    host.give_volume("win11.qcow2")
    with pytest.raises(Refused, match=r"The rule win\* of its realm says windows"):
        await enclave.run("volume.state_os", {"volume": "win11.qcow2", "os": "linux"})


async def test_an_image_of_it_is_not_contradicted(enclave: Enclave) -> None:
    await enclave.run("image.create", IMAGE)
    with pytest.raises(Refused, match="Its image tiny says linux, not windows") as refusal:
        await enclave.run("volume.state_os", {"volume": "tiny.qcow2", "os": "windows"})
    assert refusal.value.about == "os"


async def test_an_image_must_have_the_os_that_was_stated(enclave: Enclave) -> None:
    await enclave.run("volume.state_os", {"volume": "tiny.qcow2", "os": "windows"})
    with pytest.raises(Refused, match=r"Volume tiny\.qcow2 holds windows, says mara"):
        await enclave.run("image.create", IMAGE)


async def test_a_vms_disk_holds_no_os_of_its_own(enclave: Enclave, host: PlayHost) -> None:
    host.give_volume("vm-1.qcow2", backing="/pool/tiny.qcow2")
    assert (await volume(enclave, "vm-1.qcow2")).os == ""
    with pytest.raises(Refused, match="It holds no operating system"):
        await enclave.run("volume.state_os", {"volume": "vm-1.qcow2", "os": "linux"})


async def test_no_other_os_can_be_stated(enclave: Enclave) -> None:
    with pytest.raises(WrongUse, match="os is one of linux, windows"):
        await enclave.run("volume.state_os", {"volume": "tiny.qcow2", "os": "plan9"})
