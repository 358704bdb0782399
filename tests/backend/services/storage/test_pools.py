"""Storage pools: as the store declares them and their hosts have them; made, changed, deleted."""

from __future__ import annotations

from typing import Any

import pytest

from tests.backend.conftest import Opener, host_of
from tests.backend.play import PlayHost
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Changed, Failed, HostUnreachable, Refused, WrongUse
from ticrypt_tui.backend.services.storage.pools import PoolRow
from ticrypt_tui.backend.store.tables.data import Drive

LAB = {"realm": "lab"}
SECOND = {**LAB, "name": "node02", "uri": "play://node02"}
POOL = {**LAB, "name": "fast", "tier": "flash", "target": "/srv/fast"}


async def only(enclave: Enclave) -> PoolRow:
    """The one pool, as every host has it by now."""
    enclave.discovery.expire()
    await enclave.listing("pools")
    await enclave.discovery.reread(list(enclave.sightings()))
    (row,) = (await enclave.listing("pools")).rows
    assert isinstance(row, PoolRow)
    return row


@pytest.fixture
async def second(enclave: Enclave, host: PlayHost) -> PlayHost:
    """Another host that is up."""
    await enclave.run("host.create", SECOND)
    await enclave.settled()
    return host_of(enclave, "node02")


@pytest.fixture
async def pool(enclave: Enclave, host: PlayHost) -> str:
    made: str = await enclave.run("pool.create", POOL)
    return made


async def put_drive(enclave: Enclave, pool_id: str, name: str) -> None:
    """A drive's record, which the tests need before there is an operation that makes one."""
    async with enclave.change() as session:
        session.add(
            Drive(id=f"drv-{name}", realm_id="lab", name=name, owner_id=enclave.caller.user_id,
                  pool_id=pool_id, volume=name, format="raw")
        )  # fmt: skip


# What is shown


async def test_its_sizes_and_state_are_what_its_host_says(
    enclave: Enclave, host: PlayHost, pool: str
) -> None:
    host.give_pool("fast", capacity=2**40, allocation=2**30, available=2**39, autostart=True)
    host.give_volume("one.qcow2", "fast")
    row = await only(enclave)
    assert (row.capacity, row.used, row.free) == (2**40, 2**30, 2**39)
    assert (row.state, row.autostart, row.volumes, row.hosts) == ("running", "yes", 1, ("node01",))


async def test_hosts_that_do_not_agree_are_counted(
    enclave: Enclave, host: PlayHost, second: PlayHost
) -> None:
    await enclave.run("pool.create", POOL)
    second.stores.clear()
    row = await only(enclave)
    assert row.state == "1/2 running"


async def test_a_pool_that_no_host_has_any_more_is_missing(
    enclave: Enclave, host: PlayHost, pool: str
) -> None:
    host.stores.clear()
    row = await only(enclave)
    assert (row.state, row.seen) == ("missing", None)


async def test_drives_on_it_are_counted_and_named(
    enclave: Enclave, host: PlayHost, pool: str
) -> None:
    await put_drive(enclave, pool, "genome-data")
    row = await only(enclave)
    assert (row.drives, row.drive_names) == (1, ("genome-data",))
    sections = (await enclave.detail("pools", pool)).sections
    assert sections[-1].lines == ("genome-data",)


async def test_a_pool_that_the_configuration_names_is_there_without_a_record(
    enclave: Enclave, host: PlayHost
) -> None:
    host.give_pool("ticrypt-vm")
    host.give_pool("somebody-elses")
    row = await only(enclave)
    assert (row.name, row.tier, row.recorded) == ("ticrypt-vm", "volumes", False)
    assert "create it here first" in enclave.why_not("pool.edit", row)
    assert "create it here first" in enclave.why_not("pool.delete", row)


