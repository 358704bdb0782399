"""The logs of a system service: its journal by level, and the log file that it writes."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from ticrypt_tui.backend.caller import Caller
from ticrypt_tui.backend.errors import Refused, WrongUse
from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.services.base import Log
from ticrypt_tui.backend.services.units.units import SystemServices, UnitRow
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.units.entries import LEVELS, Entry
from ticrypt_tui.backend.units.journal import MOST, Journal
from ticrypt_tui.config.measures import duration
from ticrypt_tui.text import shown

_SHORTEST_LINE = 40
_TITLES = {"debug": "journal", "notice": "notices", "warning": "warnings", "error": "errors"}
"""What is chosen among: everything, or what is at least this bad."""


@dataclass(frozen=True, slots=True)
class JournalLog:
    """A unit's journal as a log, which can be read again since another moment.

    One that is `in_another` holds nothing that another of the same unit does not hold, too.
    """

    title: str
    journal: Journal
    in_another: bool = False

    async def last(self, size: int) -> bytes:
        count = MOST if self.journal.since else max(1, min(MOST, size // _SHORTEST_LINE))
        return _encoded(await self.journal.newest(count))[-size:]

    async def follow(self) -> AsyncGenerator[bytes, None]:
        async with aclosing(self.journal.follow()) as batches:
            async for entries in batches:
                yield _encoded(entries)

    def since(self, text: str) -> JournalLog:
        """The same since a moment or for as long as said; '' is from its last entries on.

        Raises `WrongUse`.
        """
        return replace(self, journal=replace(self.journal, since=moment(text)))


def kept(caller: Caller, thing: UnitRow, arguments: Mapping[str, Any]) -> str:
    """There is a journal or a file."""
    if thing.log_file or thing.has_journal:
        return ""
    return f"{thing.why_not} It has no file in [services] logs either."


@operation(
    "unit.logs",
    Argument("unit", "object", says="a system service's name, as in [services]"),
    Argument(
        "level", "choice", required=False, choices=LEVELS, says="only what is so bad or worse"
    ),
    Argument("since", required=False, says="such as 2h, or a moment in ISO 8601; UTC if unsaid"),
    on="unit",
    says="Open a system service's logs.",
    changes=False,
    preconditions=(kept,),
)
async def logs(call: Call, unit: UnitRow, *, level: str = "", since: str = "") -> tuple[Log, ...]:
    """Its journal in full and by level, and its log file; raises `WrongUse` for such a `since`."""
    services = call.enclave.services[SystemServices.tab]
    assert isinstance(services, SystemServices)
    journal, file = services.journal(unit.primary), services.log_file(unit.name)
    if journal is None and (level or since):
        raise Refused("A log file has no levels and moments: only the journal has them.")
    titles = {level: f"{level} and worse"} if level else _TITLES
    whole = next(iter(titles))
    found = [
        JournalLog(title, journal.of(each), in_another=each != whole).since(since)
        for each, title in titles.items()
        if journal
    ]
    return (*found, *([file] if file and not level else []))


def moment(text: str) -> datetime | None:
    """A moment in ISO 8601, or that long ago (`2h`); None for ''. Raises `WrongUse`."""
    if not text.strip():
        return None
    try:
        return now() - duration(text)
    except (ValueError, OverflowError):
        pass
    try:
        found = datetime.fromisoformat(text.strip())
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    except ValueError:
        raise WrongUse(f"{shown(text)} is not a moment, nor as 2h.") from None


def _encoded(entries: tuple[Entry, ...]) -> bytes:
    return "".join(f"{each.text}\n" for each in entries).encode("utf-8", "backslashreplace")
