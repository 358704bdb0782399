"""Table or file cannot be written: changes are refused in a sentence, and it heals by itself."""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.backend.audit.builders import assert_whole, lines, tamper
from ticrypt_tui.backend.audit import tail
from ticrypt_tui.backend.audit.log import AuditLog
from ticrypt_tui.backend.caller import Origin
from ticrypt_tui.backend.errors import AuditUnavailable
from ticrypt_tui.backend.operations import Record
from ticrypt_tui.backend.store.database import Database
from ticrypt_tui.backend.store.migration import migrate

Make = Callable[..., Record]


def mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True, capture_output=True, timeout=60)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, of one megabyte."""
    path = tmp_path / "disk"
    path.mkdir()
    try:
        mount("-t", "tmpfs", "-o", "size=1m", "tmpfs", str(path))
    except (subprocess.CalledProcessError, FileNotFoundError) as error:
        pytest.skip(f"no file system can be mounted here: {error}")
    yield path
    subprocess.run(["umount", "--lazy", str(path)], check=True, timeout=60)


@pytest.fixture
async def log_on_disk(disk: Path, database: Database, origin: Origin) -> AuditLog:
    """A log whose file alone is on that disk."""
    return AuditLog(database, disk / "audit.jsonl", origin)


def fill(disk: Path) -> Path:
    """Leave no free block, and give back the file that takes them."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as out, suppress(OSError):
        while True:
            out.write(b"x" * 4096)
    return ballast


async def attempt_for_ever(log: AuditLog, record: Record) -> None:
    """The last block is not full yet: a few more records may fit."""
    while True:
        await log.append(record)


async def outcomes(log: AuditLog) -> list[str]:
    return [record.outcome for record in await tail.newest(log.database)]


async def read_only(log: AuditLog) -> None:
    """Let the connection that the log writes with refuse to."""
    await tamper(log.database, "PRAGMA query_only = ON")


async def writable_again(log: AuditLog) -> None:
    await log.database.close()  # its next connection is a new one


async def assert_refused(log: AuditLog, record: Record, says: str) -> None:
    with pytest.raises(AuditUnavailable, match=says):
        await log.append(record)
    assert says in log.fault


async def test_a_full_disk_refuses_attempts_until_there_is_space(
    log_on_disk: AuditLog, record: Make, disk: Path
) -> None:
    log = log_on_disk
    await log.append(record())
    ballast = fill(disk)
    with pytest.raises(AuditUnavailable, match="cannot be written: No space left on device"):
        await attempt_for_ever(log, record("attempted"))
    ballast.unlink()
    assert await log.probe() == ""
    await log.append(record("attempted"))
    await assert_whole(log, len(await outcomes(log)))


async def test_an_attempt_that_the_file_did_not_get_is_withdrawn_in_the_table(
    log_on_disk: AuditLog, record: Make, disk: Path
) -> None:
    log = log_on_disk
    await log.append(record())
    mount("-o", "remount,ro", str(disk))
    await assert_refused(log, record("attempted"), "Read-only file system")
    assert await outcomes(log) == ["done", "attempted", "refused"]
    mount("-o", "remount,rw", str(disk))
    await log.append(record("attempted"))
    assert log.fault == ""
    await assert_whole(log, 4)


async def test_what_already_happened_is_recorded_in_the_table_while_the_file_fails(
    log_on_disk: AuditLog, record: Make, disk: Path
) -> None:
    log = log_on_disk
    await log.append(record("attempted"))
    mount("-o", "remount,ro", str(disk))
    await log.append(record("done"))
    assert "Read-only file system" in log.fault
    assert await outcomes(log) == ["attempted", "done"]
    mount("-o", "remount,rw", str(disk))
    assert await log.probe() == ""
    await assert_whole(log, 2)


