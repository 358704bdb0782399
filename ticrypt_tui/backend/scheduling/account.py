"""Every host's part in a placement, kept as columns of numbers; words are made of what is shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import overload

from ticrypt_tui.backend.scheduling.costs import CostFunction, cost_function, totals, unreadable
from ticrypt_tui.backend.scheduling.model import Demand, Place, Verdict
from ticrypt_tui.backend.scheduling.room import copies, shortages

Rank = tuple[float, str, str]


@dataclass(frozen=True, slots=True)
class Priced:
    """What one host that can hold a VM costs, term by term."""

    cost: float
    function: CostFunction
    values: tuple[float, ...]


class Account(Sequence[Verdict]):
    """The verdicts on all places: those that fit, the cheapest first, then the others, by name."""

    def __init__(self, demand: Demand, places: Sequence[Place]) -> None:
        self.demand, self.places = demand, places
        self.room = copies(demand, places)
        """How many times each place has room, whatever its gates say."""
        self._priced = self._prices()
        self._order = self._ranking()

    @property
    def fitting(self) -> int:
        """How many places can hold the VM."""
        return len(self._priced)

    @property
    def capacity(self) -> int:
        """How many such VMs all places can hold together."""
        return sum(self.room[index] for index in self._priced)

    def winners(self) -> Iterator[tuple[Rank, int]]:
        """The places that fit, in any order: each with its rank and its index."""
        return ((self.rank(index), index) for index in self._priced)

    def rank(self, index: int) -> Rank:
        """By what a place that fits is compared: its cost, then its name."""
        place = self.places[index]
        return self._priced[index].cost, place.name, place.id

    def verdict(self, index: int) -> Verdict:
        """What is to be said of one place, by its index in `places`."""
        place = self.places[index]
        if (priced := self._priced.get(index)) is not None:
            return Verdict(place, (), priced.cost, priced.function.named(priced.values))
        short = shortages(self.demand, place)
        return Verdict(place, (*short, *place.gates, *unreadable(place.cost)))

    def _prices(self) -> dict[int, Priced]:
        by_function: dict[str, list[int]] = {}
        for index, (place, room) in enumerate(zip(self.places, self.room, strict=True)):
            if room and not place.gates:
                by_function.setdefault(place.cost, []).append(index)
        priced: dict[int, Priced] = {}
        for text, indexes in by_function.items():
            if unreadable(text):
                continue
            function = cost_function(text)
            columns = function.columns(self.demand, [self.places[index] for index in indexes])
            rows = zip(totals(columns), *columns, strict=True)
            priced |= {
                index: Priced(cost, function, tuple(values))
                for index, (cost, *values) in zip(indexes, rows, strict=True)
            }
        return priced

    def _ranking(self) -> list[int]:
        places = self.places
        rest = [index for index in range(len(places)) if index not in self._priced]
        rest.sort(key=lambda index: (places[index].name, places[index].id))
        return [*sorted(self._priced, key=self.rank), *rest]

    def __len__(self) -> int:
        return len(self.places)

    @overload
    def __getitem__(self, at: int) -> Verdict: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Verdict, ...]: ...
    def __getitem__(self, at: int | slice) -> Verdict | tuple[Verdict, ...]:
        if isinstance(at, slice):
            return tuple(map(self.verdict, self._order[at]))
        return self.verdict(self._order[at])
