"""Checking the chain and the file against each other: the first bad record, and what is wrong.

What this cannot see, a cut end of both table and file or a wholly rewritten log, takes signed
checkpoints kept elsewhere; a `Verdict` has the place and hash that such a checkpoint signs.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain as joined
from pathlib import Path
from typing import TYPE_CHECKING

from ticrypt_tui.backend.audit import chain
from ticrypt_tui.backend.audit.chain import Stored
from ticrypt_tui.backend.audit.discrepancies import is_true, wrong_in_table, wrong_line
from ticrypt_tui.backend.audit.records import GENESIS

if TYPE_CHECKING:
    from ticrypt_tui.backend.store.database import Database

GRACE = 1.0
"""Seconds that another console has to bring the file up to a record that it just committed."""
_BATCH = 5_000
_LONGEST_LINE = 1 << 24
_BEFORE_ALL = -(1 << 62)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How far the log is good: records 1 to `up_to`, of which the last has the hash `hash`.

    `first_bad` is the first record that is not, or 0; `offset` is where in the file the good ones
    end, in bytes.
    """

    up_to: int = 0
    hash: str = GENESIS
    offset: int = 0
    first_bad: int = 0
    sentence: str = "There are no records yet."

    @property
    def ok(self) -> bool:
        return not self.first_bad


async def verify(database: Database, file: Path, after: Verdict | None = None) -> Verdict:
    """Check every record, or only those after an earlier verdict; raises `StoreUnavailable`.

    The table is checked for a dense sequence, unbroken links and true hashes, the file for having
    the same, line by line.
    """
    check = _Check(file, after or Verdict())
    while True:
        # In this order: what the file has was in the table before.
        more = await asyncio.to_thread(check.more_in_file)
        rows = await _next_rows(database, check.up_to)
        if not rows:
            return check.verdict(check.table_ends() if more else "")
        if fault := await asyncio.to_thread(check.rows, rows):
            return check.verdict(fault)


async def _next_rows(database: Database, seq: int) -> list[Stored]:
    async with database.read() as session:
        return await chain.rows(session, seq + 1 if seq else _BEFORE_ALL, _BATCH)


class _Check:
    """A verification under way; its methods block."""

    def __init__(self, file: Path, begin: Verdict) -> None:
        self.file = file
        self.up_to = begin.up_to
        self.hash = begin.hash
        self.offset = begin.offset

    def verdict(self, fault: str) -> Verdict:
        if fault:
            return Verdict(self.up_to, self.hash, self.offset, self.up_to + 1, fault)
        says = f"Records 1 to {self.up_to} are unbroken, and the file has the same."
        says = says if self.up_to else Verdict().sentence
        return Verdict(self.up_to, self.hash, self.offset, 0, says)

    def rows(self, rows: Sequence[Stored]) -> str:
        """Check the next rows and their lines; returns what is wrong with the first bad one."""
        if self._all_true(rows):
            self._advance(rows)
            return ""
        for row in rows:
            fault = wrong_in_table(row, self.up_to + 1, self.hash) or self._wrong_in_file(row)
            if fault:
                return fault
            self._advance([row])
        return ""

    def more_in_file(self) -> bool:
        try:
            return bool(self._read(1))
        except OSError:
            return False

    def table_ends(self) -> str:
        return (
            f"The table ends with record {self.up_to}, {self.file} goes on: "
            "records were taken from the table, or lines added to the file."
        )

    def _all_true(self, rows: Sequence[Stored]) -> bool:
        before = joined([self.hash], (row.hash for row in rows))
        numbered = enumerate(zip(rows, before, strict=False), self.up_to + 1)
        if not all(is_true(row, seq, previous) for seq, (row, previous) in numbered):
            return False
        lines = b"".join(row.line for row in rows)
        try:
            return self._read(len(lines)) == lines
        except OSError:
            return False

    def _advance(self, rows: Sequence[Stored]) -> None:
        self.up_to, self.hash = rows[-1].seq, rows[-1].hash
        self.offset += sum(len(row.line) for row in rows)

    def _wrong_in_file(self, row: Stored) -> str:
        deadline = time.monotonic() + GRACE
        while True:
            try:
                line = self._read(_LONGEST_LINE, one_line=True)
            except FileNotFoundError:
                line = b""
            except OSError as error:
                return f"{self.file} cannot be read: {error.strerror}."
            if line == row.line:
                return ""
            if not row.line.startswith(line) or time.monotonic() > deadline:
                return wrong_line(line, row.seq, str(self.file))
            time.sleep(0.05)

    def _read(self, size: int, *, one_line: bool = False) -> bytes:
        with self.file.open("rb") as file:
            file.seek(self.offset)
            return file.readline(size) if one_line else file.read(size)
