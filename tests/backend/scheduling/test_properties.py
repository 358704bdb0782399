"""What holds for placement whatever the hosts and the VMs are."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from ticrypt_tui.backend.scheduling.model import Demand, Place
from ticrypt_tui.backend.scheduling.placement import place, simulate
from ticrypt_tui.backend.scheduling.room import holding, large_enough, missing
from ticrypt_tui.config.cost import READY_MADE
from ticrypt_tui.config.devices import Device

KINDS = ("A100", "FPGA")
COSTS = st.sampled_from([*READY_MADE, "exponential(memory) - 0.5*linear(vms)", "no such curve"])
DEMANDS = st.builds(
    Demand,
    st.integers(1, 9),
    st.integers(1, 9),
    st.dictionaries(st.sampled_from(KINDS), st.integers(1, 3), max_size=2),
)


@st.composite
def places(draw: st.DrawFn, least: int = 0, most: int = 5) -> list[Place]:
    """Small hosts, some of them overfull, some with devices, some shut."""
    found = []
    for each in range(draw(st.integers(least, most))):
        kinds = draw(st.lists(st.sampled_from(KINDS), max_size=4))
        devices = tuple(Device(kind, f"0000:{at:02x}:00.0") for at, kind in enumerate(kinds))
        held = draw(st.sets(st.sampled_from(devices))) if devices else set()
        name = f"{draw(st.sampled_from('ab'))}{each}"
        found.append(
            Place(
                f"id{each}", name, draw(st.integers(0, 12)), draw(st.integers(0, 12)),
                draw(st.integers(0, 14)), draw(st.integers(0, 14)), draw(st.integers(0, 3)),
                devices, frozenset(unit.address for unit in held),
                draw(st.sampled_from([(), (), ("shut",)])), draw(COSTS),
            )
        )  # fmt: skip
    return found


@given(DEMANDS, places())
def test_simulation_is_placement_without_the_commit(demand: Demand, fleet: list[Place]) -> None:
    told, placed = simulate(demand, fleet), place(demand, fleet)

    assert told.chosen == ((placed.place.id,) if placed else ())
    assert placed is None or told.verdicts[0] == placed


@given(DEMANDS, places(), st.integers(1, 6))
def test_copies_in_thought_go_where_placing_them_one_by_one_puts_them(
    demand: Demand, fleet: list[Place], count: int
) -> None:
    told = simulate(demand, fleet, count)
    one_by_one = []
    for _ in range(count):
        if (placed := place(demand, fleet)) is not None:
            one_by_one.append(placed.place.id)
            fleet = [
                holding(demand, each) if each.id == placed.place.id else each for each in fleet
            ]

    assert told.chosen == tuple(one_by_one)


@given(DEMANDS, places())
def test_as_many_more_fit_as_can_be_placed(demand: Demand, fleet: list[Place]) -> None:
    told = simulate(demand, fleet)

    assert len(simulate(demand, fleet, count=200).chosen) == len(told.chosen) + told.more


@given(DEMANDS, places(), st.integers(1, 4))
def test_every_host_is_told_of_once_in_order_with_a_cost_or_with_reasons(
    demand: Demand, fleet: list[Place], count: int
) -> None:
    told = tuple(simulate(demand, fleet, count).verdicts)
    fitting = [each for each in told if each.fits]

    assert sorted(each.place.id for each in told) == sorted(each.id for each in fleet)
    assert all((each.cost is None) is bool(each.reasons) for each in told)
    assert told[: len(fitting)] == tuple(
        sorted(fitting, key=lambda each: (each.cost, each.place.name))
    )
    rest = [each.place.name for each in told[len(fitting) :]]
    assert rest == sorted(rest)


@given(DEMANDS, places())
def test_the_numbers_are_what_is_missing_no_more_and_no_less(
    demand: Demand, fleet: list[Place]
) -> None:
    for each in fleet:
        lacks = missing(demand, each)
        free = each.cores - each.cores_used, each.memory_mib - each.memory_used
        assert (lacks.cores == 0) is (demand.cores <= free[0])
        assert (lacks.memory_mib == 0) is (demand.memory_mib <= free[1])
        assert lacks.cores in (0, demand.cores - free[0])
        assert lacks.memory_mib in (0, demand.memory_mib - free[1])


@given(DEMANDS, places(least=1), places(least=1, most=1))
def test_another_host_never_turns_fits_into_no_host(
    demand: Demand, fleet: list[Place], other: list[Place]
) -> None:
    alone = simulate(demand, fleet, count=200)
    together = simulate(demand, [*fleet, replace(other[0], id="other", name="other")], count=200)

    assert len(together.chosen) >= len(alone.chosen)


@given(DEMANDS, places(least=1))
def test_what_is_freed_never_turns_fits_into_no_host(demand: Demand, fleet: list[Place]) -> None:
    freed = replace(
        fleet[0], cores_used=0, memory_used=0, vms=0, devices_held=frozenset(), gates=()
    )

    assert place(demand, [freed, *fleet[1:]]) is not None or place(demand, fleet) is None


@given(DEMANDS, places(least=1))
def test_a_gate_takes_away_its_own_host_alone(demand: Demand, fleet: list[Place]) -> None:
    shut = [replace(fleet[0], gates=("shut",)), *fleet[1:]]
    before, after = (place(demand, each) for each in (fleet, shut))

    if before is not None and before.place != fleet[0]:
        assert after == before
    else:
        assert after == place(demand, fleet[1:])


@given(DEMANDS, places(), st.randoms())
def test_the_order_of_the_hosts_does_not_matter(
    demand: Demand, fleet: list[Place], chance: Random
) -> None:
    shuffled = list(fleet)
    chance.shuffle(shuffled)

    assert tuple(simulate(demand, shuffled).verdicts) == tuple(simulate(demand, fleet).verdicts)


@given(DEMANDS, places())
def test_asking_for_less_fits_wherever_more_does(demand: Demand, fleet: list[Place]) -> None:
    less = Demand(1, 1, {kind: 1 for kind in demand.devices})

    assert place(less, fleet) is not None or place(demand, fleet) is None


@given(DEMANDS, places())
def test_what_would_make_it_fit_is_said_exactly_where_nothing_fits(
    demand: Demand, fleet: list[Place]
) -> None:
    told = simulate(demand, fleet)

    assert bool(told.would_fit) is not bool(told.chosen)
    if not told.chosen and fleet:
        ever = any(large_enough(demand, each) for each in fleet)
        assert told.would_fit[0].startswith("the hardware profile of") is not ever


@given(st.lists(DEMANDS, min_size=1, max_size=3), places(most=3))
def test_no_way_of_placing_some_vms_finds_room_where_brute_force_finds_none(
    demands: list[Demand], fleet: list[Place]
) -> None:
    placed, left = 0, list(fleet)
    for demand in demands:
        if (found := place(demand, left)) is not None:
            placed += 1
            left = [holding(demand, each) if each.id == found.place.id else each for each in left]
    every = product([None, *range(len(fleet))], repeat=len(demands))
    possible = [len(demands) - way.count(None) for way in every if _holds(demands, fleet, way)]

    assert placed <= max(possible)
    assert bool(placed) is bool(max(possible))


def _holds(demands: list[Demand], fleet: list[Place], way: tuple[int | None, ...]) -> bool:
    """Whether VMs fit where they are put, counted without anything of what is under test."""
    for at, there in enumerate(fleet):
        here = [demand for demand, to in zip(demands, way, strict=True) if to == at]
        if not here:
            continue
        free = [each.kind for each in there.devices if each.address not in there.devices_held]
        wanted = {kind: sum(each.devices.get(kind, 0) for each in here) for kind in KINDS}
        if (
            there.gates
            or there.cost == "no such curve"
            or there.cores_used + sum(each.cores for each in here) > there.cores
            or there.memory_used + sum(each.memory_mib for each in here) > there.memory_mib
            or any(free.count(kind) < count for kind, count in wanted.items())
        ):
            return False
    return True


@given(DEMANDS, places())
def test_brute_force_agrees_on_the_host(demand: Demand, fleet: list[Place]) -> None:
    fitting = {fleet[at].id for at in range(len(fleet)) if _holds([demand], fleet, (at,))}

    assert {each.place.id for each in simulate(demand, fleet).verdicts if each.fits} == fitting
