"""Taking a drive's key back: a new one for everyone else, and a volume that opens with it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.backend import play_luks
from tests.backend.conftest import Opener, add_user, host_of
from tests.backend.play import PlayHost
from tests.backend.services.drive_play import console_with_key, drive_of
from ticrypt_tui.backend.caller import Role
from ticrypt_tui.backend.drives import rotation
from ticrypt_tui.backend.drives.envelope import EnvelopeRefused
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Failed, HostUnreachable, Refused
from ticrypt_tui.backend.services.drives import unfinished, unsharing
from ticrypt_tui.backend.services.drives.rekeying import REMAINS
from ticrypt_tui.backend.services.keys.drive_keys import open_drive
from ticrypt_tui.backend.store.tables.data import Drive

HOW = ("rotate", "reencrypt")
FROM_BORA = {"drive": "genome", "user": "bora"}


@pytest.fixture(autouse=True)
def _slots(monkeypatch: pytest.MonkeyPatch) -> None:
    """Key slots as the played volumes have them."""
    monkeypatch.setattr(rotation, "key_slots", play_luks)


@pytest.fixture
async def bora(enclave: Enclave, open_enclave: Opener, genome: str) -> Enclave:
    """The console of a user who holds a key of the drive, and sees the same volumes."""
    await add_user(enclave.database, "bora", Role.USER)
    console = await console_with_key(open_enclave, "bora")
    mine, his = host_of(enclave), host_of(console)
    his.disks, his.contents, his.stores = mine.disks, mine.contents, mine.stores
    await enclave.run("drive.share", FROM_BORA)
    return console


async def passphrase_of(enclave: Enclave, drive_id: str) -> bytes:
    _, secret = await open_drive(enclave, drive_id)
    return bytes(secret.passphrase)


def volumes(host: PlayHost) -> set[str]:
    return {disk.name for disk in host.disks.values() if disk.pool == "fast"}


def opening(host: PlayHost, *passphrases: bytes) -> list[bool]:
    """Which of these open the drive's only volume."""
    (name,) = volumes(host)
    content = host.contents[host.disks[name].path]
    return [asyncio.run(play_luks.opens(content, each)) for each in passphrases]


async def opens(host: PlayHost, *passphrases: bytes) -> list[bool]:
    return await asyncio.to_thread(opening, host, *passphrases)


@pytest.mark.parametrize("how", HOW)
async def test_who_was_unshared_opens_neither_envelope_nor_volume(
    enclave: Enclave, bora: Enclave, host: PlayHost, genome: str, how: str
) -> None:
    kept = await passphrase_of(bora, genome)
    before = volumes(host)
    await enclave.run("drive.unshare", {**FROM_BORA, "how": how})
    with pytest.raises(EnvelopeRefused, match="not wrapped to your key"):
        await open_drive(bora, genome)
    now = await passphrase_of(enclave, genome)
    assert await opens(host, kept, now) == [False, True]
    assert (volumes(host) == before) is (how == "rotate")
    row = await drive_of(enclave)
    assert ([each.user for each in row.holders], row.state) == (["mara"], "detached")


@pytest.mark.parametrize("cut", [(how, step) for how in HOW for step in range(4)])
async def test_cut_off_at_any_step_the_drive_opens_with_the_key_of_record(
    enclave: Enclave, bora: Enclave, host: PlayHost, genome: str,
    monkeypatch: pytest.MonkeyPatch, cut: tuple[str, int],
) -> None:  # fmt: skip
    how, step = cut
    calls = ("read_volume", "write_volume", "reencrypt_volume", "delete_volume")
    counted = 0

    def failing(real: Callable[..., Any]) -> Callable[..., Any]:
        async def call(*given: Any) -> Any:
            nonlocal counted
            counted += 1
            if counted == step + 1:
                raise HostUnreachable("The cable is out.")
            return await real(*given)

        return call

    for name in calls:
        monkeypatch.setattr(host, name, failing(getattr(host, name)))
    try:
        await enclave.run("drive.unshare", {**FROM_BORA, "how": how})
    except Failed:
        pass
    else:
        assert counted <= step
    monkeypatch.undo()
    now = await passphrase_of(enclave, genome)
    row = await drive_of(enclave)
    content = host.contents[host.disks[row.volume].path]
    assert await play_luks.opens(content, now)
    assert row.state == "detached"


