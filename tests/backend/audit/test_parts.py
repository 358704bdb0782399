"""A rotated file is verified as one, however often, and whatever is done to a part is found."""

from __future__ import annotations

import errno
import json
import os
import stat
from pathlib import Path

import pytest

from tests.backend.audit.builders import entry
from ticrypt_tui.backend.audit import chain
from ticrypt_tui.backend.audit import parts as parts_module
from ticrypt_tui.backend.audit import verify as verify_module
from ticrypt_tui.backend.audit.log import AuditLog
from ticrypt_tui.backend.audit.parts import Part, parts, rotate
from ticrypt_tui.backend.audit.verify import Verdict, verify
from ticrypt_tui.backend.caller import Origin


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else writes in these tests, so that there is nothing to wait for."""
    monkeypatch.setattr(verify_module, "GRACE", 0.0)


async def write(log: AuditLog, origin: Origin, count: int) -> None:
    async with log.database.write() as session:
        await chain.add(session, [entry(origin)] * count)
    await log.catch_up()
    assert log.fault == ""


@pytest.fixture
async def parted(log: AuditLog, origin: Origin) -> AuditLog:
    """A log of nine records, in three parts."""
    for count in (4, 3):
        await write(log, origin, count)
        assert rotate(log.file)
    await write(log, origin, 2)
    return log


async def verdict(log: AuditLog, after: Verdict | None = None) -> Verdict:
    return await verify(log.database, log.file, after)


async def test_the_parts_are_named_after_their_last_record(parted: AuditLog) -> None:
    names = [part.path.name for part in parts(parted.file)]
    assert names == ["audit.jsonl.000000000004", "audit.jsonl.000000000007", "audit.jsonl"]
    assert [part.first for part in parts(parted.file)] == [1, 5, 8]


async def test_a_new_part_says_in_its_first_line_what_it_continues(parted: AuditLog) -> None:
    with parted.file.open() as file:
        head = json.loads(file.readline())
    last = parts(parted.file)[1].path.read_text().splitlines()[-1]
    assert head == {
        "action": "audit.rotated",
        "file": "audit.jsonl.000000000007",
        "hash": json.loads(last)["hash"],
        "seq": 7,
    }


async def test_an_old_part_is_written_to_no_more(parted: AuditLog) -> None:
    assert [stat.S_IMODE(each.path.stat().st_mode) for each in parts(parted.file)] == [
        0o440, 0o440, 0o600
    ]  # fmt: skip


async def test_who_could_write_the_file_can_write_the_new_one(parted: AuditLog) -> None:
    os.chown(parted.file, -1, 12345)
    parted.file.chmod(0o660)
    assert rotate(parted.file)
    found = parted.file.stat()
    assert (stat.S_IMODE(found.st_mode), found.st_gid) == (0o660, 12345)


async def test_an_old_part_of_another_account_does_not_prevent_a_rotation(
    parted: AuditLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(_path: Path, _mode: int) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(Path, "chmod", refuses)
    assert rotate(parted.file)
    assert len(parts(parted.file)) == 4


async def test_all_parts_are_verified_as_one_log(parted: AuditLog) -> None:
    found = await verdict(parted)
    assert found.sentence == "Records 1 to 9 are unbroken, and the file has the same."


async def test_the_first_line_of_each_part_is_read_once(
    parted: AuditLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, heads = parts_module._part, []

    def reads(path: Path) -> Part:
        heads.append(path.name)
        return read(path)

    monkeypatch.setattr(parts_module, "_part", reads)
    assert (await verdict(parted)).ok
    assert sorted(heads) == sorted(
        ["audit.jsonl", "audit.jsonl.000000000004", "audit.jsonl.000000000007"]
    )


async def test_a_verification_goes_on_over_a_rotation(parted: AuditLog, origin: Origin) -> None:
    earlier = await verdict(parted)
    await write(parted, origin, 1)
    rotate(parted.file)
    await write(parted, origin, 1)
    later = await verdict(parted, earlier)
    assert (later.ok, later.up_to) == (True, 11), later.sentence


async def test_a_verification_goes_on_right_after_a_rotation(
    parted: AuditLog, origin: Origin
) -> None:
    earlier = await verdict(parted)
    rotate(parted.file)
    assert (await verdict(parted, earlier)).ok
    await write(parted, origin, 1)
    assert (await verdict(parted, earlier)).up_to == 10


async def test_a_file_without_new_records_is_not_rotated(parted: AuditLog) -> None:
    assert rotate(parted.file)
    assert rotate(parted.file) is None
    assert len(parts(parted.file)) == 4


async def test_old_parts_may_be_taken_away(parted: AuditLog) -> None:
    parts(parted.file)[0].path.unlink()
    found = await verdict(parted)
    assert found.ok
    assert found.sentence.startswith(
        "Records 1 to 9 are unbroken, and the file has the same from 5 on."
    )


@pytest.mark.parametrize(("part", "first_bad"), [(0, 1), (1, 5), (2, 8)])
async def test_a_part_that_was_changed_is_found(
    parted: AuditLog, part: int, first_bad: int
) -> None:
    path = parts(parted.file)[part].path
    path.chmod(0o600)
    path.write_bytes(path.read_bytes().replace(b'"done"', b'"gone"'))
    assert (await verdict(parted)).first_bad == first_bad


async def test_a_part_that_was_cut_is_found(parted: AuditLog) -> None:
    path = parts(parted.file)[1].path
    path.chmod(0o600)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-1]))
    assert (await verdict(parted)).first_bad == 7


async def test_a_part_that_continues_another_log_is_found(parted: AuditLog) -> None:
    text = parted.file.read_text()
    digest = json.loads(text.splitlines()[0])["hash"]
    parted.file.write_text(text.replace(digest, "f" * 64, 1))
    assert (await verdict(parted)).first_bad == 8


async def test_a_rotation_that_a_crash_cut_short_is_done_again(
    log: AuditLog, origin: Origin
) -> None:
    await write(log, origin, 4)
    log.file.with_name("audit.jsonl.000000000004").hardlink_to(log.file)
    log.file.with_name("audit.jsonl.new").write_text("half")
    assert (await verdict(log)).ok
    assert rotate(log.file)
    await write(log, origin, 1)
    assert (await verdict(log)).up_to == 5
