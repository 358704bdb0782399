"""What it costs to place a VM on hosts: curves over what each host would then have taken."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ticrypt_tui.backend.scheduling.model import Demand, Place, Term
from ticrypt_tui.config.cost import CostTerm, cost_terms

Column = list[float]
_DIGITS = 9
"""Costs that differ only beyond these decimals are equal: then names decide, not rounding."""


@dataclass(frozen=True, slots=True)
class CostFunction:
    """A cost function that was read."""

    terms: tuple[CostTerm, ...]

    def columns(self, demand: Demand, places: Sequence[Place]) -> list[Column]:
        """For each term, its value on each of the places; each must have room for the demand."""
        return [_CURVES[each.curve](each, demand, places) for each in self.terms]

    def terms_of(self, demand: Demand, place: Place) -> tuple[Term, ...]:
        """The terms of one place, named."""
        values = self.columns(demand, [place])
        return tuple(
            Term(term.curve, term.attribute, value)
            for term, (value,) in zip(self.terms, values, strict=True)
        )


@lru_cache(maxsize=256)
def cost_function(text: str) -> CostFunction:
    """`pack`, `spread`, `balance`, or a sum of terms `[weight *] curve(attribute[, parameter])`.

    Raises `ValueError` in words.
    """
    return CostFunction(cost_terms(text))


@lru_cache(maxsize=256)
def unreadable(text: str) -> tuple[str, ...]:
    """What is wrong with a cost function, in words; nothing where it can be read."""
    try:
        cost_function(text)
    except ValueError as error:
        return (f"its cost function cannot be read: expected {error}",)
    return ()


def totals(columns: Sequence[Column]) -> Column:
    """The cost of each place."""
    return [round(total, _DIGITS) for total in map(sum, zip(*columns, strict=True))]


def _vms(demand: Demand, places: Sequence[Place]) -> Column:
    """The VMs, of as many as the host has cores."""
    return [(place.vms + 1) / place.cores for place in places]


def _cores(demand: Demand, places: Sequence[Place]) -> Column:
    wanted = demand.cores
    return [(place.cores_used + wanted) / place.cores for place in places]


def _memory(demand: Demand, places: Sequence[Place]) -> Column:
    wanted = demand.memory_mib
    return [(place.memory_used + wanted) / place.memory_mib for place in places]


def _devices(demand: Demand, places: Sequence[Place]) -> Column:
    wanted = sum(demand.devices.values())
    return [
        (len(place.devices) - _free(place) + wanted) / len(place.devices) if place.devices else 0.0
        for place in places
    ]


def _skew(demand: Demand, places: Sequence[Place]) -> Column:
    """How far apart the shares of cores and of memory are."""
    both = zip(_cores(demand, places), _memory(demand, places), strict=True)
    return [abs(cores - memory) for cores, memory in both]


def _empty(demand: Demand, places: Sequence[Place]) -> Column:
    """1 where the VM would be the host's first, else 0."""
    return [0.0 if place.vms else 1.0 for place in places]


def _idle(demand: Demand, places: Sequence[Place]) -> Column:
    """The free devices of kinds that the VM has no use for, of all devices."""
    return [_free(place, demand) / len(place.devices) if place.devices else 0.0 for place in places]


def _free(place: Place, but_not: Demand | None = None) -> int:
    kinds = but_not.devices if but_not is not None else ()
    held = place.devices_held
    return sum(each.address not in held and each.kind not in kinds for each in place.devices)


_ATTRIBUTES: dict[str, Callable[[Demand, Sequence[Place]], Column]] = {
    "vms": _vms, "cores": _cores, "memory": _memory,
    "devices": _devices, "skew": _skew, "empty": _empty, "idle": _idle,
}  # fmt: skip


def _constant(term: CostTerm, demand: Demand, places: Sequence[Place]) -> Column:
    return [term.weight * term.parameter] * len(places)


def _linear(term: CostTerm, demand: Demand, places: Sequence[Place]) -> Column:
    slope = term.weight * term.parameter
    return [slope * x for x in _ATTRIBUTES[term.attribute](demand, places)]


def _step(term: CostTerm, demand: Demand, places: Sequence[Place]) -> Column:
    at, weight = term.parameter, term.weight
    return [weight if x >= at else 0.0 for x in _ATTRIBUTES[term.attribute](demand, places)]


def _exponential(term: CostTerm, demand: Demand, places: Sequence[Place]) -> Column:
    """From 0 where nothing is taken to 1 where all is; the steeper, the larger the parameter."""
    rate = term.parameter
    scale = term.weight / math.expm1(rate)
    return [
        scale * math.expm1(rate * min(x, 1.0)) for x in _ATTRIBUTES[term.attribute](demand, places)
    ]


_CURVES: dict[str, Callable[[CostTerm, Demand, Sequence[Place]], Column]] = {
    "constant": _constant, "linear": _linear, "step": _step, "exponential": _exponential,
}  # fmt: skip
