"""What a simulated placement says of each host, as rows, columns and sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ticrypt_tui.screens.declaration import Column
from ticrypt_tui.screens.showing import NONE, counted, gib, named, of_all
from ticrypt_tui.text import shown

if TYPE_CHECKING:
    from ticrypt_tui.backend.scheduling.model import Demand, Place, Simulation, Term, Verdict

COPY_NAMES = 6
_STATE_ROLES = {"no scheduler": "warning", "disabled": "muted"}


@dataclass(frozen=True, slots=True)
class HostVerdict:
    """What is said of one host; `rank` is 0 where it cannot hold the VM, `copies` how many were
    placed there of how many, `dearer` by how much it costs more than the cheapest."""

    id: str
    name: str
    state: str
    rank: int
    verdict: Verdict
    copies: int
    count: int
    dearer: float
    why: str

    @property
    def place(self) -> Place:
        return self.verdict.place

    @property
    def sentence(self) -> str:
        """What came of it."""
        if not self.verdict.fits:
            return " · ".join(self.verdict.reasons)
        if self.copies:
            return f"chosen for {self.copies} of {self.count}" if self.count > 1 else "chosen"
        why = self.why or (f"{self.dearer:.2f} dearer" if self.dearer else "")
        return f"fits; {why}" if why else "fits"


def rows_of(simulation: Simulation, states: Mapping[str, str]) -> list[HostVerdict]:
    """Every host once, in the simulation's order, with its state by its ID."""
    copies, why = Counter(simulation.chosen), simulation.runner_up_why
    rows: list[HostVerdict] = []
    least = 0.0
    for place, verdict in enumerate(simulation.verdicts):
        least = (verdict.cost or 0.0) if place == 0 else least
        host = verdict.place
        rows.append(
            HostVerdict(
                id=host.id,
                name=host.name,
                state=states.get(host.id, ""),
                rank=place + 1 if verdict.fits else 0,
                verdict=verdict,
                copies=copies[host.id],
                count=simulation.count,
                dearer=(verdict.cost or 0.0) - least if verdict.fits else 0.0,
                why=why.removeprefix(f"{shown(host.name)} is ")
                if place == 1 and verdict.fits
                else "",
            )
        )
    return rows


def columns_of(demand: Demand) -> tuple[Column, ...]:
    """The columns of the table, with one for each kind of device that is asked for."""
    return (
        Column("rank", "#", 4, lambda row: str(row.rank or NONE), rank=0, right=True,
               sorts_by=lambda row: row.rank or float("inf")),
        Column("host", "HOST", 12, lambda row: row.name, rank=0),
        Column("state", "STATE", 12, lambda row: row.state, rank=3,
               style=lambda row: _STATE_ROLES.get(row.state, "")),
        Column("cores", "CORES", 8, lambda row: of_all(row.place.cores_used, row.place.cores),
               rank=1, right=True, sorts_by=lambda row: row.place.cores_used),
        Column("memory", "MEM GiB", 12, memory, rank=2, right=True,
               sorts_by=lambda row: row.place.memory_used),
        *(_device_column(kind) for kind in sorted(demand.devices)),
        Column("terms", "TERMS", 20, lambda row: added(row.verdict.terms), rank=5, right=True),
        Column("cost", "COST", 7, cost, rank=4, right=True,
               sorts_by=lambda row: row.verdict.cost),
        Column("verdict", "VERDICT", 46, lambda row: row.sentence, rank=0, style=verdict_role),
    )  # fmt: skip


def _device_column(kind: str) -> Column:
    return Column(
        f"device {kind}", kind, max(min(len(kind), 10), 5), lambda row: units(row.place, kind),
        rank=2, right=True,
    )  # fmt: skip


def memory(row: HostVerdict) -> str:
    total = gib(row.place.memory_mib) if row.place.memory_mib else NONE
    return f"{gib(row.place.memory_used)}/{total}"


def units(place: Place, kind: str) -> str:
    """How many devices of a kind are held, of how many."""
    own = [each.address for each in place.devices if each.kind == kind]
    return f"{sum(each in place.devices_held for each in own)}/{len(own)}"


def cost(row: HostVerdict) -> str:
    return NONE if row.verdict.cost is None else f"{row.verdict.cost:.2f}"


def added(terms: Sequence[Term]) -> str:
    """The terms of a cost, as a sum."""
    return "".join(f"{each.value:+.2f}" for each in terms).removeprefix("+") or NONE


def verdict_role(row: HostVerdict) -> str:
    if row.copies:
        return "success"
    return "" if row.verdict.fits else "muted"


def row_role(row: HostVerdict) -> str:
    return "" if row.verdict.fits else "muted"


def asked(demand: Demand) -> str:
    """What one copy needs."""
    devices = [f"{count}× {kind}" for kind, count in sorted(demand.devices.items())]
    return " · ".join([counted(demand.cores, "core"), f"{gib(demand.memory_mib)} GiB", *devices])


def account(simulation: Simulation, names: Mapping[str, str]) -> list[str]:
    """What came of it all: where the copies went, what would help, and what room is left."""
    return [*_chosen(simulation, names), *_left(simulation)]


def _chosen(simulation: Simulation, names: Mapping[str, str]) -> list[str]:
    placed = Counter(names.get(each, each) for each in simulation.chosen)
    if not placed:
        return ["No host can take it now."]
    where = [f"{name} ×{number}" if number > 1 else name for name, number in placed.items()]
    return [
        f"{len(simulation.chosen):,} of {simulation.count:,} placed: {named(where, COPY_NAMES)}."
    ]


def _left(simulation: Simulation) -> list[str]:
    if not simulation.would_fit:
        return [f"{simulation.more:,} more of these would fit now."]
    what = "it" if simulation.count == 1 else "the next one"
    return [f"What would make {what} fit:", *(f"  {each}" for each in simulation.would_fit)]


def reasons(row: HostVerdict, demand: Demand) -> list[str]:
    """Everything there is to say of one host."""
    place = row.place
    asks = [
        ("cores", f"{of_all(place.cores_used, place.cores)} used", str(demand.cores)),
        ("memory", f"{memory(row)} GiB used", f"{gib(demand.memory_mib)} GiB"),
        *((kind, _held(place, kind), str(count)) for kind, count in sorted(demand.devices.items())),
    ]
    width = max(len(what) for what, _, _ in asks) + 2
    lines = [f"{row.state} · {counted(place.vms, 'VM')} · cost function {place.cost}", ""]
    lines += [f"{what:<{width}}{there}, {wanted} asked for" for what, there, wanted in asks]
    if row.verdict.fits:
        return [*lines, "", row.sentence, *_priced(row.verdict)]
    return [*lines, "", "It cannot take one:", *(f"  {each}" for each in row.verdict.reasons)]


def _held(place: Place, kind: str) -> str:
    """How many devices of a kind are held, and which are free."""
    own = [each.address for each in place.devices if each.kind == kind]
    free = [each for each in own if each not in place.devices_held]
    return f"{units(place, kind)} used" + (f" (free: {named(free, 3)})" if free else "")


def _priced(verdict: Verdict) -> list[str]:
    terms = [
        f"  {each.value:+8.2f}  {each.curve}({each.attribute})" if each.attribute
        else f"  {each.value:+8.2f}  {each.curve}"
        for each in verdict.terms
    ]  # fmt: skip
    return [*terms, f"  {verdict.cost or 0:+8.2f}  in all"]
