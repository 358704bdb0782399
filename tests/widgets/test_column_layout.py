"""Columns in wide and narrow views."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.widgets.machines import COLUMNS, Machine, machines
from ticrypt_tui.screens.declaration import Column
from ticrypt_tui.widgets.column_layout import GAP, MEASURED, MOST, laid_out, looked_at, needs_of

NEEDED = 12 + 10 + 6 + 10 + 3 * GAP


def keys(room: int) -> list[str]:
    return [placed.column.key for placed in laid_out(COLUMNS, room)]


def widths(room: int) -> list[int]:
    return [placed.width for placed in laid_out(COLUMNS, room)]


def test_a_fitting_view_gives_each_column_its_width() -> None:
    assert widths(NEEDED) == [12, 10, 6, 10]


def test_what_is_left_goes_to_the_texts_by_their_width() -> None:
    assert widths(NEEDED + 32) == [24, 20, 6, 20]


def test_the_highest_rank_goes_first() -> None:
    assert keys(NEEDED - 1) == ["name", "state", "cores"]
    assert keys(31) == ["name", "state"]


def test_rank_nought_stays_in_the_narrowest_view() -> None:
    assert keys(5) == ["name", "state"]


def test_of_equal_ranks_the_rightmost_goes_first() -> None:
    columns = [Column(key, key, 10, str, rank=1) for key in "abc"]
    assert [placed.column.key for placed in laid_out(columns, 22)] == ["a", "b"]


def lent(room: int, **needs: int) -> list[int]:
    return [placed.width for placed in laid_out(COLUMNS, room, needs)]


def test_what_a_column_need_not_have_goes_to_one_that_is_cut() -> None:
    assert lent(NEEDED + 32, name=30, state=7, cores=1, owner=20) == [30, 14, 6, 20]


def test_the_column_that_is_never_dropped_has_enough_first() -> None:
    assert lent(NEEDED, name=14, state=20, cores=6, owner=5) == [14, 11, 6, 7]


def test_where_nothing_is_cut_no_column_is_narrower_than_it_was() -> None:
    assert lent(NEEDED, name=4, state=4, cores=1, owner=4) == widths(NEEDED)


def test_no_column_lends_what_its_title_takes_with_the_arrow() -> None:
    assert lent(NEEDED, name=40, state=1, cores=1, owner=1) == [12 + 3 + 3, 7, 6, 7]


def test_a_column_asks_for_what_its_rows_say_and_for_no_more_than_a_line_can_hold() -> None:
    rows = [Machine("1", "vm-1"), Machine("2", "データ" * 4, owner="a" * 5000)]
    assert needs_of(COLUMNS, rows) == {"name": 24, "state": 7, "cores": 1, "owner": MOST}


def test_of_many_rows_some_are_looked_at_and_no_column_lends_of_its_own() -> None:
    rows = machines(*range(10 * MEASURED), owner="alice-the-first")
    some = looked_at(rows)
    assert len(some) <= MEASURED
    needs = needs_of(COLUMNS, some, whole=False)
    assert needs == {"name": 12, "state": 10, "cores": 6, "owner": 15}


COLUMN = st.builds(
    lambda width, rank, right: Column("c", "C", width, str, rank=rank, right=right),
    st.integers(1, 30),
    st.integers(0, 4),
    st.booleans(),
)


@given(st.lists(COLUMN, min_size=1, max_size=12), st.integers(1, 250), st.integers(0, 60))
def test_columns_never_take_more_than_there_is(columns: list[Column], room: int, need: int) -> None:
    placed = laid_out(columns, room, {"c": need})
    taken = sum(each.width for each in placed) + GAP * (len(placed) - 1)
    assert taken <= max(room, len(placed) * (1 + GAP) - GAP)
