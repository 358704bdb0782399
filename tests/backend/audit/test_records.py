from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.backend.audit.builders import NOON, entry, rows
from ticrypt_tui.backend.audit.discrepancies import leaves_of, wrong_in_table
from ticrypt_tui.backend.audit.file import place_of
from ticrypt_tui.backend.audit.records import (
    GENESIS,
    LONGEST_TEXT,
    Severity,
    canonical,
    chained,
    entry_of,
    line_of,
    read,
)
from ticrypt_tui.backend.audit.verify import Verdict, _Check
from ticrypt_tui.backend.audit.witnesses import NOBODY
from ticrypt_tui.backend.caller import Origin
from ticrypt_tui.backend.operations import Record, Target

ORIGIN = Origin(1000, "mara", "5e55", "/dev/pts/7", "192.0.2.7 50022 22", "console-1", 42, 77)
ANY_TEXT = st.text(st.characters())  # lone surrogates and controls too
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ANY_TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_the_canonical_text_reads_back_as_the_same_value(value: Any) -> None:
    assert json.loads(canonical(value)) == value


@given(VALUES)
def test_the_canonical_text_of_what_was_read_back_is_the_same(value: Any) -> None:
    once = canonical(value)
    assert canonical(json.loads(once)) == once


@given(VALUES)
def test_the_canonical_text_is_printable_ascii_on_one_line(value: Any) -> None:
    assert all(" " <= character <= "~" for character in canonical(value))


@given(st.dictionaries(ANY_TEXT, VALUES, min_size=2))
def test_the_order_in_which_keys_were_given_does_not_matter(value: dict[str, Any]) -> None:
    assert canonical(value) == canonical(dict(reversed(value.items())))


@pytest.mark.parametrize(
    "value", [1.5, float("nan"), {"deep": [0.0]}, b"bytes", {1: "one"}, {"s": {1}}]
)
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        canonical(value)


@given(reason=ANY_TEXT, name=ANY_TEXT, value=ANY_TEXT)
def test_a_record_with_any_text_reads_back_as_it_was(reason: str, name: str, value: str) -> None:
    target = Target("vm", "vm-1", name)
    said = entry_of(
        Record("vm.start", "op-1", "failed", None, target, reason, {"given": value}), ORIGIN, NOON
    )
    record = read(*chained(said, 1, GENESIS))
    assert (record.reason, record.target_name, record.detail) == (reason, name, {"given": value})
    assert (record.at, record.operation, record.machine) == (NOON, "vm.start", "console-1")


@given(reason=ANY_TEXT, operation_id=ANY_TEXT.filter(lambda text: text.isascii()))
def test_no_text_in_a_record_can_pass_for_its_place_in_the_chain(
    reason: str, operation_id: str
) -> None:
    """The quick check by parts of the text says the same as the one that reads all of it."""
    said = entry(ORIGIN, operation_id, reason=reason)
    (row,) = rows(ORIGIN, 1)
    body, digest = chained(said, 1, GENESIS)
    row = row._replace(operation_id=operation_id, body=body, hash=digest)
    assert wrong_in_table(row, 1, GENESIS) == ""
    assert wrong_in_table(row, 1, "f" * 64) != ""
    assert leaves_of([row], 1, "f" * 64) is None
    assert leaves_of([row], 2, GENESIS) is None


def test_the_quick_check_knows_a_true_record() -> None:
    (row,) = rows(ORIGIN, 1)
    assert leaves_of([row], 1, GENESIS) == [bytes.fromhex(row.hash)]


@given(st.data())
def test_any_flipped_byte_of_a_body_is_found(data: st.DataObject) -> None:
    (row,) = rows(ORIGIN, 1)
    at = data.draw(st.integers(0, len(row.body) - 1))
    other = data.draw(st.characters(max_codepoint=0x7F).filter(lambda c: c != row.body[at]))
    changed = row._replace(body=row.body[:at] + other + row.body[at + 1 :])
    assert leaves_of([changed], 1, GENESIS) is None
    assert "Record 1 was changed" in wrong_in_table(changed, 1, GENESIS)


@given(data=st.data())
def test_any_flipped_byte_of_the_file_is_found(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    made = rows(ORIGIN, 4)
    whole = b"".join(row.line for row in made)
    at = data.draw(st.integers(0, len(whole) - 1))
    flipped = bytearray(whole)
    flipped[at] ^= data.draw(st.integers(1, 255))
    file = tmp_path_factory.mktemp("flipped") / "audit.jsonl"
    file.write_bytes(flipped)
    bad = _Check(file, Verdict(), NOBODY).rows(made)
    assert bad
    assert bad.first_bad == whole[:at].count(b"\n") + 1


def test_a_line_is_the_hashed_text_with_the_hash_as_its_last_key() -> None:
    body, digest = chained(entry(ORIGIN), 1, GENESIS)
    line = line_of(body, digest)
    assert json.loads(line) == {**json.loads(body), "hash": digest}
    assert line.removesuffix(f',"hash":"{digest}"}}') + "}" == body
    place = place_of(line.encode())
    assert place is not None
    assert (place.seq, place.hash) == (1, digest)


@pytest.mark.parametrize(
    "line",
    [b"", b"{", b"[]", b"7", b'{"seq":1}', b'{"seq":"1","hash":"x"}', b"\xff" * 9, b"[" * 5000],
)
def test_what_is_no_record_has_no_place(line: bytes) -> None:
    assert place_of(line) is None


@pytest.mark.parametrize("body", ["", "{}", "[]", "null", '{"seq":1}', '{"actor":3}', "[" * 5000])
def test_reading_what_is_no_record_says_so(body: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        read(body, "0" * 64)


def test_a_damaged_row_still_reads_as_a_line_for_the_tail() -> None:
    (row,) = rows(ORIGIN, 1)
    damaged = row._replace(body=row.body[:40]).record
    assert (damaged.seq, damaged.operation, damaged.outcome) == (1, "unreadable", "done")
    assert "damaged" in damaged.reason


@pytest.mark.parametrize(
    "key", ["password", "vnc_password", "Passphrase", "api_token", "client_secret"]
)
def test_a_secret_never_reaches_the_log(key: str) -> None:
    target = Target("drive", "drive-1", "data")
    record = Record("drive.open", "op-1", "done", None, target, "", {key: "hunter2"})
    assert "hunter2" not in canonical(entry_of(record, ORIGIN, NOON))


def test_a_text_without_end_is_cut_and_says_how_much_is_missing() -> None:
    record = Record("vm.start", "op-1", "failed", None, Target("vm"), "x" * (LONGEST_TEXT + 3))
    assert entry_of(record, ORIGIN, NOON)["reason"].endswith("x… (3 more characters)")


@pytest.mark.parametrize(
    ("outcome", "severity"),
    [
        ("attempted", Severity.INFO),
        ("done", Severity.LOW),
        ("refused", Severity.MEDIUM),
        ("failed", Severity.HIGH),
        ("interrupted", Severity.CRITICAL),
        ("of-a-newer-version", Severity.MEDIUM),
    ],
)
def test_severity_follows_from_the_outcome(outcome: str, severity: Severity) -> None:
    record = read(*chained(entry(ORIGIN), 1, GENESIS))
    assert replace(record, outcome=outcome).severity is severity
