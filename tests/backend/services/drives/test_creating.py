"""Making drives: within which limits, and what is left where it fails; and destroying them."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from tests.backend.conftest import Opener, host_of
from tests.backend.play import PlayHost
from tests.backend.services.belonging import populate
from tests.backend.services.drive_play import (
    GENOME,
    console_with_key,
    drive_of,
    give_flash,
    give_key,
)
from tests.backend.services.launches import stored
from ticrypt_tui.backend.audit.records import AuditRecord
from ticrypt_tui.backend.drives.key_ring import KeyLocked, NoKey
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Failed, Refused, TicryptError
from ticrypt_tui.backend.services.drives import unfinished as unfinished_drives
from ticrypt_tui.backend.services.keys.drive_keys import open_drive
from ticrypt_tui.backend.store.tables.data import (
    ConfigurationDrive,
    Drive,
    DriveEnvelope,
    DriveHolder,
)
from ticrypt_tui.backend.store.tables.people import UserKey

DEAD = "console-1 99999999 5"


async def outcomes(enclave: Enclave, operation: str) -> list[str]:
    found: tuple[AuditRecord, ...] = await enclave.records()
    return [each.outcome for each in found if each.operation == operation]


# Making


async def test_a_drive_is_listed_while_it_is_made_and_several_at_once(
    enclave: Enclave, flash: PlayHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    go, made = asyncio.Event(), flash.create_encrypted_volume

    async def slow(*arguments: Any) -> str:
        await go.wait()
        return await made(*arguments)

    monkeypatch.setattr(flash, "create_encrypted_volume", slow)
    both = [
        asyncio.create_task(enclave.run("drive.create", {**GENOME, "name": name}))
        for name in ("one", "two")
    ]

    async def listed() -> bool:
        rows = (await enclave.listing("drives")).rows
        told = [(row.name, row.state, row.state_detail) for row in rows]  # type: ignore[attr-defined]
        making = "creating", "its volume is made on node01"
        return told == [("one", *making), ("two", *making)]

    assert await enclave.until(listed, 60)
    with pytest.raises(Refused, match="It is creating: wait until that is done"):
        await enclave.run("drive.delete", {"drive": "one"})
    go.set()
    await asyncio.gather(*both)
    assert (await drive_of(enclave, "two")).state == "detached"


async def test_its_key_opens_with_its_makers_alone(
    enclave: Enclave, genome: str, open_enclave: Opener
) -> None:
    keys, secret = await open_drive(enclave, genome)
    assert len(secret.passphrase) == 44
    assert [each.user_id for each in keys.manifest.holders] == [enclave.caller.user_id]
    await populate(enclave)
    alice = await console_with_key(open_enclave, "alice")
    with pytest.raises(Refused):
        await open_drive(alice, genome)


async def test_without_a_key_nothing_is_made(enclave: Enclave, host: PlayHost) -> None:
    await give_flash(enclave)
    host.give_pool("fast")
    with pytest.raises(NoKey):
        await enclave.run("drive.create", GENOME)
    await give_key(enclave)
    enclave.keys.forget()
    with pytest.raises(KeyLocked):
        await enclave.run("drive.create", GENOME)
    assert await stored(enclave, Drive) == []


async def test_a_key_that_is_not_the_registered_one_is_refused_with_both(
    enclave: Enclave, flash: PlayHost
) -> None:
    async with enclave.change() as session:
        key = (await stored(enclave, UserKey))[0]
        theirs = await session.get_one(UserKey, key.id)
        theirs.signing_key = bytes(32)
        session.add(theirs)
    with pytest.raises(Refused, match="is not the one in your key file") as refusal:
        await enclave.run("drive.create", GENOME)
    assert enclave.keys.public.fingerprint in refusal.value.sentence


WRONG = [
    ({"size": "0"}, "at least 1 MiB"),
    ({"size": "512 MiB"}, "has drives of 1 GiB to 16 TiB, not of 512 MiB"),
    ({"size": "17 TiB"}, "has drives of 1 GiB to 16 TiB, not of 17 TiB"),
    ({"size": "1 TiB"}, "bytes free, 1099511627776 are wanted"),
    ({"size": "lots"}, "an amount with its unit"),
    ({"size": "9" * 40}, "has drives of"),
    ({"tier": "spindle"}, "no storage tier spindle for drives. It has flash."),
    ({"tier": "volumes"}, "no storage tier volumes for drives"),
    ({"format": "FAT"}, "one of EXT4, BTRFS, XFS, ZFS, NTFS"),
    ({"realm": "nowhere"}, "There is no realm nowhere"),
    ({"realm": "attic"}, "Realm Attic is disabled"),
    ({"name": "a\x1b[2J"}, "printable characters"),
    ({"name": "x" * 201}, "1 to 200 printable characters"),
    ({"team": "imaging"}, "mara is not in team imaging"),
    ({"project": "trial-7"}, "mara is not in project genomics/trial-7"),
    ({"name": "genome"}, "mara has a drive genome in realm Lab already"),
]


async def test_what_cannot_be_made_is_refused_with_what_is_wrong(
    enclave: Enclave, genome: str
) -> None:
    await populate(enclave)
    told = {}
    for change, says in WRONG:
        with pytest.raises(TicryptError) as refusal:
            await enclave.run("drive.create", {**GENOME, "name": "new", **change})
        told[says] = str(refusal.value)
    assert {says: said for says, said in told.items() if says not in said} == {}
    assert len(await stored(enclave, Drive)) == 1


async def test_the_quotas_of_team_and_pool_hold_also_at_the_same_moment(
    enclave: Enclave, flash: PlayHost
) -> None:
    await enclave.run("team.create", {"name": "ops", "drive_space": "4 GiB", "members": ["mara"]})
    wanted = [{**GENOME, "name": name, "team": "ops"} for name in ("one", "two", "three")]
    ended = await asyncio.gather(
        *(enclave.run("drive.create", each) for each in wanted), return_exceptions=True
    )
    (over,) = (each for each in ended if isinstance(each, Refused))
    assert "over the quota of its team ops: 4 GiB of drive space allowed, 4 GiB used" in str(over)
    await enclave.run("pool.edit", {"pool": "fast", "quota": "5 GiB"})
    with pytest.raises(Refused, match="over the quota of pool fast: 5 GiB of drive space allowed"):
        await enclave.run("drive.create", GENOME)


async def test_no_drive_is_made_where_no_host_can(enclave: Enclave, flash: PlayHost) -> None:
    flash.give_pool("fast", active=False)
    with pytest.raises(Refused, match="node01: pool fast does not run"):
        await enclave.run("drive.create", GENOME)
    flash.simulated = True
    with pytest.raises(Refused, match="node01: It is simulated"):
        await enclave.run("drive.create", GENOME)
    flash.simulated = False
    flash.fall()
    with pytest.raises(Refused, match="The cable is out"):
        await enclave.run("drive.create", GENOME)


async def test_a_volume_that_cannot_be_made_leaves_a_failed_drive_with_the_reason(
    enclave: Enclave, flash: PlayHost
) -> None:
    flash.create_fails = "The disk is full."
    with pytest.raises(Failed, match=r"Drive genome was not made\. The disk is full\."):
        await enclave.run("drive.create", GENOME)
    row = await drive_of(enclave)
    assert (row.state, row.state_detail) == ("failed", "The disk is full.")
    assert await outcomes(enclave, "drive.create") == ["attempted", "failed"]
    with pytest.raises(Refused, match=r"It failed: The disk is full\. Delete it"):
        await enclave.run("drive.transfer", {"drive": "genome", "user": "mara"})
    await enclave.run("drive.delete", {"drive": "genome"})
    assert await stored(enclave, Drive) == []


async def test_a_cancelled_making_is_listed_as_failed(
    enclave: Enclave, flash: PlayHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = asyncio.Event()

    async def never(*arguments: Any) -> str:
        begun.set()
        await asyncio.Event().wait()
        return ""

    monkeypatch.setattr(flash, "create_encrypted_volume", never)
    making = asyncio.create_task(enclave.run("drive.create", GENOME))
    await begun.wait()
    making.cancel()
    with pytest.raises(asyncio.CancelledError):
        await making
    assert (await drive_of(enclave)).state == "failed"


# What nobody finished


@pytest.fixture
async def unfinished(enclave: Enclave, genome: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The drive `genome` as a console leaves it that is killed while it makes it."""
    monkeypatch.setattr(unfinished_drives, "SETTLED", timedelta(0))
    async with enclave.change() as session:
        drive = await session.get_one(Drive, genome)
        drive.state, drive.state_detail = "creating", DEAD
        session.add(drive)
    return genome


