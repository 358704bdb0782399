"""The audit tab and its operations: rows, verification, self-test, export."""

from __future__ import annotations

import csv
import json
from typing import Any

import pytest

from tests.backend.conftest import Opener, add_user
from ticrypt_tui.backend.caller import Role
from ticrypt_tui.backend.enclave import Enclave
from ticrypt_tui.backend.errors import Failed, Refused, WrongUse

PROFILE = {"realm": "lab", "name": "half", "cores": 1, "memory": 1}


async def exported(enclave: Enclave, **arguments: Any) -> list[str]:
    return [line async for line in await enclave.run("audit.export", arguments)]


async def test_the_tab_has_the_records_oldest_first(enclave: Enclave) -> None:
    await enclave.run("profile.create", PROFILE)
    rows = (await enclave.listing("audit")).rows
    assert [(row.name, row.outcome) for row in rows] == [  # type: ignore[attr-defined]
        ("user.create", "done"),
        ("profile.create", "attempted"),
        ("profile.create", "done"),
    ]


async def test_a_record_is_found_by_its_number(enclave: Enclave) -> None:
    detail = await enclave.detail("audit", "1")
    assert detail.title == "Record 1"
    assert ("operation", "user.create") in detail.sections[0].fields


async def test_a_good_log_is_verified(enclave: Enclave) -> None:
    verdict = await enclave.run("audit.verify", {})
    assert verdict.ok
    assert enclave.status.chain.startswith("chain ok at ")


async def test_a_log_that_was_changed_is_told_with_the_first_bad_record(enclave: Enclave) -> None:
    await enclave.run("profile.create", PROFILE)
    file = enclave.settings.audit.file
    file.write_bytes(file.read_bytes().replace(b'"half"', b'"hole"'))
    with pytest.raises(Failed, match="The audit log is broken at record 2"):
        await enclave.run("audit.verify", {})
    assert enclave.status.chain == "CHAIN BROKEN at record 2"


async def test_the_self_test_finds_its_own_record(enclave: Enclave) -> None:
    found = await enclave.run("audit.selftest", {})
    assert found.sentence.startswith(f"Record {found.seq} was written and read back in ")


async def test_an_export_has_every_record_as_the_file_has_it(enclave: Enclave) -> None:
    await enclave.run("profile.create", PROFILE)
    lines = await exported(enclave)
    assert lines[:3] == enclave.settings.audit.file.read_text().splitlines()[:3]
    assert json.loads(lines[0])["action"] == "user.create"


async def test_an_export_keeps_to_its_period(enclave: Enclave) -> None:
    assert await exported(enclave, to="2001-01-01") == []
    assert await exported(enclave, **{"from": "2001-01-01"})


async def test_a_csv_is_no_formula(enclave: Enclave) -> None:
    await enclave.run("profile.create", {**PROFILE, "name": "=1+1"})
    rows = list(csv.DictReader(await exported(enclave, format="csv")))
    assert rows[1]["target_name"] == "'=1+1"


async def test_a_period_that_is_no_time_is_wrong_use(enclave: Enclave) -> None:
    with pytest.raises(WrongUse, match="yesterday is not a day or moment in ISO 8601"):
        await exported(enclave, to="yesterday")


async def test_below_an_admin_nobody_sees_it(enclave: Enclave, open_enclave: Opener) -> None:
    await add_user(enclave.database, "ulla", Role.SUB_ADMIN)
    ulla = await open_enclave("ulla")
    with pytest.raises(Refused, match="list audit needs the role admin"):
        await ulla.records()
    with pytest.raises(Refused, match="list audit needs the role admin"):
        await ulla.listing("audit")


async def test_the_file_is_rotated_and_the_log_stays_whole(enclave: Enclave) -> None:
    await enclave.run("profile.create", PROFILE)
    rotation = await enclave.run("audit.rotate", {})
    assert rotation.sentence.startswith(f"Records up to {rotation.up_to} are in ")
    assert (await enclave.run("audit.verify", {})).ok
    names = sorted(path.name for path in enclave.settings.audit.file.parent.glob("audit.jsonl*"))
    assert names == ["audit.jsonl", f"audit.jsonl.{rotation.up_to:012}"]


async def test_a_broken_log_is_not_rotated(enclave: Enclave) -> None:
    file = enclave.settings.audit.file
    file.write_bytes(file.read_bytes().replace(b'"done"', b'"gone"'))
    with pytest.raises(Failed, match="broken, so that its file stays"):
        await enclave.run("audit.rotate", {})
