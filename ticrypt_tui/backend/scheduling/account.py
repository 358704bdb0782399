"""Every host's part in a placement, kept as columns of numbers; words are made of what is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

from ticrypt_tui.backend.scheduling.costs import cost_function, totals, unreadable
from ticrypt_tui.backend.scheduling.model import Demand, Place, Verdict
from ticrypt_tui.backend.scheduling.room import copies, shortages


class Account(Sequence[Verdict]):
    """The verdicts on all places: those that fit, the cheapest first, then the others, by name."""

    def __init__(self, demand: Demand, places: Sequence[Place]) -> None:
        self.demand, self.places = demand, places
        self.room = copies(demand, places)
        """How many times each place has room, whatever its gates say."""
        self.costs = self._costs()
        """What each place that fits costs, by its index in `places`."""
        self.order = self._ranking()
        """The indexes of all places, as the verdicts are ordered."""

    @property
    def capacity(self) -> int:
        """How many such VMs all places can hold together."""
        return sum(self.room[index] for index in self.costs)

    def _costs(self) -> dict[int, float]:
        by_function: dict[str, list[int]] = {}
        for index, (place, room) in enumerate(zip(self.places, self.room, strict=True)):
            if room and not place.gates:
                by_function.setdefault(place.cost, []).append(index)
        costs: dict[int, float] = {}
        for text, indexes in by_function.items():
            if not unreadable(text):
                places = [self.places[index] for index in indexes]
                columns = cost_function(text).columns(self.demand, places)
                costs.update(zip(indexes, totals(columns), strict=True))
        return costs

    def _ranking(self) -> list[int]:
        costs, names = self.costs, [place.name for place in self.places]
        by_name = sorted(range(len(names)), key=names.__getitem__)
        fitting = [index for index in by_name if index in costs]
        fitting.sort(key=costs.__getitem__)  # equals stay in the order of their names
        return [*fitting, *(index for index in by_name if index not in costs)]

    def _verdict(self, index: int) -> Verdict:
        place = self.places[index]
        if (cost := self.costs.get(index)) is not None:
            return Verdict(place, (), cost, cost_function(place.cost).terms_of(self.demand, place))
        short = shortages(self.demand, place)
        return Verdict(place, (*short, *place.gates, *unreadable(place.cost)))

    def __len__(self) -> int:
        return len(self.places)

    @overload
    def __getitem__(self, at: int) -> Verdict: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Verdict, ...]: ...
    def __getitem__(self, at: int | slice) -> Verdict | tuple[Verdict, ...]:
        if isinstance(at, slice):
            return tuple(map(self._verdict, self.order[at]))
        return self._verdict(self.order[at])
