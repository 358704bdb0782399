"""Columns in wide and narrow views."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.widgets.machines import COLUMNS
from ticrypt_tui.screens.declaration import Column
from ticrypt_tui.widgets.column_layout import GAP, laid_out

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


COLUMN = st.builds(
    lambda width, rank, right: Column("c", "C", width, str, rank=rank, right=right),
    st.integers(1, 30),
    st.integers(0, 4),
    st.booleans(),
)


@given(st.lists(COLUMN, min_size=1, max_size=12), st.integers(1, 250))
def test_columns_never_take_more_than_there_is(columns: list[Column], room: int) -> None:
    placed = laid_out(columns, room)
    taken = sum(each.width for each in placed) + GAP * (len(placed) - 1)
    assert taken <= max(room, len(placed) * (1 + GAP) - GAP)
