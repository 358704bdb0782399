"""The audit file within bounds: rotated at a checkpoint, old parts removed, and all of it told."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.backend.audit.builders import tamper
from tests.backend.audit.keeping import LATER, Keeper, Keepers
from ticrypt_tui.backend.audit import tail
from ticrypt_tui.backend.audit.checkpoints import read_checkpoints
from ticrypt_tui.backend.audit.parts import parts, rotate
from ticrypt_tui.backend.errors import AuditUnavailable

# Rotating


async def test_a_file_that_got_too_long_is_rotated_where_a_checkpoint_ends(keeper: Keeper) -> None:
    verdict = await keeper.at_checkpoint()
    assert verdict.ok
    assert verdict.sentence.startswith("Records 1 to 5 are unbroken, and the file has the same.")
    assert keeper.names == ["audit.jsonl.000000000004", "audit.jsonl"]
    assert 4 in [each.size for each in read_checkpoints(keeper.checkpoints)]


async def test_the_old_file_can_be_written_by_nobody(keeper: Keeper) -> None:
    await keeper.at_checkpoint()
    old, _ = parts(keeper.log.file)
    assert stat.S_IMODE(old.path.stat().st_mode) == 0o440


async def test_the_rotation_is_recorded_as_the_systems(keeper: Keeper) -> None:
    await keeper.at_checkpoint()
    assert await keeper.told() == [
        ("system", "audit.rotate", "attempted", ""),
        ("system", "audit.rotate", "done", "audit.jsonl.000000000004"),
    ]


async def test_a_shorter_file_stays(keepers: Keepers) -> None:
    keeper = keepers(size=1_000_000)
    await keeper.write(3)
    await keeper.at_checkpoint()
    assert keeper.names == ["audit.jsonl"]
    assert await keeper.told() == []


async def test_without_bounds_nothing_is_done(keepers: Keepers) -> None:
    keeper = keepers(size=None, keep=None)
    await keeper.write(3)
    rotate(keeper.log.file)
    await keeper.at_checkpoint(LATER)
    assert len(keeper.names) == 2
    assert await keeper.told() == []


async def test_a_broken_log_is_not_rotated(keeper: Keeper) -> None:
    await keeper.health.signed()
    text = keeper.log.file.read_bytes()
    keeper.log.file.write_bytes(text.replace(b'"done"', b'"gone"', 1))
    await keeper.health.keep_in_bounds(datetime.now(UTC))
    assert keeper.names == ["audit.jsonl"]
    assert "is broken" in keeper.health.proof.alarm


async def test_what_prevents_it_is_recorded_and_an_alarm_and_not_tried_at_once_again(
    keeper: Keeper,
) -> None:
    keeper.log.file.with_name("audit.jsonl.000000000004").mkdir()
    await keeper.at_checkpoint()
    alarm = keeper.health.proof.alarm
    assert "is not kept within its bounds: The audit file" in alarm
    assert "cannot be rotated: File exists." in alarm
    await keeper.at_checkpoint()
    assert [outcome for _, _, outcome, _ in await keeper.told()] == ["attempted", "failed"]


async def test_where_it_cannot_be_recorded_it_is_not_done(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    await keeper.health.signed()

    async def cannot(*_: object) -> None:
        raise AuditUnavailable("The audit log cannot be written.")

    monkeypatch.setattr(keeper.log, "append", cannot)
    await keeper.health.keep_in_bounds(datetime.now(UTC))
    assert keeper.names == ["audit.jsonl"]


# Removing


async def test_an_old_file_is_removed_and_verification_tells_it_as_no_fault(
    keeper: Keeper,
) -> None:
    await keeper.at_checkpoint()
    verdict = await keeper.at_checkpoint(LATER)
    assert verdict.ok
    assert (
        "Older parts of the file, up to record 6, were removed by retention; what is kept begins "
        "at a signed checkpoint."
    ) in verdict.sentence
    assert ("system", "audit.remove", "done", "audit.jsonl.000000000004") in await keeper.told()
    assert "audit.jsonl.000000000004" not in keeper.names


async def test_the_oldest_file_that_is_kept_begins_with_the_hash_that_was_signed(
    keeper: Keeper,
) -> None:
    await keeper.at_checkpoint()
    await keeper.at_checkpoint(LATER)
    oldest, records = parts(keeper.log.file)[0], await tail.newest(keeper.log.database)
    assert oldest.after.hash == records[oldest.after.seq - 1].hash
    assert oldest.after.seq in [each.size for each in read_checkpoints(keeper.checkpoints)]


async def test_younger_files_stay_and_those_that_are_kept_are_all_verified(
    keeper: Keeper,
) -> None:
    for _ in range(3):
        await keeper.write(2)
        await keeper.at_checkpoint()
    assert len(keeper.names) == 4
    kept = parts(keeper.log.file)[0].path
    kept.chmod(0o600)
    kept.write_bytes(kept.read_bytes().replace(b'"done"', b'"gone"', 1))
    assert (await keeper.health.verified()).first_bad == 1


async def test_without_a_time_to_keep_them_files_stay(keepers: Keepers) -> None:
    keeper = keepers(keep=None)
    await keeper.write(3)
    await keeper.at_checkpoint()
    await keeper.at_checkpoint(LATER)
    assert "audit.jsonl.000000000004" in keeper.names


async def test_the_records_of_a_removed_file_are_still_in_the_table(keeper: Keeper) -> None:
    await keeper.at_checkpoint()
    await keeper.at_checkpoint(LATER)
    assert [each.seq for each in await tail.newest(keeper.log.database)][:4] == [1, 2, 3, 4]


async def test_a_file_that_is_removed_while_it_is_verified_is_no_fault(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    await keeper.at_checkpoint()
    old, opened = parts(keeper.log.file)[0].path, Path.open
    openings = 0

    def open_until_it_is_gone(path: Path, *rest: Any, **more: Any) -> Any:
        nonlocal openings
        openings += path == old
        if openings == 4:
            old.unlink(missing_ok=True)
        return opened(path, *rest, **more)

    monkeypatch.setattr(Path, "open", open_until_it_is_gone)
    verdict = await keeper.health.verified()
    assert verdict.ok, verdict.sentence
    assert not old.exists()


# Tampering across a rotation


async def test_a_file_that_was_taken_away_by_hand_is_told_apart(keeper: Keeper) -> None:
    await keeper.at_checkpoint()
    parts(keeper.log.file)[0].path.unlink()
    verdict = await keeper.health.verified()
    assert verdict.ok
    assert "up to record 4, were taken away, which no record tells." in verdict.sentence


async def test_after_a_removal_a_false_first_line_is_found(keeper: Keeper) -> None:
    await keeper.at_checkpoint()
    await keeper.at_checkpoint(LATER)
    oldest = parts(keeper.log.file)[0]
    text = oldest.path.read_text()
    oldest.path.chmod(0o600)
    oldest.path.write_text(text.replace(oldest.after.hash, "f" * 64, 1))
    assert (await keeper.health.verified()).first_bad == oldest.first


async def test_a_rotated_file_that_was_exchanged_is_found_and_stays(keeper: Keeper) -> None:
    await keeper.at_checkpoint()
    old = parts(keeper.log.file)[0].path
    first, second, *rest = old.read_text().splitlines(keepends=True)
    old.chmod(0o600)
    old.write_text("".join([second, first, *rest]))
    await keeper.health.keep_in_bounds(LATER)
    assert (await keeper.health.verified()).first_bad == 1
    assert old.exists()


async def test_what_the_table_lost_of_a_removed_file_is_found(keeper: Keeper) -> None:
    await keeper.at_checkpoint()
    await keeper.at_checkpoint(LATER)
    await tamper(keeper.log.database, "DELETE FROM audit_record WHERE seq = 2")
    assert (await keeper.health.verified()).first_bad == 2
