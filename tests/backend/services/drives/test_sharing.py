"""Sharing a drive: by who holds its key, to who has one, and never by a role."""

from __future__ import annotations

import asyncio

import pytest
from sqlmodel import select

from tests.backend.conftest import Opener, add_user
from tests.backend.services.drive_play import console_with_key, drive_of
from ticrypt_tui.backend.caller import Role
from ticrypt_tui.backend.drives.envelope import EnvelopeRefused
from ticrypt_tui.backend.drives.identity import Identity
from ticrypt_tui.backend.drives.manifest import ManifestRefused
from ticrypt_tui.backend.drives.pins import KeyChanged, PinsLost, RolledBack
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Refused
from ticrypt_tui.backend.services.keys.drive_keys import open_drive
from ticrypt_tui.backend.store.tables.data import DriveEnvelope, DriveHolder, DriveMode
from ticrypt_tui.backend.store.tables.people import User, UserKey

WITH_BORA = {"drive": "genome", "user": "bora"}


@pytest.fixture
async def bora(enclave: Enclave, open_enclave: Opener, genome: str) -> Enclave:
    """The console of an admin who has a key, and holds none of the drive."""
    await add_user(enclave.database, "bora", Role.ADMIN)
    return await console_with_key(open_enclave, "bora")


async def passphrase_of(enclave: Enclave, drive_id: str) -> bytes:
    _, secret = await open_drive(enclave, drive_id)
    return bytes(secret.passphrase)


async def test_who_it_was_shared_with_opens_it(
    enclave: Enclave, bora: Enclave, genome: str
) -> None:
    with pytest.raises(EnvelopeRefused, match="not wrapped to your key"):
        await open_drive(bora, genome)
    said = await enclave.run("drive.share", {**WITH_BORA, "mode": "ro"})
    assert bora.keys.public.fingerprint in said
    assert "seen for the first time" in said
    assert await passphrase_of(bora, genome) == await passphrase_of(enclave, genome)
    row = await drive_of(bora)
    assert [(each.user, each.mode, each.added_by) for each in row.holders] == [
        ("mara", "rw", "mara"), ("bora", "ro", "mara"),
    ]  # fmt: skip
    assert row.mine


async def test_an_admin_without_its_key_cannot_share_it_with_himself(bora: Enclave) -> None:
    with pytest.raises(Refused, match=r"You hold no key to this drive.*no permission changes that"):
        await bora.run("drive.share", WITH_BORA)


async def test_a_holder_row_that_an_admin_wrote_opens_nothing(bora: Enclave, genome: str) -> None:
    async with bora.change() as session:
        fingerprint = bora.keys.public.fingerprint
        session.add(
            DriveHolder(drive_id=genome, user_id=bora.caller.user_id, fingerprint=fingerprint,
                        mode=DriveMode.READ_WRITE, added_by=bora.caller.user_id)
        )  # fmt: skip
    with pytest.raises(EnvelopeRefused, match="not wrapped to your key"):
        await bora.run("drive.share", {**WITH_BORA, "user": "mara", "mode": "ro"})


async def test_who_holds_it_already_is_said_so(enclave: Enclave, bora: Enclave) -> None:
    await enclave.run("drive.share", {**WITH_BORA, "mode": "ro"})
    with pytest.raises(Refused, match="bora holds a key of it already, as ro"):
        await enclave.run("drive.share", {**WITH_BORA, "mode": "ro"})
    await enclave.run("drive.share", WITH_BORA)
    assert [each.mode for each in (await drive_of(enclave)).holders] == ["rw", "rw"]


async def test_who_holds_it_read_only_gives_no_more_than_that(
    enclave: Enclave, bora: Enclave, open_enclave: Opener
) -> None:
    await add_user(enclave.database, "cato", Role.USER)
    await console_with_key(open_enclave, "cato")
    await enclave.run("drive.share", {**WITH_BORA, "mode": "ro"})
    with pytest.raises(Refused, match="You hold it read-only, and cannot give more"):
        await bora.run("drive.share", {"drive": "genome", "user": "cato"})
    await bora.run("drive.share", {"drive": "genome", "user": "cato", "mode": "ro"})
    assert [each.added_by for each in (await drive_of(enclave)).holders] == ["mara", "mara", "bora"]


