"""Checking the chain, the file and the checkpoints against each other: the first bad record.

The chain and the file show what was changed in them. That the end of both was cut off, or all of
both replaced by another unbroken log, only the checkpoints show (`witnesses.py`).
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ticrypt_tui.backend.audit import chain
from ticrypt_tui.backend.audit.chain import Fields, Stored
from ticrypt_tui.backend.audit.checkpoints import Checkpoint
from ticrypt_tui.backend.audit.discrepancies import (
    leaves_of,
    lines_of,
    wrong_in_table,
    wrong_line,
)
from ticrypt_tui.backend.audit.merkle import Tree
from ticrypt_tui.backend.audit.note import PublicKey
from ticrypt_tui.backend.audit.parts import Part, parts, removal_id
from ticrypt_tui.backend.audit.records import GENESIS
from ticrypt_tui.backend.audit.witnesses import NOBODY, Claim, Testimony, Witnesses

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from ticrypt_tui.backend.store.database import Database

GRACE = 1.0
"""Seconds that another console has to bring the file up to a record that it just committed."""
_BATCH = 5_000
_LONGEST_LINE = 1 << 24
_BEFORE_ALL = -(1 << 62)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How far the log is good: records 1 to `up_to`, of which the last has the hash `hash`.

    `first_bad` is the first record that is not, or that nothing proves any more, or 0. `offset` is
    where in the file the good ones end, in bytes; `tree` is theirs, and `signed` the highest
    checkpoint that says the same, made with `key`.
    """

    up_to: int = 0
    hash: str = GENESIS
    offset: int = 0
    first_bad: int = 0
    sentence: str = "There are no records yet."
    tree: Tree = field(default_factory=Tree)
    signed: Checkpoint | None = None
    key: PublicKey | None = None

    @property
    def ok(self) -> bool:
        return not self.first_bad

    @property
    def signed_up_to(self) -> int:
        """How many records the highest checkpoint covers."""
        return self.signed.size if self.signed else 0


async def verify(
    database: Database,
    file: Path,
    after: Verdict | None = None,
    witnesses: Witnesses | None = None,
) -> Verdict:
    """Check every record, or only those after an earlier verdict; raises `StoreUnavailable`.

    The table is checked for a dense sequence, unbroken links and true hashes, the file for having
    the same, line by line, and both for being what the checkpoints say. That the oldest parts of
    the file are gone is no fault; the sentence says whether a record tells of their removal.
    """
    begin = after or Verdict()
    testimony = NOBODY
    if witnesses:  # heard first: what is signed was in the table before
        testimony = await asyncio.to_thread(witnesses.hear, whole=not begin.up_to)
    check = _Check(file, begin, testimony)
    while True:
        # In this order: what the file has was in the table before.
        more = await asyncio.to_thread(check.more_in_file)
        rows = await database.read_at_once(check.next_rows)
        if not rows:
            told = await database.read_at_once(check.removal_told)
            return check.ended(more_in_file=more, removal_told=told)
        if bad := await asyncio.to_thread(check.rows, rows):
            return bad


