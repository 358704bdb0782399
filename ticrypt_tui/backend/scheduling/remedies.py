"""What would make a VM fit where it does not, and why the second best host is not the best."""

from __future__ import annotations

from collections.abc import Sequence

from ticrypt_tui.backend.scheduling.costs import unreadable
from ticrypt_tui.backend.scheduling.model import Demand, Place, Verdict
from ticrypt_tui.backend.scheduling.room import amount, emptied, free_units, shortages
from ticrypt_tui.text import shown

SAID = 3
"""How many hosts are named."""


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
    if first.place.cost != second.place.cost:
        return f"it has another cost function, {shown(second.place.cost)}"
    more = [
        (there.value - here.value, f"{there.attribute} {there.value:.3g} against {here.value:.3g}")
        for here, there in zip(first.terms, second.terms, strict=True)
        if there.value > here.value
    ]
    return ", ".join(text for _, text in sorted(more, reverse=True))


def remedies(demand: Demand, places: Sequence[Place]) -> tuple[str, ...]:
    """What would make the VM fit, the least change first; at most `SAID` hosts are named."""
    if not places:
        return ("the realm needs a host",)
    could = sorted(
        (each for each in places if not shortages(demand, emptied(each))),
        key=lambda each: (_lacking(demand, each), each.name, each.id),
    )
    if not could:
        return (_largest(places),)
    return tuple(_remedy(demand, each) for each in could[:SAID])


def _lacking(demand: Demand, place: Place) -> float:
    """The largest share of a host that would have to become free, and nothing against it."""
    free = free_units(place)
    return max(
        (place.cores_used + demand.cores) / place.cores - 1,
        (place.memory_used + demand.memory_mib) / place.memory_mib - 1,
        *((count - free[kind]) / len(place.devices) for kind, count in demand.devices.items()),
        0.0,
    )


def _remedy(demand: Demand, place: Place) -> str:
    name, free = shown(place.name), free_units(place)
    cores = demand.cores - (place.cores - place.cores_used)
    memory = demand.memory_mib - (place.memory_mib - place.memory_used)
    more = [
        *([f"{cores} more free cores"] if cores > 0 else ()),
        *([f"{amount(memory)} more free memory"] if memory > 0 else ()),
        *(
            f"{count - free[kind]} more free {shown(kind)}"
            for kind, count in sorted(demand.devices.items())
            if count > free[kind]
        ),
    ]
    needs = f"{name} needs {' and '.join(more)}" if more else f"{name} has room"
    against = (*place.gates, *unreadable(place.cost))
    return f"{needs}, but {'; '.join(against)}" if against else needs


def _largest(places: Sequence[Place]) -> str:
    cores = max(each.cores for each in places)
    memory = max(each.memory_mib for each in places)
    return (
        "no host could hold it even with nothing else on it: "
        f"no hardware profile has more than {cores} cores or {amount(memory)}"
    )
