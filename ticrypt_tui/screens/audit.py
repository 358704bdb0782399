"""The audit log: its records while they are written, which shows that auditing works."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ticrypt_tui.screens.declaration import Column, Tab
from ticrypt_tui.screens.showing import or_none

if TYPE_CHECKING:
    from ticrypt_tui.screens.enclave import AuditRecord


def clock_time(row: AuditRecord) -> str:
    """The time in UTC, to the millisecond, as the record has it."""
    return f"{row.at:%Y-%m-%d %H:%M:%S}.{row.at.microsecond // 1000:03}Z"


def said(row: AuditRecord) -> str:
    """The reason, else what the details say beside the object itself."""
    named = (row.target_id, row.target_name)
    told = (f"{key}={value}" for key, value in row.detail.items() if value not in named)
    return row.reason or " ".join(told)


SEVERITIES = ("info", "low", "medium", "high", "critical")
"""From the least severe on."""
OUTCOME_ROLES = {
    "attempted": "muted",
    "done": "success",
    "refused": "warning",
    "failed": "error",
    "interrupted": "error",
}

TAB = Tab(
    name="audit",
    title="Audit log",
    short="Audit",
    group="System",
    noun="record",
    columns=(
        Column("seq", "SEQ", 7, lambda row: str(row.seq), rank=0, right=True),
        Column("at", "TIME", 24, clock_time, rank=2),
        Column("operation", "OPERATION", 18, lambda row: row.operation, rank=0),
        Column("outcome", "OUTCOME", 11, lambda row: row.outcome, rank=0,
               style=lambda row: OUTCOME_ROLES.get(row.outcome, "")),
        Column("login", "WHO", 10, lambda row: row.login, rank=1),
        Column("target", "OBJECT", 16, lambda row: or_none(row.target_name), rank=1),
        Column("said", "SAID", 30, said, rank=3),
        Column("severity", "SEVERITY", 8, lambda row: str(row.severity), rank=4),
    ),
    empty="There is no audit record yet.",
    sort="seq",
)  # fmt: skip
