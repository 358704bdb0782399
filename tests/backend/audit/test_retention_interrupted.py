"""Crashes at every step of rotating and removing, and two consoles that do it at once."""

from __future__ import annotations

import asyncio
import json
import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.backend.audit.keeping import LATER, Keeper, Keepers
from ticrypt_tui.backend.audit.parts import parts


class Died(BaseException):
    """The process ended here."""


def die(*_: object, **__: object) -> None:
    raise Died


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
