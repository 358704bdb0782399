"""Fix drives: drives of the store beside the volumes and pools of played hosts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.backend.play import PlayHost, domain
from tests.backend.services.fixing_play import fix, look_twice_at_once, outcomes, runs, vanish
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Failed
from ticrypt_tui.backend.services.fixing.result import Outcome
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.data import Drive, DriveMode, DriveUse
from ticrypt_tui.backend.store.tables.infrastructure import PoolHost, StoragePool
from ticrypt_tui.backend.store.tables.machines import VmEnd, VmState
from ticrypt_tui.backend.sync.differences import Grade, Kind

GIB = 2**30


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    look_twice_at_once(monkeypatch)


@pytest.fixture
async def drive(enclave: Enclave, host: PlayHost) -> str:
    """The ID of a detached drive with its volume, in the pool `fast` of that host."""
    host.give_pool("fast")
    host.give_volume("drive-1.luks", "fast", format="raw")
    async with enclave.change() as session:
        pool = StoragePool(realm_id="lab", name="fast", tier="flash", target="/srv/fast")
        session.add(pool)
        await session.flush()
        session.add(PoolHost(pool_id=pool.id, host_id=host.address.host_id))
        session.add(
            Drive(
                id="drive-1", realm_id="lab", name="genome", owner_id=enclave.caller.user_id,
                pool_id=pool.id, volume="drive-1.luks", size_bytes=GIB, format="EXT4",
                state="detached",
            )
        )  # fmt: skip
    return "drive-1"


async def drive_of(enclave: Enclave, drive_id: str) -> Drive:
    async with enclave.database.read() as session:
        return await session.get_one(Drive, drive_id)


async def nothing_left(enclave: Enclave) -> bool:
    again = await fix(enclave, "drives")
    return not again.graded(Grade.SAFE) and not again.graded(Grade.ASK)


async def test_a_drive_whose_volume_is_there_has_nothing_to_repair(
    enclave: Enclave, host: PlayHost, drive: str
) -> None:
    assert (await fix(enclave, "drives")).summary == "1 checked, nothing to repair"


async def test_a_drive_without_its_volume_is_marked_after_a_yes_and_back_when_it_is_back(
    enclave: Enclave, host: PlayHost, drive: str
) -> None:
    gone = host.disks.pop("drive-1.luks")
    first = await fix(enclave, "drives")
    assert outcomes(first) == [(Kind.DRIVE_MISSING, Outcome.NOT_ACCEPTED)]
    assert (await drive_of(enclave, drive)).state == "detached"

    await fix(enclave, "drives", accept=[first.differences[0].id])

    assert (await drive_of(enclave, drive)).state == "volume missing"
    assert await nothing_left(enclave)
    host.disks["drive-1.luks"] = gone
    assert outcomes(await fix(enclave, "drives")) == [(Kind.DRIVE_BACK, Outcome.DONE)]
    assert (await drive_of(enclave, drive)).state == "detached"


async def test_a_volume_without_a_drive_is_neither_adopted_nor_deleted(
    enclave: Enclave, host: PlayHost, drive: str
) -> None:
    host.give_volume("orphan.luks", "fast")
    (found,) = (await fix(enclave, "drives", dry_run=True)).differences
    result = await fix(enclave, "drives", accept=[found.id])
    assert outcomes(result) == [(Kind.VOLUME_UNKNOWN, Outcome.LEFT_ALONE)]
    assert "orphan.luks" in host.disks
    assert len((await enclave.listing("drives")).rows) == 1


async def test_a_drive_has_the_size_that_its_volume_has(
    enclave: Enclave, host: PlayHost, drive: str
) -> None:
    host.give_volume("drive-1.luks", "fast", capacity=3 * GIB)
    assert outcomes(await fix(enclave, "drives")) == [(Kind.DRIVE_SIZE, Outcome.DONE)]
    assert (await drive_of(enclave, drive)).size_bytes == 3 * GIB
    assert await nothing_left(enclave)


async def test_a_missing_volume_that_is_back_larger_is_put_right_in_one_round(
    enclave: Enclave, host: PlayHost, drive: str
) -> None:
    async with enclave.change() as session:
        row = await session.get_one(Drive, drive)
        row.state, row.size_bytes = "volume missing", GIB // 2
        session.add(row)
    result = await fix(enclave, "drives")
    assert [each.outcome for each in result.fixed] == [Outcome.DONE, Outcome.DONE]
    assert await nothing_left(enclave)


async def test_a_drive_in_use_by_a_vm_that_is_gone_is_free(
    enclave: Enclave, host: PlayHost, drive: str
) -> None:
    past: dict[str, Any] = {"ended": now(), "end": VmEnd.LOST, "state": VmState.STOPPED}
    over, running = await runs(enclave, host, "over", **past), await runs(enclave, host)
    vanish(host, over)
    async with enclave.change() as session:
        for vm_id in (over, running):
            session.add(DriveUse(drive_id=drive, vm_id=vm_id, mode=DriveMode.READ_ONLY))
    result = await fix(enclave, "drives")
    assert outcomes(result) == [(Kind.DRIVE_USED, Outcome.DONE)]
    async with enclave.database.read() as session:
        assert await session.get(DriveUse, (drive, over)) is None
        assert await session.get(DriveUse, (drive, running)) is not None


async def test_a_drive_of_a_past_vm_that_still_runs_is_kept_in_use(
    enclave: Enclave, host: PlayHost, drive: str
) -> None:
    past: dict[str, Any] = {"ended": now(), "end": VmEnd.LOST, "state": VmState.STOPPED}
    vm_id = await runs(enclave, host, **past)
    async with enclave.change() as session:
        session.add(DriveUse(drive_id=drive, vm_id=vm_id, mode=DriveMode.READ_WRITE))
    assert (await fix(enclave, "drives")).differences == ()


async def test_an_inactive_pool_is_started_after_a_yes_and_nothing_is_missing_meanwhile(
    enclave: Enclave, host: PlayHost, drive: str
) -> None:
    host.give_pool("fast", active=False)
    first = await fix(enclave, "drives")
    assert outcomes(first) == [(Kind.POOL_INACTIVE, Outcome.NOT_ACCEPTED)]
    await fix(enclave, "drives", accept=[first.differences[0].id])
    assert host.asked == ["edit pool fast"]


async def test_a_pool_that_cannot_be_scanned_is_named_and_nothing_is_missing(
    enclave: Enclave, host: PlayHost, drive: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.disks.clear()

    async def fails(pool: str) -> None:
        raise Failed("Its file server does not answer.")

    monkeypatch.setattr(host, "volumes", fails)
    result = await fix(enclave, "drives")
    assert result.differences == ()
    assert [(each.host, each.why) for each in result.silent] == [
        ("node01", "pool fast: Its file server does not answer.")
    ]
    assert result.summary == "1 checked, nothing to repair; 1 host left out"


async def test_a_host_that_does_not_answer_loses_no_drive(
    enclave: Enclave, host: PlayHost, drive: str
) -> None:
    host.disks.clear()
    host.down = True
    result = await fix(enclave, "drives")
    assert (result.differences, [each.host for each in result.silent]) == ((), ["node01"])


async def test_a_drive_that_is_being_made_is_left_to_its_maker(
    enclave: Enclave, host: PlayHost, drive: str
) -> None:
    host.disks.clear()
    async with enclave.change() as session:
        row = await session.get_one(Drive, drive)
        row.state = "re-encrypting"
        row.state_detail = "elsewhere 12 77"
        session.add(row)
    result = await fix(enclave, "drives")
    assert (result.differences, result.in_flight) == ((), 1)


async def test_the_pool_of_os_volumes_is_not_fix_drives_business(
    enclave: Enclave, host: PlayHost, config: str
) -> None:
    host.running["9"] = domain("9")
    assert (await fix(enclave, "drives")).summary == "0 checked, nothing to repair"
