"""Which rows a table shows and in what order: filter and sort, without any widget.

What is computed of a row (its sort key, its searched text) is kept until the row changes, so that
a new reading costs what changed in it. Long work is done in slices by whoever drives it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ticrypt_tui.widgets.natural import SortKey, sort_key
from ticrypt_tui.widgets.query import Query, haystack

if TYPE_CHECKING:
    from ticrypt_tui.screens.declaration import Column

SLICE = 1_000
AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Sorting:
    """By which column rows are sorted; with no key they stay as they were given."""

    key: str = ""
    descending: bool = False


class RowOrder:
    """The rows of a table by ID, and the IDs that are shown, in order."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns = {column.key: column for column in columns}
        self.rows: dict[str, Any] = {}
        self.shown: list[str] = []
        self.place: dict[str, int] = {}
        self.query = Query()
        self.sorting = Sorting()
        self._given: list[str] = []
        self._keys: dict[str, SortKey] = {}
        self._haystacks: dict[str, str] = {}

    @property
    def titles(self) -> Mapping[str, str]:
        """The titles by key, as the filter language wants them."""
        return {key: column.title for key, column in self.columns.items()}

    @property
    def work_left(self) -> int:
        """About how many rows' worth of computing it takes to put the rows in order.

        Comparing what is already computed counts for an eighth.
        """
        missing = [
            len(self.rows) - len(cache)
            for needed, cache in ((self.query, self._haystacks), (self.sorting.key, self._keys))
            if needed
        ]
        return sum(missing) + len(self.rows) // 8

    def take(self, rows: Sequence[Any]) -> bool:
        """Takes a new reading in; whether the rows must be put in order again.

        A row that equals the known one keeps the known object, and all that was computed of it.
        """
        fresh = {row.id: row for row in rows}
        known, self.rows = self.rows, fresh
        given, self._given = self._given, list(fresh)
        moved = self._given != given
        for key, row in fresh.items() if known else ():
            before = known.get(key)
            if before is row or before == row:
                fresh[key] = before
            elif before is not None:
                moved |= self._changed(key, row)
        self._forget(known.keys() - fresh.keys())
        return moved

    def _changed(self, key: str, row: Any) -> bool:
        """Whether a changed row must leave its place; brings what is computed of it up to date."""
        before_key, before_hay = self._keys.pop(key, None), self._haystacks.pop(key, None)
        moved = False
        if self.sorting.key:
            self._keys[key] = self._sort_key(row)
            moved = self._keys[key] != before_key
        if self.query:
            self._haystacks[key] = self._haystack(row)
            was_shown = before_hay is not None and self.query.holds(before_hay)
            moved |= was_shown is not self.query.holds(self._haystacks[key])
        return moved

    def _forget(self, gone: set[str]) -> None:
        for key in gone:
            self._keys.pop(key, None)
            self._haystacks.pop(key, None)

    def filter_by(self, query: Query) -> None:
        self.query = query

    def sort_by(self, sorting: Sorting) -> None:
        if sorting.key != self.sorting.key:
            self._keys.clear()
        self.sorting = sorting

    def arranging(self) -> Iterator[list[str] | None]:
        """Works out the order of the rows: `None` after every slice of work, at last the order."""
        chosen = self._given
        if self.query:
            yield from self._filling(self._haystacks, self._haystack)
            chosen = []
            for part in _slices(self._given):
                chosen += [key for key in part if self.query.holds(self._haystacks[key])]
                yield None
        if self.sorting.key:
            yield from self._filling(self._keys, self._sort_key)
            chosen = sorted(chosen, key=self._keys.__getitem__, reverse=self.sorting.descending)
        yield chosen

    def as_given(self) -> list[str]:
        """What can be shown until the order is worked out: what was, or all rows as given."""
        kept = [key for key in self.shown if key in self.rows]
        return kept or ([] if self.query else self._given)

    def place_all(self, order: Sequence[str]) -> None:
        """Shows these rows in this order."""
        self.shown = list(order)
        self.place = {key: place for place, key in enumerate(self.shown)}

    def _filling(self, cache: dict[str, Any], compute: Callable[[Any], Any]) -> Iterator[None]:
        for part in _slices([key for key in self._given if key not in cache]):
            cache.update((key, compute(self.rows[key])) for key in part)
            yield None

    def _sort_key(self, row: Any) -> SortKey:
        column = self.columns[self.sorting.key]
        return sort_key((column.sorts_by or column.value)(row))

    def _haystack(self, row: Any) -> str:
        return haystack([column.value(row) for column in self.columns.values()])


def _slices(keys: list[str]) -> Iterator[list[str]]:
    return (keys[start : start + SLICE] for start in range(0, len(keys), SLICE))
