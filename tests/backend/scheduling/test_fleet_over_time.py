"""Whatever is created, deleted, resized, shut or crashes: no host ever gives what it has not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule

from tests.backend.scheduling.fleet import gpus, host
from ticrypt_tui.backend.scheduling.model import Demand, Place
from ticrypt_tui.backend.scheduling.placement import place, simulate
from ticrypt_tui.backend.scheduling.room import units
from ticrypt_tui.config.cost import READY_MADE

GIB = 1024
HOSTS = ("a", "b", "c")
DEMANDS = st.builds(
    Demand,
    st.sampled_from((1, 2, 4, 6, 9)),
    st.sampled_from((1, 3 * GIB, 8 * GIB, 20 * GIB)),
    st.dictionaries(st.sampled_from(("A100", "FPGA")), st.integers(1, 2), max_size=2),
)


@dataclass(frozen=True, slots=True)
class Held:
    """What one VM has, and where: the rows that a store would keep."""

    host: str
    demand: Demand
    addresses: frozenset[str]


def bare_host(name: str, cost: str) -> Place:
    """A host with 8 cores, 16 GiB, and devices unless it is `a`."""
    devices = () if name == "a" else (*gpus(2), *gpus(3, "FPGA")[2:])
    return host(name, cores=8, gib=16, devices=devices, cost=cost)


class Enclave(RuleBasedStateMachine):
    """Three hosts, and the VMs that placement put there."""

    running = Bundle("running")

    def __init__(self) -> None:
        super().__init__()
        self.held: dict[int, Held] = {}
        self.gates: dict[str, tuple[str, ...]] = {}
        self.costs = dict.fromkeys(HOSTS, "spread")
        self.made = 0

    def places(self) -> list[Place]:
        """The snapshot that a store would give, added up anew from what each VM has."""
        return [self.place(name) for name in HOSTS]

    def place(self, name: str) -> Place:
        here = [each for each in self.held.values() if each.host == name]
        return replace(
            bare_host(name, self.costs[name]),
            cores_used=sum(each.demand.cores for each in here),
            memory_used=sum(each.demand.memory_mib for each in here),
            vms=len(here),
            devices_held=frozenset[str]().union(*(each.addresses for each in here)),
            gates=self.gates.get(name, ()),
        )

    def commit(self, vm: int, demand: Demand, there: Place) -> None:
        given = frozenset(each.address for each in units(demand, there))
        self.held[vm] = Held(there.name, demand, given)

    @rule(target=running, demand=DEMANDS)
    def create(self, demand: Demand) -> object:
        before = self.places()
        told, placed = simulate(demand, before), place(demand, before)
        assert told.chosen == ((placed.place.id,) if placed else ())
        if placed is None:
            assert all(each.reasons for each in told.verdicts)
            return multiple()
        assert not placed.place.gates
        self.made += 1
        self.commit(self.made, demand, placed.place)
        return self.made

    @rule(vm=consumes(running))
    def delete(self, vm: int) -> None:
        self.held.pop(vm, None)

    @rule(vm=running, demand=DEMANDS)
    def resize(self, vm: int, demand: Demand) -> None:
        """It gives back what it has, and gets the new, or the old again, on its own host."""
        if (had := self.held.pop(vm, None)) is None:
            return
        found = place(demand, [replace(self.place(had.host), gates=())])
        if found is None:
            self.held[vm] = had
        else:
            self.commit(vm, demand, found.place)

    @rule(name=st.sampled_from(HOSTS), state=st.sampled_from(("no scheduler", "disabled", "")))
    def change_state(self, name: str, state: str) -> None:
        """What runs there keeps running, whatever the state."""
        before = dict(self.held)
        self.gates[name] = (f"state is {state}",) if state else ()
        assert self.held == before

    @rule(name=st.sampled_from(HOSTS))
    def crash(self, name: str) -> None:
        """A host loses all of its VMs at once, and stays shut until it answers."""
        self.held = {vm: each for vm, each in self.held.items() if each.host != name}
        self.gates[name] = ("does not answer",)

    @rule(name=st.sampled_from(HOSTS), cost=st.sampled_from((*READY_MADE, "no such curve")))
    def change_cost(self, name: str, cost: str) -> None:
        self.costs[name] = cost

    @invariant()
    def no_host_gives_more_than_it_has(self) -> None:
        for each in self.places():
            assert each.cores_used <= each.cores
            assert each.memory_used <= each.memory_mib
            assert each.devices_held <= {unit.address for unit in each.devices}

    @invariant()
    def each_device_has_one_holder(self) -> None:
        for one, other in combinations(self.held.values(), 2):
            assert one.host != other.host or not one.addresses & other.addresses

    @invariant()
    def each_vm_has_the_devices_that_it_asked_for(self) -> None:
        for each in self.held.values():
            kinds = {unit.address: unit.kind for unit in bare_host(each.host, "pack").devices}
            got = [kinds[address] for address in each.addresses]
            assert {kind: got.count(kind) for kind in got} == dict(each.demand.devices)


# Takes some 6 s on two cores.
Enclave.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
test_a_fleet_over_time = Enclave.TestCase
