"""What would make a VM fit where it does not, and why the second best host is not the best."""

from __future__ import annotations

from collections.abc import Sequence
from heapq import nsmallest

from ticrypt_tui.backend.scheduling.costs import unreadable
from ticrypt_tui.backend.scheduling.model import Demand, Place, Verdict
from ticrypt_tui.backend.scheduling.room import amount, emptied, large_enough, missing
from ticrypt_tui.text import shown

_NAMED = 3


def why_second(best: Sequence[Verdict]) -> str:
    """Why the second of the two best verdicts is not the first; '' where none fits."""
    fitting = [each for each in best if each.fits]
    if len(fitting) < 2:
        return "no other host fits" if fitting else ""
    first, second = fitting
    dearer = (second.cost or 0.0) - (first.cost or 0.0)
    name = shown(second.place.name)
    if not dearer:
        return f"{name} costs the same: equals go by name"
    return f"{name} is {dearer:.2g} dearer: {_in_which_terms(first, second)}"


def _in_which_terms(first: Verdict, second: Verdict) -> str:
    """The terms that are higher there, the most telling first."""
    if first.place.cost != second.place.cost:
        return f"its cost function is {shown(second.place.cost)}, not {shown(first.place.cost)}"
    higher = [
        (there.value - here.value, f"{there.attribute} {there.value:.3g} against {here.value:.3g}")
        for here, there in zip(first.terms, second.terms, strict=True)
        if there.value > here.value
    ]
    return ", ".join(text for _, text in sorted(higher, reverse=True))


def remedies(demand: Demand, places: Sequence[Place]) -> tuple[str, ...]:
    """What would make the VM fit: more on the hosts that lack least for it, and asking for less.

    Where no host could hold it even with nothing else on it, that is said of hardware profiles.
    """
    if not places:
        return ("the realm needs a host",)
    could = [each for each in places if large_enough(demand, each)]
    nearest = nsmallest(
        _NAMED,
        could or map(emptied, places),
        key=lambda each: (_share_missing(demand, each), len(each.gates), each.name),
    )
    remedy = _on_host if could else _on_profile
    return (*(remedy(demand, each) for each in nearest), *_smaller(demand, places))


def _share_missing(demand: Demand, place: Place) -> float:
    """The largest share of the host that would have to be there, or become free."""
    lacks = missing(demand, place)
    return max(
        lacks.cores / (place.cores or 1),
        lacks.memory_mib / (place.memory_mib or 1),
        sum(lacks.devices.values()) / (len(place.devices) or 1),
    )


def _on_host(demand: Demand, place: Place) -> str:
    name, more = shown(place.name), _more(demand, place, "free ")
    needs = f"{name} needs {more}" if more else f"{name} has room"
    against = (*place.gates, *unreadable(place.cost))
    return f"{needs}, but {'; '.join(against)}" if against else needs


def _on_profile(demand: Demand, place: Place) -> str:
    return f"the hardware profile of {shown(place.name)} needs {_more(demand, place)}"


def _more(demand: Demand, place: Place, free: str = "") -> str:
    lacks = missing(demand, place)
    return " and ".join([
        *([f"{lacks.cores} more {free}core{'s' * (lacks.cores > 1)}"] if lacks.cores else []),
        *([f"{amount(lacks.memory_mib)} more {free}memory"] if lacks.memory_mib else []),
        *(f"{by} more {free}{shown(kind)}" for kind, by in lacks.devices.items()),
    ])  # fmt: skip


def _smaller(demand: Demand, places: Sequence[Place]) -> tuple[str, ...]:
    """How much could be asked for so that one host could hold it now, with the same devices."""
    least = Demand(1, 1, demand.devices)
    open_now = [
        each for each in places
        if not each.gates and not unreadable(each.cost) and not missing(least, each)
    ]  # fmt: skip
    if not open_now:
        return ()
    best = min(open_now, key=lambda each: (_share_of_demand(demand, each), each.name))
    lacks = missing(demand, best)
    cores, memory = demand.cores - lacks.cores, demand.memory_mib - lacks.memory_mib
    what = f"{cores} core{'s' * (cores > 1)} and {amount(memory)}"
    return (f"asking for {what}, it would fit on {shown(best.name)}",)


def _share_of_demand(demand: Demand, place: Place) -> float:
    """The largest share of what is asked for that the host lacks."""
    lacks = missing(demand, place)
    return max(lacks.cores / demand.cores, lacks.memory_mib / demand.memory_mib)
