"""What a table shows, as CSV (RFC 4180)."""

from __future__ import annotations

import asyncio
import csv
import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ticrypt_tui.backend.errors import Failed
from ticrypt_tui.screens.saving import save, suggested
from ticrypt_tui.text import shown

if TYPE_CHECKING:
    from ticrypt_tui.screens.declaration import Column
    from ticrypt_tui.screens.resource_screen import ResourceScreen

_FORMULA = ("=", "+", "-", "@")


def guarded(text: str) -> str:
    """A cell that no spreadsheet takes for a formula, and no terminal for a command."""
    safe = shown(text)
    return f"'{safe}" if safe.lstrip().startswith(_FORMULA) else safe


def csv_text(columns: Sequence[Column], rows: Sequence[Any]) -> str:
    """A heading, and a line for each row, in the order given; every column, also those hidden."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow([column.title for column in columns])
    for row in rows:
        writer.writerow([guarded(column.value(row)) for column in columns])
    return written.getvalue()


async def export(screen: ResourceScreen) -> None:
    """Ask for a file, and write into it the rows that the table shows."""
    rows = list(screen.table.rows)
    columns = screen.tab.columns

    async def write(path: Path) -> int:
        await asyncio.to_thread(_write, path, columns, rows)
        return len(rows)

    path = suggested(f"{screen.tab.name} export", ".csv", screen.console.clock())
    await save(screen, screen.console, path, write)


def _for_owner_only(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)


def _write(path: Path, columns: Sequence[Column], rows: Sequence[Any]) -> None:
    try:
        with open(path, "x", encoding="utf-8", newline="", opener=_for_owner_only) as file:
            file.write(csv_text(columns, rows))
    except OSError as fault:
        raise Failed(f"{shown(path)} was not written: {fault.strerror}.") from fault