async def test_who_has_no_key_or_is_not_active_is_given_none(enclave: Enclave, genome: str) -> None:
    dora = await add_user(enclave.database, "dora", Role.USER)
    with pytest.raises(Refused, match=r"dora has no registered key.*ticrypt-tui keys new"):
        await enclave.run("drive.share", {"drive": "genome", "user": "dora"})
    async with enclave.change() as session:
        (await session.get_one(User, dora)).active = False
    with pytest.raises(Refused, match="dora is not active"):
        await enclave.run("drive.share", {"drive": "genome", "user": "dora"})


async def test_a_swapped_key_is_refused_with_both_fingerprints(
    enclave: Enclave, bora: Enclave
) -> None:
    await enclave.run("drive.share", {**WITH_BORA, "mode": "ro"})
    before, now = bora.keys.public.fingerprint, await swap_key(enclave, bora.caller.user_id)
    with pytest.raises(KeyChanged, match=f"{before}.*{now}"):
        await enclave.run("drive.share", WITH_BORA)


async def test_a_lost_pin_file_trusts_nobody_anew(enclave: Enclave, bora: Enclave) -> None:
    enclave.keys.pins.path.unlink()
    with pytest.raises(PinsLost, match=r"pin file.*is missing"):
        await enclave.run("drive.share", WITH_BORA)


async def test_a_version_that_an_admin_puts_back_is_seen(enclave: Enclave, bora: Enclave) -> None:
    genome = (await drive_of(enclave)).id
    await enclave.run("drive.share", WITH_BORA)
    async with bora.change() as session:
        await session.delete(await session.get_one(DriveEnvelope, (genome, 2)))
    with pytest.raises(RolledBack, match="version 2 of its key was seen here"):
        await enclave.run("drive.share", WITH_BORA)


async def test_a_version_that_an_admin_signs_himself_is_none(
    enclave: Enclave, bora: Enclave, genome: str
) -> None:
    async with bora.change() as session:
        first = await session.get_one(DriveEnvelope, (genome, 1))
        session.add(
            DriveEnvelope(
                drive_id=genome, number=2, envelope=first.envelope, manifest=first.manifest,
                signature=bora.keys.identity().sign(first.manifest),
            )
        )  # fmt: skip
    with pytest.raises(ManifestRefused):
        await enclave.run("drive.share", WITH_BORA)


async def test_two_who_share_at_once_lose_neither(
    enclave: Enclave, bora: Enclave, open_enclave: Opener
) -> None:
    await add_user(enclave.database, "cato", Role.USER)
    await console_with_key(open_enclave, "cato")
    beside = await open_enclave()
    await beside.settled()
    await beside.keys.unlock("correct horse battery")
    other = {"drive": "genome", "user": "cato"}
    done = await both(enclave.run("drive.share", WITH_BORA), beside.run("drive.share", other))
    refused = [each for each in done if isinstance(each, Refused)]
    assert all("meanwhile" in str(each) for each in refused)
    holders = {each.user for each in (await drive_of(enclave)).holders}
    assert len(holders) == 3 - len(refused)
    assert await passphrase_of(enclave, (await drive_of(enclave)).id)


async def test_nothing_that_opens_it_is_on_record(enclave: Enclave, bora: Enclave) -> None:
    await enclave.run("drive.share", WITH_BORA)
    secret = (await passphrase_of(enclave, (await drive_of(enclave)).id)).decode()
    log = enclave.settings.audit.file.read_text()
    assert '"drive.share"' in log
    assert secret not in log


async def both(*runs: object) -> list[object]:
    return list(await asyncio.gather(*runs, return_exceptions=True))  # type: ignore[call-overload]


async def swap_key(enclave: Enclave, user_id: str) -> str:
    """Put another key into the store in place of somebody's, as an admin with raw SQL can."""
    swapped = Identity.new().public
    async with enclave.change() as session:
        key = (await session.exec(select(UserKey).where(UserKey.user_id == user_id))).one()
        key.encryption_key, key.signing_key = swapped.encryption, swapped.signing
        key.fingerprint = swapped.fingerprint
        session.add(key)
    return swapped.fingerprint
