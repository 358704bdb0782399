"""The audit file within bounds: rotated at a checkpoint, old parts removed, and all of it told."""

from __future__ import annotations

import asyncio
import json
import os
import stat
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.backend.audit.builders import entry, tamper
from ticrypt_tui.backend import audit_retention
from ticrypt_tui.backend.audit import chain, signing, tail
from ticrypt_tui.backend.audit import verify as verify_module
from ticrypt_tui.backend.audit.checkpoints import read_checkpoints
from ticrypt_tui.backend.audit.journal import Journal
from ticrypt_tui.backend.audit.keys import make_key
from ticrypt_tui.backend.audit.log import AuditLog
from ticrypt_tui.backend.audit.parts import parts, rotate
from ticrypt_tui.backend.audit.pin import Pin
from ticrypt_tui.backend.audit.signing import Signing
from ticrypt_tui.backend.audit.verify import Verdict
from ticrypt_tui.backend.audit.witnesses import Witnesses
from ticrypt_tui.backend.audit_health import AuditHealth
from ticrypt_tui.backend.audit_retention import Retention
from ticrypt_tui.backend.caller import Origin
from ticrypt_tui.backend.errors import AuditUnavailable
from ticrypt_tui.backend.news import News
from ticrypt_tui.backend.store.database import Database

DAY = timedelta(days=1)
LATER = datetime.now(UTC) + 9 * DAY


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else writes, and every new record is signed at once."""
    monkeypatch.setattr(verify_module, "GRACE", 0.0)
    monkeypatch.setattr(signing, "EVERY", 0.0)


class Died(BaseException):
    """The process ended here."""


def die(*_: object, **__: object) -> None:
    raise Died


@dataclass
class Keeper:
    """A console that can sign, and keeps the log's file within bounds."""

    log: AuditLog
    health: AuditHealth
    origin: Origin
    checkpoints: Path

    async def write(self, count: int) -> None:
        """Write records of this very moment."""
        at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        async with self.log.database.write() as session:
            await chain.add(session, [entry(self.origin, "op", ts=at)] * count)
        await self.log.catch_up()

    async def at_checkpoint(self, at: datetime | None = None) -> Verdict:
        """Sign what there is, and do what is due then; how the log stands after it."""
        await self.health.signed()
        await self.health.keep_in_bounds(at or datetime.now(UTC))
        return await self.health.verified()

    async def told(self) -> list[tuple[str, str, str, str]]:
        """Who did what of this with which part, and how it ended."""
        records = await tail.newest(self.log.database, 1_000)
        return [
            (each.login, each.operation, each.outcome, each.detail.get("file", ""))
            for each in records
            if each.operation in (audit_retention.ROTATE, audit_retention.REMOVE)
        ]

    @property
    def names(self) -> list[str]:
        return [part.path.name for part in parts(self.log.file)]


class Keepers:
    """Makes consoles on one log, whose bounds are one byte and a day unless told otherwise."""

    def __init__(self, database: Database, folder: Path, origin: Origin) -> None:
        self._database, self._folder, self._origin = database, folder, origin
        self._open: list[AuditLog] = []

    def __call__(self, size: int | None = 1, keep: timedelta | None = DAY) -> Keeper:
        key, file = self._folder / "checkpoint.key", self._folder / "audit" / "audit.jsonl"
        make_key(key, "lab/one")
        checkpoints, journal = self._folder / "audit.checkpoints", Journal(Path("/none"))
        log = AuditLog(self._database, file, self._origin)
        self._open.append(log)
        health = AuditHealth(
            log, self._database, file, News(),
            witnesses=Witnesses(checkpoints, key, Pin(self._folder / "pin.json"), journal),
            signing=Signing(checkpoints, key, 1, journal),
            retention=Retention(log, size, keep),
        )  # fmt: skip
        return Keeper(log, health, self._origin, checkpoints)

    async def close(self) -> None:
        for log in self._open:
            await log.close()


@pytest.fixture
async def keepers(database: Database, tmp_path: Path, origin: Origin) -> AsyncIterator[Keepers]:
    made = Keepers(database, tmp_path, origin)
    yield made
    await made.close()


