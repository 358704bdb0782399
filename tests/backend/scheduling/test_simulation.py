"""The full account of a placement that is made in thought."""

from __future__ import annotations

import pytest

from tests.backend.scheduling.fleet import GIB, gpus, host
from ticrypt_tui.backend.scheduling.model import Demand, Place
from ticrypt_tui.backend.scheduling.placement import MOST_COPIES, beyond, simulate

LARGE = Demand(16, 128 * GIB, {"A100": 1})
FLEET = [
    host("node05", gates=("state is disabled",), devices=gpus(2)),
    host("node02", 60, 480, vms=9, devices=gpus(2), held=2),
    host("node01", 48, 300, vms=4, devices=gpus(2), held=1),
    host("node03", 40, 256, vms=3, devices=gpus(2), held=1),
    host("node04", 60, gates=("state is no scheduler", "has not been read for 70 s")),
]


def test_every_host_is_told_of_once_those_that_fit_first_the_cheapest_before_all() -> None:
    told = simulate(LARGE, FLEET).verdicts

    assert [each.place.name for each in told] == ["node03", "node01", "node02", "node04", "node05"]
    assert [each.fits for each in told] == [True, True, False, False, False]
    assert len(told) == len(FLEET)


def test_a_host_that_does_not_fit_has_all_its_reasons_with_the_numbers() -> None:
    reasons = {each.place.name: each.reasons for each in simulate(LARGE, FLEET).verdicts}

    assert reasons["node02"] == (
        "cores short by 12", "memory short by 96 GiB", "A100: 0 free, 1 needed"
    )  # fmt: skip
    assert reasons["node04"] == (
        "cores short by 12", "A100: 0 free, 1 needed",
        "state is no scheduler", "has not been read for 70 s",
    )  # fmt: skip
    assert reasons["node05"] == ("state is disabled",)


def test_the_terms_of_a_cost_add_up_to_it() -> None:
    for each in simulate(LARGE, FLEET).verdicts[:2]:
        assert each.cost == pytest.approx(sum(term.value for term in each.terms))


def test_memory_is_told_exactly() -> None:
    told = simulate(Demand(1, 513 * GIB + 1), [host("a")]).verdicts[0]

    assert told.reasons == ("memory short by 1025 MiB",)


def test_the_runner_up_is_told_why_it_is_not_the_winner() -> None:
    why = simulate(LARGE, FLEET).runner_up_why

    assert why == (
        "node01 is 0.23 dearer: cores 1 against 0.875, memory 0.836 against 0.75, "
        "vms 0.0781 against 0.0625"
    )


def test_equals_and_a_single_fitting_host_are_told_as_such() -> None:
    small = Demand(1, GIB)

    assert simulate(small, [host("a"), host("b")]).runner_up_why == (
        "b costs the same: equals go by name"
    )
    assert simulate(small, [host("a"), host("b", 64)]).runner_up_why == "no other host fits"
    assert simulate(small, [host("b", 64)]).runner_up_why == ""


def test_a_runner_up_with_another_cost_function_is_told_by_it() -> None:
    why = simulate(Demand(1, GIB), [host("a", cost="pack"), host("b", 60)]).runner_up_why

    assert why.endswith("dearer: its cost function is pack, not spread")


def test_copies_are_placed_one_after_the_other_and_each_takes_its_room() -> None:
    fleet = [host("a", 32, 256, vms=2), host("b")]

    told = simulate(Demand(16, 128 * GIB), fleet, count=6)

    assert told.chosen == ("id-b", "id-b", "id-a", "id-b", "id-a", "id-b")
    assert told.more == 0


def test_what_fits_beside_the_placed_copies_is_counted() -> None:
    told = simulate(Demand(16, 16 * GIB), [host("a"), host("b", 1), host("c", gates=("shut",))])

    assert (len(told.chosen), told.more) == (1, 6)


def test_devices_limit_how_many_copies_fit() -> None:
    told = simulate(Demand(1, GIB, {"A100": 2}), [host("a", devices=gpus(5))], count=9)

    assert told.chosen == ("id-a", "id-a")
    assert told.more == 0