class _Check:
    """A verification under way; `good` is its verdict on what it has seen. Methods block."""

    def __init__(self, file: Path, begin: Verdict, testimony: Testimony) -> None:
        self.file, self.testimony = file, testimony
        self.good = replace(begin, key=testimony.key)
        self._claims = deque(each for each in testimony.claims if each.size >= begin.up_to)
        self._known: list[Part] = []
        self._known_of = 0
        self._gone = self._parts_now[0].after.seq
        self._gone_at_checkpoint = False

    def next_rows(self, connection: Connection) -> list[Fields]:
        first = self.good.up_to + 1 if self.good.up_to else _BEFORE_ALL
        return chain.rows_at_once(connection, first, _BATCH)

    def rows(self, rows: Sequence[Fields]) -> Verdict | None:
        """Check the next rows, their lines, and the checkpoints made of them."""
        for part in self._parts(rows):
            bad = self._contradicted() or self._wrong_part(part) or self._contradicted()
            if bad:
                return bad
        return None

    def removal_told(self, connection: Connection) -> bool:
        """Whether a record tells that the parts of the file which are gone were removed."""
        return bool(self._gone) and chain.has_at_once(connection, removal_id(self._gone))

    def ended(self, *, more_in_file: bool, removal_told: bool = False) -> Verdict:
        """The verdict when there are no more rows."""
        if more_in_file:
            return self._bad(self._table_ends())
        if bad := self._contradicted():
            return bad
        if self._claims:
            return self._bad(self._cut(self._claims[-1]))
        if self.testimony.fault:
            return self._bad(self.testimony.fault, self.testimony.proven)
        said = f"{self._all_is_well()}{self._what_is_gone(removal_told)}"
        return replace(self.good, first_bad=0, sentence=said)

    def more_in_file(self) -> bool:
        try:
            return bool(self._read(1))
        except OSError:
            return False

    @property
    def _parts_now(self) -> list[Part]:
        """The parts, looked for anew where the file was rotated or the oldest one is gone."""
        try:
            written = self.file.stat().st_ino
        except FileNotFoundError:
            written = 0
        if not self._known or written != self._known_of or not self._known[0].path.exists():
            self._known, self._known_of = parts(self.file), written
        return self._known

    @property
    def _place(self) -> tuple[Part | None, int]:
        """The part of the file with the next record, if it is still there, and where in it."""
        seq = self.good.up_to + 1
        part = next((each for each in reversed(self._parts_now) if each.first <= seq), None)
        begins = part is not None and part.first == seq
        return part, part.head if part and begins else self.good.offset

    def _parts(self, rows: Sequence[Fields]) -> Iterator[Sequence[Fields]]:
        """The rows up to the next checkpoint, and to each after it."""
        begin = 0
        while begin < len(rows):
            seen = self.good.up_to
            ends = (
                *(each.size for each in self._claims),
                *(each.after.seq for each in self._parts_now),
            )
            end = begin + min((each - seen for each in ends if each > seen), default=len(rows))
            yield rows[begin:end]
            begin = end

    def _wrong_part(self, rows: Sequence[Fields]) -> Verdict | None:
        leaves = leaves_of(rows, self.good.up_to + 1, self.good.hash)
        lines = lines_of(rows)
        if leaves is not None and (self._is_gone or self._file_has(lines)):
            self._advance(rows, leaves, len(lines))
            return None
        for row in map(Stored._make, rows):
            good = self.good
            fault = wrong_in_table(row, good.up_to + 1, good.hash)
            fault = fault or ("" if self._is_gone else self._wrong_in_file(row))
            if fault:
                return self._bad(fault)
            self._advance([row], [bytes.fromhex(row.hash)], len(row.line))
        return None

    def _advance(self, rows: Sequence[Fields], leaves: Sequence[bytes], size: int) -> None:
        last = Stored._make(rows[-1])
        self.good = replace(
            self.good,
            up_to=last.seq,
            hash=last.hash,
            offset=self._place[1] + size,
            tree=self.good.tree.grown(leaves),
        )

    def _contradicted(self) -> Verdict | None:
        """What is wrong where a checkpoint of just these records says something else."""
        while self._claims and self._claims[0].size <= self.good.up_to:
            claim = self._claims.popleft()
            if claim.size < self.good.up_to:
                continue  # of before this verification
            if claim.checkpoint.root != self.good.tree.root:
                return self._bad(self._differs(claim), self.good.signed_up_to)
            self.good = replace(self.good, signed=claim.checkpoint)
            self._gone_at_checkpoint |= claim.size == self._gone
        return None

    def _bad(self, fault: str, proven: int | None = None) -> Verdict:
        """The verdict with a fault; `proven` is how many records it leaves good."""
        good = self.good
        up_to = good.up_to if proven is None else min(proven, good.up_to)
        return replace(good, up_to=up_to, first_bad=up_to + 1, sentence=fault)

    def _differs(self, claim: Claim) -> str:
        if not self.testimony.key or not claim.checkpoint.signed_by(self.testimony.key):
            return f"The checkpoint of {claim.size:,} records in {claim.keeper} was changed."
        first = self.good.signed_up_to + 1
        return (
            f"The log was replaced: its chain is unbroken, but records {first:,} to {claim.size:,} "
            f"are not those that the checkpoint in {claim.keeper} was signed for."
        )

    def _cut(self, claim: Claim) -> str:
        first = self.good.up_to + 1
        return (
            f"The end of the log was cut off: records {first:,} to {claim.size:,} are gone from "
            f"table and file; a checkpoint in {claim.keeper} was signed for them."
        )

    def _table_ends(self) -> str:
        return (
            f"The table ends with record {self.good.up_to}, {self.file} goes on: "
            "records were taken from the table, or lines added to the file."
        )

    def _all_is_well(self) -> str:
        if not self.good.up_to:
            return Verdict().sentence
        since = f" from {self._gone + 1:,} on" if self._gone else ""
        says = f"Records 1 to {self.good.up_to} are unbroken, and the file has the same{since}."
        if self.good.signed and self.testimony.key:
            says += f" {self.good.signed.size:,} of them are signed by {self.testimony.key.name}."
        return says

    def _what_is_gone(self, told: bool) -> str:
        if not self._gone or not self.good.up_to:
            return ""
        if not told:
            how = "were taken away, which no record tells"
        elif self._gone_at_checkpoint:
            how = "were removed by retention; what is kept begins at a signed checkpoint"
        else:
            how = "were removed by retention"
        return f" Older parts of the file, up to record {self._gone:,}, {how}."

    def _file_has(self, lines: bytes) -> bool:
        try:
            return self._read(len(lines)) == lines
        except OSError:
            return False

    def _wrong_in_file(self, row: Stored) -> str:
        deadline = time.monotonic() + GRACE
        while True:
            try:
                line = self._read(_LONGEST_LINE, one_line=True)
            except FileNotFoundError:
                line = b""
            except OSError as error:
                return f"{self.file} cannot be read: {error.strerror}."
            if line == row.line or self._is_gone:  # or was removed meanwhile
                return ""
            if not row.line.startswith(line) or time.monotonic() > deadline:
                return wrong_line(line, row.seq, str(self.file))
            time.sleep(0.05)

    @property
    def _is_gone(self) -> bool:
        """Whether the part of the file with the next record was taken away after a rotation."""
        return self._place[0] is None

    def _read(self, size: int, *, one_line: bool = False) -> bytes:
        part, offset = self._place
        if part is None:
            return b""
        if part.head and part.first == self.good.up_to + 1 and part.after.hash != self.good.hash:
            return f"{part.path} continues another log.\n".encode()
        try:
            with part.path.open("rb") as file:
                file.seek(offset)
                return file.readline(size) if one_line else file.read(size)
        except FileNotFoundError:
            self._known = []
            raise
