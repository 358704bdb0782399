"""What every tab's service gives: rows, details, and the operations that it registers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar

from sqlmodel import SQLModel, func, select

from ticrypt_tui.backend import permissions
from ticrypt_tui.backend.caller import Caller
from ticrypt_tui.backend.errors import Ambiguous, NotFound
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.text import shown

if TYPE_CHECKING:
    from ticrypt_tui.backend.enclave import Enclave

_NAMED_AT_MOST = 10


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

    def follow(self) -> AsyncGenerator[bytes, None]:
        """The last MiB, then what comes, until closed."""


R = TypeVar("R", bound=Row)


class Service(ABC, Generic[R]):
    """The rows of one tab.

    `table` is the one that has a record for each of them, where whoever may list any may see all.
    """

    tab: ClassVar[str]
    kind: ClassVar[str]
    noun: ClassVar[str]
    table: ClassVar[type[SQLModel] | None] = None

    def __init__(self, enclave: Enclave) -> None:
        self.enclave = enclave

    @abstractmethod
    async def rows(self) -> Sequence[R]:
        """Every row, whoever asks."""

    async def current(self) -> Sequence[R]:
        """Every row, to be shown: as of the last change that this console has heard of."""
        return await self.rows()

    @abstractmethod
    async def detail(self, row: R) -> Detail:
        """What the detail panel shows."""

    async def notices(self) -> tuple[str, ...]:
        """What a reader of the rows must know."""
        return ()

    async def close(self) -> None:
        """Give up what is held beside the store and the hosts."""

    async def listing(self, caller: Caller) -> Listing:
        """The rows that the caller may see; raises `Refused` where he may see none."""
        permissions.require(caller, f"list {self.tab}")
        taken = now()
        return Listing(self.visible(caller, await self.current()), taken, await self.notices())

    async def count(self, caller: Caller) -> int:
        """How many rows the caller may see; raises `Refused` where he may see none."""
        permissions.require(caller, f"list {self.tab}")
        number = await self.number()
        return len((await self.listing(caller)).rows) if number is None else number

    async def number(self) -> int | None:
        """How many rows there are, where that is known without reading all that is in them."""
        if self.table is None:
            return None
        async with self.enclave.database.read() as session:
            return (await session.exec(select(func.count()).select_from(self.table))).one()

    def visible(self, caller: Caller, rows: Sequence[R]) -> list[R]:
        """Those of the rows that are within the caller's reach; a super-admin's is unbounded."""
        return permissions.visible(caller, self.tab, rows)

    async def find(self, caller: Caller, reference: str) -> R:
        """One row by ID, or by a name that only one row within the caller's reach bears.

        Raises `NotFound` or `Ambiguous`. A row out of reach is found too, for the permission to
        say why not, but only where no other bears its name.
        """
        rows = await self.rows()
        return only(rows, self.visible(caller, rows), self.noun, reference)


def only(rows: Sequence[R], visible: Sequence[R], noun: str, reference: str) -> R:
    """The row that a reference means; raises `NotFound` or `Ambiguous`."""
    named = [row for row in rows if row.id == reference]
    named = named or [row for row in visible if row.name == reference]
    named = named or [row for row in rows if row.name == reference][:1]
    if not named:
        raise NotFound(f"There is no {noun} {shown(reference)}.")
    if len(named) > 1:
        raise Ambiguous(f"{len(named)} {noun}s are named {shown(reference)}: {_candidates(named)}.")
    return named[0]


def _candidates(rows: Sequence[R]) -> str:
    told = sorted(row.id for row in rows)[:_NAMED_AT_MOST]
    more = len(rows) - len(told)
    return ", ".join(told) + (f" and {more} more" if more else "")


AnyService = Service[Any]
