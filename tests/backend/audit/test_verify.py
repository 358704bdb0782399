"""Whatever is done to table or file is found: the first bad record, and what is wrong with it."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from tests.backend.audit.builders import entry, lines, tamper
from ticrypt_tui.backend.audit import chain
from ticrypt_tui.backend.audit import verify as verify_module
from ticrypt_tui.backend.audit.log import AuditLog
from ticrypt_tui.backend.audit.records import chained, line_of
from ticrypt_tui.backend.audit.verify import Verdict, verify
from ticrypt_tui.backend.caller import Origin
from ticrypt_tui.backend.operations import Record

Make = Callable[..., Record]
RECORDS = 6


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody else writes in these tests, so that there is nothing to wait for."""
    monkeypatch.setattr(verify_module, "GRACE", 0.0)


@pytest.fixture
async def six(log: AuditLog, origin: Origin) -> AuditLog:
    """A log of six records."""
    async with log.database.write() as session:
        await chain.add(session, [entry(origin, f"op-{n}") for n in range(1, RECORDS + 1)])
    await log.catch_up()
    assert (await verify(log.database, log.file)).ok
    return log


async def assert_found(log: AuditLog, first_bad: int, says: str) -> None:
    verdict = await verify(log.database, log.file)
    assert (verdict.ok, verdict.first_bad, verdict.up_to) == (False, first_bad, first_bad - 1)
    assert says in verdict.sentence


async def test_an_empty_log_is_good(log: AuditLog) -> None:
    assert await verify(log.database, log.file) == Verdict()


async def test_a_good_log_says_how_far_it_is_good(six: AuditLog) -> None:
    verdict = await verify(six.database, six.file)
    assert (verdict.ok, verdict.up_to, verdict.offset) == (True, 6, six.file.stat().st_size)
    assert verdict.sentence == "Records 1 to 6 are unbroken, and the file has the same."


async def test_many_readings_make_one_verification(
    six: AuditLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify_module, "_BATCH", 2)
    assert (await verify(six.database, six.file)).up_to == 6


async def test_a_later_verification_goes_on_from_an_earlier_one(
    six: AuditLog, record: Make
) -> None:
    earlier = await verify(six.database, six.file)
    await tamper(six.database, "UPDATE audit_record SET body = 'x' WHERE seq = 2")
    await six.append(record())
    assert (await verify(six.database, six.file, earlier)).up_to == 7
    assert (await verify(six.database, six.file)).first_bad == 2


@pytest.mark.parametrize(
    ("statement", "first_bad", "says"),
    [
        (
            "UPDATE audit_record SET body = replace(body, 'done', 'gone') WHERE seq = 3",
            3,
            "Record 3 was changed: its hash is not that of what it says.",
        ),
        (
            "UPDATE audit_record SET hash = 'f' || substr(hash, 2) WHERE seq = 3",
            3,
            "Record 3 was changed: its hash",
        ),
        (
            "UPDATE audit_record SET outcome = 'failed' WHERE seq = 3",
            3,
            "Record 3 was changed: its columns",
        ),
        (
            "UPDATE audit_record SET operation_id = 'op-9' WHERE seq = 3",
            3,
            "Record 3 was changed: its columns",
        ),
        ("DELETE FROM audit_record WHERE seq = 1", 1, "Record 1 is missing from the table"),
        ("DELETE FROM audit_record WHERE seq = 4", 4, "Record 4 is missing from the table"),
        ("DELETE FROM audit_record WHERE seq > 4", 5, "The table ends with record 4"),
        ("DELETE FROM audit_record", 1, "The table ends with record 0"),
        (
            "INSERT INTO audit_record SELECT 0, operation_id, outcome, body, hash"
            " FROM audit_record WHERE seq = 1",
            1,
            "The table has a record 0 before its first",
        ),
        (
            "INSERT INTO audit_record SELECT 7, operation_id, outcome, body, hash"
            " FROM audit_record WHERE seq = 6",
            7,
            "Record 7 says that it is record 6: it was moved or copied.",
        ),
    ],
)
async def test_tampering_with_the_table_is_found(
    six: AuditLog, statement: str, first_bad: int, says: str
) -> None:
    await tamper(six.database, statement)
    await assert_found(six, first_bad, says)


