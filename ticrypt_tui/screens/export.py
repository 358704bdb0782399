"""What a table shows, as CSV (RFC 4180)."""

from __future__ import annotations

import asyncio
import csv
import io
import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ticrypt_tui.backend.errors import Failed
from ticrypt_tui.screens.saving import save, suggested
from ticrypt_tui.text import csv_cell, shown

if TYPE_CHECKING:
    from textual.screen import Screen

    from ticrypt_tui.screens.console import Console
    from ticrypt_tui.screens.declaration import Column
    from ticrypt_tui.screens.resource_screen import ResourceScreen


def csv_text(columns: Sequence[Column], rows: Sequence[Any]) -> str:
    """A heading, and a line for each row, in the order given; every column, also those hidden."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow([column.title for column in columns])
    for row in rows:
        writer.writerow([csv_cell(column.value(row)) for column in columns])
    return written.getvalue()


async def export(screen: ResourceScreen) -> None:
    """Ask for a file, and write into it the rows that the table shows; where the tab names an
    operation for that, it goes on record first."""
    tab, console, rows = screen.tab, screen.console, list(screen.table.rows)

    async def record() -> None:
        if tab.exporting and console.enclave is not None:
            await console.enclave.run(tab.exporting, {tab.name: [row.id for row in rows]})

    await export_rows(screen, console, f"{tab.name} export", tab.columns, rows, record)


async def export_rows(
    screen: Screen[None],
    console: Console,
    title: str,
    columns: Sequence[Column],
    rows: Sequence[Any],
    record: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Ask for a file, named after the title at first, and write rows into it; `record` says first
    that it is done."""

    async def write(path: Path) -> int:
        if record is not None:
            await record()
        await asyncio.to_thread(_write, path, columns, rows)
        return len(rows)

    await save(screen, console, suggested(title, ".csv", console.clock()), write)


def _for_owner_only(path: str, flags: int) -> int:
    return os.open(path, flags, mode=0o600)


def _write(path: Path, columns: Sequence[Column], rows: Sequence[Any]) -> None:
    try:
        with open(path, "x", encoding="utf-8", newline="", opener=_for_owner_only) as file:
            file.write(csv_text(columns, rows))
    except OSError as fault:
        raise Failed(f"{shown(path)} was not written: {fault.strerror}.") from fault
