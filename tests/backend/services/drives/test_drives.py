"""Drives: who sees them, what they tell, and what their owners and admins may do to them."""

from __future__ import annotations

from typing import Any

import pytest
from sqlmodel import delete

from tests.backend import play_luks
from tests.backend.conftest import Opener
from tests.backend.play import PlayHost
from tests.backend.services.belonging import populate
from tests.backend.services.drive_play import GENOME, console_with_key, drive_of, share
from tests.backend.services.launches import start
from ticrypt_tui.backend.drives import rotation
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Changed, Refused
from ticrypt_tui.backend.services.drives.info import DriveInfo
from ticrypt_tui.backend.store.tables.data import DriveHolder, DriveMode

HERS = {**GENOME, "name": "hers", "team": "genomics", "project": "trial-7"}


async def names(enclave: Enclave) -> list[str]:
    return [row.name for row in (await enclave.listing("drives")).rows]


@pytest.fixture
async def alice(enclave: Enclave, flash: PlayHost, open_enclave: Opener) -> Enclave:
    """The console of `alice`, who has a key, and the drive `hers` in genomics/trial-7."""
    await populate(enclave)
    console = await console_with_key(open_enclave, "alice")
    await console.run("drive.create", HERS)
    return console


# What a row tells


async def test_a_new_drive_is_its_makers_and_detached(enclave: Enclave, genome: str) -> None:
    row = await drive_of(enclave)
    assert (row.id, row.owner, row.state, row.sole_holder) == (genome, "mara", "detached", "mara")
    assert (row.size_bytes, row.format, row.tier) == (2 * 2**30, "EXT4", "flash")
    assert (row.project, row.team, row.backup, row.why_not_share) == ("Unlocked", "", True, "")
    assert row.mine


async def test_the_lower_roles_see_their_own_and_what_is_shared_with_them(
    enclave: Enclave, alice: Enclave, open_enclave: Opener
) -> None:
    bob, sue = await console_with_key(open_enclave, "bob"), await open_enclave("sue")
    assert await names(bob) == []
    assert await names(sue) == ["hers"]
    await enclave.run("drive.create", GENOME)
    await share(alice, bob, (await drive_of(alice, "hers")).id)
    assert await names(bob) == ["hers"]
    assert await names(enclave) == ["genome", "hers"]


async def test_who_holds_no_key_is_told_that_no_permission_helps(
    enclave: Enclave, alice: Enclave
) -> None:
    row = await drive_of(enclave, "hers")
    assert not row.mine
    assert row.why_not_share == (
        "You hold no key to this drive: you cannot open or share it, and no permission changes "
        "that. alice can."
    )


async def test_info_tells_holders_with_their_keys_and_nothing_secret(
    enclave: Enclave, alice: Enclave
) -> None:
    info = await enclave.run("drive.info", {"drive": "hers"})
    assert isinstance(info, DriveInfo)
    (holder,) = info.drive.holders
    assert (holder.user, holder.mode, holder.added_by) == ("alice", "rw", "alice")
    assert holder.fingerprint == alice.keys.public.fingerprint
    assert "alice alone can open it" in info.sentence
    assert "You hold no key to this drive" in info.sentence


async def test_a_volume_that_its_host_no_more_has_is_missing(
    enclave: Enclave, genome: str, flash: PlayHost
) -> None:
    await flash.delete_volume(f"/pool/{genome}.luks")
    enclave.discovery.expire()
    await enclave.discovery.reread([flash.address.host_id])
    assert (await drive_of(enclave)).state == "volume missing"


# Editing


async def test_name_and_backup_can_be_changed_and_nothing_else(
    enclave: Enclave, genome: str
) -> None:
    await enclave.run("drive.edit", {"drive": genome, "name": "new", "backup": False})
    row = await drive_of(enclave, genome)
    assert (row.name, row.backup) == ("new", False)
    with pytest.raises(Refused, match="Somebody else changed") as refusal:
        await enclave.run("drive.edit", {"drive": genome, "name": "newer", "version": 1})
    assert isinstance(refusal.value, Changed)


async def test_an_owner_has_no_two_drives_of_one_name(enclave: Enclave, genome: str) -> None:
    await enclave.run("drive.create", {**GENOME, "name": "other"})
    with pytest.raises(Refused, match="mara has a drive genome in realm Lab already"):
        await enclave.run("drive.edit", {"drive": "other", "name": "genome"})


# Transferring


async def test_a_holder_becomes_the_owner_and_the_owner_stays_a_holder(
    alice: Enclave, open_enclave: Opener
) -> None:
    bob = await console_with_key(open_enclave, "bob")
    await share(alice, bob, (await drive_of(alice, "hers")).id)
    said = await alice.run("drive.transfer", {"drive": "hers", "user": "bob"})
    assert said == "hers is bob's now, was alice's"
    row = await drive_of(alice, "hers")
    assert (row.owner, [each.user for each in row.holders]) == ("bob", ["alice", "bob"])
    with pytest.raises(Refused, match="It is not yours"):
        await alice.run("drive.transfer", {"drive": "hers", "user": "alice"})