async def test_records_that_changed_places_are_found(six: AuditLog) -> None:
    for before, after in ((2, 99), (4, 2), (99, 4)):
        await tamper(
            six.database, "UPDATE audit_record SET seq = :b WHERE seq = :a", a=before, b=after
        )
    await assert_found(six, 2, "Record 2 says that it is record 4")


async def test_a_record_replaced_by_one_with_a_true_hash_is_found(
    six: AuditLog, origin: Origin
) -> None:
    async with six.database.read() as session:
        second = (await chain.rows(session, 2, 1))[0]
    said = entry(origin, "op-3", reason="Nothing happened.")
    body, digest = chained(said, 3, second.hash)
    replacement = "UPDATE audit_record SET body = :body, hash = :hash WHERE seq = 3"
    await tamper(six.database, replacement, body=body, hash=digest)
    await assert_found(six, 3, "Record 3 in ")
    replaced = lines(six.file)
    replaced[2] = line_of(body, digest)
    six.file.write_text("\n".join(replaced) + "\n", encoding="ascii")
    await assert_found(six, 4, "Record 4 does not continue the one before it")


FILE_TAMPERING: list[tuple[Callable[[list[str]], list[str]], int, str]] = [
    (lambda all_: all_[:2] + all_[3:], 3, "has record 4 where record 3 belongs"),
    (lambda all_: [*all_[:3], all_[2], *all_[3:]], 4, "has record 3 where record 4 belongs"),
    (lambda all_: [*all_[:2], all_[3], all_[2], *all_[4:]], 3, "has record 4 where record 3"),
    (lambda all_: [*all_[:2], "{}", *all_[2:]], 3, "no audit record where record 3 belongs"),
    (lambda all_: [*all_[:2], "", *all_[2:]], 3, "no audit record where record 3 belongs"),
    (lambda all_: [*all_[:2], all_[2].replace("done", "gone"), *all_[3:]], 3, "differs from the"),
    (lambda all_: [*all_[:2], all_[2].replace(":", ": ", 1), *all_[3:]], 3, "differs from the"),
    (lambda all_: [*all_[:2], all_[2] + "\r", *all_[3:]], 3, "differs from the table"),
    (lambda all_: all_[:4], 5, "ends with record 4, the table does not"),
    (lambda all_: [], 1, "ends with record 0, the table does not"),
    (
        lambda all_: [*all_, all_[5].replace('"seq":6', '"seq":7')],
        7,
        "The table ends with record 6",
    ),
]


@pytest.mark.parametrize(("change", "first_bad", "says"), FILE_TAMPERING)
async def test_tampering_with_the_file_is_found(
    six: AuditLog, change: Callable[[list[str]], list[str]], first_bad: int, says: str
) -> None:
    changed = change(lines(six.file))
    six.file.write_bytes("".join(line + "\n" for line in changed).encode("ascii"))
    await assert_found(six, first_bad, says)


async def test_a_file_that_breaks_off_in_a_line_is_found(six: AuditLog) -> None:
    with six.file.open("r+b") as out:
        out.truncate(six.file.stat().st_size - 9)
    await assert_found(six, 6, "breaks off in the middle of record 6")


async def test_an_unfinished_line_after_the_last_record_is_found(six: AuditLog) -> None:
    with six.file.open("ab") as out:
        out.write(b'{"action":"')
    await assert_found(six, 7, "The table ends with record 6")


async def test_a_file_that_is_gone_is_found(six: AuditLog) -> None:
    six.file.unlink()
    await assert_found(six, 1, "ends with record 0, the table does not")


async def test_a_file_that_cannot_be_read_is_named(six: AuditLog) -> None:
    six.file.unlink()
    six.file.mkdir()
    await assert_found(six, 1, "cannot be read: Is a directory")


async def test_a_file_that_lags_for_a_moment_is_waited_for(
    six: AuditLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify_module, "GRACE", 20.0)
    whole = six.file.read_bytes()
    six.file.write_bytes(whole[:-40])
    pause = time.sleep

    def complete(seconds: float) -> None:
        six.file.write_bytes(whole)
        pause(seconds)

    monkeypatch.setattr(time, "sleep", complete)
    assert (await verify(six.database, six.file)).ok