async def test_what_a_dead_console_began_is_given_back(
    enclave: Enclave, unfinished: str, flash: PlayHost
) -> None:
    await enclave.unfinished_drives.look()
    row = await drive_of(enclave)
    assert (row.state, row.state_detail) == ("failed", unfinished_drives.DIED)
    assert f"{unfinished}.luks" not in flash.disks
    assert await outcomes(enclave, "drive.create_interrupted") == ["attempted", "done"]


async def test_what_cannot_be_given_back_yet_is_later(
    enclave: Enclave, unfinished: str, flash: PlayHost
) -> None:
    flash.down = True
    await enclave.unfinished_drives.look()
    assert (await drive_of(enclave)).state == "creating"
    flash.down = False
    await enclave.unfinished_drives.look()
    assert (await drive_of(enclave)).state == "failed"


async def test_what_a_living_console_makes_is_left_alone(
    enclave: Enclave, unfinished: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unfinished_drives, "UNDERWAY", {unfinished: ""})
    monkeypatch.setattr(unfinished_drives, "GIVEN_UP", timedelta(hours=1))
    origin = enclave.audit.origin
    for maker in ("elsewhere 7 7", f"{origin.machine} {origin.pid} {origin.pid_started}"):
        async with enclave.change() as session:
            drive = await session.get_one(Drive, unfinished)
            drive.state_detail = maker
            session.add(drive)
        await enclave.unfinished_drives.look()
        assert (await drive_of(enclave)).state == "creating"


