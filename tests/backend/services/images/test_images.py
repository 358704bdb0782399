"""VM images: one per volume, with the volume's system; who uses them, and what that forbids."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.backend.conftest import Opener, host_of
from tests.backend.play import PlayHost
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Changed, NotFound, Refused, WrongUse
from ticrypt_tui.backend.services.starting.exclusion import refuse_changed_image
from ticrypt_tui.backend.store.at_once import at_once
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.machines import ServiceVm, Vm, VmEnd, VmImage, VmState
from ticrypt_tui.backend.store.tables.new_vm import NewVm

IMAGE = {"realm": "lab", "name": "tiny", "volume": "tiny.qcow2", "os": "linux"}
SETUP = {"realm": "lab", "name": "small", "image": "tiny", "cores": 1, "memory": "1 GiB"}


async def image(enclave: Enclave, name: str = "tiny") -> Any:
    return await enclave.find("image", name)


async def give_vm(enclave: Enclave, image_id: str, **values: Any) -> None:
    """Record a VM of an image, which runs unless it has ended."""
    wanted = {"realm_id": "lab", "name": "genome-7", "cores": 1, "memory_mib": 64, **values}
    async with enclave.change() as session:
        session.add(Vm(image_id=image_id, state=VmState.RUNNING, **wanted))


@pytest.fixture
async def tiny(enclave: Enclave, host: PlayHost) -> str:
    """The ID of an image of the host's volume; more volumes are free."""
    host.give_pool()
    for name in ("other.qcow2", "win11", "win2022"):
        host.give_volume(name)
    made: str = await enclave.run("image.create", IMAGE)
    return made


# The system is the volume's


async def test_the_system_is_the_volumes_where_a_rule_says_it(
    enclave: Enclave, host: PlayHost
) -> None:
    host.give_volume("win11")
    await enclave.run("image.create", {"realm": "lab", "name": "w", "volume": "win11"})
    row = await image(enclave, "w")
    assert (row.os, row.os_said_by) == ("windows", "rule win*")


async def test_where_nobody_says_it_the_maker_is_asked_once_and_it_binds(
    enclave: Enclave, host: PlayHost
) -> None:
    unsaid = {key: value for key, value in IMAGE.items() if key != "os"}
    with pytest.raises(Refused, match=r"Neither a rule nor an admin says what tiny\.qcow2") as said:
        await enclave.run("image.create", unsaid)
    assert said.value.about == "os"
    await enclave.run("image.create", IMAGE)
    row = await image(enclave)
    assert row.os_said_by.startswith("mara, ")
    await enclave.run("image.delete", {"image": "tiny"})
    with pytest.raises(Refused, match=r"holds linux, says mara, .*; not windows"):
        await enclave.run("image.create", {**IMAGE, "os": "windows"})
    await enclave.run("image.create", unsaid)
    assert (await image(enclave)).os == "linux"


async def test_what_a_maker_states_is_in_the_record_of_it(enclave: Enclave, tiny: str) -> None:
    records = [each for each in await enclave.records() if each.operation == "image.create"]
    assert records[-1].detail["os_stated"] == "linux"


async def test_a_rule_that_came_later_is_told(enclave: Enclave, host: PlayHost) -> None:
    async with enclave.change() as session:
        session.add(VmImage(realm_id="lab", name="odd", volume="win95", os="linux"))
    row = await image(enclave, "odd")
    assert row.fault == "Its volume holds windows, says rule win*: not linux."
    sections = (await enclave.detail("images", row.id)).sections
    assert row.fault in {line for section in sections for line in section.lines}


# Volumes


async def test_a_volume_may_be_named_by_its_id(enclave: Enclave, host: PlayHost) -> None:
    await enclave.run("image.create", {**IMAGE, "volume": "lab/ticrypt-vm/tiny.qcow2"})
    row = await image(enclave)
    assert (row.volume, row.volume_id) == ("tiny.qcow2", "lab/ticrypt-vm/tiny.qcow2")


@pytest.mark.parametrize(
    ("volume", "sentence"),
    [
        ("attic/ticrypt-vm/tiny.qcow2", "is not in pool ticrypt-vm of realm Lab. Realms never"),
        ("lab/ticrypt-flash/drv-1", "is not in pool ticrypt-vm of realm Lab"),
        ("vm-1.qcow2", "vm-1.qcow2 is a VM's disk, and goes with it."),
        ("odd", "The name of odd is not UTF-8: rename the file first."),
        ("ghost", "Pool ticrypt-vm has no volume ghost."),
        ("x" * 300, "has no volume xxx"),
        ("a\x1b[2J", r"has no volume a\u{1b}[2J."),
    ],
)
async def test_a_volume_that_cannot_be_is_refused(
    enclave: Enclave, host: PlayHost, volume: str, sentence: str
) -> None:
    host.give_volume("vm-1.qcow2", backing="/pool/tiny.qcow2")
    host.give_volume("odd", escaped=True)
    with pytest.raises(Refused) as refusal:
        await enclave.run("image.create", {**IMAGE, "volume": volume})
    assert sentence in str(refusal.value)
    assert refusal.value.about == "volume"


