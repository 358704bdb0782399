"""How values are printed: foreign text made safe, tables in columns, JSON in ASCII."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import click
from rich.cells import cell_len

from ticrypt_tui.screens.declaration import Column
from ticrypt_tui.text import shown, shown_lines


def print_json(value: Any) -> None:
    """Print a value as JSON; every character beyond ASCII is escaped."""
    click.echo(json.dumps(plain(value), indent=2))


def plain(value: Any) -> Any:
    """A value as JSON knows it: rows as objects, moments in ISO 8601."""
    if names := _field_names(value):
        return {name: plain(getattr(value, name)) for name in names}
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str | int | float | bool | None):
        return value
    return [plain(each) for each in value] if isinstance(value, Iterable) else str(value)


def _field_names(value: Any) -> tuple[str, ...]:
    """What the fields of a row are called; nothing where a value is no row."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return tuple(each.name for each in dataclasses.fields(value))
    return getattr(value, "_fields", ())  # of a named tuple


def print_lines(text: str) -> None:
    """Print text of several lines, each made safe; what ends its last line begins no other."""
    lines = shown_lines(text)
    for line in lines[:-1] if len(lines) > 1 and not lines[-1] else lines:
        click.echo(line)


def print_table(titles: Sequence[str], rows: Sequence[Sequence[str]], right: set[int]) -> None:
    """Print rows under their titles, as wide as they need."""
    lines = [list(map(shown, line)) for line in (titles, *rows)]
    widths = [max(map(cell_len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (_padded(cell, widths[at], at in right) for at, cell in enumerate(line))
        click.echo("  ".join(cells).rstrip())


def _padded(text: str, width: int, right: bool) -> str:
    space = " " * (width - cell_len(text))
    return space + text if right else text + space


def columns_of(tab: str, rows: Sequence[Any]) -> tuple[Column, ...]:
    """The columns that a tab's screen declares; else every field of its rows."""
    from ticrypt_tui.screens.tabs import BY_NAME

    if tab in BY_NAME:
        return BY_NAME[tab].columns
    return tuple(
        Column(name, name.upper().replace("_", " "), 0, _value(name))
        for name in (_field_names(rows[0]) if rows else ())
        if not name.endswith("_id")
    )


def _value(name: str) -> Any:
    return lambda row: "" if getattr(row, name) is None else str(getattr(row, name))
