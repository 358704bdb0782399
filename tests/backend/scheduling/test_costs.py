"""What it costs to place a VM on a host."""

from __future__ import annotations

import pytest

from tests.backend.scheduling.fleet import GIB, gpus, host
from ticrypt_tui.backend.scheduling.costs import cost_function
from ticrypt_tui.backend.scheduling.model import Demand, Place, Term
from ticrypt_tui.backend.scheduling.placement import place

QUARTER = Demand(16, 128 * GIB)


def cost(text: str, there: Place, demand: Demand = QUARTER) -> float:
    return sum(term.value for term in cost_function(text).terms_of(demand, there))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("constant", 1.0),
        ("linear(vms)", 4 / 64),
        ("linear(cores)", 0.75),
        ("linear(memory)", 0.5),
        ("linear(memory, 3)", 1.5),
        ("-2*linear(memory)", -1.0),
        ("step(memory, 0.5)", 1.0),
        ("step(memory, 0.6)", 0.0),
        ("linear(skew)", 0.25),
        ("linear(empty)", 0.0),
        ("linear(devices)", 0.25),
        ("linear(idle)", 0.75),
    ],
)
def test_a_curve_is_over_what_the_host_has_taken_with_the_vm_on_it(
    text: str, expected: float
) -> None:
    there = host("a", 32, 128, vms=3, devices=gpus(4), held=1)

    assert cost(text, there) == expected


def test_an_exponential_curve_goes_from_nothing_to_one_and_steeply_at_the_end() -> None:
    demand = Demand(1, 512 * GIB)
    assert cost("exponential(memory)", host("a"), demand) == pytest.approx(1.0)
    assert cost("exponential(memory)", host("a"), QUARTER) < 0.25 / 10
    assert cost("exponential(memory, 100)", host("a"), demand) == pytest.approx(1.0)


def test_an_empty_host_is_one_without_vms() -> None:
    assert cost("linear(empty)", host("a")) == 1.0


def test_devices_that_are_asked_for_count_as_taken_and_the_others_as_idle() -> None:
    there = host("a", devices=(*gpus(2), *gpus(4, "FPGA")[2:]))
    demand = Demand(1, GIB, {"FPGA": 1})

    assert cost("linear(devices)", there, demand) == 0.25
    assert cost("linear(idle)", there, demand) == 0.5


def test_a_host_without_devices_has_none_taken_and_none_idle() -> None:
    assert cost("linear(devices) + linear(idle)", host("a")) == 0.0


def test_each_term_is_told_with_its_weight_in_it() -> None:
    terms = cost_function("2*linear(cores) + constant").terms_of(QUARTER, host("a"))

    assert terms == (Term("linear", "cores", 0.5), Term("constant", "", 1.0))


def chosen(cost: str, *places: Place) -> str:
    found = place(Demand(8, 64 * GIB), [*places])
    assert found is not None
    return found.place.name


@pytest.mark.parametrize(("cost", "expected"), [("pack", "half"), ("spread", "new")])
def test_pack_opens_no_empty_host_while_another_fits_and_spread_does(
    cost: str, expected: str
) -> None:
    fleet = host("half", 32, 256, vms=4, cost=cost), host("new", cost=cost)

    assert chosen(cost, *fleet) == expected


def test_pack_takes_the_fuller_of_two_that_are_evenly_used() -> None:
    fleet = (host("a", 8, 64, vms=1, cost="pack"), host("b", 40, 320, vms=5, cost="pack"))

    assert chosen("pack", *fleet) == "b"


@pytest.mark.parametrize("cost", ["pack", "balance"])
def test_pack_and_balance_leave_neither_cores_nor_memory_stranded(cost: str) -> None:
    fleet = host("a", 40, 100, vms=5, cost=cost), host("b", 30, 250, vms=5, cost=cost)

    assert chosen(cost, *fleet) == "b"


def test_hosts_with_different_cost_functions_compare_by_what_they_come_to() -> None:
    fleet = host("a", cost="2*constant"), host("b", 48, 400, cost="linear(memory)")

    assert chosen("", *fleet) == "b"


def test_costs_that_only_rounding_tells_apart_are_equal() -> None:
    fleet = host("b", cost="0.3*constant"), host("a", cost="0.1*constant + 0.2*constant")

    assert chosen("", *fleet) == "a"