async def test_two_consoles_that_want_one_volume_at_once_make_one_image(
    open_enclave: Opener, enclave: Enclave, host: PlayHost
) -> None:
    other = await open_enclave()
    await other.settled()
    host_of(other).give_volume("tiny.qcow2")
    said = await asyncio.gather(
        enclave.run("image.create", IMAGE),
        other.run("image.create", {**IMAGE, "name": "mine"}),
        return_exceptions=True,
    )
    (refusal,) = [each for each in said if isinstance(each, Refused)]
    assert "an image with the volume tiny.qcow2 already" in str(refusal)
    assert len((await enclave.listing("images")).rows) == 1


async def test_an_image_is_not_deleted_under_a_setup_that_is_made_at_the_same_moment(
    open_enclave: Opener, enclave: Enclave, tiny: str
) -> None:
    other = await open_enclave()
    await asyncio.gather(
        enclave.run("image.delete", {"image": tiny}),
        other.run("setup.create", {**SETUP, "image": tiny}),
        return_exceptions=True,
    )
    images, setups = [(await enclave.listing(tab)).rows for tab in ("images", "setups")]
    assert len(images) == len(setups)


# Editing


async def test_an_edit_changes_what_it_is_given_and_the_system_follows_the_volume(
    enclave: Enclave, tiny: str
) -> None:
    await enclave.run("image.edit", {"image": "tiny", "name": "big", "volume": "win11"})
    row = await image(enclave, "big")
    assert (row.volume, row.os) == ("win11", "windows")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"volume": "win11", "os": "linux"}, "Volume win11 holds windows, says rule win*"),
        ({"os": "windows"}, "Volume tiny.qcow2 holds linux, says mara"),
        ({"volume": "other.qcow2"}, "Neither a rule nor an admin says what other.qcow2 holds."),
        ({"volume": "ghost", "os": "linux"}, "has no volume ghost"),
        ({"realm": "attic"}, "It stays in its realm, Lab: realms never connect."),
        ({"name": "second"}, "Realm Lab has an image with the name second already."),
        ({"volume": "win2022"}, "Realm Lab has an image with the volume win2022 already."),
        ({"name": "x" * 300}, "A name has 1 to 200 printable characters"),
        ({"name": "a\x07"}, "A name has 1 to 200 printable characters"),
    ],
)
async def test_an_edit_that_does_not_fit_is_refused(
    enclave: Enclave, tiny: str, changes: dict[str, Any], sentence: str
) -> None:
    second = {"realm": "lab", "name": "second", "volume": "win2022"}
    await enclave.run("image.create", second)
    with pytest.raises((Refused, WrongUse)) as refusal:
        await enclave.run("image.edit", {"image": "tiny", **changes})
    assert sentence in str(refusal.value)


async def test_while_a_vm_runs_from_it_an_image_keeps_its_volume_and_the_vm_is_named(
    enclave: Enclave, tiny: str
) -> None:
    await give_vm(enclave, tiny)
    with pytest.raises(Refused, match="1 VM runs from it: genome-7"):
        await enclave.run("image.edit", {"image": "tiny", "volume": "win11"})
    await enclave.run("image.edit", {"image": "tiny", "name": "still-free"})
    assert (await image(enclave, "still-free")).running == ("genome-7",)


async def test_the_second_to_save_an_image_learns_of_the_first(enclave: Enclave, tiny: str) -> None:
    read = await image(enclave)
    await enclave.run("image.edit", {"image": tiny, "name": "first"})
    with pytest.raises(Changed):
        await enclave.run("image.edit", {"image": tiny, "name": "second", "version": read.version})


async def test_no_vm_starts_from_a_volume_that_its_image_has_no_more(
    enclave: Enclave, tiny: str
) -> None:
    vm = NewVm(realm_id="lab", name="genome-7", cores=1, memory_mib=64, image_id=tiny)
    async with enclave.change() as session:
        await at_once(session, lambda plain: refuse_changed_image(plain, vm, "tiny.qcow2"))
    await enclave.run("image.edit", {"image": "tiny", "volume": "win11"})
    async with enclave.change() as session:
        with pytest.raises(Refused, match="Its image was changed meanwhile; nothing was started"):
            await at_once(session, lambda plain: refuse_changed_image(plain, vm, "tiny.qcow2"))


