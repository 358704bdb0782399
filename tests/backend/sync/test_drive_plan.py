"""The plan of Fix drives: drives in the store beside volumes and pools on the hosts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ticrypt_tui.backend.drivers.stored import PoolSeen, PoolState, VolumeSeen
from ticrypt_tui.backend.sync.differences import Difference, Grade, Kind
from ticrypt_tui.backend.sync.drive_plan import HEADER_ROOM, plan_drives
from ticrypt_tui.backend.sync.snapshots import (
    DriveStore,
    StorageSnapshot,
    StoredDrive,
    StoredPool,
    StoredUse,
)

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
GIB = 2**30
POOL = StoredPool("pool-1", "fast", ("n1", "n2"))
DRIVE = StoredDrive("drive-1", "genome", "pool-1", "drive-1.luks", GIB, "detached")
VOLUME = VolumeSeen("fast", "drive-1.luks", "/fast/drive-1.luks", "raw", GIB + (2 << 20), 0)
UP = PoolSeen("fast", "fast", "dir", "/fast", True, 2**40, 0, 2**40)
DOWN = replace(UP, active=False, state=PoolState.INACTIVE)
USE = StoredUse("vm-1", "tiny", True, "n1")


def node(name: str, *volumes: VolumeSeen, **more: Any) -> StorageSnapshot:
    return StorageSnapshot(name, name, NOON, {"fast": UP}, {"fast": volumes}, **more)


def without_pool(name: str, pool: PoolSeen | None) -> StorageSnapshot:
    return StorageSnapshot(name, name, NOON, {} if pool is None else {"fast": pool})


def silent(name: str) -> StorageSnapshot:
    return StorageSnapshot(name, name, NOON, silent="It does not answer.")


def planned(drive: StoredDrive | None, *hosts: StorageSnapshot) -> tuple[Difference, ...]:
    drives = () if drive is None else (drive,)
    claimed = frozenset(("fast", each.volume) for each in drives)
    return plan_drives(DriveStore("lab", drives, (POOL,), claimed), hosts)


def kinds(*differences: Difference) -> list[tuple[Kind, Grade]]:
    return [(each.kind, each.grade) for each in differences]


BOTH = (node("n1", VOLUME), node("n2", VOLUME))
EMPTY = (node("n1"), node("n2"))


def test_a_drive_whose_volume_is_there_is_no_difference() -> None:
    assert planned(DRIVE, *BOTH) == ()


def test_a_volume_may_be_named_by_its_path() -> None:
    assert planned(replace(DRIVE, volume=VOLUME.path), *BOTH) == ()


def test_a_drive_without_its_volume_asks() -> None:
    found = planned(DRIVE, *EMPTY)
    assert kinds(*found) == [(Kind.DRIVE_MISSING, Grade.ASK)]
    assert found[0].will_do == "mark the drive: volume missing"


@pytest.mark.parametrize(
    "second",
    [silent("n2"), without_pool("n2", DOWN), replace(node("n2"), volumes={}), None],
    ids=["silent", "pool inactive", "pool not scanned", "not asked"],
)
def test_nothing_is_missing_while_one_host_of_the_pool_has_not_told(
    second: StorageSnapshot | None,
) -> None:
    hosts = (node("n1"), *([second] if second else []))
    assert Kind.DRIVE_MISSING not in {each.kind for each in planned(DRIVE, *hosts)}


def test_a_volume_that_one_host_shows_is_there() -> None:
    assert planned(DRIVE, node("n1", VOLUME), node("n2")) == ()


@pytest.mark.parametrize("state", ["volume missing", "failed"])
def test_what_is_known_to_have_no_volume_is_told_no_more(state: str) -> None:
    assert planned(replace(DRIVE, state=state), *EMPTY) == ()


def test_a_drive_whose_volume_is_back_is_detached_again() -> None:
    found = planned(replace(DRIVE, state="volume missing"), *BOTH)
    assert kinds(*found) == [(Kind.DRIVE_BACK, Grade.SAFE)]
    assert found[0].value == "detached"


@pytest.mark.parametrize("capacity", [2 * GIB, GIB // 2, GIB + HEADER_ROOM])
def test_a_drive_follows_its_volume_in_size(capacity: int) -> None:
    changed = replace(VOLUME, capacity=capacity)
    found = planned(DRIVE, node("n1", changed), node("n2", changed))
    assert kinds(*found) == [(Kind.DRIVE_SIZE, Grade.SAFE)]
    assert planned(replace(DRIVE, size_bytes=int(found[0].value)), node("n1", changed)) == ()


def test_the_room_for_keys_is_no_change_of_size() -> None:
    assert planned(DRIVE, node("n1", replace(VOLUME, capacity=GIB)), node("n2", VOLUME)) == ()


def test_a_volume_of_no_drive_is_told_once_and_left_alone() -> None:
    found = planned(None, *BOTH)
    assert kinds(*found) == [(Kind.VOLUME_UNKNOWN, Grade.NEVER)]
    assert "n1, n2" in found[0].libvirt_says


def test_a_volume_whose_drive_was_made_meanwhile_is_that_drives() -> None:
    store = DriveStore("lab", (), (POOL,), frozenset({("fast", VOLUME.name)}))
    assert plan_drives(store, BOTH) == ()


def test_a_drive_that_is_being_made_or_encrypted_anew_is_left_alone() -> None:
    assert planned(replace(DRIVE, busy=True, uses=(USE,)), *EMPTY) == ()


def test_a_drive_in_use_by_a_vm_that_is_gone_is_freed() -> None:
    found = planned(replace(DRIVE, uses=(USE,)), *BOTH)
    assert kinds(*found) == [(Kind.DRIVE_USED, Grade.SAFE)]
    assert found[0].value == "vm-1"


@pytest.mark.parametrize(
    ("use", "hosts"),
    [
        (replace(USE, ended=False), BOTH),
        (USE, (node("n1", VOLUME), node("n2", VOLUME, vm_ids=frozenset({"vm-1"})))),
        (USE, (silent("n1"), node("n2", VOLUME))),
        (replace(USE, host_id="n9"), BOTH),
        (replace(USE, host_id=None), (node("n1", VOLUME), silent("n2"))),
    ],
    ids=["not ended", "runs elsewhere", "host silent", "host not asked", "no host, one silent"],
)
def test_a_drive_is_freed_only_of_a_vm_that_is_certainly_gone(
    use: StoredUse, hosts: tuple[StorageSnapshot, ...]
) -> None:
    assert planned(replace(DRIVE, uses=(use,)), *hosts) == ()


def test_a_drive_of_a_vm_that_a_silent_host_may_run_asks() -> None:
    found = planned(replace(DRIVE, uses=(USE,)), node("n1", VOLUME), silent("n2"))
    assert kinds(*found) == [(Kind.DRIVE_USED, Grade.ASK)]


def test_an_inactive_pool_asks_to_be_started_where_it_is_inactive() -> None:
    (found,) = planned(DRIVE, node("n1", VOLUME), without_pool("n2", DOWN))
    assert (found.kind, found.grade, found.host_id) == (Kind.POOL_INACTIVE, Grade.ASK, "n2")


def test_a_pool_that_a_host_has_not_is_told() -> None:
    found = planned(DRIVE, node("n1", VOLUME), without_pool("n2", None))
    assert kinds(*found) == [(Kind.POOL_MISSING, Grade.NEVER)]


def test_of_hosts_that_are_silent_nothing_is_concluded() -> None:
    assert planned(replace(DRIVE, uses=(USE,)), silent("n1"), silent("n2")) == ()