def test_simulating_changes_nothing() -> None:
    before = list(FLEET)
    simulate(LARGE, FLEET, count=2)

    assert before == FLEET


def test_a_cost_function_that_cannot_be_read_is_a_reason_of_its_hosts_alone() -> None:
    told = simulate(Demand(1, GIB), [host("a", cost="cheap"), host("b", 60)])

    assert told.chosen == ("id-b",)
    assert told.verdicts[1].reasons[0].startswith("its cost function cannot be read: expected")


@pytest.mark.parametrize("count", [0, -1, MOST_COPIES + 1])
def test_a_count_that_is_out_of_reason_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match="1 to 10,000 copies"):
        simulate(LARGE, FLEET, count)


def test_what_a_host_could_not_hold_with_nothing_on_it_is_told_without_regard_to_its_use() -> None:
    assert beyond(Demand(100, GIB), host("a", 64, gates=("shut",))) == ("cores short by 36",)
    assert beyond(LARGE, host("a", 64, devices=gpus(1), held=1)) == ()


def remedies(demand: Demand, *places: Place, count: int = 1) -> tuple[str, ...]:
    return simulate(demand, places, count).would_fit


def test_where_it_fits_nothing_needs_to_be_done() -> None:
    assert remedies(LARGE, *FLEET) == ()


def test_where_it_fits_nowhere_the_hosts_that_lack_least_are_named() -> None:
    assert remedies(LARGE, FLEET[0], FLEET[1], host("a", 50, devices=gpus(2))) == (
        "node05 has room, but state is disabled",
        "a needs 2 more free cores",
        "node02 needs 12 more free cores and 96 GiB more free memory and 1 more free A100",
        "asking for 14 cores and 128 GiB, it would fit on a",
    )


def test_of_two_that_lack_the_same_the_one_with_less_against_it_is_named_first() -> None:
    said = remedies(Demand(2, GIB), host("a", 63, gates=("state is disabled",)), host("b", 63))

    assert said[:2] == (
        "b needs 1 more free core",
        "a needs 1 more free core, but state is disabled",
    )


def test_at_most_three_hosts_are_named() -> None:
    full = [host(f"n{each}", 63, 512) for each in range(9)]

    assert remedies(Demand(2, GIB), *full) == (
        "n0 needs 1 more free core and 1 GiB more free memory",
        "n1 needs 1 more free core and 1 GiB more free memory",
        "n2 needs 1 more free core and 1 GiB more free memory",
    )


def test_where_no_host_could_ever_hold_it_a_larger_profile_is_asked_for() -> None:
    assert remedies(Demand(80, GIB, {"A100": 1}), host("a", 10), host("b", devices=gpus(1))) == (
        "the hardware profile of b needs 16 more cores",
        "the hardware profile of a needs 16 more cores and 1 more A100",
        "asking for 64 cores and 1 GiB, it would fit on b",
    )


def test_a_host_without_a_profile_is_no_hindrance() -> None:
    bare = host("a", cores=0, gib=0, gates=("has no hardware profile",))

    assert remedies(Demand(1, GIB), bare) == (
        "the hardware profile of a needs 1 more core and 1 GiB more memory",
    )


def test_a_realm_without_hosts_needs_one() -> None:
    assert remedies(LARGE) == ("the realm needs a host",)


def test_the_first_copy_without_room_is_told_what_would_make_it() -> None:
    assert remedies(Demand(48, GIB), host("a"), host("b"), count=3) == (
        "a needs 32 more free cores",
        "b needs 32 more free cores",
        "asking for 16 cores and 1 GiB, it would fit on a",
    )
    assert remedies(Demand(48, GIB), host("a"), host("b"), count=2) == ()


def test_names_that_a_terminal_could_trip_over_are_made_safe() -> None:
    told = simulate(Demand(100, GIB, {"A\x1b[2J": 1}), [host("a\x1b[2J")])

    assert "\x1b" not in "".join((*told.verdicts[0].reasons, *told.would_fit))
