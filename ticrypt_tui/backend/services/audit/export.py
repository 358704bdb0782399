"""Exporting the audit log: line by line, however long it is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ticrypt_tui.backend.audit import tail
from ticrypt_tui.backend.errors import WrongUse
from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.services.audit.formats import COLUMNS, FORMATS
from ticrypt_tui.text import shown

if TYPE_CHECKING:
    from ticrypt_tui.backend.store.database import Database


@operation(
    "audit.export",
    Argument("from", required=False, says="the first day or moment, in ISO 8601; UTC if unsaid"),
    Argument("to", required=False, says="the first day or moment that is left out"),
    Argument("format", "choice", required=False, choices=tuple(FORMATS), says="jsonl if unsaid"),
    says="Export the audit records of a period.",
    changes=False,
)
async def export(call: Call, **period: str) -> AsyncIterator[str]:
    """The lines of the export, to be read while the database is open; raises `WrongUse`."""
    first = _moment(period.get("from", "0001-01-01"))
    last = _moment(period.get("to", "9999-12-31"))
    return _lines(call.enclave.database, first, last, period.get("format", "jsonl"))


async def _lines(
    database: Database, first: datetime, last: datetime, form: str
) -> AsyncIterator[str]:
    written = FORMATS[form]
    if form == "csv":
        yield ",".join(COLUMNS)
    seq = 0
    while records := await tail.later(database, seq):
        seq = records[-1].seq
        for record in records:
            if first <= record.at < last:
                yield written(record)


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise WrongUse(f"{shown(text)} is not a day or moment in ISO 8601.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
