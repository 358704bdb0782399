"""Which host a VM goes to, and the full account of why; a simulation is that without the commit."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heapreplace

from ticrypt_tui.backend.scheduling.account import Account
from ticrypt_tui.backend.scheduling.model import Demand, Place, Simulation, Verdict
from ticrypt_tui.backend.scheduling.remedies import remedies, why_second
from ticrypt_tui.backend.scheduling.room import emptied, holding, shortages, units

__all__ = ["MOST_COPIES", "beyond", "place", "simulate", "units"]

MOST_COPIES = 10_000
"""More copies than this are not placed in thought at once."""


def place(demand: Demand, places: Sequence[Place]) -> Verdict | None:
    """The cheapest host that can hold the VM, equals by name; None where none can."""
    account = Account(demand, places)
    return account[0] if account.costs else None


def simulate(demand: Demand, places: Sequence[Place], count: int = 1) -> Simulation:
    """Place some copies of a VM in thought, one after the other.

    Raises `ValueError` for less than one copy, and for more than `MOST_COPIES`.
    """
    if not 1 <= count <= MOST_COPIES:
        raise ValueError(f"1 to {MOST_COPIES:,} copies")
    account = Account(demand, places)
    chosen, left = _placed(account, min(count, account.capacity))
    return Simulation(
        demand,
        count,
        tuple(places[index].id for index in chosen),
        account,
        why_second(account[:2]),
        remedies(demand, left) if len(chosen) < count else (),
        account.capacity - len(chosen),
    )


def _placed(account: Account, count: int) -> tuple[list[int], list[Place]]:
    """The index of the host of each copy, and all places as they are after the last one."""
    demand, left = account.demand, list(account.places)
    chosen: list[int] = []
    # No copy goes beyond the hosts that are the first so many now; being in order, they are a heap.
    first = account.order[: min(count, len(account.costs))]
    cheapest = [(account.costs[index], left[index].name, index) for index in first]
    while len(chosen) < count:
        _, name, index = cheapest[0]
        chosen.append(index)
        left[index] = holding(demand, left[index])
        after = Account(demand, [left[index]]).costs
        if after:
            heapreplace(cheapest, (after[0], name, index))
        else:
            heappop(cheapest)
    return chosen, left


def beyond(demand: Demand, place: Place) -> tuple[str, ...]:
    """Why a host could not hold the VM even with nothing else on it; empty where it could."""
    return shortages(demand, emptied(place))
