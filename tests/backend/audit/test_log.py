from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.backend.audit.builders import assert_whole, lines
from ticrypt_tui.backend.audit import chain, tail
from ticrypt_tui.backend.audit.log import AuditLog
from ticrypt_tui.backend.caller import Origin
from ticrypt_tui.backend.operations import Record, Target
from ticrypt_tui.backend.store.database import Database

Make = Callable[..., Record]


async def test_a_record_is_in_the_table_and_in_the_file_when_append_returns(
    log: AuditLog, record: Make
) -> None:
    await log.append(record("attempted"))
    await log.append(record("done"))
    await assert_whole(log, 2)
    assert log.fault == ""


async def test_a_line_says_who_did_what_to_which_object_and_how_it_ended(
    log: AuditLog, record: Make, origin: Origin
) -> None:
    await log.append(record("refused", reason="It is not yours."))
    said = json.loads(lines(log.file)[0])
    assert said["actor"] == {"login": "mara", "uid": origin.uid, "role": "admin"}
    assert said["src"] == {"tty": "/dev/pts/7", "ssh_client": "192.0.2.7 50022 22"}
    assert said["object"] == {"kind": "vm", "id": "vm-7", "name": "tiny-3"}
    assert (said["action"], said["outcome"]) == ("vm.shutdown", "refused")
    assert (said["reason"], said["detail"]) == ("It is not yours.", {"deadline": "300"})
    assert (said["seq"], said["op_id"], said["prev"]) == (1, "op-1", "0" * 64)


async def test_a_record_without_a_caller_is_the_systems(log: AuditLog) -> None:
    await log.append(Record("audit.heartbeat", "op-2", "done", None, Target("audit")))
    (read,) = await tail.newest(log.database)
    assert (read.login, read.role) == ("system", "system")
    assert (read.machine, read.pid) == (log.origin.machine, log.origin.pid)


async def test_the_file_is_its_owners_alone(log: AuditLog, record: Make) -> None:
    await log.append(record())
    assert stat.S_IMODE(log.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(log.file.parent.stat().st_mode) == 0o700


async def test_a_record_joins_the_transaction_of_the_change_that_it_records(
    log: AuditLog, record: Make
) -> None:
    async with log.database.write() as session:
        await log.append(record(), session)
        await log.append(record("failed"), session)
    await log.catch_up()
    await assert_whole(log, 2)


async def test_a_change_that_fails_takes_its_record_with_it(log: AuditLog, record: Make) -> None:
    async def change() -> None:
        async with log.database.write() as session:
            await log.append(record(), session)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await change()
    await log.append(record())
    await assert_whole(log, 1)


async def test_records_of_many_tasks_at_once_are_one_chain(log: AuditLog, record: Make) -> None:
    await asyncio.gather(*(log.append(record("attempted", f"op-{n}")) for n in range(50)))
    await assert_whole(log, 50)


async def test_a_change_is_in_the_file_once_that_is_brought_up_whoever_else_writes(
    log: AuditLog, record: Make
) -> None:
    async def change() -> bool:
        async with log.database.write() as session:
            await log.append(record(), session)
            seq = (await chain.end(session)).seq
        await log.catch_up()
        return len(lines(log.file)) >= seq

    changes = [change() for _ in range(20)]
    appends = [log.append(record("attempted")) for _ in range(20)]
    mixed = [each for pair in zip(changes, appends, strict=True) for each in pair]
    assert False not in await asyncio.gather(*mixed)
    await assert_whole(log, 40)


async def test_two_logs_on_one_machine_share_one_file(
    log: AuditLog, database: Database, record: Make
) -> None:
    other = AuditLog(database, log.file, log.origin)
    for _ in range(5):
        await asyncio.gather(log.append(record()), other.append(record()))
    await other.close()
    await assert_whole(log, 10)


async def test_each_machine_has_a_file_of_its_own_with_the_same_lines(
    log: AuditLog, database: Database, record: Make, tmp_path: Path, origin: Origin
) -> None:
    other = AuditLog(database, tmp_path / "other" / "audit.jsonl", origin)
    await log.append(record())
    await other.append(record())
    await log.append(record())
    await other.probe()
    assert lines(other.file) == lines(log.file)
    await other.close()


async def test_a_cancelled_append_still_reaches_table_and_file(log: AuditLog, record: Make) -> None:
    await log.append(record())
    for pause in (0.0, 0.001, 0.003, 0.006, 0.01):
        task = asyncio.create_task(log.append(record()))
        await asyncio.sleep(pause)
        task.cancel()
        await asyncio.wait({task})
    await log.append(record())
    await log.catch_up()
    end = (await tail.newest(log.database, 1))[0].seq
    await assert_whole(log, end)