@pytest.fixture
async def remains(
    enclave: Enclave, bora: Enclave, host: PlayHost, genome: str, monkeypatch: pytest.MonkeyPatch
) -> bytes:
    """The key that somebody was to lose, which still opens the volume."""
    kept = await passphrase_of(bora, genome)
    writes = 0
    real = host.write_volume

    async def second_fails(path: str, data: bytes) -> None:
        nonlocal writes
        writes += 1
        if writes == 2:
            raise HostUnreachable("The cable is out.")
        await real(path, data)

    monkeypatch.setattr(host, "write_volume", second_fails)
    with pytest.raises(Failed, match="the old one could not be taken off its volume"):
        await enclave.run("drive.unshare", FROM_BORA)
    return kept


async def test_an_old_key_that_could_not_be_taken_off_is_told_and_goes_the_next_time(
    enclave: Enclave, host: PlayHost, genome: str, remains: bytes
) -> None:
    row = await drive_of(enclave)
    assert ([each.user for each in row.holders], row.state_detail) == (["mara"], REMAINS)
    assert await opens(host, remains) == [True]
    await enclave.run("drive.unshare", FROM_BORA)
    assert await opens(host, remains, await passphrase_of(enclave, genome)) == [False, True]
    assert (await drive_of(enclave)).state_detail == ""


async def test_an_old_key_that_could_not_be_taken_off_goes_when_the_drive_is_next_used(
    enclave: Enclave, host: PlayHost, config: str, genome: str, remains: bytes
) -> None:
    await enclave.run("config.edit", {"config": "tiny", "drives": "genome:rw"})
    await enclave.run("config.start", {"config": "tiny"})
    assert await opens(host, remains, await passphrase_of(enclave, genome)) == [False, True]
    assert (await drive_of(enclave)).state_detail == ""


async def test_the_owner_and_the_last_holder_keep_their_keys(
    enclave: Enclave, bora: Enclave
) -> None:
    with pytest.raises(Refused, match=r"mara owns it.*Transfer it"):
        await bora.run("drive.unshare", {**FROM_BORA, "user": "mara"})
    await enclave.run("drive.unshare", FROM_BORA)
    with pytest.raises(Refused, match="the only one who holds a key of it"):
        await enclave.run("drive.unshare", {**FROM_BORA, "user": "mara"})
    with pytest.raises(Refused, match="bora holds no key of it"):
        await enclave.run("drive.unshare", FROM_BORA)


async def test_who_holds_it_read_only_gives_back_his_own_key_alone(
    enclave: Enclave, bora: Enclave, open_enclave: Opener
) -> None:
    await add_user(enclave.database, "cato", Role.USER)
    await console_with_key(open_enclave, "cato")
    await enclave.run("drive.share", {**FROM_BORA, "user": "cato"})
    await enclave.run("drive.share", {**FROM_BORA, "mode": "ro"})
    with pytest.raises(Refused, match="you may give back your own key, and no other"):
        await bora.run("drive.unshare", {**FROM_BORA, "user": "cato"})
    await bora.run("drive.unshare", FROM_BORA)
    assert [each.user for each in (await drive_of(enclave)).holders] == ["mara", "cato"]


async def test_a_commit_that_was_made_although_it_failed_keeps_the_volume_of_record(
    enclave: Enclave, bora: Enclave, host: PlayHost, genome: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = unsharing._Rekeying._stored

    async def made_and_failed(*given: Any) -> None:
        await real(*given)
        raise HostUnreachable("The cable is out.")

    monkeypatch.setattr(unsharing._Rekeying, "_stored", made_and_failed)
    with pytest.raises(HostUnreachable):
        await enclave.run("drive.unshare", {**FROM_BORA, "how": "reencrypt"})
    content = host.contents[host.disks[(await drive_of(enclave)).volume].path]
    assert await play_luks.opens(content, await passphrase_of(enclave, genome))


async def test_a_drive_whose_volume_is_gone_is_left_as_it_is(
    enclave: Enclave, bora: Enclave, host: PlayHost
) -> None:
    host.disks.pop((await drive_of(enclave)).volume)
    with pytest.raises(Refused, match="volume of genome is missing from pool fast"):
        await enclave.run("drive.unshare", FROM_BORA)
    assert len((await drive_of(enclave)).holders) == 2


async def test_what_a_dead_console_left_half_done_is_given_back(
    enclave: Enclave, bora: Enclave, host: PlayHost, genome: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unfinished, "SETTLED", timedelta(0))
    row = await drive_of(enclave)
    host.give_volume(f"{genome}-2.luks", "fast")
    async with enclave.change() as session:
        drive = await session.get_one(Drive, genome)
        drive.state, drive.state_detail = "re-encrypting", "console-1 999999 1"
        session.add(drive)
    await unfinished.UnfinishedDrives(enclave).look()
    found = await drive_of(enclave)
    assert (found.state, found.state_detail) == ("detached", REMAINS)
    assert volumes(host) == {row.volume}
    assert replace(row, state_detail=REMAINS, version=found.version) == found
