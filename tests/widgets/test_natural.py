"""The order that people expect."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ticrypt_tui.widgets.natural import natural, sort_key


def test_numbers_inside_words_sort_by_their_value() -> None:
    names = ["vm-10", "vm-2", "VM-1", "vm-002b", "node9-vm1", "vm-"]
    assert sorted(names, key=natural) == ["node9-vm1", "vm-", "VM-1", "vm-2", "vm-002b", "vm-10"]


@given(st.lists(st.integers(min_value=0, max_value=10**30), min_size=2))
def test_whatever_the_numbers_their_order_is_kept(numbers: list[int]) -> None:
    ordered = sorted(f"vm-{number}-x" for number in numbers)
    values = [int(name.split("-")[1]) for name in sorted(ordered, key=natural)]
    assert all(low <= high for low, high in pairwise(values))


def test_what_is_not_known_comes_last() -> None:
    assert sorted([None, 3, 1], key=sort_key) == [1, 3, None]


def test_times_and_texts_may_stand_in_one_column() -> None:
    moment = datetime(2026, 11, 21, tzinfo=UTC)
    assert sorted(["–", moment], key=sort_key) == [moment, "–"]