# Destroying


async def test_a_destroyed_drive_is_gone_with_its_keys_and_both_steps_are_on_record(
    enclave: Enclave, config: str, genome: str, flash: PlayHost
) -> None:
    await enclave.run("config.edit", {"config": "tiny", "drives": ["genome"]})
    said = await enclave.run("drive.delete", {"drive": "genome"})
    assert said == "genome is destroyed; no longer attached by tiny"
    for table in (Drive, DriveEnvelope, DriveHolder, ConfigurationDrive):
        assert await stored(enclave, table) == []
    assert f"{genome}.luks" not in flash.disks
    assert await outcomes(enclave, "drive.keys_destroyed") == ["done"]
    assert await outcomes(enclave, "drive.delete") == ["attempted", "done"]


async def test_it_needs_no_key(enclave: Enclave, flash: PlayHost, open_enclave: Opener) -> None:
    await populate(enclave)
    alice = await console_with_key(open_enclave, "alice")
    await alice.run("drive.create", GENOME)
    flash.disks |= host_of(alice).disks
    flash.contents |= host_of(alice).contents
    await enclave.run("drive.delete", {"drive": "genome"})
    assert await stored(enclave, Drive) == []


async def test_cut_off_after_the_keys_it_is_finished_by_deleting_it_again(
    enclave: Enclave, genome: str, flash: PlayHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = flash.contents[f"/pool/{genome}.luks"]

    async def broken(path: str) -> None:
        raise Failed("The cable is out.")

    with monkeypatch.context() as patch:
        patch.setattr(flash, "delete_volume", broken)
        with pytest.raises(Failed):
            await enclave.run("drive.delete", {"drive": "genome"})
    row = await drive_of(enclave)
    assert (row.state, row.holders) == ("failed", ())
    assert "delete it again" in row.state_detail
    assert flash.contents[f"/pool/{genome}.luks"] != before
    await enclave.run("drive.delete", {"drive": "genome"})
    assert await stored(enclave, Drive) == []


async def test_where_no_host_answers_nothing_is_destroyed(
    enclave: Enclave, genome: str, flash: PlayHost
) -> None:
    flash.fall()
    with pytest.raises(Failed, match="Pool fast cannot be looked into now: node01"):
        await enclave.run("drive.delete", {"drive": "genome"})
    assert len(await stored(enclave, DriveEnvelope)) == 1
    assert (await drive_of(enclave)).state == "detached"


async def test_a_volume_that_a_stranger_has_open_keeps_its_drive(
    enclave: Enclave, genome: str, flash: PlayHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(path: str, data: bytes) -> None:
        raise Refused("A VM has it open.")

    monkeypatch.setattr(flash, "write_volume", refused)
    with pytest.raises(Refused, match="A VM has it open"):
        await enclave.run("drive.delete", {"drive": "genome"})
    assert (await drive_of(enclave)).state == "detached"


async def test_others_drives_are_not_a_users_to_delete(
    enclave: Enclave, genome: str, open_enclave: Opener
) -> None:
    await populate(enclave)
    alice = await open_enclave("alice")
    with pytest.raises(Refused, match="It is not yours"):
        await alice.run("drive.delete", {"drive": genome})