async def test_what_a_silent_host_said_stays_and_it_is_told_that_it_is_old(
    enclave: Enclave, host: PlayHost, pool: str
) -> None:
    before = await only(enclave)
    host.fall()
    row = await only(enclave)
    assert (row.capacity, row.seen) == (before.capacity, before.seen)
    assert "Storage of node01 is as of" in " ".join((await enclave.listing("pools")).notices)


# Making one


@pytest.mark.parametrize(
    ("quota", "mode", "limit"), [("no", "no", 0), ("yes", "yes", 0), ("2 TiB", "explicit", 2**41)]
)
async def test_its_quota_is_one_of_three(
    enclave: Enclave, host: PlayHost, quota: str, mode: str, limit: int
) -> None:
    await enclave.run("pool.create", {**POOL, "quota": quota})
    row = await only(enclave)
    assert (row.quota, row.quota_bytes) == (mode, limit)


@pytest.mark.parametrize(
    ("changes", "sentence", "about"),
    [
        ({"type": "rbd"}, "A pool of type rbd cannot be made: It is not built in.", "type"),
        ({"type": "cloud"}, "Libvirt on node01 knows no pools of type cloud.", "type"),
        ({"target": "srv/fast"}, "srv/fast is no absolute path, such as /srv/flash.", ""),
        ({"tier": "very fast"}, "A tier is a word of 1 to 40 characters", ""),
        ({"quota": "some"}, "A quota is no, yes, or a size such as 2 TiB; not 'some'.", ""),
        ({"name": "x" * 300}, "A name has 1 to 200 printable characters", ""),
        ({"name": "a\x1b[2J"}, "A name has 1 to 200 printable characters", ""),
        ({"realm": "attic"}, "No host of realm Attic is up to make it on.", "hosts"),
        ({"realm": "cellar"}, "There is no realm cellar.", ""),
    ],
)
async def test_what_does_not_fit_is_refused_and_nothing_is_made(
    enclave: Enclave, host: PlayHost, changes: dict[str, str], sentence: str, about: str
) -> None:
    with pytest.raises((Refused, WrongUse)) as refusal:
        await enclave.run("pool.create", {**POOL, **changes})
    assert sentence in refusal.value.sentence
    assert refusal.value.about == about
    assert (await enclave.listing("pools")).rows == []
    assert host.stores == {}


async def test_a_second_of_that_name_is_refused(
    enclave: Enclave, host: PlayHost, pool: str
) -> None:
    with pytest.raises(Refused, match="Realm Lab has a pool with the name fast already"):
        await enclave.run("pool.create", {**POOL, "target": "/srv/other"})


async def test_where_one_host_fails_no_host_keeps_it(
    enclave: Enclave, host: PlayHost, second: PlayHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_: Any, **__: Any) -> None:
        raise Failed("The disk is full.")

    monkeypatch.setattr(second, "create_pool", full)
    with pytest.raises(Failed, match="The disk is full"):
        await enclave.run("pool.create", {**POOL, "hosts": "node01,node02"})
    assert host.stores == {}
    assert (await enclave.listing("pools")).rows == []


async def test_what_a_new_one_can_be_is_listed_with_the_reasons(
    enclave: Enclave, host: PlayHost
) -> None:
    rows: Any = (await enclave.listing("pooltypes")).rows
    assert [(row.id, row.realm_id, row.note) for row in rows] == [
        ("dir", "lab", "on node01"),
        ("rbd", "lab", "not here: It is not built in."),
    ]


# Changing one


async def test_its_tier_and_its_quota_are_changed(
    enclave: Enclave, host: PlayHost, pool: str
) -> None:
    await enclave.run("pool.edit", {"pool": "fast", "tier": "nvme", "quota": "1 TiB"})
    row = await only(enclave)
    assert (row.tier, row.quota_bytes, row.hosts) == ("nvme", 2**40, ("node01",))


async def test_it_is_made_on_a_host_that_comes_and_taken_from_one_that_goes(
    enclave: Enclave, host: PlayHost, pool: str, second: PlayHost
) -> None:
    await enclave.run("pool.edit", {"pool": "fast", "hosts": "node02"})
    assert (await only(enclave)).hosts == ("node02",)
    assert (list(host.stores), list(second.stores)) == ([], ["fast"])


