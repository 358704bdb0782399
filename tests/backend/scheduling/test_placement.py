"""Which host a VM goes to."""

from __future__ import annotations

import pytest

from tests.backend.scheduling.fleet import GIB, gpus, host
from ticrypt_tui.backend.scheduling.model import Demand
from ticrypt_tui.backend.scheduling.placement import place, simulate
from ticrypt_tui.backend.scheduling.room import holding, units

SMALL = Demand(4, 32 * GIB)


def test_a_vm_goes_to_the_cheapest_host_that_can_hold_it() -> None:
    found = place(SMALL, [host("busy", 32, 256), host("idle"), host("full", 64, 512)])

    assert found is not None
    assert found.place.name == "idle"


def test_equals_go_by_the_name_of_the_host() -> None:
    found = place(SMALL, [host("c"), host("a"), host("b")])

    assert found is not None
    assert found.place.name == "a"


def test_a_host_with_a_gate_gets_nothing_however_empty_it_is() -> None:
    assert place(SMALL, [host("a", gates=("state is disabled",))]) is None


def test_no_hosts_hold_nothing() -> None:
    assert place(SMALL, []) is None


def test_the_last_core_and_the_last_mebibyte_can_be_used() -> None:
    assert place(SMALL, [host("a", 60, 480)]) is not None
    assert place(Demand(5, 32 * GIB), [host("a", 60, 480)]) is None
    assert place(Demand(4, 32 * GIB + 1), [host("a", 60, 480)]) is None


def test_a_host_that_holds_more_than_it_may_gets_nothing_more() -> None:
    assert place(Demand(1, 1), [host("a", 70, 10), host("b", 10, 600)]) is None


def test_devices_are_given_by_their_names_the_lowest_free_address_first() -> None:
    wanted = Demand(1, GIB, {"A100": 2})
    there = host("a", devices=(*reversed(gpus(4)),), held=1)

    given = units(wanted, there)

    assert [str(each) for each in given] == ["A100@0000:41:00.0", "A100@0000:42:00.0"]
    assert holding(wanted, there).devices_held == {
        "0000:41:00.0", "0000:42:00.0", "0000:44:00.0"
    }  # fmt: skip


def test_too_few_free_devices_are_not_given() -> None:
    with pytest.raises(ValueError, match="A100: 1 free, 2 needed"):
        units(Demand(1, GIB, {"A100": 2}), host("a", devices=gpus(2), held=1))


def test_a_device_of_another_kind_does_not_do() -> None:
    assert place(Demand(1, GIB, {"H100": 1}), [host("a", devices=gpus(2))]) is None


@pytest.mark.parametrize("cost", ["pack", "spread", "balance"])
def test_a_host_with_devices_is_left_to_vms_that_want_them(cost: str) -> None:
    fleet = [host("a", devices=gpus(2), cost=cost), host("b", 60, 480, vms=30, cost=cost)]

    found = place(SMALL, fleet)

    assert found is not None
    assert found.place.name == "b"


@pytest.mark.parametrize(("cores", "memory"), [(0, 1), (1, 0), (-1, 1)])
def test_a_vm_needs_a_core_and_some_memory(cores: int, memory: int) -> None:
    with pytest.raises(ValueError, match="at least one core and one MiB"):
        Demand(cores, memory)


def test_numbers_as_large_as_the_database_holds_are_counted_exactly() -> None:
    huge = 2**63 - 1
    assert place(Demand(huge, huge), [host("a", 1)]) is None
    assert (
        "cores short by 9223372036854775744"
        in simulate(Demand(huge, huge), [host("a", 1)]).verdicts[0].reasons
    )
