"""Which rows a table shows and in what order: filter and sort, without any widget.

What is computed of a row (its sort key, its searched text) is kept until the row changes, so that
a new reading costs what changed in it. Long work is a generator that pauses after every slice.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from operator import is_not
from typing import TYPE_CHECKING, Any, NamedTuple

from ticrypt_tui.widgets.natural import SortKey, sort_key
from ticrypt_tui.widgets.query import Query, haystack

if TYPE_CHECKING:
    from ticrypt_tui.screens.declaration import Column

SLICE = 500
CHANGES = 100
RUN = 2_000
GLIMPSE = 200


@dataclass(frozen=True, slots=True)
class Sorting:
    """By which column rows are sorted; with no key they stay as they were given."""

    key: str = ""
    descending: bool = False


class Arrangement(NamedTuple):
    """The IDs of the rows that are shown, in order; the place of each; and all rows by ID."""

    order: list[str]
    place: dict[str, int]
    rows: dict[str, Any]


class RowOrder:
    """The rows of a table by ID, and what it takes to arrange them."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns = {column.key: column for column in columns}
        self.rows: dict[str, Any] = {}
        self.total = 0
        self.query = Query()
        self.sorting = Sorting()
        self._read: Sequence[Any] = ()
        self._given: list[str] = []
        self._keys: dict[str, SortKey] = {}
        self._haystacks: dict[str, str] = {}

    @property
    def titles(self) -> Mapping[str, str]:
        """The titles by key, as the filter language wants them."""
        return {key: column.title for key, column in self.columns.items()}

    def sort_by(self, sorting: Sorting) -> None:
        if sorting.key != self.sorting.key:
            self._keys = {}
        self.sorting = sorting

    def glimpse(self, rows: Sequence[Any]) -> Arrangement:
        """The first rows of a long reading as they were given, to be shown until it is taken in."""
        seen = {row.id: row for row in rows[:GLIMPSE]} if not self.query else {}
        self.total = len(rows)
        return Arrangement(list(seen), {key: place for place, key in enumerate(seen)}, seen)

    def taking(self, rows: Sequence[Any]) -> Generator[None, None, bool]:
        """Takes a new reading in; whether the rows must be arranged again.

        A row that equals the known one keeps the known object, and all that was computed of it.
        """
        others = yield from self._others(rows)
        if others is not None:
            return (yield from self._taking_changes(rows, others))
        return (yield from self._taking_all(rows))

    def _others(self, rows: Sequence[Any]) -> Generator[None, None, list[Any] | None]:
        """The rows that are not the very objects of the reading before; None where the two tell
        of other IDs, or in another order."""
        if len(rows) != len(self._read):
            return None
        others: list[Any] = []
        for part, before in zip(_slices(rows, RUN), _slices(self._read, RUN), strict=True):
            new = list(compress(zip(part, before, strict=True), map(is_not, part, before)))
            if any(row.id != known.id for row, known in new):
                return None
            others += [row for row, _ in new]
            yield
        return others

    def _taking_changes(
        self, rows: Sequence[Any], others: Sequence[Any]
    ) -> Generator[None, None, bool]:
        moved = False
        for part in _slices(others, CHANGES):
            for row in part:
                if row != self.rows[row.id]:
                    moved |= self._changed(row)
                    self.rows[row.id] = row
            yield
        self._read = rows
        return moved

    def _taking_all(self, rows: Sequence[Any]) -> Generator[None, None, bool]:
        known, fresh, moved = self.rows, dict[str, Any](), False
        for part in _slices(rows):
            for row in part:
                before = known.get(row.id)
                if before is not None and before != row:
                    moved |= self._changed(row)
                fresh[row.id] = before if before == row else row
            yield
        given = list(fresh)
        moved |= given != self._given
        self.rows, self.total, self._given = fresh, len(fresh), given
        self._read = rows if len(given) == len(rows) else ()
        for gone in known.keys() - fresh.keys():
            self._keys.pop(gone, None)
            self._haystacks.pop(gone, None)
        return moved

    def _changed(self, row: Any) -> bool:
        """Whether a changed row must leave its place; brings what is computed of it up to date."""
        before_key, before_hay = self._keys.pop(row.id, None), self._haystacks.pop(row.id, None)
        moved = False
        if self.sorting.key:
            self._keys[row.id] = self._key_of(self.sorting)(row)
            moved = self._keys[row.id] != before_key
        if self.query:
            self._haystacks[row.id] = self._haystack(row)
            was_shown = before_hay is not None and self.query.holds(before_hay)
            moved |= was_shown is not self.query.holds(self._haystacks[row.id])
        return moved

    def arranging(self) -> Generator[None, None, Arrangement]:
        """Works out which rows are shown, and in what order."""
        chosen = self._given
        if self.query:
            chosen = yield from self._matching(self.query)
        if self.sorting.key:
            chosen = yield from self._sorted(chosen, self.sorting)
        place: dict[str, int] = {}
        for part in _slices(chosen):
            place.update(zip(part, range(len(place), len(place) + len(part)), strict=True))
            yield
        return Arrangement(chosen, place, self.rows)

    def _matching(self, query: Query) -> Generator[None, None, list[str]]:
        haystacks, chosen = self._haystacks, list[str]()
        yield from self._filling(haystacks, self._haystack)
        for part in _slices(self._given):
            chosen += [key for key in part if query.holds(haystacks[key])]
            yield
        return chosen

    def _sorted(self, chosen: list[str], sorting: Sorting) -> Generator[None, None, list[str]]:
        """Sorts runs first, a slice each: to sort what consists of runs takes a moment only."""
        keys, ordered = self._keys, list[str]()
        yield from self._filling(keys, self._key_of(sorting))
        for run in _slices(chosen, RUN):
            ordered += sorted(run, key=keys.__getitem__, reverse=sorting.descending)
            yield
        ordered.sort(key=keys.__getitem__, reverse=sorting.descending)
        return ordered

    def _filling(self, cache: dict[str, Any], compute: Callable[[Any], Any]) -> Iterator[None]:
        for part in _slices([key for key in self._given if key not in cache]):
            cache.update((key, compute(self.rows[key])) for key in part)
            yield

    def _key_of(self, sorting: Sorting) -> Callable[[Any], SortKey]:
        column = self.columns[sorting.key]
        value = column.sorts_by or column.value
        return lambda row: sort_key(value(row))

    def _haystack(self, row: Any) -> str:
        return haystack([column.value(row) for column in self.columns.values()])


def _slices(items: Sequence[Any], size: int = SLICE) -> Iterator[Sequence[Any]]:
    return (items[start : start + size] for start in range(0, len(items), size))
