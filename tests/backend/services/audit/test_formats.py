"""Records in other programs' words: right fields, and no text that breaks out of its own."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticrypt_tui.backend.audit.records import AuditRecord
from ticrypt_tui.backend.services.audit.formats import COLUMNS, FORMATS, as_cef, as_csv, as_ocsf
from ticrypt_tui.commands import audit as command

RECORD = AuditRecord(
    seq=1203,
    at=datetime(2026, 11, 21, 14, 2, 4, 530_000, UTC),
    operation="vm.shutdown",
    outcome="refused",
    login="bob",
    target_kind="vm",
    target_id="vm-7",
    target_name="tiny-3",
    reason="It is not yours.",
    detail={"force": "no"},
    operation_id="op-1",
    uid=4201,
    role="user",
    machine="console-1",
    pid=42,
    session="5e55",
    terminal="/dev/pts/7",
    ssh_client="192.0.2.7 50022 22",
    previous="a" * 64,
    hash="b" * 64,
)
HOSTILE = "a|b=c\\d\n\x1b[2Je\u202e,\"'"
BREAKING = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
ANY = st.text(st.characters(exclude_categories=()), max_size=30)


def extension_of(line: str) -> dict[str, str]:
    """The extension of a line of CEF, read as its specification says."""
    text = re.split(r"(?<!\\)\|", line, maxsplit=7)[7]
    found = re.findall(r"(\w+)=((?:\\.|[^=\\])*)(?= \w+=|$)", text)
    return {key: re.sub(r"\\(.)", r"\1", value) for key, value in found}


def test_an_ocsf_event_is_an_api_activity_with_all_that_the_class_requires() -> None:
    event = json.loads(as_ocsf(RECORD))
    assert (event["category_uid"], event["class_uid"], event["type_uid"]) == (6, 6003, 600399)
    assert event["time"] == 1795269724530
    assert (event["severity_id"], event["status_id"], event["status"]) == (3, 2, "refused")
    assert event["actor"]["user"]["name"] == "bob"
    assert event["api"]["operation"] == "vm.shutdown"
    assert event["src_endpoint"] == {"ip": "192.0.2.7", "port": 50022}
    assert event["resources"] == [{"type": "vm", "uid": "vm-7", "name": "tiny-3"}]
    assert event["metadata"]["version"] == "1.3.0"
    assert (event["metadata"]["sequence"], event["metadata"]["uid"]) == (1203, "b" * 64)


@pytest.mark.parametrize(
    ("operation", "activity"),
    [
        ("image.create", 1), ("setup.clone", 1), ("realm.view_config", 2), ("vm.logs", 2),
        ("host.edit", 3), ("team.delete", 4), ("vm.shutdown", 99), ("drive.of_tomorrow", 99),
    ],
)  # fmt: skip
def test_an_ocsf_event_says_what_kind_of_activity_it_was(operation: str, activity: int) -> None:
    event = json.loads(as_ocsf(replace(RECORD, operation=operation)))
    assert (event["activity_id"], event["type_uid"]) == (activity, 600300 + activity)


def test_without_ssh_the_machine_is_where_an_ocsf_event_is_from() -> None:
    event = json.loads(as_ocsf(replace(RECORD, ssh_client="")))
    assert event["src_endpoint"] == {"hostname": "console-1"}


def test_a_line_of_cef_has_its_head_and_its_extension() -> None:
    line = as_cef(RECORD)
    assert re.match(
        r"CEF:0\|ticrypt-tui\|ticrypt-tui\|[^|]+\|vm\.shutdown\|vm\.shutdown refused\|5\|rt=", line
    )
    said = extension_of(line)
    assert (said["suser"], said["src"], said["spt"]) == ("bob", "192.0.2.7", "50022")
    assert (said["cs3Label"], said["cs3"]) == ("object", "tiny-3")
    assert (said["reason"], said["msg"]) == ("It is not yours.", "force=no")


def test_an_ipv6_client_has_cefs_own_field_for_it() -> None:
    said = extension_of(as_cef(replace(RECORD, ssh_client="2001:db8::7 50022 22")))
    assert (said["c6a2"], said["c6a2Label"]) == ("2001:db8::7", "Source IPv6 Address")
    assert "src" not in said


def test_hostile_text_does_not_break_out_of_cef() -> None:
    record = replace(RECORD, operation="x|y", target_name=HOSTILE, detail={"k=": HOSTILE})
    said = extension_of(as_cef(record))
    assert said["cs3"].startswith("a|b=c\\d")
    assert said["act"] == "x|y"
    assert said.keys() == extension_of(as_cef(RECORD)).keys()


@given(ANY, ANY, ANY)
def test_whatever_a_record_says_it_is_one_line_without_controls(
    name: str, reason: str, key: str
) -> None:
    record = replace(RECORD, target_name=name, reason=reason, detail={key: name})
    for written in (as_cef, as_ocsf, as_csv):
        line = written(record)
        assert not BREAKING.search(line)
        assert len(line.splitlines()) == 1
    assert len(next(csv.reader([as_csv(record)]))) == len(COLUMNS)
    assert json.loads(as_ocsf(record))["status_detail"] == reason


def test_the_command_line_offers_every_format() -> None:
    assert tuple(FORMATS) == command.FORMATS