async def test_an_owner_who_is_dropped_holds_no_key_any_more(
    enclave: Enclave, alice: Enclave, open_enclave: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "key_slots", play_luks)
    bob = await console_with_key(open_enclave, "bob")
    drive_id = (await drive_of(alice, "hers")).id
    await share(alice, bob, drive_id)
    wanted = {"drive": "hers", "user": "bob", "drop": True}
    with pytest.raises(Refused, match="You hold no key to this drive"):
        await enclave.run("drive.transfer", wanted)
    await alice.run("drive.transfer", wanted)
    row = await drive_of(enclave, "hers")
    assert (row.owner, [each.user for each in row.holders]) == ("bob", ["bob"])


async def test_an_admin_transfers_among_holders_alone_and_is_none_by_that(
    enclave: Enclave, alice: Enclave
) -> None:
    for login in ("mara", "bob"):
        with pytest.raises(Refused, match=f"{login} holds no key of it"):
            await enclave.run("drive.transfer", {"drive": "hers", "user": login})


async def test_a_holder_that_only_the_store_has_gets_nothing(
    enclave: Enclave, alice: Enclave
) -> None:
    drive_id = (await drive_of(enclave, "hers")).id
    async with enclave.change() as session:
        held: dict[str, Any] = {"drive_id": drive_id, "user_id": enclave.caller.user_id}
        session.add(DriveHolder(**held, fingerprint="X", mode=DriveMode.READ_WRITE))
    with pytest.raises(Refused, match="mara holds no key of it"):
        await enclave.run("drive.transfer", {"drive": "hers", "user": "mara"})


async def test_what_would_be_of_no_use_to_the_receiver_is_not_transferred(
    enclave: Enclave, alice: Enclave, open_enclave: Opener
) -> None:
    bob = await console_with_key(open_enclave, "bob")
    await share(alice, bob, (await drive_of(alice, "hers")).id)
    await enclave.run("project.edit", {"project": "trial-7", "members": ["alice"]})
    with pytest.raises(Refused, match="bob is not in its project genomics/trial-7"):
        await alice.run("drive.transfer", {"drive": "hers", "user": "bob"})
    with pytest.raises(Refused, match="alice is its owner already"):
        await alice.run("drive.transfer", {"drive": "hers", "user": "alice"})
    await enclave.run("user.deactivate", {"user": "bob", "reason": "He left."})
    with pytest.raises(Refused, match="bob is not active"):
        await alice.run("drive.transfer", {"drive": "hers", "user": "bob"})


@pytest.mark.usefixtures("config", "genome")
async def test_nothing_is_done_to_a_drive_that_a_vm_has_open(enclave: Enclave) -> None:
    await populate(enclave)
    await enclave.run("config.edit", {"config": "tiny", "drives": ["genome"]})
    await start(enclave)
    for operation, more in (("drive.delete", {}), ("drive.transfer", {"user": "alice"})):
        with pytest.raises(Refused, match="tiny has it open: shut what uses it down first"):
            await enclave.run(operation, {"drive": "genome", **more})
    with pytest.raises(Refused, match="Drive genome is in genomics, tiny in Unlocked"):
        await enclave.run(
            "drive.set_project", {"drive": "genome", "project": "genomics", "override": True}
        )


# Projects


TAGS = [
    # whose console, the project asked for, whether he overrides, what he is told
    ("alice", "genomics", False, "hers is in genomics now, was in genomics/trial-7"),
    ("alice", "imaging", False, "You are not in project imaging."),
    ("alice", "", False, "no project lifts that restriction."),
    ("alice", "imaging", True, "needs the role admin; you are user."),
    ("mara", "imaging", False, "You are not in project genomics/trial-7."),
    ("mara", "imaging", True, "now, was in genomics/trial-7; not in it, and without access: alice"),
    ("mara", "", True, "hers is in Unlocked now, was in genomics/trial-7"),
    ("mara", "trial-7", True, "It is in genomics/trial-7 already."),
]


async def test_a_drive_is_tagged_as_the_rules_and_the_permission_let(
    enclave: Enclave, alice: Enclave
) -> None:
    consoles = {"alice": alice, "mara": enclave}
    for login, project, override, says in TAGS:
        asked = {"drive": "hers", "project": project, "override": override}
        assert says in await _told(consoles[login], asked)
        back = {"drive": "hers", "project": "trial-7", "override": True}
        await _told(enclave, back)


async def _told(console: Enclave, asked: dict[str, Any]) -> str:
    try:
        return str(await console.run("drive.set_project", asked))
    except Refused as error:
        return str(error)


# What the store says falsely


async def test_a_drive_without_keys_says_that_nobody_can_open_it(
    enclave: Enclave, genome: str
) -> None:
    async with enclave.change() as session:
        await session.exec(delete(DriveHolder))
    assert "Nobody can: the store has no key of it." in (await drive_of(enclave)).why_not_share
