"""What can be wrong with one record of the chain or one line of the file, each in one sentence."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from ticrypt_tui.backend.audit.chain import Fields, Stored
from ticrypt_tui.backend.audit.file import place_of
from ticrypt_tui.backend.audit.records import hash_of, read


def leaves_of(rows: Sequence[Fields], seq: int, previous: str) -> list[bytes] | None:
    """The hashes of rows that are records `seq` and on, after the hash `previous`.

    It does not read all of their bodies: a quotation mark inside a text is escaped, so these keys
    cannot be imitated by one. None may also mean that it takes `wrong_in_table` to tell.
    """
    sha256 = hashlib.sha256
    try:
        leaves = [sha256(b"\x00" + row[3].encode()).digest() for row in rows]
    except UnicodeEncodeError:
        return None
    hashes = [row[4] for row in rows]
    if b"".join(leaves).hex() != "".join(hashes):
        return None
    numbered = enumerate(zip(rows, [previous, *hashes], strict=False), seq)
    for place, ((found, operation_id, outcome, body, _), before) in numbered:
        if (
            found != place
            or f',"prev":"{before}","reason":' not in body
            or f',"seq":{place},"session":' not in body
            or f'"op_id":"{operation_id}","outcome":"{outcome}","pid":' not in body
        ):
            return None
    return leaves


def lines_of(rows: Sequence[Fields]) -> bytes:
    """The lines of the file for rows."""
    text = "".join([f'{row[3][:-1]},"hash":"{row[4]}"}}\n' for row in rows])
    return text.encode("ascii", "backslashreplace")


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