@pytest.fixture
async def keeper(keepers: Keepers) -> Keeper:
    """A console with a log of three records."""
    made = keepers()
    await made.write(3)
    return made


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


# Crashes between the steps


async def test_a_rotation_that_a_crash_left_half_done_is_ended_by_the_next(keeper: Keeper) -> None:
    keeper.log.file.with_name("audit.jsonl.new").write_text("half")
    keeper.log.file.with_name("audit.jsonl.000000000003").hardlink_to(keeper.log.file)
    assert (await keeper.at_checkpoint()).ok
    assert keeper.names == ["audit.jsonl.000000000004", "audit.jsonl"]


async def test_an_old_file_that_a_crash_left_open_is_closed_by_the_next_rotation(
    keeper: Keeper,
) -> None:
    await keeper.at_checkpoint()
    left = parts(keeper.log.file)[0].path
    left.chmod(0o600)
    await keeper.write(1)
    await keeper.at_checkpoint()
    assert stat.S_IMODE(left.stat().st_mode) == 0o440


@pytest.mark.parametrize(
    ("of", "step"), [(os, "fsync"), (os, "link"), (Path, "replace"), (Path, "chmod")]
)
async def test_whatever_step_of_a_rotation_a_crash_comes_before_the_next_console_ends_it(
    keepers: Keepers, monkeypatch: pytest.MonkeyPatch, of: object, step: str
) -> None:
    keeper = keepers()
    await keeper.write(3)
    alive = getattr(of, step)

    def dies(file: object, *rest: object) -> object:
        if "/pin." in str(file):
            return alive(file, *rest)
        raise Died

    with monkeypatch.context() as during:
        during.setattr(of, step, dies)
        with pytest.raises(Died):
            await keeper.at_checkpoint()
    assert [each[1:3] for each in await keeper.told()] == [("audit.rotate", "attempted")]
    assert (await keeper.health.verified()).ok
    await keeper.write(1)
    verdict = await keepers().at_checkpoint()
    assert verdict.ok, verdict.sentence
    old, *_ = parts(keeper.log.file)
    assert (old.first, stat.S_IMODE(old.path.stat().st_mode)) == (1, 0o440)


async def test_a_removal_that_a_crash_cut_short_before_it_is_done_by_the_next(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    await keeper.at_checkpoint()
    with monkeypatch.context() as during:
        during.setattr(Path, "unlink", die)
        with pytest.raises(Died):
            await keeper.at_checkpoint(LATER)
    assert [each[1:3] for each in await keeper.told()][-1] == ("audit.remove", "attempted")
    verdict = await keeper.at_checkpoint(LATER)
    assert "removed by retention" in verdict.sentence


async def test_a_removal_that_a_crash_cut_short_after_it_is_told_all_the_same(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    await keeper.at_checkpoint()
    append = keeper.log.append

    async def attempts_only(record: object, *rest: object) -> None:
        if getattr(record, "outcome", "") == "attempted":
            await append(record, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(keeper.log, "append", attempts_only)
    verdict = await keeper.at_checkpoint(LATER)
    assert verdict.ok
    assert "were removed by retention" in verdict.sentence


# Two consoles at once


async def test_two_consoles_at_once_rotate_and_remove_once(keepers: Keepers) -> None:
    one, other = keepers(), keepers()
    await one.write(3)
    await asyncio.gather(one.health.signed(), other.health.signed())
    now = datetime.now(UTC)
    await asyncio.gather(one.health.keep_in_bounds(now), other.health.keep_in_bounds(now))
    verdict = await one.health.verified()
    assert verdict.ok, verdict.sentence
    assert other.health.proof.alarm == one.health.proof.alarm == ""
    for keeper in (one, other):
        await keeper.health.signed()
    await asyncio.gather(one.health.keep_in_bounds(LATER), other.health.keep_in_bounds(LATER))
    verdict = await other.health.verified()
    assert verdict.ok, verdict.sentence
    assert "were removed by retention" in verdict.sentence
    lines = [json.loads(line) for line in one.log.file.read_text().splitlines()]
    assert [each["seq"] for each in lines] == list(range(lines[0]["seq"], verdict.up_to + 1))