# Deleting


async def test_an_image_that_a_setup_uses_is_not_deleted_and_the_setup_is_named(
    enclave: Enclave, tiny: str
) -> None:
    await enclave.run("setup.create", SETUP)
    assert enclave.why_not("image.delete", await image(enclave)) == (
        "1 hardware setup uses it: small."
    )
    with pytest.raises(Refused, match="1 hardware setup uses it: small"):
        await enclave.run("image.delete", {"image": "tiny"})


async def test_an_image_that_a_service_vm_or_a_vm_has_is_not_deleted(
    enclave: Enclave, tiny: str
) -> None:
    await give_vm(enclave, tiny)
    with pytest.raises(Refused, match="1 VM runs from it: genome-7"):
        await enclave.run("image.delete", {"image": "tiny"})
    async with enclave.change() as session:
        session.add(ServiceVm(realm_id="lab", name="fix", image_id=tiny, cores=1, memory_mib=64))
    with pytest.raises(Refused, match="1 service VM uses it: fix"):
        await enclave.run("image.delete", {"image": "tiny"})


async def test_an_image_that_nothing_uses_is_deleted_and_its_volume_is_free_again(
    enclave: Enclave, host: PlayHost, tiny: str
) -> None:
    await give_vm(enclave, tiny, ended=now(), end=VmEnd.BY_OWNER)
    await enclave.run("image.delete", {"image": "tiny"})
    with pytest.raises(NotFound):
        await image(enclave)
    assert "tiny.qcow2" in host.disks
    await enclave.run("image.create", {**IMAGE, "name": "again"})


# Copying


async def test_a_copy_is_of_another_free_volume_with_the_same_system(
    enclave: Enclave, tiny: str
) -> None:
    await enclave.run("image.create", {"realm": "lab", "name": "w", "volume": "win11"})
    await enclave.run("image.clone", {"image": "w", "name": "w2", "volume": "win2022"})
    row = await image(enclave, "w2")
    assert (row.realm, row.volume, row.os) == ("Lab", "win2022", "windows")


@pytest.mark.parametrize(
    ("volume", "sentence"),
    [
        ("tiny.qcow2", "It needs another volume: one each."),
        ("win11", "win11 holds windows, says rule win*; not linux."),
        ("other.qcow2", "Nobody says what other.qcow2 holds: state its OS in the tab of volumes"),
        ("taken.qcow2", "Realm Lab has an image with the volume taken.qcow2 already."),
    ],
)
async def test_a_copy_that_cannot_be_is_refused(
    enclave: Enclave, host: PlayHost, tiny: str, volume: str, sentence: str
) -> None:
    host.give_volume("taken.qcow2")
    taken = {"realm": "lab", "name": "taken", "volume": "taken.qcow2", "os": "linux"}
    await enclave.run("image.create", taken)
    with pytest.raises(Refused) as refusal:
        await enclave.run("image.clone", {"image": "tiny", "name": "copy", "volume": volume})
    assert sentence in str(refusal.value)


async def test_where_no_volume_is_free_for_a_copy_it_says_so(enclave: Enclave, tiny: str) -> None:
    assert enclave.why_not("image.clone", await image(enclave)) == ""  # no host has told yet
    await enclave.listing("volumes")
    said = "Realm Lab has no other volume with linux that is free"
    assert said in enclave.why_not("image.clone", await image(enclave))
    with pytest.raises(Refused, match=said):
        await enclave.run("image.clone", {"image": "tiny", "name": "copy", "volume": "tiny.qcow2"})
    await enclave.run("volume.state_os", {"volume": "lab/ticrypt-vm/other.qcow2", "os": "linux"})
    assert (await image(enclave)).free == ("other.qcow2",)


# What its details warn of


async def warnings(enclave: Enclave, image_id: str) -> str:
    sections = (await enclave.detail("images", image_id)).sections
    return " ".join(line for each in sections if "Warning" in each.title for line in each.lines)


async def test_it_warns_until_a_vm_of_the_image_has_registered(enclave: Enclave, tiny: str) -> None:
    assert "No VM of this image has ever registered (none was ever started)" in await warnings(
        enclave, tiny
    )
    await give_vm(enclave, tiny, ended=now(), end=VmEnd.REGISTRATION_TIMEOUT)
    assert "has ever registered (1 started)" in await warnings(enclave, tiny)
    await give_vm(enclave, tiny, registered=now())
    assert await warnings(enclave, tiny) == ""
