"""How much room a host has: in cores, in memory, and in device units that have their own names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ticrypt_tui.backend.scheduling.model import Demand, Place
from ticrypt_tui.config.devices import Device
from ticrypt_tui.text import shown

_MIB_PER_GIB = 1024


def copies(demand: Demand, places: Sequence[Place]) -> list[int]:
    """How many times each of the places has room for what is wanted, whatever its gates say."""
    cores, memory = demand.cores, demand.memory_mib
    by_cores = [(each.cores - each.cores_used) // cores for each in places]
    by_memory = [(each.memory_mib - each.memory_used) // memory for each in places]
    fit = list(map(min, by_cores, by_memory))
    if demand.devices:
        pairs = zip(fit, places, strict=True)
        fit = [min(room, _device_copies(demand, each)) if room > 0 else 0 for room, each in pairs]
    return [room if room > 0 else 0 for room in fit]


def _device_copies(demand: Demand, place: Place) -> int:
    if not place.devices:
        return 0
    free = free_units(place)
    return min(free[kind] // count for kind, count in demand.devices.items())


def free_units(place: Place) -> Counter[str]:
    """How many device units of each kind are free."""
    if not place.devices:
        return Counter()
    held = place.devices_held
    return Counter(each.kind for each in place.devices if each.address not in held)


def units(demand: Demand, place: Place) -> tuple[Device, ...]:
    """The device units that a VM would get: free ones, the lowest addresses of each kind first.

    Raises `ValueError` in words where too few are free.
    """
    if missing(demand, place).devices:
        raise ValueError("; ".join(shortages(demand, place)))
    free = sorted(each for each in place.devices if each.address not in place.devices_held)
    return tuple(
        unit
        for kind, count in sorted(demand.devices.items())
        for unit in [each for each in free if each.kind == kind][:count]
    )


def holding(demand: Demand, place: Place) -> Place:
    """The place as it is once it has the VM; raises `ValueError` as `units` does."""
    return replace(
        place,
        cores_used=place.cores_used + demand.cores,
        memory_used=place.memory_used + demand.memory_mib,
        vms=place.vms + 1,
        devices_held=place.devices_held | {each.address for each in units(demand, place)},
    )


def large_enough(demand: Demand, place: Place) -> bool:
    """Whether a host could hold the VM with nothing else on it and nothing against it."""
    kinds = [each.kind for each in place.devices] if demand.devices else []
    return (
        place.cores >= demand.cores
        and place.memory_mib >= demand.memory_mib
        and all(kinds.count(kind) >= count for kind, count in demand.devices.items())
    )


def emptied(place: Place) -> Place:
    """The place with nothing on it, and nothing against it: what its profile allows."""
    return replace(place, cores_used=0, memory_used=0, vms=0, devices_held=frozenset(), gates=())


@dataclass(frozen=True, slots=True)
class Missing:
    """What a host would have to have free beyond what it has; 0 where it has enough."""

    cores: int
    memory_mib: int
    devices: Mapping[str, int]
    """By kind; only the kinds of which there are too few."""

    def __bool__(self) -> bool:
        return bool(self.cores or self.memory_mib or self.devices)


def missing(demand: Demand, place: Place) -> Missing:
    """What a host lacks for a VM."""
    free = free_units(place)
    too_few = ((kind, count - free[kind]) for kind, count in sorted(demand.devices.items()))
    return Missing(
        max(demand.cores - (place.cores - place.cores_used), 0),
        max(demand.memory_mib - (place.memory_mib - place.memory_used), 0),
        {kind: by for kind, by in too_few if by > 0},
    )


def shortages(demand: Demand, place: Place) -> tuple[str, ...]:
    """Everything that a host is short of for a VM, with the numbers."""
    lacks = missing(demand, place)
    cores = [f"cores short by {lacks.cores}"] if lacks.cores else []
    memory = [f"memory short by {amount(lacks.memory_mib)}"] if lacks.memory_mib else []
    devices = [
        f"{shown(kind)}: {demand.devices[kind] - by} free, {demand.devices[kind]} needed"
        for kind, by in lacks.devices.items()
    ]
    return (*cores, *memory, *devices)


def amount(mebibytes: int) -> str:
    """Exactly, in GiB where it is whole: `96 GiB`, `1500 MiB`."""
    whole, rest = divmod(mebibytes, _MIB_PER_GIB)
    return f"{mebibytes} MiB" if rest or not whole else f"{whole} GiB"
