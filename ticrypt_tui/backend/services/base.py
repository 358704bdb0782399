"""What every tab's service gives: rows, details, and the operations that it registers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ticrypt_tui.backend.caller import Caller


class Row(Protocol):
    """One object as a tab shows it: a frozen dataclass with more fields of its own."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Listing:
    """A tab's rows at one moment, and what a reader must know about them.

    A notice is a sentence, such as that a host does not answer and its rows are old.
    """

    rows: Sequence[Row]
    taken: datetime
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of a detail panel: labelled values, or lines."""

    title: str
    fields: tuple[tuple[str, str], ...] = ()
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Detail:
    """Everything that is known of one object."""

    title: str
    sections: tuple[Section, ...]


class Log(Protocol):
    """One log that can be opened: a VM's events, its serial console, a file."""

    @property
    def title(self) -> str: ...

    async def last(self, size: int) -> bytes:
        """The last `size` bytes; raises `Failed` with the reason why not."""

    def follow(self) -> AsyncIterator[bytes]:
        """The last MiB, then what comes, until closed."""


class Service(Protocol):
    """The rows of one tab."""

    tab: str
    kind: str

    async def listing(self, caller: Caller) -> Listing:
        """The rows that the caller may see; raises `Refused` where he may see none."""

    async def find(self, reference: str) -> Row:
        """One row by ID or name; raises `NotFound` or `Ambiguous`."""

    async def detail(self, row: Row) -> Detail:
        """What the detail panel shows."""
