"""Licensing servers as CSV: the columns of their tab, as the tab shows them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence

from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.services.licensing.licenses import LicenseRow
from ticrypt_tui.text import csv_cell

NONE = "–"

COLUMNS: tuple[tuple[str, Callable[[LicenseRow], str]], ...] = (
    ("NAME", lambda row: row.name),
    ("ADDRESS", lambda row: row.server),
    ("PORTS", lambda row: row.ports),
    ("PROTOCOL", lambda row: row.protocol),
    ("ACTIVE", lambda row: row.active),
    ("HOSTS", lambda row: row.state),
    ("GROUP", lambda row: row.group or NONE),
    ("DEACTIVATION", lambda row: row.until or NONE),
    ("CREATOR", lambda row: row.created_by),
    ("CREATED", lambda row: row.since),
    ("LET THROUGH", lambda row: row.through or NONE),
)
"""What the tab shows of an entry, under its headings."""


@operation(
    "license.export",
    Argument("licensing", "list", required=False, says="IDs, in the order wanted; all if unsaid"),
    says="Export licensing servers as CSV.",
    changes=False,
)
async def export(call: Call, *, licensing: Sequence[str] = ()) -> str:
    """The CSV of those entries, or of all; an ID that is gone is left out."""
    rows = (await call.enclave.listing("licensing")).rows
    by_id = {row.id: row for row in rows if isinstance(row, LicenseRow)}
    wanted = licensing or tuple(by_id)
    return csv_of(by_id[each] for each in wanted if each in by_id)


def csv_of(rows: Iterable[LicenseRow]) -> str:
    """A heading, and a line for each row (RFC 4180)."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow([title for title, _ in COLUMNS])
    for row in rows:
        writer.writerow([csv_cell(value(row)) for _, value in COLUMNS])
    return written.getvalue()
