"""What can be wrong with one record of the chain or one line of the file, each in one sentence."""

from __future__ import annotations

from ticrypt_tui.backend.audit.chain import Stored
from ticrypt_tui.backend.audit.file import place_of
from ticrypt_tui.backend.audit.records import hash_of, read


def is_true(row: Stored, seq: int, previous: str) -> bool:
    """Whether a row is record `seq` after the hash `previous`, without reading all of its body.

    A quotation mark inside a text is escaped, so these keys cannot be imitated by one. False may
    also mean that it takes `wrong_in_table` to tell.
    """
    return (
        row.seq == seq
        and f',"prev":"{previous}","reason":' in row.body
        and f',"seq":{seq},"session":' in row.body
        and f'"op_id":"{row.operation_id}","outcome":"{row.outcome}","pid":' in row.body
        and hash_of(row.body) == row.hash
    )


def wrong_in_table(row: Stored, seq: int, previous: str) -> str:
    """What is wrong with the row that should be record `seq` after the hash `previous`, or ''."""
    if row.seq > seq:
        return f"Record {seq} is missing from the table; record {row.seq} stands in its place."
    if row.seq < seq:
        return f"The table has a record {row.seq} before its first."
    if hash_of(row.body) != row.hash:
        return f"Record {seq} was changed: its hash is not that of what it says."
    return _wrong_text(row, previous)


def _wrong_text(row: Stored, previous: str) -> str:
    try:
        record = read(row.body, row.hash)
    except ValueError:
        return f"Record {row.seq} is no audit record."
    if record.seq != row.seq:
        return f"Record {row.seq} says that it is record {record.seq}: it was moved or copied."
    if record.previous != previous:
        return f"Record {row.seq} does not continue the one before it: one of them was replaced."
    if (record.operation_id, record.outcome) != (row.operation_id, row.outcome):
        return f"Record {row.seq} was changed: its columns are not what its text says."
    return ""


def wrong_line(line: bytes, seq: int, name: str) -> str:
    """What a line of the file is that is not the line of record `seq`."""
    if not line:
        return f"{name} ends with record {seq - 1}, the table does not: the rest is missing."
    if not line.endswith(b"\n"):
        return f"{name} breaks off in the middle of record {seq}."
    place = place_of(line)
    if place is None:
        return f"{name} has a line that is no audit record where record {seq} belongs."
    if place.seq == seq:
        return f"Record {seq} in {name} differs from the table."
    return f"{name} has record {place.seq} where record {seq} belongs."
