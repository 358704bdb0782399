"""Where a VM of a setup would be placed now, and why: placement without the commit."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from ticrypt_tui.backend.errors import WrongUse
from ticrypt_tui.backend.operations import Argument, Call, operation
from ticrypt_tui.backend.scheduling.model import Demand, Place, Simulation, Verdict
from ticrypt_tui.backend.scheduling.placement import MOST_COPIES, simulate
from ticrypt_tui.backend.scheduling.room import amount
from ticrypt_tui.backend.services.images.hosts import volume_gates
from ticrypt_tui.backend.services.setups.setups import SetupRow
from ticrypt_tui.backend.services.starting.exclusion import writers_of
from ticrypt_tui.backend.services.starting.placement import places_of
from ticrypt_tui.backend.services.wording import so_many
from ticrypt_tui.backend.store.at_once import at_once
from ticrypt_tui.backend.store.tables.columns import now
from ticrypt_tui.backend.store.tables.infrastructure import Host
from ticrypt_tui.backend.store.tables.machines import HardwareSetup, SetupDevice, VmImage
from ticrypt_tui.text import shown


@dataclass(frozen=True, slots=True)
class SetupSimulation:
    """A placement in thought, of what was so at `taken`; nothing was changed.

    `states` has what an admin made each host, by its ID; `notices` are what would forbid a start
    whatever the hosts have.
    """

    setup: str
    realm: str
    taken: datetime
    simulation: Simulation
    states: Mapping[str, str]
    notices: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """All of it as plain lines."""
        return "\n".join([*self._head(), *_table(self.simulation), *_summary(self.simulation)])

    def _head(self) -> list[str]:
        count, demand = self.simulation.count, self.simulation.demand
        devices = [f"{number}x {shown(kind)}" for kind, number in sorted(demand.devices.items())]
        what = ", ".join(
            [so_many(demand.cores, "core", "cores"), amount(demand.memory_mib), *devices]
        )
        times = f" x{count}" if count > 1 else ""
        at = f"{self.taken.astimezone():%H:%M:%S}"
        where = f"in realm {shown(self.realm)}: {what}; as of {at}, nothing was changed"
        return [f"{shown(self.setup)}{times} {where}", *self.notices]


@operation(
    "setup.simulate",
    Argument("setup", "object", says="a hardware setup's ID or name"),
    Argument("count", "number", required=False, says=f"how many at once: 1 to {MOST_COPIES:,}"),
    on="setup",
    says="Show where VMs of a setup would be placed now, and why; nothing is changed.",
    changes=False,
)
async def simulate_setup(call: Call, setup: SetupRow, *, count: int = 1) -> SetupSimulation:
    """Place VMs of a setup in thought, over the same hosts and by the same rules as a start."""
    realm = call.enclave.realm(setup.realm_id)
    gates = await volume_gates(call.enclave, realm, await _volume(call, setup))
    async with call.enclave.database.read() as session:
        demand = await _demand(session, setup.id)
        seen = call.enclave.sightings()
        places = await at_once(session, lambda plain: places_of(plain, seen, realm.id, gates))
        states = await _states(session, realm.id)
        writers = await at_once(session, lambda plain: writers_of(plain, setup.image_id))
        taken = now()
    try:
        simulation = await asyncio.to_thread(simulate, demand, places, count)
    except ValueError as error:
        raise WrongUse(f"Expected {error}.", about="count") from error
    disabled = f"Realm {shown(realm.name)} is disabled: nothing would start."
    notices = tuple(each for each in (disabled if realm.disabled else "", writers) if each)
    return SetupSimulation(setup.name, realm.name, taken, simulation, states, notices)


async def _volume(call: Call, setup: SetupRow) -> str:
    async with call.enclave.database.read() as session:
        return (await session.get_one(VmImage, setup.image_id)).volume


async def _states(session: AsyncSession, realm_id: str) -> dict[str, str]:
    own = await session.exec(select(Host.id, Host.state).where(Host.realm_id == realm_id))
    return {host_id: str(state) for host_id, state in own}


async def _demand(session: AsyncSession, setup_id: str) -> Demand:
    setup = await session.get_one(HardwareSetup, setup_id)
    asked = await session.exec(select(SetupDevice).where(col(SetupDevice.setup_id) == setup_id))
    return Demand(setup.cores, setup.memory_mib, {each.kind: each.count for each in asked})


_TITLES = ("#", "host", "cores", "memory", "devices", "cost", "verdict")


def _table(simulation: Simulation) -> list[str]:
    """One line for each host: its rank, what of it is taken, its cost, and what there is to say."""
    chosen = Counter(simulation.chosen)
    rows: list[tuple[str, ...]] = [_TITLES]
    rows += [_row(at, verdict, chosen) for at, verdict in enumerate(simulation.verdicts, 1)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _row(at: int, verdict: Verdict, chosen: Mapping[str, int]) -> tuple[str, ...]:
    place = verdict.place
    fits = verdict.fits
    return (
        str(at) if fits else "-",
        shown(place.name),
        f"{place.cores_used}/{place.cores}",
        f"{place.memory_used}/{place.memory_mib} MiB",
        _devices(place),
        "-" if verdict.cost is None else f"{verdict.cost:.3f}",
        _said(verdict, chosen.get(place.id, 0)),
    )


def _devices(place: Place) -> str:
    every = Counter(each.kind for each in place.devices)
    held = Counter(each.kind for each in place.devices if each.address in place.devices_held)
    return ", ".join(f"{shown(kind)} {held[kind]}/{every[kind]}" for kind in sorted(every)) or "-"


def _said(verdict: Verdict, times: int) -> str:
    if not verdict.fits:
        return f"no: {'; '.join(verdict.reasons)}"
    terms = " + ".join(f"{each.attribute or each.curve} {each.value:.3f}" for each in verdict.terms)
    return f"{f'CHOSEN x{times}' if times > 1 else 'CHOSEN' if times else 'fits'} ({terms})"


def _summary(simulation: Simulation) -> list[str]:
    """What there is to say of all hosts together."""
    placed, wanted = len(simulation.chosen), simulation.count
    said = [f"{placed} of {wanted} would be placed, and {simulation.more} more would fit then."]
    if simulation.runner_up_why:
        said.append(f"Why not the next: {simulation.runner_up_why}.")
    said += [f"What would make it fit: {each}." for each in simulation.would_fit]
    return said