async def test_a_sync_that_fails_refuses_the_attempt(
    log: AuditLog, record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(_descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fdatasync", failing)
        await assert_refused(log, record("attempted"), "Input/output error")
    await log.append(record("attempted"))
    await assert_whole(log, 3)


async def test_a_folder_that_is_no_folder_refuses_until_it_is_one(
    log: AuditLog, record: Make
) -> None:
    log.file.parent.write_text("in the way")
    await assert_refused(log, record("attempted"), "cannot be written")
    log.file.parent.unlink()
    await log.append(record("attempted"))
    await assert_whole(log, 3)


async def test_a_full_disk_under_the_database_refuses_attempts_until_there_is_space(
    disk: Path, origin: Origin, record: Make, file: Path
) -> None:
    url = f"sqlite+aiosqlite:///{disk}/console.db"
    await migrate(url)
    database = await Database.open(url)
    log = AuditLog(database, file, origin)
    ballast = fill(disk)
    with pytest.raises(AuditUnavailable, match=r"audit log cannot be written: .*disk is full"):
        await attempt_for_ever(log, record("attempted"))
    before = await outcomes(log)
    ballast.unlink()
    assert await log.probe() == ""
    await log.append(record("done"))
    assert await outcomes(log) == [*before, "refused", "done"]
    await assert_whole(log, len(before) + 2)
    await database.close()


async def test_a_read_only_database_refuses_every_record_until_it_is_not(
    log: AuditLog, record: Make
) -> None:
    await read_only(log)
    for outcome in ("attempted", "failed", "done"):
        await assert_refused(log, record(outcome), "is read-only")
    assert "is read-only" in await log.probe()
    await writable_again(log)
    await log.append(record("attempted"))
    assert log.fault == ""


async def test_what_happened_while_the_database_was_read_only_is_recorded_later(
    log: AuditLog, record: Make
) -> None:
    await log.append(record("attempted", "op-1"))
    await read_only(log)
    await assert_refused(log, record("done", "op-1"), "is read-only")
    await assert_refused(log, record("attempted", "op-2"), "is read-only")
    await writable_again(log)
    assert await log.probe() == ""
    assert await outcomes(log) == ["attempted", "done", "refused"]
    await assert_whole(log, 3)


async def test_a_file_that_was_deleted_is_written_anew(log: AuditLog, record: Make) -> None:
    await log.append(record())
    await log.append(record())
    log.file.unlink()
    await log.append(record("attempted"))
    await assert_whole(log, 3)


async def test_a_folder_that_was_deleted_is_made_anew(log: AuditLog, record: Make) -> None:
    await log.append(record())
    log.file.unlink()
    log.file.parent.rmdir()
    await log.append(record("attempted"))
    await assert_whole(log, 2)


async def test_a_file_that_lags_gets_what_it_lacks(log: AuditLog, record: Make) -> None:
    for _ in range(3):
        await log.append(record())
    first = lines(log.file)[0]
    log.file.write_text(first + "\n", encoding="ascii")
    await log.append(record("attempted"))
    await assert_whole(log, 4)


async def test_a_file_cut_in_the_middle_of_a_line_is_completed(log: AuditLog, record: Make) -> None:
    for _ in range(3):
        await log.append(record())
    with log.file.open("r+b") as out:
        out.truncate(log.file.stat().st_size - 100)
    await log.append(record("attempted"))
    await assert_whole(log, 4)


async def test_more_missing_records_than_one_reading_holds_are_all_added(
    log: AuditLog, record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ticrypt_tui.backend.audit.log._BATCH", 4)
    for _ in range(13):
        await log.append(record())
    log.file.unlink()
    await log.catch_up()
    await assert_whole(log, 13)


@pytest.mark.parametrize("line", ["not ours", '{"seq":9,"hash":"00"}'])
async def test_a_file_with_a_foreign_last_line_is_not_continued(
    log: AuditLog, record: Make, line: str
) -> None:
    await log.append(record())
    with log.file.open("a", encoding="ascii") as out:
        out.write(line + "\n")
    before = log.file.read_bytes()
    await assert_refused(log, record("attempted"), "does not continue this log")
    assert log.file.read_bytes() == before
    log.file.rename(log.file.with_suffix(".aside"))
    await log.append(record("attempted"))
    await assert_whole(log, 4)


async def test_the_file_of_another_log_is_not_continued(log: AuditLog, record: Make) -> None:
    for _ in range(3):
        await log.append(record())
    await tamper(log.database, "DELETE FROM audit_record WHERE seq > 1")
    await assert_refused(log, record("attempted"), "its end, record 3, is not in the table")


async def test_a_changed_last_line_is_not_continued(log: AuditLog, record: Make) -> None:
    await log.append(record())
    row = lines(log.file)[0]
    log.file.write_text(row[:-6] + "0000" + row[-2:] + "\n", encoding="ascii")
    await assert_refused(log, record("attempted"), "its end, record 1, differs from the table's")
