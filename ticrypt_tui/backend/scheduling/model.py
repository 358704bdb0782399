"""What scheduling knows of VMs and hosts, and what it says of them.

Capacities are whole numbers: cores, MiB, and device units by their PCI addresses. Costs alone have
fractions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ticrypt_tui.config.devices import Device


@dataclass(frozen=True, slots=True)
class Demand:
    """What one VM needs of its host. Raises `ValueError` for less than one core or one MiB."""

    cores: int
    memory_mib: int
    devices: Mapping[str, int] = field(default_factory=dict)
    """How many device units of each kind."""

    def __post_init__(self) -> None:
        if self.cores < 1 or self.memory_mib < 1:
            raise ValueError("at least one core and one MiB of memory")
        if any(count < 1 for count in self.devices.values()):
            raise ValueError("at least one device of each kind that is asked for")


@dataclass(frozen=True, slots=True)
class Place:
    """One host as scheduling sees it: what its profile allows, and what is taken of that."""

    id: str
    name: str
    cores: int
    memory_mib: int
    cores_used: int = 0
    memory_used: int = 0
    vms: int = 0
    devices: tuple[Device, ...] = ()
    devices_held: frozenset[str] = frozenset()
    """PCI addresses."""
    gates: tuple[str, ...] = ()
    """Reasons other than room why nothing may be placed there, each in words."""
    cost: str = "spread"
    generation: int = 0


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a host's cost: its weight is in its value."""

    curve: str
    attribute: str
    value: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be said of one host: it fits where there is no reason against it."""

    place: Place
    reasons: tuple[str, ...] = ()
    cost: float | None = None
    terms: tuple[Term, ...] = ()

    @property
    def fits(self) -> bool:
        return not self.reasons


@dataclass(frozen=True, slots=True)
class Simulation:
    """The full account of a placement, or of several alike, that was made in thought only."""

    demand: Demand
    count: int
    """How many copies were asked for."""
    chosen: tuple[str, ...]
    """The ID of the host of each copy that was placed, in order."""
    verdicts: Sequence[Verdict]
    """Every host once, as it is before any copy is placed: those that fit, the cheapest first, then
    the others by name. What is said of a host is put into words when it is looked at."""
    runner_up_why: str
    """Why the second host that fits is not the first, or ''."""
    would_fit: tuple[str, ...]
    """What would make room for the first copy that has none, the least change first."""
    more: int
    """How many more copies fit beside those that were placed."""