async def test_whether_it_runs_is_changed_on_its_hosts(
    enclave: Enclave, host: PlayHost, pool: str
) -> None:
    await enclave.run("pool.edit", {"pool": "fast", "autostart": "no", "active": "no"})
    assert "edit pool fast" in host.asked


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": "other"}, "A pool keeps its name, fast: delete it, and make it anew."),
        ({"target": "/elsewhere"}, "A pool keeps its target, /srv/fast"),
        ({"type": "netfs"}, "A pool keeps its type, dir"),
        ({"realm": "attic"}, "A pool keeps its realm, Lab"),
    ],
)
async def test_what_libvirt_cannot_change_is_refused(
    enclave: Enclave, host: PlayHost, pool: str, changes: dict[str, str], sentence: str
) -> None:
    with pytest.raises(Refused) as refusal:
        await enclave.run("pool.edit", {"pool": "fast", **changes})
    assert sentence in str(refusal.value)


async def test_the_second_of_two_consoles_to_save_is_told(
    enclave: Enclave, open_enclave: Opener, host: PlayHost, pool: str
) -> None:
    read = await only(enclave)
    other = await open_enclave()
    await other.settled()
    await other.run("pool.edit", {"pool": "fast", "tier": "theirs"})
    with pytest.raises(Changed):
        await enclave.run("pool.edit", {"pool": pool, "tier": "mine", "version": read.version})
    assert (await only(enclave)).tier == "theirs"


# Deleting one


async def test_an_empty_one_is_deleted_on_its_hosts(
    enclave: Enclave, host: PlayHost, pool: str
) -> None:
    assert await enclave.run("pool.delete", {"pool": "fast"}) == "fast is deleted"
    assert (await enclave.listing("pools")).rows == []
    assert host.stores == {}


async def test_one_that_its_host_has_no_more_is_deleted_all_the_same(
    enclave: Enclave, host: PlayHost, pool: str
) -> None:
    host.stores.clear()
    await enclave.run("pool.delete", {"pool": "fast"})
    assert (await enclave.listing("pools")).rows == []


async def test_volumes_on_it_are_named(enclave: Enclave, host: PlayHost, pool: str) -> None:
    host.give_volume("one.qcow2", "fast")
    with pytest.raises(Refused, match=r"1 volume is on it, as node01 shows: one.qcow2\."):
        await enclave.run("pool.delete", {"pool": "fast"})
    assert "fast" in host.stores


async def test_drives_on_it_are_named(enclave: Enclave, host: PlayHost, pool: str) -> None:
    await put_drive(enclave, pool, "genome-data")
    with pytest.raises(Refused, match=r"1 drive is on it: genome-data\."):
        await enclave.run("pool.delete", {"pool": "fast"})


async def test_images_of_its_volumes_are_named(enclave: Enclave, host: PlayHost) -> None:
    await enclave.run("pool.create", {**POOL, "name": "ticrypt-vm", "tier": "volumes"})
    image = {**LAB, "name": "tiny", "volume": "tiny.qcow2", "os": "linux"}
    await enclave.run("image.create", image)
    with pytest.raises(Refused, match="VM images are made of its volumes: tiny"):
        await enclave.run("pool.delete", {"pool": "ticrypt-vm"})


async def test_while_a_host_of_it_is_silent_nobody_knows_whether_it_is_empty(
    enclave: Enclave, host: PlayHost, pool: str
) -> None:
    host.fall()
    with pytest.raises(HostUnreachable):
        await enclave.run("pool.delete", {"pool": "fast"})
    assert len((await enclave.listing("pools")).rows) == 1


async def test_its_xml_is_libvirts_own(enclave: Enclave, host: PlayHost, pool: str) -> None:
    assert await enclave.run("pool.view_xml", {"pool": "fast"}) == "<pool><name>fast</name></pool>"
