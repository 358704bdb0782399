"""Lines of `journalctl --output=json` as lines of a log: moment, level, who, what.

A MESSAGE is a text, or a list of bytes where it is not printable UTF-8, or null where it was too
long to be given (systemd.journal-fields(7), journalctl(1)).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ticrypt_tui.text import decoded

LEVELS = ("emerg", "alert", "crit", "error", "warning", "notice", "info", "debug")
"""The levels of syslog, worst first, as journal entries number them."""
LONGEST = 1 << 20
"""Bytes of a JSON line beyond which an entry is passed over."""
FIELDS = "MESSAGE,PRIORITY,SYSLOG_IDENTIFIER,_COMM,_PID"
_INFO = 6


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the journal; its cursor is where to read on."""

    at: datetime | None
    level: str
    source: str
    message: str
    cursor: str = ""

    @property
    def text(self) -> str:
        """The entry as lines of a log; those after the first are indented."""
        when = f"{self.at:%Y-%m-%d %H:%M:%S}.{self.at:%f}"[:-3] + "Z" if self.at else "-"
        first, *others = self.message.rstrip("\n").split("\n")
        head = f"{when}  {self.level:7}  {self.source}: {first}"
        return "\n".join([head, *(f"    {line}" for line in others)])


def entry(line: bytes) -> Entry | None:
    """The entry that a line of JSON is; None where it is none, such as `-- No entries --`."""
    try:
        fields = json.loads(line)
    except ValueError:
        return None
    if not isinstance(fields, dict):
        return None
    return Entry(
        at=_moment(fields.get("__REALTIME_TIMESTAMP")),
        level=_level(fields.get("PRIORITY")),
        source=_source(fields),
        message=_message(fields.get("MESSAGE")),
        cursor=_text(fields.get("__CURSOR")),
    )


def _moment(microseconds: object) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(str(microseconds)) / 1e6, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _level(number: object) -> str:
    known = isinstance(number, str) and number.isdecimal() and int(number) < len(LEVELS)
    return LEVELS[int(str(number)) if known else _INFO]


def _source(fields: dict[str, Any]) -> str:
    name = _text(fields.get("SYSLOG_IDENTIFIER") or fields.get("_COMM")) or "?"
    pid = _text(fields.get("_PID"))
    return f"{name}[{pid}]" if pid else name


def _message(value: object) -> str:
    if value is None:
        return "(the journal did not give this message: it is too long)"
    return _text(value)


def _text(value: object) -> str:
    """A field: a text, a list of bytes, or a list of either where an entry has it several times."""
    if isinstance(value, list):
        if all(isinstance(each, int) and 0 <= each < 256 for each in value):
            return decoded(bytes(value))
        return "\n".join(map(_text, value))
    return "" if value is None else str(value)
