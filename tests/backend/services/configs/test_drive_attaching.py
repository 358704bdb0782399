"""Drives in VMs: which a configuration attaches, who can start it, and who has which open."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.backend.conftest import Opener, host_of
from tests.backend.play import PlayHost
from tests.backend.services.belonging import populate
from tests.backend.services.drive_play import (
    GENOME,
    console_with_key,
    drive_of,
    share,
)
from tests.backend.services.launches import start, stored
from ticrypt_tui.backend.drivers.base import Ending
from ticrypt_tui.backend.drives.key_ring import KeyLocked
from ticrypt_tui.backend.drives.serials import serial_of
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Ambiguous, Failed, NotFound, Refused, WrongUse
from ticrypt_tui.backend.services.drives.opening import OpenedDrive
from ticrypt_tui.backend.services.drives.uses import refuse_used
from ticrypt_tui.backend.services.keys.drive_keys import open_drive
from ticrypt_tui.backend.services.vms.ending import record_end
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.data import Drive, DriveMode, DriveUse
from ticrypt_tui.backend.store.tables.machines import Vm, VmEnd
from ticrypt_tui.backend.store.tables.new_vm import NewVm
from ticrypt_tui.backend.sync.endings import Told

pytestmark = pytest.mark.usefixtures("config", "genome")


async def attach(enclave: Enclave, *drives: str, config: str = "tiny") -> None:
    await enclave.run("config.edit", {"config": config, "drives": drives})


async def reader(enclave: Enclave, name: str) -> None:
    """One more configuration, which reads `genome`."""
    await enclave.run("config.create", {"name": name, "setup": "tiny", "drives": ["genome:ro"]})


async def uses(enclave: Enclave) -> list[tuple[str, str]]:
    return [(use.vm_id, str(use.mode)) for use in await stored(enclave, DriveUse)]


# What a configuration attaches


async def test_a_drive_is_attached_read_write_unless_it_is_said_otherwise(enclave: Enclave) -> None:
    await enclave.run("drive.create", {**GENOME, "name": "reference"})
    await attach(enclave, "genome", "reference:ro")
    row = await enclave.find("config", "tiny")
    assert row.drives == ("genome:rw", "reference:ro")
    assert row.closed_drives == ()


async def test_an_edit_without_drives_leaves_them_and_an_empty_one_takes_them(
    enclave: Enclave,
) -> None:
    await attach(enclave, "genome")
    await enclave.run("config.edit", {"config": "tiny", "name": "tiny"})
    assert (await enclave.find("config", "tiny")).drives == ("genome:rw",)
    await enclave.run("config.edit", {"config": "tiny", "drives": []})
    assert (await enclave.find("config", "tiny")).drives == ()


@pytest.mark.parametrize(
    ("drives", "says"),
    [
        (["nowhere"], "There is no drive nowhere."),
        (["genome", "genome:ro"], "named twice"),
        (["genome"] * 17, "at most 16"),
    ],
)
async def test_what_cannot_be_attached_is_refused(
    enclave: Enclave, drives: list[str], says: str
) -> None:
    with pytest.raises(Refused, match=says):
        await attach(enclave, *drives)


async def test_who_cannot_see_a_drive_cannot_attach_it(
    enclave: Enclave, open_enclave: Opener
) -> None:
    await populate(enclave)
    alice = await open_enclave("alice")
    with pytest.raises(NotFound, match="no drive genome"):
        await alice.run("config.create", {"name": "g", "setup": "tiny", "drives": ["genome"]})


RULE = [
    # the VM's project, the drive's, how it is attached, whether it may be (domain.md 2.8)
    ("", "", "rw", True),
    ("", "trial-7", "ro", False),
    ("trial-7", "trial-7", "rw", True),
    ("trial-7", "", "rw", False),
    ("trial-7", "", "ro", True),
    ("genomics", "trial-7", "ro", False),
]


async def test_projects_fit_as_the_rule_says(enclave: Enclave) -> None:
    await populate(enclave)
    user = enclave.caller.login
    for tag in ("genomics", "trial-7"):
        await enclave.run("project.edit", {"project": tag, "members": [user]})
    found = []
    for vm, drive, mode, _ in RULE:
        await enclave.run("config.edit", {"config": "tiny", "drives": [], "project": vm})
        if (await drive_of(enclave)).project_id != (f"project-{drive}" if drive else None):
            wanted = {"drive": "genome", "project": drive, "override": True}
            await enclave.run("drive.set_project", wanted)
        try:
            await attach(enclave, f"genome:{mode}")
        except Refused:
            found.append((vm, drive, mode, False))
        else:
            found.append((vm, drive, mode, True))
    assert found == RULE


async def test_a_configuration_keeps_fitting_to_what_it_attaches(enclave: Enclave) -> None:
    await populate(enclave)
    await enclave.run("project.edit", {"project": "genomics", "members": [enclave.caller.login]})
    await attach(enclave, "genome")
    with pytest.raises(Refused, match="Drive genome is in Unlocked, tiny in genomics"):
        await enclave.run("config.edit", {"config": "tiny", "project": "genomics"})


# Starting


async def test_a_vm_gets_its_drives_by_their_serials_and_keys(
    enclave: Enclave, genome: str, flash: PlayHost
) -> None:
    await attach(enclave, "genome")
    vm_id = await start(enclave)
    (disk,) = flash.wanted[-1].drives
    _, secret = await open_drive(enclave, genome)
    assert (disk.serial, disk.read_only) == (serial_of(genome), False)
    assert disk.passphrase == bytes(secret.passphrase)
    assert await uses(enclave) == [(vm_id, "rw")]
    row = await drive_of(enclave)
    assert row.state == "in use by VM tiny"
    assert row.last_attached is not None


async def test_a_locked_key_starts_nothing(enclave: Enclave) -> None:
    await attach(enclave, "genome")
    enclave.keys.forget()
    with pytest.raises(KeyLocked):
        await start(enclave)
    assert await stored(enclave, Vm) == []


async def test_no_key_is_asked_for_without_drives(enclave: Enclave) -> None:
    enclave.keys.forget()
    assert await start(enclave)


async def test_who_holds_no_key_is_told_which_drive_and_who_does(
    enclave: Enclave, open_enclave: Opener
) -> None:
    await populate(enclave)
    await attach(enclave, "genome")
    await enclave.run("config.edit", {"config": "tiny", "co_owners": ["alice"]})
    alice = await console_with_key(open_enclave, "alice")
    assert (await alice.find("config", "tiny")).closed_drives == (("genome", "mara"),)
    with pytest.raises(Refused, match=r"no key to drive genome \(mara can open it\)") as refusal:
        await start(alice)
    assert "start it without: genome" in refusal.value.remedy
    assert await alice.run("config.start", {"config": "tiny", "without": ["genome"]})
    assert host_of(alice).wanted[-1].drives == ()


async def test_only_what_is_attached_can_stay_away(enclave: Enclave) -> None:
    with pytest.raises(WrongUse, match="attaches no drive genome"):
        await enclave.run("config.start", {"config": "tiny", "without": ["genome"]})


async def test_of_two_owners_drives_of_one_name_the_one_that_is_closed_stays_away(
    enclave: Enclave, open_enclave: Opener, genome: str
) -> None:
    await populate(enclave)
    alice = await console_with_key(open_enclave, "alice")
    hers = await alice.run("drive.create", GENOME)
    await attach(enclave, genome, hers)
    closed = (await enclave.find("config", "tiny")).closed_drives
    assert closed == ((hers, "alice"),)
    with pytest.raises(Ambiguous, match=", ".join(sorted([genome, hers]))):
        await enclave.run("config.start", {"config": "tiny", "without": ["genome"]})
    assert await enclave.run("config.start", {"config": "tiny", "without": [hers]})
    assert [each.serial for each in host_of(enclave).wanted[-1].drives] == [serial_of(genome)]


async def test_who_may_only_read_a_drive_does_not_write_it(
    enclave: Enclave, open_enclave: Opener, genome: str
) -> None:
    await populate(enclave)
    alice = await console_with_key(open_enclave, "alice")
    await share(enclave, alice, genome, "ro")
    wanted = {"name": "hers", "setup": "tiny", "drives": ["genome:rw"]}
    with pytest.raises(Refused, match="alice may only read drive genome"):
        await alice.run("config.create", wanted)
    await attach(enclave, "genome")
    await enclave.run("config.edit", {"config": "tiny", "co_owners": ["alice"]})
    with pytest.raises(Refused, match="You may only read drive genome"):
        await start(alice)
    await alice.run("config.create", {**wanted, "drives": ["genome:ro"]})
    await start(alice, "hers")
    assert host_of(alice).wanted[-1].drives[0].read_only


async def test_the_key_alone_does_not_do_outside_the_project(
    enclave: Enclave, open_enclave: Opener, genome: str
) -> None:
    await populate(enclave)
    await enclave.run("project.edit", {"project": "genomics", "members": ["mara", "alice"]})
    await attach(enclave)
    await enclave.run("drive.set_project", {"drive": "genome", "project": "genomics"})
    await enclave.run(
        "config.edit", {"config": "tiny", "project": "genomics", "drives": ["genome"]}
    )
    await enclave.run("project.edit", {"project": "genomics", "members": ["alice"]})
    with pytest.raises(Refused, match="You are not in genomics"):
        await start(enclave)


async def test_a_drive_has_one_writer_or_any_readers(enclave: Enclave) -> None:
    for name in ("one", "two"):
        await reader(enclave, name)
        await start(enclave, name)
    assert (await drive_of(enclave)).state == "in use by 2 VMs"
    await attach(enclave, "genome")
    with pytest.raises(Refused, match="open read-only in one, two: it cannot be written"):
        await start(enclave)
    for name in ("one", "two"):
        await enclave.run("vm.shutdown", {"vm": name, "force": True})
    await start(enclave)
    with pytest.raises(Refused, match="open read-write in tiny"):
        await start(enclave, "one")


@pytest.mark.parametrize("how", ["by itself", "by force", "start failed"])
async def test_a_vm_that_ends_gives_its_drives_back(
    enclave: Enclave, flash: PlayHost, how: str
) -> None:
    await attach(enclave, "genome")
    if how == "start failed":
        flash.start_fails = "QEMU did not come up."
        with pytest.raises(Failed, match="QEMU did not come up"):
            await start(enclave)
    else:
        vm_id = await start(enclave)
        if how == "by force":
            await enclave.run("vm.shutdown", {"vm": vm_id, "force": True})
        else:
            flash.end(vm_id.removeprefix("vm-"), Ending.BY_GUEST)
    assert await enclave.until(lambda: _none_used(enclave), 60)
    assert (await drive_of(enclave)).state == "detached"


async def test_a_vm_that_is_lost_keeps_its_drives_from_others(enclave: Enclave) -> None:
    await attach(enclave, "genome")
    vm_id = await start(enclave)
    lost = Told(Ending.UNKNOWN, "Nobody sees it.", now())
    await record_end(enclave, vm_id, lost, keep_disk=True)
    with pytest.raises(Refused, match="open read-write in tiny"):
        await start(enclave)


async def _none_used(enclave: Enclave) -> bool:
    return not await uses(enclave)


async def test_of_two_consoles_at_the_same_moment_exactly_one_writes(
    enclave: Enclave, open_enclave: Opener, genome: str
) -> None:
    await populate(enclave)
    alice = await console_with_key(open_enclave, "alice")
    await share(enclave, alice, genome)
    await attach(enclave, "genome")
    await alice.run("config.create", {"name": "hers", "setup": "tiny", "drives": ["genome"]})
    ended = await asyncio.gather(start(enclave), start(alice, "hers"), return_exceptions=True)
    assert sorted(type(each).__name__ for each in ended) == ["Refused", "str"]
    assert len(await uses(enclave)) == 1


async def test_a_host_without_the_volume_is_no_place_for_it(
    enclave: Enclave, flash: PlayHost, genome: str
) -> None:
    await attach(enclave, "genome")
    await flash.delete_volume(f"/pool/{genome}.luks")
    enclave.discovery.expire()
    await enclave.discovery.look()
    with pytest.raises(Failed, match=rf"lacks volume {genome}\.luks"):
        await start(enclave)
    (vm,) = await stored(enclave, Vm)
    assert vm.end is VmEnd.NO_HOST
    assert await uses(enclave) == []


@pytest.mark.parametrize(
    ("state", "says"),
    [("creating", "is creating"), ("re-encrypting", "is re-encrypting"), ("failed", "failed: why")],
)
async def test_a_drive_that_is_not_whole_is_not_attached_to_a_vm(
    enclave: Enclave, genome: str, state: str, says: str
) -> None:
    await attach(enclave, "genome")
    async with enclave.change() as session:
        drive = await session.get_one(Drive, genome)
        drive.state, drive.state_detail = state, "why"
        session.add(drive)
    with pytest.raises(Refused, match=says):
        await start(enclave)


async def test_a_service_vm_never_has_a_drive(enclave: Enclave, genome: str) -> None:
    keys, secret = await open_drive(enclave, genome)
    drive = OpenedDrive(
        genome, "genome", "fast", f"{genome}.luks", DriveMode.READ_ONLY, "EXT4",
        keys.manifest.number, secret,
    )  # fmt: skip
    keeper = NewVm(realm_id="lab", name="keeper", service=True, cores=1, memory_mib=192)
    with pytest.raises(Refused, match="A service VM never has a drive"):
        await enclave.database.read_at_once(lambda store: refuse_used(store, keeper, [drive]))


async def test_a_drive_that_the_store_says_is_of_another_realm_is_not_opened(
    enclave: Enclave, genome: str
) -> None:
    await attach(enclave, "genome")
    async with enclave.change() as session:
        drive = await session.get_one(Drive, genome)
        drive.realm_id = "attic"
        session.add(drive)
    with pytest.raises(Refused, match="realms never connect"):
        await start(enclave)


async def test_a_running_vm_moves_to_no_project_that_its_drive_is_not_in(
    enclave: Enclave,
) -> None:
    await populate(enclave)
    await attach(enclave, "genome")
    vm_id = await start(enclave)
    with pytest.raises(Refused, match="Drive genome is in Unlocked, tiny in genomics"):
        await enclave.run("vm.set_project", {"vm": vm_id, "project": "genomics"})


async def test_no_key_is_in_what_is_left_behind(
    enclave: Enclave, genome: str, flash: PlayHost, tmp_path: Any
) -> None:
    await attach(enclave, "genome")
    await start(enclave)
    key = flash.wanted[-1].drives[0].passphrase
    said = repr(flash.wanted[-1]).encode()
    for file in (each for each in tmp_path.rglob("*") if each.is_file()):
        said += file.read_bytes()
    assert key not in said
    assert key.hex().encode() not in said


@pytest.mark.usefixtures("flash")
async def test_a_drives_file_system_is_made_when_it_may_be_written(
    enclave: Enclave, flash: PlayHost, genome: str
) -> None:
    await attach(enclave, "genome")
    vm_id = await start(enclave)
    assert any(serial_of(genome) in asked for asked in flash.asked)
    detail = await enclave.detail("running", vm_id)
    events = next(each for each in detail.sections if each.title == "Events")
    assert any("EXT4 made" in line and "drive genome" in line for line in events.lines)
