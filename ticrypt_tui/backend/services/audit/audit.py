"""The audit log: its newest records, its verification, and the proof that it is being written."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ticrypt_tui.backend.audit import tail
from ticrypt_tui.backend.audit.records import AuditRecord
from ticrypt_tui.backend.audit.verify import Verdict
from ticrypt_tui.backend.caller import Caller
from ticrypt_tui.backend.errors import Failed
from ticrypt_tui.backend.operations import Call, operation
from ticrypt_tui.backend.services.base import Detail, Section, Service

SHOWN = 500


@dataclass(frozen=True, slots=True)
class AuditLine:
    """An audit record as a row of the tab."""

    id: str
    name: str
    seq: int
    at: datetime
    operation: str
    outcome: str
    severity: str
    login: str
    target_kind: str
    target_id: str
    target_name: str
    reason: str
    detail: dict[str, str]
    hash: str


def audit_line(record: AuditRecord) -> AuditLine:
    """A record as its row."""
    return AuditLine(
        id=str(record.seq),
        name=record.operation,
        seq=record.seq,
        at=record.at,
        operation=record.operation,
        outcome=record.outcome,
        severity=record.severity,
        login=record.login,
        target_kind=record.target_kind,
        target_id=record.target_id,
        target_name=record.target_name,
        reason=record.reason,
        detail=dict(record.detail),
        hash=record.hash,
    )


class AuditRecords(Service[AuditLine]):
    """The tab of the audit log: its newest records."""

    tab = "audit"
    kind = "record"
    noun = "audit record"

    async def rows(self) -> Sequence[AuditLine]:
        return [audit_line(each) for each in await tail.newest(self.enclave.database, SHOWN)]

    async def find(self, caller: Caller, reference: str) -> AuditLine:
        """A record by its sequence number, however old; else as everywhere."""
        if reference.isdigit():
            found = await tail.later(self.enclave.database, int(reference) - 1, 1)
            if found and found[0].seq == int(reference):
                return audit_line(found[0])
        return await super().find(caller, reference)

    async def detail(self, row: AuditLine) -> Detail:
        facts = (
            ("sequence", str(row.seq)),
            ("time", f"{row.at:%Y-%m-%d %H:%M:%S.%f} UTC"),
            ("operation", row.operation),
            ("outcome", f"{row.outcome} ({row.severity})"),
            ("who", row.login),
            ("object", f"{row.target_kind} {row.target_name} {row.target_id}".strip()),
            ("reason", row.reason),
            *row.detail.items(),
            ("hash", row.hash),
        )
        return Detail(f"Record {row.seq}", (Section("Record", facts),))


@operation(
    "audit.verify",
    says="Check the audit log: its chain, and the file against the table.",
    changes=False,
)
async def verify(call: Call) -> Verdict:
    """Check every record; raises `Failed` with the first bad one."""
    verdict = await call.enclave.verified()
    call.detail["up_to"] = str(verdict.up_to)
    if not verdict.ok:
        raise Failed(
            f"The audit log is broken at record {verdict.first_bad}: {verdict.sentence}",
            f"Records up to {verdict.up_to} are good.",
        )
    return verdict


@dataclass(frozen=True, slots=True)
class SelfTest:
    """That a record was written and read back, and the milliseconds that it took."""

    milliseconds: int
    seq: int

    @property
    def sentence(self) -> str:
        return f"Record {self.seq} was written and read back in {self.milliseconds} ms."


@operation("audit.selftest", says="Write a record and read it back.")
async def selftest(call: Call) -> SelfTest:
    """Find the record of this very attempt at the end of the chain, and take the time of that."""
    began = time.monotonic()
    await call.enclave.audit.probe()
    records = await tail.newest(call.enclave.database, 50)
    mine = [record for record in records if record.operation_id == call.id]
    if not mine:
        raise Failed("The record of this self-test is not in the table.", "Run audit.verify.")
    took = round((time.monotonic() - began) * 1000)
    call.detail["milliseconds"] = str(took)
    return SelfTest(took, mine[-1].seq)


@dataclass(frozen=True, slots=True)
class Rotation:
    """Where the records up to `up_to` are now; `file` is empty where there were none to move."""

    file: str
    up_to: int

    @property
    def sentence(self) -> str:
        if not self.file:
            return "The audit file has no new records: it was left as it is."
        return f"Records up to {self.up_to:,} are in {self.file}; a new file goes on from there."


@operation("audit.rotate", says="Begin a new audit file at a checkpoint; the old one is renamed.")
async def rotate_file(call: Call) -> Rotation:
    """Rotate only what was found good, and is signed where checkpoints are; raises `Failed`."""
    old, verdict = await call.enclave.rotated()
    call.detail["file"] = old.name if old else ""
    return Rotation(str(old or ""), verdict.up_to)
